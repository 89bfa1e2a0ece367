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
def _gathered(
    triangle: np.ndarray,
    bary: np.ndarray,
    triangles: np.ndarray,
    surface: np.ndarray,
    values: np.ndarray,
) -> int:
    """Fill values (6, W) with unit normals and albedo of a row's covered pixels; their count."""
    count = np.uint32(0)
    for x in range(np.uint32(triangle.shape[0])):
        if triangle[x] < 0:
            continue
        t = np.uint32(triangle[x])
        # Unsigned: numba tests other places for counting from the end.
        i, j, k = np.uint32(triangles[t, 0]), np.uint32(triangles[t, 1]), np.uint32(triangles[t, 2])
        u, v, w = bary[x, 0], bary[x, 1], bary[x, 2]
        for c in range(np.uint32(6)):
            values[c, count] = u * surface[i, c] + v * surface[j, c] + w * surface[k, c]
        count += np.uint32(1)
    for n in range(count):
        x, y, z = values[0, n], values[1, n], values[2, n]
        scale = np.float32(1) / np.sqrt(x * x + y * y + z * z + np.float32(1e-20))
        values[0, n], values[1, n], values[2, n] = x * scale, y * scale, z * scale
    return int(count)


@njit(cache=True, nogil=True, fastmath=True)
def _lit(
    nx: np.ndarray,
    ny: np.ndarray,
    nz: np.ndarray,
    albedo: np.ndarray,
    light: np.ndarray,
    count: int,
    levels: np.ndarray,
) -> None:
    """One channel's levels, 0 to 4,095, of the first count normals and albedos.

    A loop of its own over whole rows and over light (9,) in scalars: so the compiler takes many
    pixels at once.
    """
    l0, ly, lz, lx, lxy = light[0], light[1], light[2], light[3], light[4]
    lyz, lzz, lxz, lxx = light[5], light[6], light[7], light[8]
    for n in range(count):
        x, y, z = nx[n], ny[n], nz[n]
        irradiance = l0 + ly * y + lz * z + lx * x + lxy * x * y
        irradiance += lyz * y * z + lzz * z * z + lxz * x * z + lxx * (x * x - y * y)
        level = min(max(albedo[n] * irradiance, np.float32(0)), np.float32(1))
        levels[n] = np.int32(level * np.float32(_SRGB_STEPS) + np.float32(0.5))


@njit(cache=True, nogil=True, fastmath=True)
def _shade_rows(
    triangle: np.ndarray,
    bary: np.ndarray,
    alpha: np.ndarray,
    triangles: np.ndarray,
    surface: np.ndarray,
    light: np.ndarray,
    srgb: np.ndarray,
    top: int,
    bottom: int,
    out: np.ndarray,
) -> None:
    """Fill out (H, W, 4); surface (V, 6): normals and albedo, light (9, 3) a polynomial."""
    width = triangle.shape[1]
    values = np.empty((6, width), np.float32)
    levels = np.empty((3, width), np.uint32)
    for y in range(np.uint32(top), np.uint32(bottom)):
        count = _gathered(triangle[y], bary[y], triangles, surface, values)
        for c in range(3):
            _lit(values[0], values[1], values[2], values[3 + c], light[:, c], count, levels[c])
        n = np.uint32(0)
        for x in range(np.uint32(width)):
            if triangle[y, x] < 0:
                for c in range(np.uint32(4)):
                    out[y, x, c] = 0
                continue
            for c in range(np.uint32(3)):
                out[y, x, c] = srgb[levels[c, n]]
            out[y, x, 3] = np.uint8(alpha[y, x] * np.float32(255) + np.float32(0.5))
            n += np.uint32(1)


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
    triangles: np.ndarray,
    surface: np.ndarray,
    polynomial: np.ndarray,
    levels: np.ndarray,
) -> np.ndarray:
    height, width = fragments.triangle.shape
    out = np.empty((height, width, 4), np.uint8)

    def shade(top: int, bottom: int) -> None:
        _shade_rows(
            fragments.triangle,
            fragments.bary,
            alpha,
            triangles,
            surface,
            polynomial,
            levels,
            top,
            bottom,
            out,
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
    surface = np.concatenate([normals, albedo], axis=1, dtype=np.float32)
    return _painted(fragments, alpha, triangles, surface, _polynomial(light), _SRGB)


def paint_fragments(
    fragments: Fragments, alpha: np.ndarray, triangles: np.ndarray, colours: np.ndarray
) -> np.ndarray:
    """RGBA (H, W, 4) uint8, alpha not multiplied in, of the vertices' colours (V, 3), 0 to 1."""
    even = np.zeros((9, 3), np.float32)
    even[0] = 1
    surface = np.concatenate([colours, colours], axis=1, dtype=np.float32)
    return _painted(fragments, alpha, triangles, surface, even, _AS_IT_IS)


def interpolate(fragments: Fragments, triangles: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Values (V, k) of the vertices at every pixel: (H, W, k) float32, 0 where empty."""
    height, width = fragments.triangle.shape
    values = np.ascontiguousarray(values, np.float32)
    out = np.empty((height, width, values.shape[1]), np.float32)

    def work(top: int, bottom: int) -> None:
        _interpolate_rows(fragments.triangle, fragments.bary, triangles, values, top, bottom, out)

    in_strips(work, height)
    return out
