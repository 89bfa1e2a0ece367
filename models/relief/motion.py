"""Moving the sheets: the head's turn fading down the neck, and light on turned normals."""

from __future__ import annotations

import numpy as np
from numba import njit

from models.face.lighting import BAND_0, BAND_1, BAND_2

SHADE_FLOOR = np.float32(0.12)
FACING = np.float32(0.1)
RATIO_LIMITS = (0.08, 2.6)
# Light from all around that no fit sees: folds are not as dark as their normals.
FILL = np.float32(0.08)
# Gains act on display values: the exponent of sRGB's curve over most of its range.
DISPLAY_POWER = 1 / 2.2
# Kernels count in float32: twice as fast, and finer than any pixel.
C0, C1, C2 = np.float32(BAND_0), np.float32(BAND_1), np.float32(BAND_2)
C3 = np.float32(BAND_2 / (2 * np.sqrt(3.0)))


def turn_between(source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, float]:
    """Axis (3,) and angle (radians) of the rotation that takes source (3, 3) to target (3, 3)."""
    r = np.asarray(target, np.float64) @ np.asarray(source, np.float64).T
    twist = np.array([r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]])
    sine = np.linalg.norm(twist)
    angle = float(np.arctan2(sine, np.trace(r) - 1))
    axis = twist / sine if sine > 1e-9 else np.array([0.0, 1.0, 0.0])
    return axis.astype(np.float32), angle


@njit(cache=True, fastmath=True)
def turn_points(
    points: np.ndarray, weight: np.ndarray, axis: np.ndarray, angle: float
) -> np.ndarray:
    """Points (V, 3) turned by weight (V,) times the angle about an axis through the origin."""
    out = np.empty_like(points)
    kx, ky, kz = axis[0], axis[1], axis[2]
    share, c, s = np.float32(0), np.float32(1), np.float32(0)
    for i in range(points.shape[0]):
        # Most turn as the one before.
        if weight[i] != share:
            share = weight[i]
            c, s = np.float32(np.cos(angle * share)), np.float32(np.sin(angle * share))
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        if s == 0:
            out[i, 0], out[i, 1], out[i, 2] = x, y, z
            continue
        dot = (kx * x + ky * y + kz * z) * (np.float32(1) - c)
        out[i, 0] = x * c + (ky * z - kz * y) * s + kx * dot
        out[i, 1] = y * c + (kz * x - kx * z) * s + ky * dot
        out[i, 2] = z * c + (kx * y - ky * x) * s + kz * dot
    return out


@njit(cache=True, fastmath=True)
def follow(points: np.ndarray, weights: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """Points (V, 3) moved by weights (V, K) of the moves (K, 3)."""
    out = np.empty_like(points)
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        for k in range(weights.shape[1]):
            w = weights[i, k]
            x += w * moves[k, 0]
            y += w * moves[k, 1]
            z += w * moves[k, 2]
        out[i, 0], out[i, 1], out[i, 2] = x, y, z
    return out


@njit(cache=True, fastmath=True, error_model="numpy")
def shading(normals: np.ndarray, light: np.ndarray) -> np.ndarray:
    """Irradiance (V, 3) of unit normals (V, 3) under SH light (9, 3), with a soft floor."""
    out = np.empty((normals.shape[0], 3), np.float32)
    one, half, soft = np.float32(1), np.float32(0.5), np.float32(0.01)
    for i in range(normals.shape[0]):
        x, y, z = normals[i, 0], normals[i, 1], normals[i, 2]
        # No fitted light is known for surfaces that the photo saw from behind.
        if z < FACING:
            z = FACING
            shorter = one / np.sqrt(x * x + y * y + z * z)
            x, y, z = x * shorter, y * shorter, z * shorter
        for k in range(3):
            s = (
                C0 * light[0, k] + C1 * (z * light[2, k] - y * light[1, k] - x * light[3, k])
                + C2 * (x * y * light[4, k] - y * z * light[5, k] - x * z * light[7, k])
                + C3 * (np.float32(3) * z * z - one) * light[6, k]
                + half * C2 * (x * x - y * y) * light[8, k]
            )  # fmt: skip
            # A smooth maximum: no band where the floor begins.
            d = s - SHADE_FLOOR
            out[i, k] = SHADE_FLOOR + half * (d + np.sqrt(d * d + soft))
    return out


@njit(cache=True, fastmath=True, error_model="numpy")
def display_gain(before: np.ndarray, after: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Factors (V, 3) on display values for shadings (V, 3) before and after; share (V,) 0..1."""
    out = np.empty_like(before)
    one, least, most = np.float32(1), np.float32(RATIO_LIMITS[0]), np.float32(RATIO_LIMITS[1])
    for i in range(before.shape[0]):
        power = np.float32(DISPLAY_POWER) * share[i]
        for k in range(3):
            ratio = (after[i, k] + FILL) / (before[i, k] + FILL)
            out[i, k] = min(max(ratio, least), most) ** power if ratio != one else one
    return out
