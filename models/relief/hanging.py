"""Hair that hangs beside the jaw: where it is seen, and where it goes on behind."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.ndimage import median_filter

from models.face.fitting import OUTLINE
from models.relief.frame import HeadFrame, smoothstep
from models.relief.jaw import FAR_MM, PLACES, STRIP_MM, Jaw, Rays, jaw_line, pixel_grid
from models.relief.shades import Shades

# Hair is known so far above the jaw, and carried on from so far below it.
ABOVE_JAW_MM, HAIR_NEAR_MM = 12.0, 60.0
# Hair is no narrower, and begins no nearer to the face.
STRAND_MM = 3.0
# Hair that hangs beside a neck is more than so much; thin hair is so near to it, and its colour
# off that of hair by no more than this part of the neck's own distance. So near the middle under
# the chin nothing is thin hair.
LOCK_MM, NEARLY, CHIN_MM = 10.0, 0.35, 28.0
# Neither a lock nor a gap in it is narrower than about half of so many of the jaw's places.
BROAD = 11


def hair_like(
    photo: np.ndarray, alpha: np.ndarray, share: np.ndarray, frame: HeadFrame, scale: float,
    tone: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """(H, W) bool: pixels in the colours of the hair, or beard, above the cut on their side."""
    k = frame.pixels_per_mm * scale
    smooth = cv2.GaussianBlur(photo, (0, 0), max(1.2 * k, 0.8))
    face = np.zeros(share.shape, np.uint8)
    ring = (frame.screen[list(OUTLINE), :2] + 0.5) * scale - 0.5
    cv2.fillPoly(face, [np.rint(ring).astype(np.int32)], 1)
    margin = max(1, round(STRAND_MM * k))
    brush = np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)
    beside = (cv2.dilate(face, brush) == 0) & (alpha > 0.95)
    up = frame.upright(pixel_grid(alpha.shape, scale))
    hair = beside & (share > 0.98) & (np.abs(smooth - tone).max(2) > 50)
    hair &= up[..., 1] > frame.jaw + ABOVE_JAW_MM
    alike = np.zeros_like(hair)
    for side in (beside & (up[..., 0] < 0), beside & (up[..., 0] >= 0)):
        if (hair & side).any():
            own = smooth[side]
            alike[side] = Shades.of(smooth[hair & side]).away(own) < 12 + 0.12 * own.mean(-1)
    # Hanging hair comes down broadly from above the cut; a coat or a collar does not.
    _, part = cv2.connectedComponents(cv2.erode((hair | alike).astype(np.uint8), brush))
    hanging = np.isin(part, np.unique(part[hair & (part > 0)]))
    hanging = cv2.dilate(hanging.astype(np.uint8), brush) > 0
    return alike & hanging & (up[..., 1] > frame.jaw - HAIR_NEAR_MM)


def nearly(
    photo: np.ndarray, hair: np.ndarray, neck: np.ndarray, frame: HeadFrame, scale: float
) -> np.ndarray:
    """(H, W) bool: colours much nearer to those of hair (H, W) than to a neck's (W, 3).

    Beside the neck hair is thin and in shadow. Under the chin the neck itself may be so dark.
    """
    beside = across(photo.shape[1], frame, scale)
    out, k = np.zeros_like(hair), frame.pixels_per_mm * scale
    smooth = cv2.GaussianBlur(photo, (0, 0), max(k, 0.6))
    for side in (beside < -CHIN_MM, beside > CHIN_MM):
        own = hair & side
        if own.sum() > (LOCK_MM * k) ** 2:
            usual = np.median(smooth[own], axis=0)
            off = np.linalg.norm(smooth[:, side] - usual, axis=-1)
            out[:, side] = off < NEARLY * np.linalg.norm(neck[side] - usual, axis=-1)
    reach = 2 * round(LOCK_MM * k) + 1
    return out & (cv2.dilate(hair.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0)


def reaching(
    hair: np.ndarray, skin: np.ndarray, rays: Rays, jaw: Jaw, frame: HeadFrame
) -> np.ndarray:
    """(H, W) 1 along the rays on which hair (H, W) comes up to the cut, 0 where skin does."""
    seen = [np.bincount(np.rint(rays.place[f]).astype(int), minlength=PLACES) for f in (hair, skin)]
    known = np.flatnonzero(seen[0] + seen[1])
    if not len(known):
        return np.zeros(hair.shape, np.float32)
    part = np.interp(np.arange(PLACES), known, (seen[0] / np.maximum(seen[0] + seen[1], 1))[known])
    # Before hair, too, a strip of neck goes on.
    part[(jaw.cloth > STRIP_MM) & (jaw.cloth < FAR_MM)] = 0
    part = median_filter(part, BROAD, mode="nearest")
    # It hangs straight down.
    line, outward = jaw_line(frame)
    cut = np.maximum.accumulate((line + outward * jaw.edge[:, None])[:, 0])
    straight = np.interp(rays.up[..., 0], cut, part)
    return smoothstep(np.minimum(rays.of(part), straight), 0.25, 0.75)


def across(width: int, frame: HeadFrame, scale: float) -> np.ndarray:
    """(W,) mm of columns beside the head's middle, in parts of its size."""
    middle = (frame.camera.cx + 0.5) * scale - 0.5
    return np.asarray((np.arange(width) - middle) / (frame.pixels_per_mm * scale * frame.size))
