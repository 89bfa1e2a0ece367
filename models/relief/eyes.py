"""Eyes that close: eyeball and wet rim darken under the lids until only the lash
line is left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.face.model import FaceModel

# Per eye: the iris' control points, and lid points above and below one another.
IRISES = (slice(468, 473), slice(473, 478))
UPPER_LIDS = ((158, 159, 160), (385, 386, 387))
LOWER_LIDS = ((153, 145, 144), (380, 374, 373))
LOWER_RIMS = ((7, 163, 144, 145, 153, 154, 155), (249, 390, 373, 374, 380, 381, 382))
SHADOW = 0.42
# Openings in parts of the photo's where the shadow begins and is full.
BEGIN, FULL = 0.5, 0.12


@dataclass(frozen=True)
class Eyes:
    """share: (2, V) how far each vertex belongs to an eyeball; opening: (2,) mm in the photo."""

    share: np.ndarray
    opening: np.ndarray

    @classmethod
    def of(cls, model: FaceModel, vertices: np.ndarray) -> Eyes:
        """The eyes of a fitted face (V, 3)."""
        share = []
        for iris, rim in zip(IRISES, LOWER_RIMS, strict=True):
            ball = np.asarray(model.subdivision[:, iris].sum(1)).ravel()
            margin = np.asarray(model.subdivision[:, list(rim)].sum(1)).ravel()
            share.append(np.clip(np.maximum(1.6 * ball, 1.8 * margin - 0.7), 0, 1))
        return cls(np.stack(share).astype(np.float32), _opening(vertices))

    def shadow(self, vertices: np.ndarray, gain: np.ndarray) -> np.ndarray:
        """Gains (V, 3) with the eyeballs darkened where the lids of vertices (V, 3) close."""
        part = _opening(vertices) / np.maximum(self.opening, 1.0)
        t = np.clip((BEGIN - part) / (BEGIN - FULL), 0, 1)
        closed = t * t * (3 - 2 * t) * (1 - SHADOW)
        return (gain * (1 - closed @ self.share)[:, None]).astype(np.float32)


def _opening(vertices: np.ndarray) -> np.ndarray:
    """(2,) mm between the lids."""
    return np.array([
        np.linalg.norm(vertices[list(u)] - vertices[list(d)], axis=1).mean()
        for u, d in zip(UPPER_LIDS, LOWER_LIDS, strict=True)
    ])  # fmt: skip
