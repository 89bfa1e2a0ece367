"""Skin that a photo's own pose hid, taken from the other half of the face."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from models.face.mesh import vertex_normals
from models.face.model import FaceModel
from models.relief.face import FaceSheet
from models.relief.frame import HeadFrame, smoothstep
from models.relief.motion import FILL, shading
from models.relief.reflectance import seen_better

# Weights below this everywhere are not worth a second coat.
WORTHWHILE = 0.1
# What is so much darker on the other half lies in shadow there, or is hair.
SHADED = 0.35, 0.65


@dataclass(frozen=True)
class Mirror:
    """Per face vertex: the mirrored vertex's pixel uv (V, 2), its normal lit (V, 3) in the
    camera frame, tone (V, 3) linear of what it shows, and weight (V,) 0..1 where it serves better
    than the vertex's own pixel. cheeks: (N,) the vertices on cheeks that take any of it."""

    uv: np.ndarray
    lit: np.ndarray
    tone: np.ndarray
    weight: np.ndarray
    cheeks: np.ndarray


def mirror_coat(
    model: FaceModel, frame: HeadFrame, face: FaceSheet, alpha: np.ndarray, light: np.ndarray
) -> Mirror | None:
    """Where the other half shows a spot better; None when the face looks straight enough.

    alpha: (H, W) the matte. light: (9, 3).
    """
    uv = frame.screen[model.mirror, :2].copy()
    lit = np.ascontiguousarray(face.view[model.mirror], np.float32)
    own = face.view[:, 2]
    weight = seen_better(own, model.mirror)
    shown = cv2.remap(
        cv2.erode(alpha, np.ones((3, 3), np.uint8)), uv[:, 0][None], uv[:, 1][None],
        cv2.INTER_LINEAR,
    )[0]  # fmt: skip
    weight *= smoothstep(shown, 0.9, 0.99)
    tone = face.toned(uv)
    there = tone / (shading(lit, light.astype(np.float32)) + FILL)
    here = face.reflected(np.arange(len(own)), own)
    weight *= smoothstep(there.mean(1) / np.maximum(here.mean(1), 1e-3), *SHADED)
    if weight.max() < WORTHWHILE:
        return None
    cheeks = np.flatnonzero(weight * face.side)
    return Mirror(uv, lit, tone, weight.astype(np.float32), cheeks)


def mirror_normals(
    model: FaceModel, frame: HeadFrame, triangles: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Unit normals (V, 3), camera frame, of a fitted face's vertices and of their mirrored ones.

    triangles: (F, 3) of the face.
    """
    own = np.ascontiguousarray(vertex_normals(frame.points, triangles), np.float32)
    return own, np.ascontiguousarray(own[model.mirror])
