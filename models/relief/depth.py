"""Depth of hair, ears and neck: a dome over the photographed outline that meets the face."""

from __future__ import annotations

import numpy as np
from numba import njit

SWEEPS = 140
OVER_RELAXATION = 1.9


@njit(cache=True)
def _relax(
    values: np.ndarray, fixed: np.ndarray, source: np.ndarray, sweeps: int, omega: float
) -> None:
    """Successive over-relaxation of lap(values) = -source; the picture's rim is free."""
    height, width = values.shape
    for _ in range(sweeps):
        for y in range(height):
            up, down = max(y - 1, 0), min(y + 1, height - 1)
            for x in range(width):
                if fixed[y, x]:
                    continue
                left, right = max(x - 1, 0), min(x + 1, width - 1)
                target = 0.25 * (
                    values[up, x] + values[down, x] + values[y, left] + values[y, right]
                    + source[y, x]
                )  # fmt: skip
                values[y, x] += omega * (target - values[y, x])


def dome(
    inside: np.ndarray, known: np.ndarray, height: np.ndarray, curvature: np.ndarray, spacing: float
) -> np.ndarray:
    """Height (H, W) mm over the head's middle plane, 0 at the outline and outside.

    The height's square solves Poisson's equation, which reproduces an ellipsoid exactly and
    turns away at the outline as a round body does. inside: (H, W) bool, the person. known:
    (H, W) bool where height (mm) is given. curvature: (H, W) minus the Laplacian of the squared
    height. spacing: mm per grid cell.
    """
    square = np.zeros(inside.shape, np.float64)
    square[known] = np.maximum(height[known], 0) ** 2
    fixed = known | ~inside
    start = np.where(fixed, square, 40.0**2 * inside)
    _relax(start, fixed, curvature * spacing**2, SWEEPS, OVER_RELAXATION)
    return np.sqrt(np.maximum(start, 0)).astype(np.float32)
