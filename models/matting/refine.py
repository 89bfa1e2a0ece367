"""Bringing a coarse matte to a photo's full resolution and its hair."""

from __future__ import annotations

import cv2
import numpy as np

from models.matting.fill import push_pull, smooth_trend
from models.matting.key import ellipse, key

# Colours are estimated on a copy whose longer side is at most this many px.
COARSE = 320
ROW = 1024
# Gaps in hair are looked for so many times the edge's softness within a matte, and twice as far
# ever less, before backdrops so colourful (of 255); hair may be so far on the way to their colour,
# and so far off it, of 255.
DEEP, COLOURFUL, OWN, NOISE = 4.0, (60.0, 110.0), 0.35, 8.0
# On a copy whose longer side is at most this many px.
GAPS = 560


def guided_filter(guide: np.ndarray, values: np.ndarray, radius: int, epsilon: float) -> np.ndarray:
    """Coefficients (H, W, 4) of the local linear model values ≈ a·guide + b.

    guide (H, W, 3) float32 in 0..1, values (H, W). He et al., "Guided Image Filtering" (2010),
    equations 19 to 21. Apply them to a larger guide for the fast version.
    """
    window = (2 * radius + 1, 2 * radius + 1)

    def mean(image: np.ndarray) -> np.ndarray:
        return cv2.blur(image, window, borderType=cv2.BORDER_REFLECT)

    centre, level = mean(guide), mean(values)
    joint = mean(guide * values[..., None]) - centre * level[..., None]
    r, g, b = cv2.split(guide)
    mr, mg, mb = cv2.split(centre)
    rr = mean(r * r) - mr * mr + epsilon
    gg = mean(g * g) - mg * mg + epsilon
    bb = mean(b * b) - mb * mb + epsilon
    rg = mean(r * g) - mr * mg
    rb = mean(r * b) - mr * mb
    gb = mean(g * b) - mg * mb
    # Cramer's rule: a 3 x 3 solve per pixel.
    i00, i01, i02 = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    i11, i12, i22 = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    determinant = rr * i00 + rg * i01 + rb * i02
    x, y, z = cv2.split(joint)
    slope = np.stack(
        [
            (i00 * x + i01 * y + i02 * z) / determinant,
            (i01 * x + i11 * y + i12 * z) / determinant,
            (i02 * x + i12 * y + i22 * z) / determinant,
        ],
        2,
    )
    offset = level - np.einsum("hwc,hwc->hw", slope, centre)
    return mean(np.dstack([slope, offset]))


