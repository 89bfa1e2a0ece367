"""Rasterizer on the CPU: a z-buffer, row strips in parallel.

Pixel centres are at integers. Triangles behind the camera are left out whole: a head 1,000 mm
away never crosses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numba import njit

from models.face.strips import in_strips

# Pixels by which a row reaches past its edge, so that rounding leaves no cracks.
_SLACK = 1e-9


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


@njit(cache=True, nogil=True)
def _inverse(step: float) -> float:
    return 1.0 / step if step != 0 else 0.0


@njit(cache=True, nogil=True)
def _span(
    weight: float, step: float, inverse: float, first: float, last: float
) -> tuple[float, float]:
    """The part of first to last where weight + step · x is not negative; inverse is 1 / step."""
    if step > 0:
        return max(first, -weight * inverse - _SLACK), last
    if step < 0:
        return first, min(last, -weight * inverse + _SLACK)
    return (first, last) if weight >= 0 else (first, first - 1)


@njit(cache=True, nogil=True)
def _draw_triangle(
    t: int,
    screen: np.ndarray,
    triangles: np.ndarray,
    rows: tuple[int, int],
    cull: bool,
    triangle: np.ndarray,
    bary: np.ndarray,
    nearness: np.ndarray,
) -> None:
    """Draw one triangle into the rows rows[0] to rows[1] - 1.

    nearness is 1 / depth, which is linear on the screen; bary is left scaled by it.
    """
    # Places are unsigned: numba tests others for counting from the end.
    a, b, c = np.uint32(triangles[t, 0]), np.uint32(triangles[t, 1]), np.uint32(triangles[t, 2])
    # Differences of float32 are exact enough in float64 that shared edges leave no cracks.
    ax, ay = np.float64(screen[a, 0]), np.float64(screen[a, 1])
    bx, by = np.float64(screen[b, 0]), np.float64(screen[b, 1])
    cx, cy = np.float64(screen[c, 0]), np.float64(screen[c, 1])
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    if area == 0 or (cull and area > 0):
        return
    x0 = max(int(np.ceil(min(ax, bx, cx))), 0)
    x1 = min(int(np.floor(max(ax, bx, cx))), nearness.shape[1] - 1)
    y0 = max(int(np.ceil(min(ay, by, cy))), rows[0])
    y1 = min(int(np.floor(max(ay, by, cy))), rows[1] - 1)
    if x0 > x1 or y0 > y1 or not min(screen[a, 2], screen[b, 2], screen[c, 2]) > 0:
        return
    # Each scaled by 1 / depth of its vertex: what makes the coordinates perspective-correct.
    scale0 = 1.0 / (area * screen[a, 2])
    scale1 = 1.0 / (area * screen[b, 2])
    scale2 = 1.0 / (area * screen[c, 2])
    step0, step1, step2 = (by - cy) * scale0, (cy - ay) * scale1, (ay - by) * scale2
    inverse0, inverse1, inverse2 = _inverse(step0), _inverse(step1), _inverse(step2)
    for y in range(np.uint32(y0), np.uint32(y1 + 1)):
        w0 = ((cx - bx) * (y - by) + (by - cy) * (x0 - bx)) * scale0
        w1 = ((ax - cx) * (y - cy) + (cy - ay) * (x0 - cx)) * scale1
        w2 = ((bx - ax) * (y - ay) + (ay - by) * (x0 - ax)) * scale2
        first, last = 0.0, float(x1 - x0)
        first, last = _span(w0, step0, inverse0, first, last)
        first, last = _span(w1, step1, inverse1, first, last)
        first, last = _span(w2, step2, inverse2, first, last)
        start, stop = int(np.ceil(first)), int(np.floor(last))
        if start > stop:
            continue
        w0 += step0 * start
        w1 += step1 * start
        w2 += step2 * start
        for x in range(np.uint32(x0 + start), np.uint32(x0 + stop + 1)):
            near = np.float32(w0 + w1 + w2)
            if near > nearness[y, x]:
                nearness[y, x] = near
                triangle[y, x] = t
                bary[y, x, 0], bary[y, x, 1], bary[y, x, 2] = w0, w1, w2
            w0 += step0
            w1 += step1
            w2 += step2


@njit(cache=True, nogil=True)
def _draw_rows(
    screen: np.ndarray,
    triangles: np.ndarray,
    top: int,
    bottom: int,
    cull: bool,
    triangle: np.ndarray,
    bary: np.ndarray,
    depth: np.ndarray,
) -> None:
    """Clear and draw the rows top to bottom - 1."""
    triangle[top:bottom] = -1
    bary[top:bottom] = 0
    depth[top:bottom] = 0
    for t in range(triangles.shape[0]):
        ay = screen[np.uint32(triangles[t, 0]), 1]
        by = screen[np.uint32(triangles[t, 1]), 1]
        cy = screen[np.uint32(triangles[t, 2]), 1]
        if max(ay, by, cy) >= top and min(ay, by, cy) <= bottom - 1:
            _draw_triangle(t, screen, triangles, (top, bottom), cull, triangle, bary, depth)
    for y in range(np.uint32(top), np.uint32(bottom)):
        for x in range(np.uint32(depth.shape[1])):
            if triangle[y, x] < 0:
                depth[y, x] = np.inf
                continue
            z = np.float32(1) / depth[y, x]
            depth[y, x] = z
            for k in range(np.uint32(3)):
                bary[y, x, k] *= z


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

    def draw(top: int, bottom: int) -> None:
        _draw_rows(screen, triangles, top, bottom, cull, triangle, bary, depth)

    in_strips(draw, height, screen[:, 1])
    return Fragments(triangle, bary, depth)


class CpuRasterizer:
    """The numba backend."""

    def rasterize(
        self, screen: np.ndarray, triangles: np.ndarray, width: int, height: int, cull: bool
    ) -> Fragments:
        """See `rasterize`."""
        return rasterize(screen, triangles, width, height, cull)
