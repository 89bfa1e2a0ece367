"""A dark pocket behind the lips, so that an open mouth is no hole in the mask."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from models.face.features import refined

# The inner lips seen from the front, counter-clockwise from the mouth's corner on the left.
INNER_LIPS: tuple[int, ...] = (
    78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308,
    415, 310, 311, 312, 13, 82, 81, 80, 191,
)  # fmt: skip
# Rings going in: millimetres behind the lips, share of the opening, lightness.
_RINGS: tuple[tuple[float, float, float], ...] = (
    (0.4, 1.0, 1.0), (6.0, 1.0, 0.35), (22.0, 0.8, 0.06), (30.0, 0.02, 0.04),
)  # fmt: skip
GUMS = np.array([0.26, 0.07, 0.06], np.float32)


class MouthLining:
    """The pocket of one mesh: extra vertices after the mesh's own, and triangles over them."""

    def __init__(self, control_triangles: np.ndarray, count: int, level: int, size: int) -> None:
        """size: how many vertices the mesh has at that level; count: at level 0."""
        chain = np.array(list(pairwise((*INNER_LIPS, INNER_LIPS[0]))), np.int32)
        self._ring = _loop(refined(control_triangles, count, chain, level), INNER_LIPS[0])
        n = len(self._ring)
        here = np.arange(n)
        after = np.roll(here, -1)
        strips = []
        for k in range(len(_RINGS) - 1):
            outer, inner = size + k * n, size + (k + 1) * n
            strips.append(np.stack([outer + here, outer + after, inner + here], 1))
            strips.append(np.stack([outer + after, inner + after, inner + here], 1))
        self.triangles = np.concatenate(strips).astype(np.int32)
        self._lightness = np.repeat([ring[2] for ring in _RINGS], n).astype(np.float32)

    def extended(self, vertices: np.ndarray) -> np.ndarray:
        """Vertices (V, 3) mm in the face frame with the pocket's (K, 3) after them."""
        lips = vertices[self._ring]
        middle = lips.mean(axis=0)
        rings = [
            middle + (lips - middle) * share - np.array([0, 0, back]) for back, share, _ in _RINGS
        ]
        return np.concatenate([vertices, *rings]).astype(np.float32)

    def coloured(self, albedo: np.ndarray, colour: np.ndarray | float) -> np.ndarray:
        """Albedo (V, 3) with the pocket's after it: colour by the lips, darker inside."""
        inside = self._lightness[:, None] * np.broadcast_to(np.asarray(colour, np.float32), (3,))
        return np.concatenate([albedo, inside])


def _loop(links: np.ndarray, start: int) -> np.ndarray:
    """The vertices (N,) of one closed chain of links (N, 2), in order from start.

    It goes round by way of INNER_LIPS[1] first. Raises ValueError for links of another shape.
    """
    beside: dict[int, list[int]] = {}
    for a, b in links.tolist():
        beside.setdefault(a, []).append(b)
        beside.setdefault(b, []).append(a)
    second = INNER_LIPS[1]
    for first in beside[start]:
        walk = [start, first]
        while walk[-1] != start:
            one, two = beside[walk[-1]]
            walk.append(two if one == walk[-2] else one)
        if walk.index(second) < len(walk) / 2:
            return np.array(walk[:-1], np.int32)
    raise ValueError("The inner lips are no closed line of the mesh.")
