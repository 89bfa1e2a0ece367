"""Small meshes with known geometry."""

from __future__ import annotations

import numpy as np

from models.face.subdivision import loop_matrix


def icosahedron() -> tuple[np.ndarray, np.ndarray]:
    """Vertices (12, 3) on the unit sphere and triangles (20, 3), outward."""
    g = (1 + 5**0.5) / 2
    vertices = np.array([
        [-1, g, 0], [1, g, 0], [-1, -g, 0], [1, -g, 0], [0, -1, g], [0, 1, g],
        [0, -1, -g], [0, 1, -g], [g, 0, -1], [g, 0, 1], [-g, 0, -1], [-g, 0, 1],
    ])  # fmt: skip
    triangles = np.array([
        [0, 11, 5], [0, 5, 1], [0, 1, 7], [0, 7, 10], [0, 10, 11], [1, 5, 9], [5, 11, 4],
        [11, 10, 2], [10, 7, 6], [7, 1, 8], [3, 9, 4], [3, 4, 2], [3, 2, 6], [3, 6, 8],
        [3, 8, 9], [4, 9, 5], [2, 4, 11], [6, 2, 10], [8, 6, 7], [9, 8, 1],
    ])  # fmt: skip
    return vertices / np.linalg.norm(vertices[0]), triangles.astype(np.int32)


def sphere(radius: float, levels: int) -> tuple[np.ndarray, np.ndarray]:
    """A sphere at the origin: vertices (V, 3) and triangles (F, 3)."""
    vertices, triangles = icosahedron()
    for _ in range(levels):
        matrix, triangles = loop_matrix(triangles, len(vertices))
        vertices = matrix @ vertices
        vertices /= np.linalg.norm(vertices, axis=1, keepdims=True)
    return vertices * radius, triangles


def grid(side: int) -> tuple[np.ndarray, np.ndarray]:
    """A flat patch: vertices (side², 3) at integers, z 0, and triangles facing +z."""
    y, x = np.mgrid[:side, :side]
    vertices = np.stack([x.ravel(), y.ravel(), 0 * x.ravel()], 1).astype(float)
    a = (y[:-1, :-1] * side + x[:-1, :-1]).ravel()
    triangles = np.concatenate([
        np.stack([a, a + 1, a + side + 1], 1), np.stack([a, a + side + 1, a + side], 1),
    ])  # fmt: skip
    return vertices, triangles.astype(np.int32)
