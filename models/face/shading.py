"""Pixels from fragments: interpolation, SH shading and sRGB in one pass over the rows."""

from __future__ import annotations

import numpy as np
from numba import njit

from models.face.lighting import BAND_0, BAND_1, BAND_2, linear_to_srgb
from models.face.rasterizer import Fragments
from models.face.strips import in_strips

# 8-bit sRGB by 4,095ths of linear light: steps stay below one level.
_SRGB_STEPS = 4095
_STEPS = np.arange(_SRGB_STEPS + 1) / _SRGB_STEPS
_SRGB = np.rint(255 * linear_to_srgb(_STEPS)).astype(np.uint8)
_AS_IT_IS = np.rint(255 * _STEPS).astype(np.uint8)
_SIDE = BAND_2 / (2 * float(np.sqrt(3)))


@njit(cache=True, nogil=True, fastmath=True)
def _shade_rows(
    triangle: np.ndarray,
    bary: np.ndarray,
    alpha: np.ndarray,
    triangles: np.ndarray,
    normals: np.ndarray,
    albedo: np.ndarray,
    light: np.ndarray,
    srgb: np.ndarray,
    top: int,
    bottom: int,
    out: np.ndarray,
) -> None:
    for y in range(top, bottom):
        for x in range(triangle.shape[1]):
            t = triangle[y, x]
            if t < 0:
                out[y, x] = 0
                continue
            i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            u, v, w = bary[y, x, 0], bary[y, x, 1], bary[y, x, 2]
            nx = u * normals[i, 0] + v * normals[j, 0] + w * normals[k, 0]
            ny = u * normals[i, 1] + v * normals[j, 1] + w * normals[k, 1]
            nz = u * normals[i, 2] + v * normals[j, 2] + w * normals[k, 2]
            scale = np.float32(1) / np.sqrt(nx * nx + ny * ny + nz * nz + np.float32(1e-20))
            nx, ny, nz = nx * scale, ny * scale, nz * scale
            for c in range(3):
                irradiance = (
                    light[0, c]
                    + light[1, c] * ny
                    + light[2, c] * nz
                    + light[3, c] * nx
                    + light[4, c] * nx * ny
                    + light[5, c] * ny * nz
                    + light[6, c] * nz * nz
                    + light[7, c] * nx * nz
                    + light[8, c] * (nx * nx - ny * ny)
                )
                surface = u * albedo[i, c] + v * albedo[j, c] + w * albedo[k, c]
                level = min(max(surface * irradiance, np.float32(0)), np.float32(1))
                out[y, x, c] = srgb[int(level * np.float32(4095) + np.float32(0.5))]
            out[y, x, 3] = np.uint8(alpha[y, x] * np.float32(255) + np.float32(0.5))


@njit(cache=True, nogil=True)
def _interpolate_rows(
    triangle: np.ndarray,
    bary: np.ndarray,
    triangles: np.ndarray,
    values: np.ndarray,
    top: int,
    bottom: int,
    out: np.ndarray,
) -> None:
    for y in range(top, bottom):
        for x in range(triangle.shape[1]):
            t = triangle[y, x]
            for c in range(values.shape[1]):
                out[y, x, c] = (
                    bary[y, x, 0] * values[triangles[t, 0], c]
                    + bary[y, x, 1] * values[triangles[t, 1], c]
                    + bary[y, x, 2] * values[triangles[t, 2], c]
                    if t >= 0
                    else 0
                )


def _polynomial(light: np.ndarray) -> np.ndarray:
    """SH coefficients (9, 3) as those of 1, y, z, x, xy, yz, z², xz, x²−y²."""
    bands = [BAND_0, -BAND_1, BAND_1, -BAND_1, BAND_2, -BAND_2, 3 * _SIDE, -BAND_2, BAND_2 / 2]
    out = np.asarray(light, np.float32) * np.array(bands, np.float32)[:, None]
    out[0] -= np.asarray(light[6], np.float32) * np.float32(_SIDE)
    return out.astype(np.float32)


def _painted(
    fragments: Fragments,
    alpha: np.ndarray,
    mesh: tuple[np.ndarray, np.ndarray, np.ndarray],
    polynomial: np.ndarray,
    levels: np.ndarray,
) -> np.ndarray:
    height, width = fragments.triangle.shape
    out = np.empty((height, width, 4), np.uint8)

    def shade(top: int, bottom: int) -> None:
        _shade_rows(
            fragments.triangle, fragments.bary, alpha, *mesh, polynomial, levels, top, bottom, out
        )

    in_strips(shade, height)
    return out


def shade_fragments(
    fragments: Fragments,
    alpha: np.ndarray,
    triangles: np.ndarray,
    normals: np.ndarray,
    albedo: np.ndarray,
    light: np.ndarray,
) -> np.ndarray:
    """RGBA (H, W, 4) uint8 sRGB, alpha not multiplied in, of a lit mesh.

    alpha (H, W) 0 to 1; triangles (F, 3); normals (V, 3) camera frame; albedo (V, 3) linear
    RGB; light (9, 3) SH coefficients. Radiance past 1 is clipped.
    """
    albedo = np.ascontiguousarray(albedo, np.float32)
    mesh = (triangles, np.ascontiguousarray(normals, np.float32), albedo)
    return _painted(fragments, alpha, mesh, _polynomial(light), _SRGB)


def paint_fragments(
    fragments: Fragments, alpha: np.ndarray, triangles: np.ndarray, colours: np.ndarray
) -> np.ndarray:
    """RGBA (H, W, 4) uint8, alpha not multiplied in, of the vertices' colours (V, 3), 0 to 1."""
    even = np.zeros((9, 3), np.float32)
    even[0] = 1
    colours = np.ascontiguousarray(colours, np.float32)
    return _painted(fragments, alpha, (triangles, colours, colours), even, _AS_IT_IS)


def interpolate(fragments: Fragments, triangles: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Values (V, k) of the vertices at every pixel: (H, W, k) float32, 0 where empty."""
    height, width = fragments.triangle.shape
    values = np.ascontiguousarray(values, np.float32)
    out = np.empty((height, width, values.shape[1]), np.float32)

    def work(top: int, bottom: int) -> None:
        _interpolate_rows(fragments.triangle, fragments.bary, triangles, values, top, bottom, out)

    in_strips(work, height)
    return out
