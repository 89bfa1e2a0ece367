"""Single hairs and earrings that stand out of a plain backdrop beside a matte."""

from __future__ import annotations

import cv2
import numpy as np

from models.matting.fill import push_pull, smooth_trend
from models.matting.key import person_colours

# They are looked for on a copy whose longer side is at most this many px, the backdrop's smooth
# colours on one of this many.
SIDE, COARSE = 1000, 240
# In face widths: how far off the matte they lie, how thick and how long they are, and how far a
# smooth backdrop is looked at around it.
REACH, THICK, LONG, AROUND = 0.3, 0.05, 0.12, 0.9
# A backdrop is plain when nearly all of it lies this close (of 255) to a smooth surface.
PLAIN = 14.0
# What differs from it by so many times its own spread, and this much more, stands out, surely so
# from the second part of the person's difference on; pieces begin at the third share of cover.
SPREADS, LEAST, WHOLE, PIECE = 4.0, 8.0, 0.8, 0.25


def with_strays(image: np.ndarray, alpha: np.ndarray, face: float) -> np.ndarray:
    """A matte (H, W) float32 0..1 with what is thin, joins it and stands out of the backdrop.

    image: (H, W, 3) uint8. face: its width, px. The matte itself where the backdrop is not plain.
    """
    scale = min(1.0, SIDE / max(alpha.shape))
    if scale == 1:
        return _widened(image, alpha, face)
    size = (round(alpha.shape[1] * scale), round(alpha.shape[0] * scale))
    small, cover = (cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in (image, alpha))
    more = np.maximum(_widened(small, cover, face * scale) - cover, 0)
    whole = cv2.resize(more, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.minimum(alpha + whole, 1)


def _widened(image: np.ndarray, alpha: np.ndarray, face: float) -> np.ndarray:
    away = cv2.distanceTransform((alpha < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    found = _plain(image, alpha, away, face)
    if found is None:
        return alpha
    backdrop, span, spread = found
    band = (away > 0) & (away < REACH * face)
    off = _length(image - backdrop)
    least = SPREADS * spread + LEAST
    cover = np.clip((off - least) / np.maximum(WHOLE * span - least, 2 * LEAST), 0, 1)
    cover = np.maximum(np.where(band, cover, 0), alpha).astype(np.float32)
    # A shadow on the wall is broad.
    brush = np.ones((2 * max(1, round(THICK * face / 2)) + 1,) * 2, np.uint8)
    thin = cover - cv2.morphologyEx(cover, cv2.MORPH_OPEN, brush)
    window = np.ones((3, 3), np.uint8)
    solid = (cv2.dilate(thin, window) > PIECE) & (alpha < 0.5)
    _, pieces, boxes, _ = cv2.connectedComponentsWithStats(solid.astype(np.uint8))
    joined = np.isin(np.arange(len(boxes)), pieces[cv2.dilate(alpha, window) > 0.5])
    joined &= boxes[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(1) > LONG * face
    joined[0] = False
    return np.where(band & joined[pieces], np.maximum(alpha, thin), alpha)


def _plain(
    image: np.ndarray, alpha: np.ndarray, away: np.ndarray, face: float
) -> tuple[np.ndarray, np.ndarray, float] | None:
    """A plain backdrop's smooth colours (H, W, 3), how far the person's (H, W) are off them.

    And how far the backdrop's own are, 0..255. None when it is not plain.
    """
    scale = min(1.0, COARSE / max(alpha.shape))
    size = (max(2, round(alpha.shape[1] * scale)), max(2, round(alpha.shape[0] * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    gap = cv2.resize(away, size, interpolation=cv2.INTER_LINEAR) / face
    cover = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    clear = ((gap > REACH) & (gap < AROUND) & (cover < 0.02)).astype(np.float32)
    if clear.sum() < 100:
        return None
    trend = smooth_trend(small, clear)
    left = small - trend
    if float(np.percentile(np.abs(left).max(2)[clear > 0], 90)) > PLAIN:
        return None
    # What is left of it varies slowly: hairs do not.
    soft = cv2.GaussianBlur(clear, (0, 0), 4)[..., None]
    left = push_pull(
        cv2.GaussianBlur(left * clear[..., None], (0, 0), 4) / np.maximum(soft, 1e-3),
        np.minimum(clear, soft[..., 0]),
    )
    smooth = trend + left
    off = _length(person_colours(small, cover, 0.05 * face * scale) - smooth)
    backdrop, span = (
        cv2.resize(p, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR) for p in (smooth, off)
    )
    near = (away > REACH * face) & (away < AROUND * face)
    own = _length(image[near] - backdrop[near])
    return (backdrop, span, float(np.percentile(own, 68))) if len(own) else None


def _length(offsets: np.ndarray) -> np.ndarray:
    """(...,) of colour differences (..., 3)."""
    return np.asarray(np.sqrt(np.einsum("...c,...c->...", offsets, offsets)))
