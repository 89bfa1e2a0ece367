"""The face's drawn lines as chains of MediaPipe landmarks, and the control mesh's edges."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from models.face.mesh import edges
from models.face.subdivision import loop_matrix, subdivide_creases

FEATURE_CHAINS: dict[str, tuple[tuple[int, ...], ...]] = {
    "outline": (
        (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
         152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109, 10),
    ),
    "eyes": (
        (263, 249, 390, 373, 374, 380, 381, 382, 362),
        (263, 466, 388, 387, 386, 385, 384, 398, 362),
        (33, 7, 163, 144, 145, 153, 154, 155, 133),
        (33, 246, 161, 160, 159, 158, 157, 173, 133),
    ),
    "brows": (
        (276, 283, 282, 295, 285), (300, 293, 334, 296, 336),
        (46, 53, 52, 65, 55), (70, 63, 105, 66, 107),
    ),
    "nose": ((168, 6, 197, 195, 5, 4), (98, 97, 2, 326, 327)),
    "lips": (
        (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291),
        (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291),
        (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308),
        (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
    ),
}  # fmt: skip
IRIS = tuple(range(468, 478))


def feature_edges() -> np.ndarray:
    """The chains' links (E, 2) int32."""
    chains = [c for group in FEATURE_CHAINS.values() for c in group]
    links = [list(pairwise(c)) for c in chains]
    return np.array([link for chain in links for link in chain], np.int32)


def feature_points() -> np.ndarray:
    """The chains' landmarks, sorted (N,) int32."""
    return np.unique(feature_edges())


def refined(control_triangles: np.ndarray, count: int, lines: np.ndarray, level: int) -> np.ndarray:
    """Edges (E, 2) of the control mesh as the chains of edges that they become at a level."""
    triangles = control_triangles
    for _ in range(level):
        matrix, finer = loop_matrix(triangles, count)
        lines = subdivide_creases(triangles, count, lines)
        triangles, count = finer, matrix.shape[0]
    return np.asarray(lines, np.int32)


def wire_edges(
    control_triangles: np.ndarray, count: int, level: int
) -> tuple[np.ndarray, np.ndarray]:
    """All edges of the control mesh and its feature lines, each (E, 2) int32 at a level."""
    every, _, _ = edges(control_triangles)
    known = {(int(a), int(b)) for a, b in every}
    features = np.array(
        [pair for pair in np.sort(feature_edges(), axis=1) if tuple(pair.tolist()) in known],
        np.int32,
    ).reshape(-1, 2)
    return (
        refined(control_triangles, count, every, level),
        refined(control_triangles, count, features, level),
    )
