"""Skin that a photo's own pose hid, taken from the other half of the face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from models.face.mesh import vertex_normals
from models.face.model import FaceModel
from models.relief.face import FaceSheet
from models.relief.frame import HeadFrame, smoothstep
from models.relief.motion import DISPLAY_POWER, FILL, shading

# Weights below this everywhere are not worth a second coat.
WORTHWHILE = 0.1
# What is so much darker on the other half lies in shadow there, or is hair.
SHADED = 0.35, 0.65
# Halves are compared where hidden this little, and seen steeper than so; within such limits.
LITTLE, STEEP, TIED_MM, TIES = 0.05, 0.4, 10.0, (0.3, 3.0)


@dataclass(frozen=True)
class Mirror:
    """Per face vertex: the mirrored vertex's pixel uv (V, 2), its normal lit (V, 3) in the
    camera frame, tied (V, 3) display factors that make it as bright as this half beside it, beyond
    shading, and weight (V,) 0..1 where it serves better than the vertex's own pixel."""

    uv: np.ndarray
    lit: np.ndarray
    tied: np.ndarray
    weight: np.ndarray


def mirror_coat(
    model: FaceModel, frame: HeadFrame, face: FaceSheet, light: np.ndarray
) -> Mirror | None:
    """Where the other half shows a spot better; None when the face looks straight enough.

    light: (9, 3).
    """
    uv = frame.screen[model.mirror, :2].copy()
    lit = np.ascontiguousarray(face.view[model.mirror], np.float32)
    own = face.view[:, 2]
    weight = face.hidden.copy()
    light = light.astype(np.float32)
    there = face.toned(uv) / (shading(lit, light) + FILL)
    here = face.reflected(np.arange(len(own)), own)
    weight *= smoothstep(there.mean(1) / np.maximum(here.mean(1), 1e-3), *SHADED)
    seen = face.toned(face.uv) / (
        shading(np.ascontiguousarray(face.view, np.float32), light) + FILL
    )
    tied = np.ones_like(there)
    some = np.flatnonzero(weight)
    brighter = seen / np.maximum(there, 1e-3)
    tied[some] = _tied(frame.points, brighter, some, _both_seen(face, model.mirror))
    if weight.max() < WORTHWHILE:
        return None
    return Mirror(uv, lit, tied, weight.astype(np.float32))


def _both_seen(face: FaceSheet, mirror: np.ndarray) -> np.ndarray:
    """(N,) the vertices of which both halves show enough to compare them."""
    good = (face.hidden < LITTLE) & (face.view[:, 2] > STEEP) & (face.bare > 1)
    return face.shown[(good & good[mirror])[face.shown]]


def _tied(points: np.ndarray, ratio: np.ndarray, some: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(N, 3) display factors of vertices some (N,): ratios (V, 3) as they are nearby.

    points: (V, 3) mm. known: (M,) the vertices whose ratio is.
    """
    if not len(known):
        return np.ones((len(some), 3), np.float32)
    away = cdist(points[some], points[known], "sqeuclidean")
    weight = 1 / (1 + away / TIED_MM**2) ** 4
    mean = weight @ np.log(np.clip(ratio[known], *TIES)) / weight.sum(1, keepdims=True)
    return np.asarray(np.exp(DISPLAY_POWER * mean), np.float32)


def mirror_normals(
    model: FaceModel, frame: HeadFrame, triangles: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Unit normals (V, 3), camera frame, of a fitted face's vertices and of their mirrored ones.

    triangles: (F, 3) of the face.
    """
    own = np.ascontiguousarray(vertex_normals(frame.points, triangles), np.float32)
    return own, np.ascontiguousarray(own[model.mirror])
