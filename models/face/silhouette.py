"""Where the drawn outline of a mesh passes between neighbouring pixels."""

from __future__ import annotations

import numpy as np
from numba import njit

from models.face.mesh import edges

# Beside its outline a round surface comes this much nearer within a pixel, in millimetres.
_SLOPE = 30.0


def edge_triangles(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Edges (E, 2) and the two triangles at each (E, 2) int32; −1 where there is only one."""
    unique, _, triangle_edges = edges(triangles)
    beside = np.full((len(unique), 2), -1, np.int32)
    order = np.argsort(triangle_edges.ravel(), kind="stable")
    edge, owner = triangle_edges.ravel()[order], (order // 3).astype(np.int32)
    first = np.concatenate([[True], edge[1:] != edge[:-1]])
    beside[edge[first], 0] = owner[first]
    beside[edge[~first], 1] = owner[~first]
    return unique, beside


def outline_edges(
    screen: np.ndarray, triangles: np.ndarray, unique: np.ndarray, beside: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The edges (S, 2) where the surface ends or turns away from the camera.

    screen (V, ≥2). Also (S,): the index of the front triangle at each edge, or of the only one.
    """
    a, b, c = (screen[triangles[:, k]].astype(np.float64) for k in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    front = area < 0
    one, two = beside[:, 0], beside[:, 1]
    alone = two < 0
    turns = front[one] != front[np.maximum(two, 0)]
    chosen = alone | turns
    owner = np.where(alone | front[one], one, two)[chosen]
    return unique[chosen], owner


@njit(cache=True)
def _crossings(
    screen: np.ndarray,
    lines: np.ndarray,
    inner: np.ndarray,
    depth: np.ndarray,
    out: np.ndarray,
) -> int:
    """Fill out (N, 5): line, inner pixel, outer pixel (flat), axis, sign. Returns their count."""
    height, width = depth.shape
    count = 0
    for s in range(lines.shape[0]):
        a, b = lines[s, 0], lines[s, 1]
        # Along the axis that the line runs less along: mostly upright lines part left and right.
        along = 1 if abs(screen[b, 1] - screen[a, 1]) >= abs(screen[b, 0] - screen[a, 0]) else 0
        across = 1 - along
        if screen[a, along] > screen[b, along]:
            a, b = b, a
        run = np.float64(screen[b, along]) - screen[a, along]
        if run <= 0:
            continue
        size_along = height if along == 1 else width
        size_across = width if along == 1 else height
        first = max(int(np.floor(screen[a, along])) + 1, 0)
        last = min(int(np.floor(screen[b, along])), size_along - 1)
        for k in range(first, last + 1):
            share = (k - screen[a, along]) / run
            at = screen[a, across] + share * (np.float64(screen[b, across]) - screen[a, across])
            low = int(np.floor(at))
            if low < 0 or low + 1 >= size_across:
                continue
            z = screen[a, 2] + share * (screen[b, 2] - screen[a, 2])
            third = inner[s]
            line_at = screen[a, across] + (screen[third, along] - screen[a, along]) / run * (
                np.float64(screen[b, across]) - screen[a, across]
            )
            towards_high = screen[third, across] > line_at
            inside, outside = (low + 1, low) if towards_high else (low, low + 1)
            if along == 1:
                p, q = k * width + inside, k * width + outside
            else:
                p, q = inside * width + k, outside * width + k
            near, behind = depth[p // width, p % width], depth[q // width, q % width]
            # Hidden lines have the nearer surface on both sides.
            if near == np.inf or near < z - _SLOPE or behind < z:
                continue
            if count < out.shape[0]:
                out[count, 0], out[count, 1], out[count, 2] = s, p, q
                out[count, 3] = across
                out[count, 4] = 1 if outside > inside else -1
            count += 1
    return count


def outline_crossings(
    screen: np.ndarray,
    triangles: np.ndarray,
    lines: np.ndarray,
    owner: np.ndarray,
    depth: np.ndarray,
) -> np.ndarray:
    """Neighbouring pixels that the visible outline parts: (N, 5) int64.

    screen (V, 3) x px, y px, depth mm; lines (S, 2) and owner (S,) of `outline_edges`; depth
    (H, W) mm as drawn. Columns: the line's index, the flat index of the pixel on the surface,
    that of the one beyond, the axis across (0: they are side by side, 1: above each other) and
    whether the one beyond has the larger coordinate (1) or the smaller (−1).
    """
    corners = triangles[owner]
    third = corners[(corners != lines[:, :1]) & (corners != lines[:, 1:])]
    screen = np.ascontiguousarray(screen, np.float32)
    room = 4 * (depth.shape[0] + depth.shape[1])
    while True:
        out = np.empty((room, 5), np.int64)
        count = _crossings(screen, lines, third.astype(np.int32), depth, out)
        if count <= room:
            return out[:count]
        room = count