def refine(image: np.ndarray, coarse: np.ndarray, blur: float) -> np.ndarray:
    """Matte (H, W) float32 from a coarse one (H, W) whose edges are soft by about blur px.

    image (H, W, 3) uint8. In a band around the edge the matte follows the image's edges
    (guided filter) and, where person and backdrop differ clearly in colour, the colour line
    between the two (keying), which finds single hairs.
    """
    height, width = coarse.shape
    scale = min(1.0, COARSE / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    small_alpha = cv2.resize(coarse, size, interpolation=cv2.INTER_AREA)
    reach = max(2.0, blur * scale)
    band = cv2.resize(_band(small_alpha, reach), (width, height))
    rows, columns = np.nonzero(band > 0.02)
    if len(rows) == 0:
        return coarse.copy()
    linear = guided_filter(small.astype(np.float32) / 255, small_alpha, max(2, round(reach)), 1e-4)
    person, backdrop, noise = _edge_colours(small, small_alpha, reach)
    maps = _at(np.dstack([linear, person, backdrop, noise]), rows, columns, (height, width))
    pixels = image[rows, columns].astype(np.float32)
    guided = np.einsum("nc,nc->n", maps[:, :3], pixels) / 255 + maps[:, 3]
    keyed, trust = key(
        pixels[None], maps[None, :, 4:7], maps[None, :, 7:10], maps[None, :, 10] + 3.0
    )
    keyed = np.clip((keyed[0] - 0.06) / 0.88, 0, 1)
    value = trust[0] * keyed + (1 - trust[0]) * np.clip((guided - 0.05) / 0.9, 0, 1)
    weight = np.clip(band[rows, columns], 0, 1)
    result = np.clip((coarse - 0.05) / 0.9, 0, 1).astype(np.float32)
    result[rows, columns] = weight * value + (1 - weight) * result[rows, columns]
    return np.minimum(result, 1 - _gaps(image, small, small_alpha, backdrop, reach))


def _gaps(
    image: np.ndarray, small: np.ndarray, alpha: np.ndarray, backdrop: np.ndarray, reach: float
) -> np.ndarray:
    """(H, W) 0..1: how far a colourful backdrop shines through hair deeper than the matte's edge.

    image: (H, W, 3); small: (h, w, 3) a copy, alpha (h, w) its matte, soft by reach px, and
    backdrop (h, w, 3) behind it.
    """
    away = cv2.distanceTransform((alpha > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    colourful = backdrop.max(2) - backdrop.min(2)
    share = np.clip(2 - away / (DEEP * reach), 0, 1) * (away > 0)
    share *= np.clip((colourful - COLOURFUL[0]) / (COLOURFUL[1] - COLOURFUL[0]), 0, 1)
    off = cv2.absdiff(small, np.clip(backdrop, 0, 255).astype(np.uint8)).max(2)
    deep = ((away > DEEP * reach) & (off > COLOURFUL[0])).astype(np.float32)
    part = min(1.0, GAPS / max(image.shape))
    size = (round(image.shape[1] * part), round(image.shape[0] * part))
    out = np.zeros(size[::-1], np.float32)
    rows, columns = np.nonzero(cv2.resize(share, size) > 0.02)
    if len(rows) and deep.any():
        person = push_pull(cv2.blur(small, (5, 5)).astype(np.float32), deep)
        maps = np.dstack([person, backdrop, share]).astype(np.float32)
        maps = _at(maps, rows, columns, out.shape)[None]
        few = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        pixels = few[rows, columns].astype(np.float32)[None]
        keyed, trust = key(pixels, maps[..., :3], maps[..., 3:6], NOISE)
        through = np.clip((1 - keyed - OWN) / (1 - OWN), 0, 1)
        out[rows, columns] = (maps[..., 6] * trust * through)[0]
    return cv2.resize(out, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)


def _band(alpha: np.ndarray, reach: float) -> np.ndarray:
    """1 near the matte's edge, soft to 0 away from it."""
    inner = cv2.erode(alpha, ellipse(reach), borderType=cv2.BORDER_REPLICATE)
    outer = cv2.dilate(alpha, ellipse(1.5 * reach), borderType=cv2.BORDER_REPLICATE)
    band = ((inner < 0.9) & (outer > 0.1)).astype(np.float32)
    return cv2.blur(band, (3, 3))


def _edge_colours(
    small: np.ndarray, alpha: np.ndarray, reach: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Person and backdrop colours (h, w, 3) carried to the edge, and their local spread (h, w)."""
    values = small.astype(np.float32)
    outside = np.clip(1 - cv2.dilate(alpha, ellipse(1.2 * reach)) * 8, 0, 1)
    trend = smooth_trend(values, outside)
    backdrop = trend + push_pull(values - trend, outside)
    smooth = push_pull(cv2.blur(values, (9, 9)) - trend, outside) + trend
    inside = cv2.erode(alpha, ellipse(0.8 * reach), borderType=cv2.BORDER_REPLICATE)
    inside = np.clip(inside * 8 - 7, 0, 1)
    person = push_pull(values, inside)
    spread = push_pull(np.abs(values - smooth).max(2)[..., None], outside)[..., 0]
    return person, backdrop, spread


def _at(
    maps: np.ndarray, rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """Bilinear samples (N, C) of small maps at pixels of the large image."""
    count = len(rows)
    # cv2.remap limits a side to 32767: the list of pixels becomes a rectangle.
    padded = -(-count // ROW) * ROW
    places = np.zeros((2, padded), np.float32)
    places[0, :count] = (columns + 0.5) * (maps.shape[1] / shape[1]) - 0.5
    places[1, :count] = (rows + 0.5) * (maps.shape[0] / shape[0]) - 0.5
    x, y = places.reshape(2, -1, ROW)
    parts = [
        cv2.remap(
            np.ascontiguousarray(maps[..., first : first + 4]),
            x,
            y,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ).reshape(padded, -1)
        for first in range(0, maps.shape[2], 4)
    ]
    return np.concatenate(parts, 1)[:count]
