"""Texture coordinates: a harmonic map of the mesh into the unit square, free of folds."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import spsolve

MARGIN = 0.02


def parametrise(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(C, 2) coordinates in 0..1, u to the image right and v down (Tutte 1963).

    The outer border goes to a rounded square around the face's own azimuth; holes are free.
    Points of no triangle take the place of their nearest neighbour.
    """
    n = len(points)
    border = _outer_border(triangles, points)
    uv = np.zeros((n, 2))
    angle = np.arctan2(points[border, 1] - points[:, 1].mean(), points[border, 0])
    uv[border] = 0.5 + (0.5 - MARGIN) * np.column_stack([np.cos(angle), -np.sin(angle)])
    edges = np.unique(np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0)
    length = np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)
    w = 1 / np.maximum(length, 1e-3)
    a = sp.coo_matrix(
        (np.r_[w, w], (np.r_[edges[:, 0], edges[:, 1]], np.r_[edges[:, 1], edges[:, 0]])), (n, n)
    ).tocsr()
    used = np.zeros(n, bool)
    used[triangles.ravel()] = True
    inner = used.copy()
    inner[border] = False
    laplacian = sp.diags(np.asarray(a.sum(1)).ravel()) - a
    right = -laplacian[inner][:, border] @ uv[border]
    uv[inner] = spsolve(laplacian[inner][:, inner].tocsc(), right)
    loose = np.flatnonzero(~used)
    placed = np.flatnonzero(used)
    for i in loose:
        uv[i] = uv[placed[np.argmin(((points[placed] - points[i]) ** 2).sum(1))]]
    return uv.astype(np.float32)


def _outer_border(triangles: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Vertices of the border loop that reaches farthest from the face's middle line."""
    directed = {(int(a), int(b)) for t in triangles for a, b in zip(t, np.roll(t, -1), strict=True)}
    following = {a: b for a, b in directed if (b, a) not in directed}
    loops = []
    while following:
        start, at = following.popitem()
        loop = [start]
        while at != start:
            loop.append(at)
            at = following.pop(at)
        loops.append(np.array(loop))
    return max(loops, key=lambda loop: float(np.abs(points[loop]).max()))
