"""What lies behind the person: an inpainted backdrop, and the person's colours without it."""

from __future__ import annotations

import cv2
import numpy as np

from models.matting.fill import push_pull, smooth_trend
from models.matting.patches import patch_fill

# Smooth colours are filled on a copy whose longer side is at most this many px.
COARSE = 320
# The next four are shares of the person's extent, see _extent.
# By so much the person is widened before filling.
MARGIN = 0.012
# Width of the matte's edge: the backdrop may tint what lies nearer to it.
EDGE = 0.006
# Over this the grain is mirrored into the person's place.
REACH = 0.15
# Hairs beside the person lie this near and are this thick; they stand out by so much more than
# nine in ten pixels of so many further out.
HAIRS, HAIR, HAIRY, LEAST_BEYOND = 0.15, 0.008, 1.5, 500
# Grain is no stronger than so many times its spread.
GRAINY = 2.5
# So far around the person the backdrop is looked at.
AROUND = 0.5
# A backdrop is plain when nearly all of it lies this close (of 255) to a smooth surface.
PLAIN_RESIDUAL = 18.0


def inpaint_backdrop(image: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The photo without the person, (H, W, 3) uint8.

    image (H, W, 3) uint8, alpha (H, W) float32. A plain backdrop's smooth colours continue
    under the person with its grain on top; a textured one is filled by patches from
    elsewhere. Pixels that show nothing of the person stay as they are.
    """
    result = image.copy()
    if alpha.max() <= 0.02:
        return result
    extent = _extent(alpha)
    part = _surroundings(alpha, AROUND * extent)
    known = _known(alpha[part], max(2.0, MARGIN * extent))
    values = image[part].astype(np.float32)
    smooth, plain = _smooth_fill(values, known)
    if plain:
        known *= 1 - _loose_hairs(values - smooth, known, extent)
        filled = smooth + _mirrored_grain(values - smooth, known, REACH * extent)
    else:
        filled = patch_fill(image[part], known < 1).astype(np.float32)
    weight = known[..., None]
    mixed = weight * values + (1 - weight) * filled
    result[part] = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)
    return result


def apart(alpha: np.ndarray, reach: float) -> np.ndarray:
    """(H, W) bool: further than reach px from all that a matte (H, W) 0..1 covers."""
    side = 2 * max(1, round(reach)) + 1
    return np.asarray(cv2.dilate(alpha, np.ones((side, side), np.uint8)) < 0.01)


def clean_foreground(image: np.ndarray, alpha: np.ndarray, backdrop: np.ndarray) -> np.ndarray:
    """The person's own colours (H, W, 3) uint8, the backdrop's share taken off the edges.

    Just outside the matte the colours of the nearest sure pixels are continued, so that
    warped or filtered edges never mix the old backdrop in. backdrop as `inpaint_backdrop`
    gives it. Deep in the person, and far outside, the pixels stay as they are.
    """
    result = image.copy()
    if alpha.max() <= 0.02:
        return result
    extent = _extent(alpha)
    edge = max(1.5, EDGE * extent)
    part = _surroundings(alpha, 8 * edge)
    inside = cv2.distanceTransform((alpha[part] > 0.95).astype(np.uint8), cv2.DIST_L2, 3)
    outside = cv2.distanceTransform((alpha[part] < 0.02).astype(np.uint8), cv2.DIST_L2, 3)
    # 1 at the matte's edge, 0 where everything around is surely the person.
    near = np.clip(2 - inside / edge, 0, 1)
    rows, columns = np.nonzero((near > 0) & (outside < 6 * edge))
    if len(rows) == 0:
        return result
    nearby = _person_fill(image[part], inside > 2 * edge)[rows, columns]
    own = image[part][rows, columns].astype(np.float32)
    window = (2 * round(edge / 2) + 1,) * 2
    behind = cv2.blur(backdrop[part], window)[rows, columns].astype(np.float32)
    weight = near[rows, columns, None]
    cover = alpha[part][rows, columns, None]
    # Well covered pixels give their own colour, thin ones would only amplify noise.
    alone = (own - (1 - cover) * behind) / np.maximum(cover, 0.3)
    trust = np.clip((cover - 0.3) / 0.5, 0, 1)
    cleaned = trust * alone + (1 - trust) * (own - (1 - cover) * (behind - nearby))
    cleaned = own + weight * (cleaned - _tint(cleaned, nearby, behind) - own)
    result[part][rows, columns] = np.clip(cleaned + 0.5, 0, 255).astype(np.uint8)
    return result


def _extent(alpha: np.ndarray) -> float:
    """The person's size in px: the longer side of a frame that a portrait would fill."""
    return min(float(max(alpha.shape)), 1.5 * float(np.sqrt(alpha.sum())))


def _surroundings(alpha: np.ndarray, margin: float) -> tuple[slice, slice]:
    """The rows and columns that hold the person, margin px more on every side."""
    covered = alpha > 0.02
    rows, columns = np.nonzero(covered.any(1))[0], np.nonzero(covered.any(0))[0]
    pad = round(margin)
    return (
        slice(max(0, int(rows[0]) - pad), int(rows[-1]) + pad + 1),
        slice(max(0, int(columns[0]) - pad), int(columns[-1]) + pad + 1),
    )


def _tint(colours: np.ndarray, person: np.ndarray, backdrop: np.ndarray) -> np.ndarray:
    """How much of the backdrop's tint is left in colours (N, 3), as a colour without brightness.

    The person's own share of that tint is spared, and a nearly grey backdrop has none.
    """
    tint = backdrop - backdrop.mean(1, keepdims=True)
    length = np.sqrt(_dot(tint, tint))
    tint = tint / np.maximum(length, 1.0)
    # The tint sums to zero, so brightness drops out of the products.
    own = np.maximum(_dot(person, tint), 0)
    excess = np.maximum(_dot(colours, tint) - own, 0)
    return np.clip(length / 20 - 1, 0, 1) * np.minimum(excess, length) * tint


def _dot(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Products (N, 1) of colours (N, 3)."""
    return np.einsum("nc,nc->n", first, second)[:, None]


def _known(alpha: np.ndarray, margin: float) -> np.ndarray:
    """1 where the photo shows the backdrop alone, 0 under the person, a narrow ramp between."""
    covered = (alpha > 0.02).astype(np.uint8)
    away = cv2.distanceTransform(1 - covered, cv2.DIST_L2, 3)
    return np.clip((away - 0.5 * margin) / (0.5 * margin), 0, 1).astype(np.float32)


def _smooth_fill(values: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, bool]:
    """Low frequencies (H, W, 3) of the backdrop under the person, and whether it is plain."""
    height, width = known.shape
    scale = min(1.0, COARSE / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    small_known = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    small_known = np.where(small_known > 0.98, 1, 0).astype(np.float32)
    small = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    trend = smooth_trend(small, small_known)
    left = small - trend
    off = _most(left)[small_known > 0]
    plain = len(off) == 0 or float(np.percentile(off, 90)) < PLAIN_RESIDUAL
    # Softened among the known alone: neither streaks of single pixels nor hairs must run on.
    softened = _softened(left, small_known)
    if plain and len(off):
        off = _most(left - softened)
        usual = float(np.median(off[small_known > 0])) / 0.6745
        small_known *= off < GRAINY * max(usual, 1.0)
        softened = _softened(left, small_known)
    softened = push_pull(softened, small_known)
    whole = cv2.resize(trend + softened, (width, height), interpolation=cv2.INTER_LINEAR)
    return whole, plain


def _softened(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Values (H, W, 3) averaged over those around that are known (H, W)."""
    total, share = (cv2.blur(v, (9, 9)) for v in (values * known[..., None], known))
    return np.asarray(total / np.maximum(share, 1e-6)[..., None])


def _most(values: np.ndarray) -> np.ndarray:
    """(H, W) the largest part of colour differences (H, W, 3)."""
    red, green, blue = cv2.split(np.abs(values))
    return np.asarray(cv2.max(cv2.max(red, green), blue))


def _loose_hairs(grain: np.ndarray, known: np.ndarray, extent: float) -> np.ndarray:
    """(H, W) 1 on what is thin and stands out near the person: hairs that no matte takes.

    They must not stay behind when the head moves. grain: (H, W, 3) what a smooth backdrop lacks.
    """
    away = cv2.distanceTransform((known > 0).astype(np.uint8), cv2.DIST_L2, 5)
    off = cv2.GaussianBlur(_most(grain), (0, 0), 0.7)
    beyond = off[away > HAIRS * extent]
    if len(beyond) < LEAST_BEYOND:
        return np.zeros_like(known)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(HAIR * extent) + 1,) * 2)
    thin = off - cv2.morphologyEx(off, cv2.MORPH_OPEN, brush)
    found = ((thin > HAIRY * float(np.percentile(beyond, 90))) & (away > 0)).astype(np.uint8)
    joined = cv2.morphologyEx(found, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, pieces = cv2.connectedComponents(joined)
    # What goes on further out is the backdrop's own.
    inner = np.ones(pieces.max() + 1, bool)
    inner[np.unique(pieces[away > HAIRS * extent])] = inner[0] = False
    return cv2.dilate(inner[pieces].astype(np.float32), np.ones((5, 5), np.uint8))


def _mirrored_grain(grain: np.ndarray, known: np.ndarray, reach: float) -> np.ndarray:
    """Grain (H, W, 3) under the person: each pixel takes that of its image in the outline.

    Beyond reach px from the outline, and where the mirror image is itself unknown, random
    grain of the same strength stands in.
    """
    height, width = known.shape
    unknown = (known < 1).astype(np.uint8)
    away, labels = cv2.distanceTransformWithLabels(
        unknown, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    known_rows, known_columns = np.nonzero(unknown == 0)
    result = np.zeros_like(grain)
    if len(known_rows) == 0:
        return result
    step = max(1, len(known_rows) // 20000)
    typical = np.abs(grain[known_rows[::step], known_columns[::step]])
    spread = float(np.median(typical)) / 0.6745
    noise = np.random.default_rng(0).normal(0, spread, 65536)
    rows, columns = np.nonzero(unknown)
    result[rows, columns] = np.resize(noise.astype(np.float32), len(rows))[:, None]
    nearest = np.zeros((labels.max() + 1, 2), np.int32)
    nearest[labels[known_rows, known_columns]] = np.stack([known_rows, known_columns], 1)
    close = away[rows, columns] < reach
    rows, columns = rows[close], columns[close]
    edge = nearest[labels[rows, columns]]
    across = np.abs(2 * edge[:, 1] - columns)
    down = np.abs(2 * edge[:, 0] - rows)
    across = np.minimum(across, 2 * (width - 1) - across)
    down = np.minimum(down, 2 * (height - 1) - down)
    found = known[down, across] >= 1
    # Single hairs in front of the backdrop are none of its grain.
    limit = GRAINY * spread
    result[rows[found], columns[found]] = grain[down[found], across[found]].clip(-limit, limit)
    return result


def _person_fill(image: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """Colours (H, W, 3) float32 of the surely covered pixels (H, W) bool, carried over the edge."""
    height, width = sure.shape
    scale = min(1.0, COARSE / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    share = cv2.resize(sure.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    filled = push_pull(small, np.clip(share * 8 - 7, 0, 1))
    return cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR)
