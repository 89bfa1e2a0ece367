"""Triangle meshes: normals, edges, means. Triangles run counter-clockwise seen from outside."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy import sparse


@njit(cache=True, nogil=True)
def _vertex_normals(vertices: np.ndarray, triangles: np.ndarray, out: np.ndarray) -> None:
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t]
        ux = vertices[b, 0] - vertices[a, 0]
        uy = vertices[b, 1] - vertices[a, 1]
        uz = vertices[b, 2] - vertices[a, 2]
        vx = vertices[c, 0] - vertices[a, 0]
        vy = vertices[c, 1] - vertices[a, 1]
        vz = vertices[c, 2] - vertices[a, 2]
        nx = uy * vz - uz * vy
        ny = uz * vx - ux * vz
        nz = ux * vy - uy * vx
        for i in (a, b, c):
            out[i, 0] += nx
            out[i, 1] += ny
            out[i, 2] += nz
    for i in range(out.shape[0]):
        length = np.sqrt(out[i, 0] ** 2 + out[i, 1] ** 2 + out[i, 2] ** 2)
        if length > 0:
            out[i, 0] /= length
            out[i, 1] /= length
            out[i, 2] /= length


def vertex_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Unit normals (V, 3) float32, outward, weighted by area; (0, 0, 0) at unused vertices."""
    vertices = np.ascontiguousarray(vertices, np.float32)
    triangles = np.ascontiguousarray(triangles, np.int32)
    out = np.zeros_like(vertices)
    _vertex_normals(vertices, triangles, out)
    return out


def edges(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges of a mesh (F, 3).

    Returns the edges (E, 2) int32 with the smaller vertex first, in lexicographic order; how
    many triangles meet at each (E,); and each triangle's edges (F, 3) int32, edge k being
    opposite vertex k.
    """
    triangles = np.asarray(triangles)
    sides = np.stack([triangles[:, [1, 2]], triangles[:, [2, 0]], triangles[:, [0, 1]]], 1)
    sides = sides.reshape(-1, 2).astype(np.int64)
    # As single numbers, which sort many times faster than pairs.
    low, high = sides.min(1), sides.max(1)
    many = int(high.max(initial=0)) + 1
    unique, inverse, counts = np.unique(low * many + high, return_inverse=True, return_counts=True)
    return (
        np.stack([unique // many, unique % many], 1).astype(np.int32),
        counts.astype(np.int32),
        inverse.reshape(-1, 3).astype(np.int32),
    )


def mean_around(triangles: np.ndarray, count: int) -> sparse.csr_matrix:
    """(V, V) float32: means over each of V = count vertices of a mesh (F, 3) and its neighbours."""
    ends, _, _ = edges(triangles)
    one = np.ones(len(ends), np.float32)
    joined = sparse.coo_matrix((one, (ends[:, 0], ends[:, 1])), (count, count))
    joined = joined + joined.T + sparse.identity(count, np.float32)
    share = sparse.diags(1 / np.asarray(joined.sum(1), np.float32).ravel())
    return sparse.csr_matrix(share @ joined, dtype=np.float32)
