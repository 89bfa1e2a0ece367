"""How near to the edge of the mask a vertex lies: hair, ears and neck begin there."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from models.face.model import FaceModel

# Millimetres from the edge over which the face comes in: over brow and cheek, and at the chin,
# whose contour is the face's own.
REACH, CHIN_REACH = 45.0, 10.0


def outer_border(triangles: np.ndarray, vertices: np.ndarray) -> np.ndarray:
    """Indices of the vertices on the longest of the mesh's borders; eyes and mouth have theirs."""
    edges = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    edges, uses = np.unique(edges, axis=0, return_counts=True)
    edges = edges[uses == 1]
    count = len(vertices)
    links = coo_array((np.ones(len(edges)), edges.T), shape=(count, count))
    _, loop = connected_components(links, directed=False)
    lengths = np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1)
    longest = np.bincount(loop[edges[:, 0]], lengths).argmax()
    return np.unique(edges[loop[edges[:, 0]] == longest])


def rim_fade(model: FaceModel) -> np.ndarray:
    """(V,) float32 per vertex: 0 at the mask's edge, smoothly 1 from REACH inwards."""
    mean = model.mean
    border = outer_border(model.triangles, mean)
    distance, _ = cKDTree(mean[border]).query(mean)
    high, low = mean[:, 1].max(), mean[:, 1].min()
    # From the mouth's height down to the chin the way gets shorter.
    share = np.clip((mean[:, 1] - low) / (0.4 * (high - low)), 0, 1)
    reach = CHIN_REACH + (REACH - CHIN_REACH) * share * share * (3 - 2 * share)
    inside = np.clip(distance / reach, 0, 1)
    return (inside * inside * (3 - 2 * inside)).astype(np.float32)
