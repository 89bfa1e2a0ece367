"""λ of the mirrored face: what a picture flipped left to right shows."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from models.face.model import FaceModel
from models.face.parameters import EXPRESSION_NAMES
from models.face.rig_vector import PARTS, RIG_SIZE

# SH bands that are odd in x (docs/conventions.md): x, xy and xz.
_ODD_BANDS = (3, 4, 7)


@lru_cache(maxsize=1)
def mirror_matrix() -> np.ndarray:
    """(241, 242) float32 M with λ' = M [λ, 1] for the shipped face model.

    The bases know no left and right: the coefficients of a mirrored shape or skin are those
    nearest to it in least squares.
    """
    model = FaceModel.load(level=0)
    matrix = np.zeros((RIG_SIZE, RIG_SIZE + 1))
    shapes = {
        "identity": (model.mean, model.shape_basis, np.array([-1, 1, 1])),
        "albedo": (model.albedo_mean, model.albedo_basis, np.ones(3)),
    }
    for name, (mean, basis, flip) in shapes.items():
        offset = mean[model.mirror] * flip - mean
        turned = np.concatenate([basis[:, model.mirror] * flip, offset[None]])
        design = basis.reshape(len(basis), -1).T
        solution = np.linalg.lstsq(design, turned.reshape(len(turned), -1).T, rcond=None)[0]
        matrix[PARTS[name], PARTS[name]] = solution[:, :-1]
        matrix[PARTS[name], -1] = solution[:, -1]
    start = PARTS["expression"].start
    for i, name in enumerate(EXPRESSION_NAMES):
        matrix[start + i, start + EXPRESSION_NAMES.index(_other_side(name))] = 1
    signs = np.ones((9, 3))
    signs[list(_ODD_BANDS)] = -1
    matrix[PARTS["light"], PARTS["light"]] = np.diag(signs.ravel())
    matrix[PARTS["pose"], PARTS["pose"]] = np.diag([-1, 1, -1])
    return matrix.astype(np.float32)


def mirror_rig(rig: np.ndarray) -> np.ndarray:
    """λ (..., 241) of the mirrored faces, float32."""
    matrix = mirror_matrix()
    return (rig @ matrix[:, :-1].T + matrix[:, -1]).astype(np.float32)


def _other_side(name: str) -> str:
    for side, other in (("Left", "Right"), ("Right", "Left")):
        if name.endswith(side):
            return name.removesuffix(side) + other
    # jawLeft and mouthLeft move the mouth, and end alike.
    return name
