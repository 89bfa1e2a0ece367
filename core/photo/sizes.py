"""Pictures and mattes at other sizes."""

from __future__ import annotations

import cv2
import numpy as np

from core.photo.box import Box


def crop(pixels: np.ndarray, box: Box, scale: float) -> np.ndarray:
    """The part of a picture in a box, resized."""
    size = (max(1, round(box.width * scale)), max(1, round(box.height * scale)))
    return np.ascontiguousarray(sized(pixels[box.rows, box.columns], size))


def fitted(pixels: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A copy of the pixels (H, W[, C]) as large as a shape (h, w)."""
    return cv2.resize(pixels, shape[::-1], interpolation=cv2.INTER_LINEAR)


def resized(pixels: np.ndarray, scale: float) -> np.ndarray:
    """The pixels (H, W[, C]) made smaller."""
    height, width = pixels.shape[:2]
    return sized(pixels, (max(1, round(width * scale)), max(1, round(height * scale))))


def sized(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The pixels (H, W[, C]), uint8 or 0..1, with a width and height."""
    if size == pixels.shape[1::-1]:
        return pixels
    if size[0] <= pixels.shape[1]:
        return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    out = cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC)
    return out if out.dtype == np.uint8 else out.clip(0, 1)


def coarser(pixels: np.ndarray, times: int) -> np.ndarray:
    """The pixels (H, W[, C]) a whole number of times smaller."""
    height, width = pixels.shape[:2]
    return sized(pixels, (width // times, height // times))
