"""Loop subdivision as a linear map (Loop 1987; creases by Hoppe et al. 1994)."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from models.face.mesh import edges


def _is_crease(
    unique: np.ndarray, counts: np.ndarray, crease_edges: np.ndarray | None, vertex_count: int
) -> np.ndarray:
    crease = counts != 2
    if crease_edges is not None and len(crease_edges):
        wanted = np.sort(np.asarray(crease_edges, np.int64).reshape(-1, 2), axis=1)
        keys = unique[:, 0].astype(np.int64) * vertex_count + unique[:, 1]
        wanted_keys = wanted[:, 0] * vertex_count + wanted[:, 1]
        if not np.isin(wanted_keys, keys).all():
            raise ValueError("A crease edge is not an edge of the mesh.")
        crease |= np.isin(keys, wanted_keys)
    return crease


def _even_rows(unique: np.ndarray, crease: np.ndarray, vertex_count: int) -> sparse.coo_matrix:
    """Rows of the old vertices: smooth, on a crease, or kept (corners, ends, unused)."""
    a, b = unique[:, 0], unique[:, 1]
    ones = np.ones(len(unique))
    shape = (vertex_count, vertex_count)
    neighbours = sparse.coo_matrix((ones, (a, b)), shape)
    neighbours = (neighbours + neighbours.T).tocsr()
    creased = sparse.coo_matrix((ones[crease], (a[crease], b[crease])), shape)
    creased = (creased + creased.T).tocsr()
    valence = np.asarray(neighbours.sum(axis=1)).ravel()
    crease_count = np.asarray(creased.sum(axis=1)).ravel()
    n = np.maximum(valence, 1)
    beta = (0.625 - (0.375 + 0.25 * np.cos(2 * np.pi / n)) ** 2) / n
    # One crease edge ends inside the surface (a dart): the vertex stays smooth.
    smooth = (crease_count <= 1) & (valence > 0)
    along = crease_count == 2
    own = np.where(smooth, 1 - valence * beta, np.where(along, 0.75, 1.0))
    return (
        sparse.diags(own)
        + sparse.diags(np.where(smooth, beta, 0.0)) @ neighbours
        + sparse.diags(np.where(along, 0.125, 0.0)) @ creased
    ).tocoo()


def _odd_rows(
    unique: np.ndarray,
    crease: np.ndarray,
    triangles: np.ndarray,
    triangle_edges: np.ndarray,
    vertex_count: int,
) -> sparse.coo_matrix:
    """Rows of the edges' new vertices: 1/2, 1/2 on creases, else 3/8, 3/8, 1/8, 1/8."""
    count = len(unique)
    ends = np.where(crease, 0.5, 0.375)
    rows = np.concatenate([np.arange(count), np.arange(count), triangle_edges.ravel()])
    columns = np.concatenate([unique[:, 0], unique[:, 1], triangles.ravel()])
    opposite = np.where(crease, 0.0, 0.125)[triangle_edges.ravel()]
    matrix = sparse.coo_matrix(
        (np.concatenate([ends, ends, opposite]), (rows, columns)), (count, vertex_count)
    )
    return matrix.tocsr().tocoo()


def loop_matrix(
    triangles: np.ndarray, vertex_count: int, crease_edges: np.ndarray | None = None
) -> tuple[sparse.csr_matrix, np.ndarray]:
    """One step of Loop subdivision as a matrix on the vertices.

    triangles (F, 3); crease_edges (E, 2) vertex pairs kept sharp; edges with one triangle (the
    mesh's border) or more than two are creases by themselves. Where three creases meet the
    vertex stays.
    Returns the matrix (V2, V) float64 and the new triangles (4F, 3) int32. Old vertices keep
    their indices and the new vertex of edge i (order of `mesh.edges`) is V + i; triangle t
    becomes 4t (corner 0), 4t+1, 4t+2 and 4t+3 (the middle one). Raises ValueError for a crease
    that is no edge.
    """
    triangles = np.asarray(triangles, np.int32)
    unique, counts, triangle_edges = edges(triangles)
    crease = _is_crease(unique, counts, crease_edges, vertex_count)
    even = _even_rows(unique, crease, vertex_count)
    odd = _odd_rows(unique, crease, triangles, triangle_edges, vertex_count)
    matrix = sparse.vstack([even, odd]).tocsr()
    matrix.eliminate_zeros()
    a, b, c = triangles.T
    opposite_a, opposite_b, opposite_c = (triangle_edges + vertex_count).T
    new = np.stack([
        np.stack([a, opposite_c, opposite_b], 1),
        np.stack([b, opposite_a, opposite_c], 1),
        np.stack([c, opposite_b, opposite_a], 1),
        np.stack([opposite_a, opposite_b, opposite_c], 1),
    ], 1)  # fmt: skip
    return matrix, new.reshape(-1, 3).astype(np.int32)


def subdivide_creases(
    triangles: np.ndarray, vertex_count: int, crease_edges: np.ndarray
) -> np.ndarray:
    """The crease edges (2E, 2) int32 of the next level, for another call of `loop_matrix`."""
    unique, _, _ = edges(triangles)
    keys = unique[:, 0].astype(np.int64) * vertex_count + unique[:, 1]
    wanted = np.sort(np.asarray(crease_edges, np.int64).reshape(-1, 2), axis=1)
    middle = vertex_count + np.searchsorted(keys, wanted[:, 0] * vertex_count + wanted[:, 1])
    halves = np.stack([np.stack([wanted[:, 0], middle], 1), np.stack([wanted[:, 1], middle], 1)], 1)
    return halves.reshape(-1, 2).astype(np.int32)
