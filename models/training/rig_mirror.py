"""λ of the mirrored face: what a picture flipped left to right shows."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from models.face.model import FaceModel
from models.face.parameters import EXPRESSION_NAMES
from models.face.rig_vector import PARTS, RIG_SIZE

# SH bands that are odd in x (docs/conventions.md): x, xy and xz.
_ODD_BANDS = (3, 4, 7)


def mirror_rig(rig: np.ndarray) -> np.ndarray:
    """λ (..., 241) of the mirrored faces, float32."""
    order, sign = _exchange()
    return (rig[..., order] * sign).astype(np.float32)


@lru_cache(maxsize=1)
def _exchange() -> tuple[np.ndarray, np.ndarray]:
    """(241,) which number of λ each one becomes, and its sign, for the shipped face model.

    Every shape and skin component of the model is its own mirror image but for the sign.
    """
    model = FaceModel.load(level=0)
    order, sign = np.arange(RIG_SIZE), np.ones(RIG_SIZE, np.float32)
    turned = model.shape_basis[:, model.mirror] * np.array([-1, 1, 1])
    sign[PARTS["identity"]] = np.sign((turned * model.shape_basis).sum((1, 2)))
    turned = model.albedo_basis[:, model.mirror]
    sign[PARTS["albedo"]] = np.sign((turned * model.albedo_basis).sum((1, 2)))
    others = [EXPRESSION_NAMES.index(_other_side(name)) for name in EXPRESSION_NAMES]
    order[PARTS["expression"]] = PARTS["expression"].start + np.array(others)
    sign[PARTS["light"]].reshape(9, 3)[list(_ODD_BANDS)] = -1
    sign[PARTS["pose"]] = [-1, 1, -1]
    return order, sign


def _other_side(name: str) -> str:
    for side, other in (("Left", "Right"), ("Right", "Left")):
        if name.endswith(side):
            return name.removesuffix(side) + other
    return name
