"""Eyes that close: eyeball and wet rim darken under the lids until only the lash line is
left, and the lid that comes down is bare: lashes photographed over it stay at its rim."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.face.model import FaceModel
from models.relief.frame import smoothstep

# Per eye: the iris' control points, and lid points above and below one another.
IRISES = (slice(468, 473), slice(473, 478))
UPPER_LIDS = ((158, 159, 160), (385, 386, 387))
LOWER_LIDS = ((153, 145, 144), (380, 374, 373))
LOWER_RIMS = ((7, 163, 144, 145, 153, 154, 155), (249, 390, 373, 374, 380, 381, 382))
UPPER_RIMS = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133),
    (362, 398, 384, 385, 386, 387, 388, 466, 263),
)
LOWER_BROWS = ((46, 53, 52, 65, 55), (285, 295, 282, 283, 276))
SHADOW = 0.42
# Openings in parts of the photo's where the shadow begins and is full: a lowered gaze has none.
BEGIN, FULL = 0.32, 0.08
# Lashes reach this far over the lid, at most this part of the way to the brow; its skin is
# made up of the pixels above them, almost from the rim on.
LASH_MM, LASH_PART, BROW_PART, RIM_MM = 4.5, 0.45, 0.68, 0.8


@dataclass(frozen=True)
class Eyes:
    """share: (2, V) how far each vertex belongs to an eyeball. opening: (2,) mm in the photo.

    lid: (2, V) mm above each vertex of an upper lid where its skin is free of lashes.
    """

    share: np.ndarray
    lid: np.ndarray
    opening: np.ndarray

    @classmethod
    def of(cls, model: FaceModel, vertices: np.ndarray) -> Eyes:
        """The eyes of a fitted face (V, 3)."""
        share = []
        for iris, rim in zip(IRISES, LOWER_RIMS, strict=True):
            ball = np.asarray(model.subdivision[:, iris].sum(1)).ravel()
            margin = np.asarray(model.subdivision[:, list(rim)].sum(1)).ravel()
            share.append(np.clip(np.maximum(1.6 * ball, 1.8 * margin - 0.7), 0, 1))
        lid = np.stack([
            _lid(vertices, list(rim), list(brow))
            for rim, brow in zip(UPPER_RIMS, LOWER_BROWS, strict=True)
        ])  # fmt: skip
        return cls(np.stack(share).astype(np.float32), lid, _opening(vertices))

    def lashes(self, vertices: np.ndarray) -> np.ndarray:
        """(V,) mm by which the lids' pixels come from further up as they close over vertices."""
        closed = np.clip(1 - _opening(vertices) / np.maximum(self.opening, 1.0), 0, 1)
        return closed @ self.lid

    def shadow(self, vertices: np.ndarray, gain: np.ndarray) -> np.ndarray:
        """Gains (V, 3) with the eyeballs darkened where the lids of vertices (V, 3) close."""
        part = _opening(vertices) / np.maximum(self.opening, 1.0)
        t = np.clip((BEGIN - part) / (BEGIN - FULL), 0, 1)
        closed = t * t * (3 - 2 * t) * (1 - SHADOW)
        return (gain * (1 - closed @ self.share)[:, None]).astype(np.float32)


def _lid(vertices: np.ndarray, rim: list[int], brow: list[int]) -> np.ndarray:
    """(V,) mm from each vertex over an eye up to skin free of lashes: none at rim and brow."""
    x = vertices[:, 0]
    low, high = (
        np.interp(x, line[:, 0], line[:, 1])
        for line in (vertices[part][np.argsort(vertices[part, 0])] for part in (rim, brow))
    )
    room = np.maximum(BROW_PART * (high - low), 1.0)
    height = vertices[:, 1] - low
    left, right = vertices[rim, 0].min(), vertices[rim, 0].max()
    across = smoothstep(x, left - 1, left + 4) * smoothstep(x, right + 1, right - 4)
    way = np.minimum(LASH_MM, LASH_PART * room) * np.clip(1 - height / room, 0, 1)
    return (way * smoothstep(height, 0.0, RIM_MM) * across).astype(np.float32)


def _opening(vertices: np.ndarray) -> np.ndarray:
    """(2,) mm between the lids."""
    return np.array([
        np.linalg.norm(vertices[list(u)] - vertices[list(d)], axis=1).mean()
        for u, d in zip(UPPER_LIDS, LOWER_LIDS, strict=True)
    ])  # fmt: skip
