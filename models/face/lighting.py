"""Second-order spherical-harmonics lighting with Deep3D's constants, in linear light."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Products a_l · c_l of docs/conventions.md.
BAND_0 = float(np.pi / np.sqrt(4 * np.pi))
BAND_1 = float(2 * np.pi / np.sqrt(3) * np.sqrt(3) / np.sqrt(4 * np.pi))
BAND_2 = float(2 * np.pi / np.sqrt(8) * 3 * np.sqrt(5) / np.sqrt(12 * np.pi))


def sh_basis(normals: np.ndarray) -> np.ndarray:
    """Basis (..., 9) float32 of unit normals (..., 3) in the camera frame."""
    normals = np.asarray(normals, np.float32)
    x, y, z = normals[..., 0], normals[..., 1], normals[..., 2]
    out = np.empty((*normals.shape[:-1], 9), np.float32)
    out[..., 0] = BAND_0
    out[..., 1] = -BAND_1 * y
    out[..., 2] = BAND_1 * z
    out[..., 3] = -BAND_1 * x
    out[..., 4] = BAND_2 * x * y
    out[..., 5] = -BAND_2 * y * z
    out[..., 6] = BAND_2 / (2 * np.sqrt(3)) * (3 * z * z - 1)
    out[..., 7] = -BAND_2 * x * z
    out[..., 8] = BAND_2 / 2 * (x * x - y * y)
    return out


def shade(albedo: np.ndarray, normals: np.ndarray, light: np.ndarray) -> np.ndarray:
    """Radiance (..., 3), linear RGB, never below 0, of albedo (..., 3) under light (9, 3)."""
    irradiance = np.maximum(sh_basis(normals) @ np.asarray(light, np.float32), 0)
    return (albedo * irradiance).astype(np.float32)


def directional_light(
    direction: Sequence[float] | np.ndarray,
    intensity: float = 1.0,
    colour: Sequence[float] | np.ndarray = (1.0, 1.0, 1.0),
    ambient: float = 0.0,
) -> np.ndarray:
    """Coefficients (9, 3) of one distant light and an even ambient one.

    direction: (3,) towards the light, camera frame, any length. A white surface that faces the
    light shines with about ambient + intensity, times colour (linear RGB). Second order rings:
    the side turned away dips to −4 % of the intensity. Raises ValueError for no direction.
    """
    d = np.asarray(direction, np.float64)
    length = np.linalg.norm(d)
    if not length > 0:
        raise ValueError("The light's direction must not be zero.")
    x, y, z = d / length
    # max(cos, 0) ≈ 1/4 + cos/2 + 15/32 (cos² − 1/3): its Legendre series to the second order.
    k = 15 / 32
    lobe = np.array([
        0.25 / BAND_0,
        -0.5 * y / BAND_1,
        0.5 * z / BAND_1,
        -0.5 * x / BAND_1,
        2 * k * x * y / BAND_2,
        -2 * k * y * z / BAND_2,
        k * (3 * z * z - 1) / np.sqrt(3) / BAND_2,
        -2 * k * x * z / BAND_2,
        k * (x * x - y * y) / BAND_2,
    ])  # fmt: skip
    lobe *= intensity
    lobe[0] += ambient / BAND_0
    return (lobe[:, None] * np.asarray(colour, np.float64)).astype(np.float32)


def srgb_to_linear(values: np.ndarray) -> np.ndarray:
    """sRGB (0 to 1) -> linear light, any shape, float32."""
    v = np.asarray(values, np.float32)
    return np.where(v <= 0.04045, v / 12.92, ((np.maximum(v, 0) + 0.055) / 1.055) ** 2.4).astype(
        np.float32
    )


def linear_to_srgb(values: np.ndarray) -> np.ndarray:
    """Linear light (0 to 1, more is kept) -> sRGB, any shape, float32."""
    v = np.maximum(np.asarray(values, np.float32), 0)
    return np.where(v <= 0.0031308, 12.92 * v, 1.055 * v ** (1 / 2.4) - 0.055).astype(np.float32)
