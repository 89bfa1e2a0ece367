"""What lies behind the person: an inpainted backdrop, and the person's colours without it."""

from __future__ import annotations

import cv2
import numpy as np

from models.matting.fill import push_pull, smooth_trend
from models.matting.key import ellipse
from models.matting.patches import patch_fill

# Smooth colours are filled on a copy whose longer side is at most this many px.
COARSE = 320
# Share of the photo's longer side by which the person is widened before filling.
MARGIN = 0.012
# Share of the longer side over which the grain is mirrored into the person's place.
REACH = 0.15
# A backdrop is plain when nearly all of it lies this close (of 255) to a smooth surface.
PLAIN_RESIDUAL = 18.0


def inpaint_backdrop(image: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The photo without the person, (H, W, 3) uint8.

    image (H, W, 3) uint8, alpha (H, W) float32. A plain backdrop's smooth colours continue
    under the person with its grain on top; a textured one is filled by patches from
    elsewhere. Pixels that show nothing of the person stay as they are.
    """
    height, width = alpha.shape
    known = _known(alpha, max(2.0, MARGIN * max(height, width)))
    if known.min() >= 1:
        return image.copy()
    values = image.astype(np.float32)
    smooth, plain = _smooth_fill(values, known)
    if plain:
        filled = smooth + _mirrored_grain(values - smooth, known)
    else:
        filled = patch_fill(image, known < 1).astype(np.float32)
    weight = known[..., None]
    return np.clip(weight * values + (1 - weight) * filled + 0.5, 0, 255).astype(np.uint8)


def clean_foreground(image: np.ndarray, alpha: np.ndarray, backdrop: np.ndarray) -> np.ndarray:
    """The person's own colours (H, W, 3) uint8, the backdrop's share taken off the edges.

    Where alpha is low the colours of the nearest sure pixels are continued outwards, so that
    warped or filtered edges never mix the old backdrop in. backdrop as `inpaint_backdrop`
    gives it. Deep in the person the pixels stay as they are.
    """
    height, width = alpha.shape
    edge = max(2.0, 0.5 * MARGIN * max(height, width))
    sure = cv2.erode(alpha, ellipse(2 * edge), borderType=cv2.BORDER_REPLICATE)
    person = _person_fill(image, sure)
    # 1 at the matte's edge, 0 where everything around is surely the person.
    near = np.clip((1 - cv2.blur(sure, (5, 5))) * 4, 0, 1)
    rows, columns = np.nonzero(near > 0)
    if len(rows) == 0:
        return image.copy()
    own = image[rows, columns].astype(np.float32)
    nearby = person[rows, columns]
    behind = cv2.blur(backdrop, (2 * round(edge / 2) + 1,) * 2)[rows, columns].astype(np.float32)
    weight = near[rows, columns, None]
    cover = alpha[rows, columns, None]
    # Well covered pixels give their own colour, thin ones would only amplify noise.
    alone = (own - (1 - cover) * behind) / np.maximum(cover, 0.3)
    trust = np.clip((cover - 0.3) / 0.5, 0, 1)
    cleaned = trust * alone + (1 - trust) * (own - (1 - cover) * (behind - nearby))
    cleaned = own + weight * (cleaned - _tint(cleaned, nearby, behind) - own)
    result = image.copy()
    result[rows, columns] = np.clip(cleaned + 0.5, 0, 255).astype(np.uint8)
    return result


def _tint(colours: np.ndarray, person: np.ndarray, backdrop: np.ndarray) -> np.ndarray:
    """How much of the backdrop's tint is left in colours (N, 3), as a colour without brightness.

    The person's own share of that tint is spared, and a nearly grey backdrop has none.
    """
    tint = backdrop - backdrop.mean(1, keepdims=True)
    length = np.sqrt(np.sum(tint * tint, 1, keepdims=True))
    tint = tint / np.maximum(length, 1.0)
    # The tint sums to zero, so brightness drops out of the products.
    own = np.maximum(np.sum(person * tint, 1, keepdims=True), 0)
    excess = np.maximum(np.sum(colours * tint, 1, keepdims=True) - own, 0)
    return np.clip(length / 20 - 1, 0, 1) * np.minimum(excess, length) * tint


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
    left = np.abs(small - trend).max(2)[small_known > 0]
    plain = len(left) == 0 or float(np.percentile(left, 90)) < PLAIN_RESIDUAL
    # Softened among the known alone: streaks of single pixels must not run on.
    window = (9, 9)
    softened = cv2.blur((small - trend) * small_known[..., None], window)
    share = cv2.blur(small_known, window)[..., None]
    softened = push_pull(softened / np.maximum(share, 1e-6), small_known)
    whole = cv2.resize(trend + softened, (width, height), interpolation=cv2.INTER_LINEAR)
    return whole, plain


def _mirrored_grain(grain: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Grain (H, W, 3) under the person: each pixel takes that of its image in the outline.

    Far from the outline, and where the mirror image is itself unknown, random grain of the
    same strength stands in.
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
    noise = np.random.default_rng(0).normal(0, float(np.median(typical)) / 0.6745, 65536)
    rows, columns = np.nonzero(unknown)
    result[rows, columns] = np.resize(noise.astype(np.float32), len(rows))[:, None]
    nearest = np.zeros((labels.max() + 1, 2), np.int32)
    nearest[labels[known_rows, known_columns]] = np.stack([known_rows, known_columns], 1)
    close = away[rows, columns] < REACH * max(height, width)
    rows, columns = rows[close], columns[close]
    edge = nearest[labels[rows, columns]]
    across = np.abs(2 * edge[:, 1] - columns)
    down = np.abs(2 * edge[:, 0] - rows)
    across = np.minimum(across, 2 * (width - 1) - across)
    down = np.minimum(down, 2 * (height - 1) - down)
    found = known[down, across] >= 1
    result[rows[found], columns[found]] = grain[down[found], across[found]]
    return result


def _person_fill(image: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """Colours (H, W, 3) float32 of the surely covered pixels, carried over the edge."""
    height, width = sure.shape
    scale = min(1.0, COARSE / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    weight = np.clip(cv2.resize(sure, size, interpolation=cv2.INTER_AREA) * 8 - 7, 0, 1)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return cv2.resize(push_pull(small, weight), (width, height), interpolation=cv2.INTER_LINEAR)
