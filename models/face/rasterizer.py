"""Rasterizer on the CPU: a z-buffer in parallel row strips.

Pixel centres are at integers. Triangles behind the camera are left out whole: a head 1,000 mm
away never crosses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numba import get_num_threads, njit, prange

STRIPS_PER_THREAD = 4


@dataclass(frozen=True)
class Fragments:
    """What each pixel shows.

    triangle: (H, W) int32, -1 where empty. bary: (H, W, 3) float32, perspective-correct, zero
    where empty. depth: (H, W) float32 mm from the camera, inf where empty.
    """

    triangle: np.ndarray
    bary: np.ndarray
    depth: np.ndarray


class Rasterizer(Protocol):
    """What the renderer needs of a backend: `CpuRasterizer`, or nvdiffrast's."""

    def rasterize(
        self, screen: np.ndarray, triangles: np.ndarray, width: int, height: int, cull: bool
    ) -> Fragments:
        """Fragments of screen (V, 3) x px, y px, depth mm and triangles (F, 3)."""
        ...


@njit(cache=True, fastmath=False)
def _draw_triangle(
    t: int,
    screen: np.ndarray,
    triangles: np.ndarray,
    top: int,
    bottom: int,
    cull: bool,
    triangle: np.ndarray,
    bary: np.ndarray,
    depth: np.ndarray,
) -> None:
    """Draw one triangle into the rows top to bottom - 1."""
    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    ay, by, cy = screen[a, 1], screen[b, 1], screen[c, 1]
    y0 = max(int(np.ceil(min(ay, by, cy))), top)
    y1 = min(int(np.floor(max(ay, by, cy))), bottom - 1)
    if y0 > y1:
        return
    ax, bx, cx = screen[a, 0], screen[b, 0], screen[c, 0]
    x0 = max(int(np.ceil(min(ax, bx, cx))), 0)
    x1 = min(int(np.floor(max(ax, bx, cx))), depth.shape[1] - 1)
    if x0 > x1:
        return
    # Differences of float32 are exact enough in float64 that shared edges leave no cracks.
    e0x, e0y = np.float64(cx) - bx, np.float64(cy) - by
    e1x, e1y = np.float64(ax) - cx, np.float64(ay) - cy
    e2x, e2y = np.float64(bx) - ax, np.float64(by) - ay
    area = e2x * -e1y + e2y * e1x
    if area == 0 or (cull and area > 0):
        return
    wa, wb, wc = screen[a, 2], screen[b, 2], screen[c, 2]
    if not (wa > 0 and wb > 0 and wc > 0):
        return
    inverse_area = 1.0 / area
    inverse_a, inverse_b, inverse_c = 1.0 / wa, 1.0 / wb, 1.0 / wc
    for y in range(y0, y1 + 1):
        l0 = (e0x * (y - np.float64(by)) - e0y * (x0 - np.float64(bx))) * inverse_area
        l1 = (e1x * (y - np.float64(cy)) - e1y * (x0 - np.float64(cx))) * inverse_area
        l2 = (e2x * (y - np.float64(ay)) - e2y * (x0 - np.float64(ax))) * inverse_area
        for x in range(x0, x1 + 1):
            if l0 >= 0 and l1 >= 0 and l2 >= 0:
                w0, w1, w2 = l0 * inverse_a, l1 * inverse_b, l2 * inverse_c
                z = 1.0 / (w0 + w1 + w2)
                if np.float32(z) < depth[y, x]:
                    depth[y, x] = z
                    triangle[y, x] = t
                    bary[y, x, 0] = w0 * z
                    bary[y, x, 1] = w1 * z
                    bary[y, x, 2] = w2 * z
            l0 -= e0y * inverse_area
            l1 -= e1y * inverse_area
            l2 -= e2y * inverse_area


@njit(cache=True, parallel=True)
def _rasterize(
    screen: np.ndarray,
    triangles: np.ndarray,
    strips: int,
    cull: bool,
    triangle: np.ndarray,
    bary: np.ndarray,
    depth: np.ndarray,
) -> None:
    height = depth.shape[0]
    first = max(int(np.ceil(np.min(screen[:, 1]))), 0)
    last = min(int(np.floor(np.max(screen[:, 1]))) + 1, height)
    for s in prange(strips):
        # Each strip clears its share of the whole picture, then draws its share of the mesh.
        clear0, clear1 = height * s // strips, height * (s + 1) // strips
        triangle[clear0:clear1] = -1
        bary[clear0:clear1] = 0
        depth[clear0:clear1] = np.inf
    if last <= first:
        return
    for s in prange(strips):
        top = first + (last - first) * s // strips
        bottom = first + (last - first) * (s + 1) // strips
        for t in range(triangles.shape[0]):
            _draw_triangle(t, screen, triangles, top, bottom, cull, triangle, bary, depth)


def rasterize(
    screen: np.ndarray, triangles: np.ndarray, width: int, height: int, cull: bool = False
) -> Fragments:
    """Draw screen (V, 3) x px, y px, depth mm with triangles (F, 3).

    Of equally near triangles the one listed first stays. cull leaves out the back faces
    (clockwise in the picture as people see it). Raises ValueError for an empty picture or
    vertices that are not finite.
    """
    if width < 1 or height < 1:
        raise ValueError(f"A picture of {width} × {height} pixels cannot be drawn.")
    screen = np.ascontiguousarray(screen, np.float32)
    if not np.isfinite(screen).all():
        raise ValueError("The mesh to draw holds values that are not finite.")
    triangles = np.ascontiguousarray(triangles, np.int32)
    triangle = np.empty((height, width), np.int32)
    bary = np.empty((height, width, 3), np.float32)
    depth = np.empty((height, width), np.float32)
    strips = min(STRIPS_PER_THREAD * get_num_threads(), height)
    _rasterize(screen, triangles, strips, cull, triangle, bary, depth)
    return Fragments(triangle, bary, depth)


class CpuRasterizer:
    """The numba backend."""

    def rasterize(
        self, screen: np.ndarray, triangles: np.ndarray, width: int, height: int, cull: bool
    ) -> Fragments:
        """See `rasterize`."""
        return rasterize(screen, triangles, width, height, cull)
