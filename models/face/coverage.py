"""Smooth silhouettes: how much of each outline pixel the mesh covers."""

from __future__ import annotations

import numpy as np
from numba import njit

from models.face.rasterizer import Fragments
from models.face.strips import in_strips

# Sample points a pixel: a 4 × 4 grid, one bit each.
_GRID = 4
_SAMPLES = _GRID * _GRID
# Side of the squares of pixels that are skipped at once when none lies on the outline.
_TILE = 8


@njit(cache=True, nogil=True)
def _mark(x0: int, x1: int, y0: int, y1: int, outline: np.ndarray, tiles: np.ndarray) -> None:
    for y in range(y0, y1):
        for x in range(x0, x1):
            outline[y, x] = True
            tiles[y // _TILE, x // _TILE] = True


@njit(cache=True, nogil=True)
def _mark_outline(
    triangle: np.ndarray,
    top: int,
    bottom: int,
    outline: np.ndarray,
    tiles: np.ndarray,
    alpha: np.ndarray,
) -> None:
    """Mark pixels with both empty and covered ones around them, and the tiles that hold such.

    The other pixels get their alpha here.
    """
    height, width = triangle.shape
    outline[top:bottom] = False
    for y in range(max(top - 2, 0), min(bottom + 1, height)):
        own = top <= y < bottom
        below = min(y + 1, height - 1)
        for x in range(width):
            here = triangle[y, x] >= 0
            if own:
                alpha[y, x] = np.float32(here)
            after = triangle[y, min(x + 1, width - 1)] >= 0
            if after != here:
                _mark(
                    max(x, 0),
                    min(x + 2, width),
                    max(y - 1, top),
                    min(y + 2, bottom),
                    outline,
                    tiles,
                )
            if (triangle[below, x] >= 0) != here:
                _mark(
                    max(x - 1, 0),
                    min(x + 2, width),
                    max(y, top),
                    min(y + 2, bottom),
                    outline,
                    tiles,
                )


@njit(cache=True, nogil=True)
def _touches(tiles: np.ndarray, x0: int, y0: int, x1: int, y1: int) -> bool:
    """Whether a marked tile overlaps the pixels x0 to x1, y0 to y1."""
    for v in range(y0 // _TILE, y1 // _TILE + 1):
        for u in range(x0 // _TILE, x1 // _TILE + 1):
            if tiles[v, u]:
                return True
    return False


@njit(cache=True, nogil=True)
def _cover_pixel(p: np.ndarray, x: int, y: int, scale: float) -> tuple[int, float, float, float]:
    """Bits of the samples of pixel (x, y) inside triangle p (3, 3), and the last one's weights.

    scale is 1 / twice the triangle's area, with its sign; the weights are divided by depth.
    """
    ax, ay = (p[1, 1] - p[2, 1]) * scale, (p[2, 0] - p[1, 0]) * scale
    bx, by = (p[2, 1] - p[0, 1]) * scale, (p[0, 0] - p[2, 0]) * scale
    a0 = ax * (x - p[1, 0]) + ay * (y - p[1, 1])
    b0 = bx * (x - p[2, 0]) + by * (y - p[2, 1])
    bits, a, b = 0, 0.0, 0.0
    for k in range(_GRID):
        for j in range(_GRID):
            dx, dy = (k + 0.5) / _GRID - 0.5, (j + 0.5) / _GRID - 0.5
            u = a0 + ax * dx + ay * dy
            v = b0 + bx * dx + by * dy
            if u >= 0 and v >= 0 and u + v <= 1:
                bits |= 1 << (k * _GRID + j)
                a, b = u, v
    return bits, a / p[0, 2], b / p[1, 2], (1 - a - b) / p[2, 2]


@njit(cache=True, nogil=True)
def _cover_rows(
    screen: np.ndarray,
    triangles: np.ndarray,
    top: int,
    bottom: int,
    cull: bool,
    outline: np.ndarray,
    tiles: np.ndarray,
    covered: np.ndarray,
    fragments: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """Gather sample bits of the outline's pixels and give the empty ones the nearest triangle."""
    triangle, bary, depth = fragments
    p = np.empty((3, 3), np.float64)
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        low = min(screen[i, 1], screen[j, 1], screen[k, 1])
        high = max(screen[i, 1], screen[j, 1], screen[k, 1])
        y0, y1 = max(int(np.floor(low + 0.5)), top), min(int(np.floor(high + 0.5)), bottom - 1)
        if y0 > y1:
            continue
        low = min(screen[i, 0], screen[j, 0], screen[k, 0])
        high = max(screen[i, 0], screen[j, 0], screen[k, 0])
        x0 = max(int(np.floor(low + 0.5)), 0)
        x1 = min(int(np.floor(high + 0.5)), triangle.shape[1] - 1)
        if x0 > x1 or not _touches(tiles, x0, y0, x1, y1):
            continue
        p[0], p[1], p[2] = screen[i], screen[j], screen[k]
        area = (p[1, 0] - p[0, 0]) * (p[2, 1] - p[0, 1]) - (p[1, 1] - p[0, 1]) * (p[2, 0] - p[0, 0])
        if area == 0 or (cull and area > 0) or not min(p[0, 2], p[1, 2], p[2, 2]) > 0:
            continue
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                if not outline[y, x] or covered[y, x] == (1 << _SAMPLES) - 1:
                    continue
                bits, w0, w1, w2 = _cover_pixel(p, x, y, 1 / area)
                if bits == 0:
                    continue
                first = covered[y, x] == 0 and triangle[y, x] < 0
                covered[y, x] |= bits
                z = 1 / (w0 + w1 + w2)
                # A border pixel has no centre hit: bit pattern 0 before, negative depth marks it.
                if first or (depth[y, x] < 0 and z < -depth[y, x]):
                    triangle[y, x] = t
                    depth[y, x] = -z
                    bary[y, x, 0], bary[y, x, 1], bary[y, x, 2] = w0 * z, w1 * z, w2 * z


@njit(cache=True, nogil=True)
def _finish_rows(
    outline: np.ndarray,
    covered: np.ndarray,
    top: int,
    bottom: int,
    depth: np.ndarray,
    alpha: np.ndarray,
) -> None:
    """Turn sample bits into alpha."""
    for y in range(np.uint32(top), np.uint32(bottom)):
        for x in range(np.uint32(alpha.shape[1])):
            if outline[y, x]:
                bits, count = covered[y, x], 0
                while bits:
                    bits &= bits - 1
                    count += 1
                alpha[y, x] = np.float32(count) / _SAMPLES
                depth[y, x] = abs(depth[y, x])


def soften_outline(
    fragments: Fragments, screen: np.ndarray, triangles: np.ndarray, cull: bool = False
) -> tuple[Fragments, np.ndarray]:
    """Coverage (H, W) float32, 0 to 1, and fragments for every pixel that it touches.

    screen (V, 3), triangles (F, 3) and cull as drawn. Only the outline against empty pixels is
    softened; the fragments' arrays are changed in place.
    """
    screen = np.ascontiguousarray(screen, np.float32)
    triangles = np.ascontiguousarray(triangles, np.int32)
    height, width = fragments.triangle.shape
    outline = np.empty((height, width), np.bool_)
    tiles = np.zeros((-(-height // _TILE), -(-width // _TILE)), np.bool_)
    covered = np.zeros((height, width), np.uint16)
    alpha = np.empty((height, width), np.float32)
    arrays = (fragments.triangle, fragments.bary, fragments.depth)

    def mark(top: int, bottom: int) -> None:
        _mark_outline(arrays[0], top, bottom, outline, tiles, alpha)

    def cover(top: int, bottom: int) -> None:
        _cover_rows(screen, triangles, top, bottom, cull, outline, tiles, covered, arrays)
        _finish_rows(outline, covered, top, bottom, arrays[2], alpha)

    # The marks look past their strip's rows, so all are made before a strip changes.
    in_strips(mark, height)
    in_strips(cover, height, screen[:, 1])
    return fragments, alpha
