"""Keying: alpha of every edge pixel from the colours of person and backdrop around it."""

from __future__ import annotations

import cv2
import numpy as np

from models.matting.fill import push_pull, smooth_trend


def ellipse(radius: float) -> np.ndarray:
    """A round structuring element for cv2, of at least 3 x 3."""
    size = 2 * max(1, round(radius)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))


def backdrop_colours(image: np.ndarray, alpha: np.ndarray, margin: float) -> np.ndarray:
    """Smooth estimate (H, W, 3) float32 of the backdrop, from pixels margin px off the matte."""
    grown = cv2.dilate(alpha, ellipse(margin))
    weight = np.clip(1 - grown * 8, 0, 1)
    values = image.astype(np.float32)
    trend = smooth_trend(values, weight)
    return trend + push_pull(values - trend, weight)


def person_colours(image: np.ndarray, alpha: np.ndarray, margin: float) -> np.ndarray:
    """Colours (H, W, 3) float32 of the nearest surely covered pixels, margin px in the matte."""
    shrunk = cv2.erode(alpha, ellipse(margin), borderType=cv2.BORDER_REPLICATE)
    weight = np.clip(shrunk * 8 - 7, 0, 1)
    if weight.max() < 0.5:
        weight = np.clip(alpha * 2 - 1, 0, 1)
    return push_pull(image.astype(np.float32), weight)


def key(
    image: np.ndarray,
    person: np.ndarray,
    backdrop: np.ndarray,
    noise: float | np.ndarray = 6.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Alpha (H, W) on the colour line backdrop to person, and how far to trust it (0..1).

    alpha = (I - B)·(F - B) / |F - B|². Trust falls where the two colours are alike, or where
    the pixel lies off their line (noise: the tolerated distance, of 255, a number or (H, W)).
    """
    span = person - backdrop
    offset = image.astype(np.float32) - backdrop
    length2 = _dot(span, span)
    raw = _dot(offset, span) / np.maximum(length2, 1e-3)
    alpha = np.clip(raw, 0, 1)
    offset -= alpha[..., None] * span
    off_line = np.sqrt(_dot(offset, offset))
    length = np.sqrt(length2)
    contrast = np.clip((length - 3 * noise) / (6 * noise), 0, 1)
    fit = np.exp(-((off_line / (0.25 * length + 2 * noise)) ** 2))
    return alpha.astype(np.float32), (contrast * fit).astype(np.float32)


def _dot(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Products (H, W) of colours; several times faster than a sum over the last axis."""
    return np.einsum("hwc,hwc->hw", first, second)
