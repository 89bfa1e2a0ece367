"""Small copies of photos."""

from __future__ import annotations

from typing import Any

import numpy as np

THUMBNAIL = 64


def shrink(pixels: np.ndarray, size: int) -> np.ndarray:
    """(H, W[, C]) uint8 with its long side at most size pixels, averaged over areas."""
    import cv2

    height, width = pixels.shape[:2]
    scale = size / max(height, width)
    if scale >= 1:
        return np.ascontiguousarray(pixels)
    target = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(pixels, target, interpolation=cv2.INTER_AREA)


def shrunk(photo: Any, size: int) -> np.ndarray:
    """The whole photo likewise, (h, w, 4) when it has an alpha."""
    alpha = photo.alpha
    pixels = shrink(photo.pixels, size)
    return pixels if alpha is None else with_alpha(pixels, shrink(alpha, size))


def with_alpha(pixels: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    """(h, w, 4) uint8 of pixels (h, w, 3) and their alpha (h, w); without one the pixels."""
    return pixels if alpha is None else np.dstack([pixels, alpha])


def thumbnail(
    pixels: np.ndarray,
    box: tuple[float, float, float, float],
    size: int = THUMBNAIL,
    alpha: np.ndarray | None = None,
) -> np.ndarray:
    """(size, size[, C]) uint8 of a square around a box (x0, y0, x1, y1), clipped to the photo.

    alpha: (H, W) uint8 of pixels (H, W, 3), which makes the square's fourth channel.
    """
    import cv2

    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = box
    half = min(max(x1 - x0, y1 - y0) * 0.65, width / 2, height / 2)
    cx = min(max((x0 + x1) / 2, half), width - half)
    cy = min(max((y0 + y1) / 2, half), height - half)
    left, top, side = int(cx - half), int(cy - half), max(1, int(2 * half))
    square = slice(top, top + side), slice(left, left + side)
    crop = with_alpha(pixels[square], None if alpha is None else alpha[square])
    crop = np.ascontiguousarray(crop)
    return cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA)
