"""Smooth rims: pixels along the edges where a sheet ends or turns away take their true share.

Persson, "Geometric Post-process Anti-Aliasing" (SIGGRAPH 2011): each row or column of pixels
that an edge crosses gives one pixel, mixed with its neighbour across by what the edge cuts off.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from models.face.mesh import edges

# An edge is seen where the sheet beside it lies hardly behind, and no nearer than a cheek bulges.
BEHIND_MM, BULGE_MM = 3.0, 16.0
# What is covered this much already hides the edge.
HIDDEN = 0.5


def wings(triangles: np.ndarray) -> np.ndarray:
    """(E, 4) int32 of a mesh (F, 3): each edge's ends and the corners opposite it.

    The last is -1 at a border. Edges of more than two triangles are left out.
    """
    ends, count, of = edges(triangles)
    opposite = np.full((len(ends), 2), -1, np.int32)
    side, corner = of.ravel(), np.asarray(triangles, np.int32).ravel()
    opposite[side, 0] = corner
    opposite[side[::-1], 1] = corner[::-1]
    opposite[count == 1, 1] = -1
    return np.concatenate([ends, opposite], 1)[count < 3]


@njit(cache=True, inline="always", fastmath=True)
def _side(screen: np.ndarray, a: int, b: int, c: int) -> float:
    """Positive when corner c lies on one side of the edge a to b, negative on the other."""
    dx, dy = screen[b, 0] - screen[a, 0], screen[b, 1] - screen[a, 1]
    return dx * (screen[c, 1] - screen[a, 1]) - dy * (screen[c, 0] - screen[a, 0])


@njit(cache=True)
def _crossings(
    screen: np.ndarray, wing: np.ndarray, depth: np.ndarray, alpha: np.ndarray, left: int,
    top: int, out: np.ndarray,
) -> int:  # fmt: skip
    """Fill out (N, 5) with row, column, neighbour's row and column, share; returns how many."""
    height, width = depth.shape
    found = 0
    for e in range(wing.shape[0]):
        a, b, c, d = wing[e, 0], wing[e, 1], wing[e, 2], wing[e, 3]
        side = _side(screen, a, b, c)
        if side == 0 or (d >= 0 and side * _side(screen, a, b, d) <= 0):
            continue
        # Along the rows (0) when the edge is steep, along the columns otherwise.
        steep = abs(screen[b, 1] - screen[a, 1]) >= abs(screen[b, 0] - screen[a, 0])
        along, across = (1, 0) if steep else (0, 1)
        if screen[a, along] > screen[b, along]:
            a, b = b, a
            side = -side
        length = screen[b, along] - screen[a, along]
        # The sheet lies towards larger coordinates across when positive.
        inward = -1 if (side > 0) == steep else 1
        limit, reach = (height, width) if steep else (width, height)
        first = max(int(np.ceil(screen[a, along])), 0)
        last = min(int(np.ceil(screen[b, along])), limit)
        for i in range(first, last):
            t = (i - screen[a, along]) / length
            place = screen[a, across] + t * (screen[b, across] - screen[a, across])
            z = screen[a, 2] + t * (screen[b, 2] - screen[a, 2])
            j = int(np.floor(place + 0.5))
            within = (j - place) * inward > 0
            inner, outer = (j, j - inward) if within else (j + inward, j)
            if min(inner, outer) < 0 or max(inner, outer) >= reach or found == len(out):
                continue
            y, x = (i, inner) if steep else (inner, i)
            v, u = (i, outer) if steep else (outer, i)
            beside = depth[y, x] - z
            if beside > BEHIND_MM or beside < -BULGE_MM or depth[v, u] < z - BEHIND_MM:
                continue
            y, x, v, u = y + top, x + left, v + top, u + left
            if alpha[y, x] > HIDDEN:
                continue
            out[found, 0], out[found, 1] = (y, x) if within else (v, u)
            out[found, 2], out[found, 3] = (v, u) if within else (y, x)
            out[found, 4] = 0.5 - abs(place - j)
            found += 1
    return found


class Rims:
    """The pixels along all sheets' visible edges, gathered as the sheets are laid."""

    def __init__(self) -> None:
        self._parts: list[np.ndarray] = []

    def gather(
        self,
        screen: np.ndarray,
        wing: np.ndarray,
        depth: np.ndarray,
        alpha: np.ndarray,
        left: int,
        top: int,
    ) -> None:
        """Note a sheet's edges before it is painted.

        screen: (V, 3) px, px, mm in a window whose corner is left, top of the whole. wing: from
        `wings`. depth: (h, w) mm of the sheet in the window. alpha: (H, W) of what covers it.
        """
        room = np.empty((4 * sum(depth.shape) + 4000, 5), np.float32)
        self._parts.append(room[: _crossings(screen, wing, depth, alpha, left, top, room)])

    def blend(self, canvas: np.ndarray, alpha: np.ndarray) -> None:
        """Mix the pixels noted with their neighbours across: canvas (H, W, 3), alpha (H, W)."""
        if not self._parts:
            return
        rows = np.concatenate(self._parts)
        y, x, v, u = rows[:, :4].astype(np.intp).T
        share = rows[:, 4]
        colour = canvas[y, x] + share[:, None] * (canvas[v, u] - canvas[y, x])
        cover = alpha[y, x] + share * (alpha[v, u] - alpha[y, x])
        canvas[y, x], alpha[y, x] = colour, cover
