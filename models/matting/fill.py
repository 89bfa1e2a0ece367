"""Filling unknown pixels from known ones: push-pull pyramids and a smooth trend."""

from __future__ import annotations

import cv2
import numpy as np

MIN_SIDE = 2


def push_pull(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Fill (H, W, C) float32 values where weight (H, W) in 0..1 is low from where it is high.

    Gortler et al., "The Lumigraph" (1996): averages pushed down a pyramid, then pulled up into
    the gaps. Where nothing is known the result is the mean of what is (zero if nothing at all).
    """
    weight = weight[..., None].astype(np.float32)
    return _level(values.astype(np.float32) * weight, weight)


def _level(premultiplied: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """One level of the pyramid: colours times weight in, filled colours out."""
    height, width = weight.shape[:2]
    colour = premultiplied / np.maximum(weight, 1e-6)
    if min(height, width) <= MIN_SIDE:
        total = weight.sum()
        mean = premultiplied.sum((0, 1)) / max(total, 1e-6)
        return colour * weight + mean * (1 - weight)
    if weight.min() >= 1:
        return colour
    below = cv2.pyrDown(np.concatenate([premultiplied, weight], 2))
    below_weight = below[..., -1:]
    # Saturate: a pixel whose neighbourhood is half known counts as known one level up.
    gain = np.minimum(1.0, 2.0 * below_weight) / np.maximum(below_weight, 1e-6)
    coarse = _level(below[..., :-1] * gain, below_weight * gain)
    filled = cv2.pyrUp(coarse, dstsize=(width, height)).reshape(height, width, -1)
    return premultiplied + filled * (1 - weight)


def smooth_trend(values: np.ndarray, weight: np.ndarray, samples: int = 4000) -> np.ndarray:
    """The best quadratic surface (H, W, C) through the known pixels, clipped to their range.

    Robust: fitted twice, the second time without pixels far from the first fit.
    """
    height, width = weight.shape
    ys, xs = np.nonzero(weight > 0.5)
    if len(ys) < 50:
        return np.zeros_like(values, dtype=np.float32)
    step = max(1, len(ys) // samples)
    ys, xs = ys[::step], xs[::step]
    known = values[ys, xs].astype(np.float32)
    design = _quadratic(xs / width * 2 - 1, ys / height * 2 - 1)
    ridge = 1e-3 * len(ys) * np.diag([0, 1, 1, 2, 2, 2]).astype(np.float32)
    good = np.ones(len(ys), bool)
    for _ in range(2):
        part = design[good]
        solution = np.linalg.solve(part.T @ part + ridge, part.T @ known[good])
        error = np.abs(known - design @ solution).max(1)
        good = error <= max(3 * float(np.median(error)), 1e-3)
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    surface = _quadratic(x.ravel(), y.ravel()) @ solution
    low, high = np.percentile(known, [1, 99], axis=0)
    return np.clip(surface, low, high).reshape(height, width, -1).astype(np.float32)


def _quadratic(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The monomials 1, x, y, x², xy, y² as columns."""
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], 1).astype(np.float32)
