"""Face parameters as one flat vector λ, in the order that every weights file keeps."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from models.face.parameters import ALBEDO_SIZE, EXPRESSION_NAMES, IDENTITY_SIZE, FaceParameters

_SIZES = {
    "identity": IDENTITY_SIZE,
    "albedo": ALBEDO_SIZE,
    "expression": len(EXPRESSION_NAMES),
    "light": 27,
    "pose": 3,
}
_ENDS = np.cumsum(list(_SIZES.values())).tolist()

# Where each part of λ lies: identity 80, albedo 80, expression 51, light 9 × 3, pose 3.
PARTS: MappingProxyType[str, slice] = MappingProxyType({
    name: slice(end - size, end) for (name, size), end in zip(_SIZES.items(), _ENDS, strict=True)
})  # fmt: skip
RIG_SIZE: int = _ENDS[-1]

# DiscoFaceGAN's four factors: its identity is shape and albedo together.
FACTORS: MappingProxyType[str, tuple[str, ...]] = MappingProxyType({
    "identity": ("identity", "albedo"),
    "expression": ("expression",),
    "lighting": ("light",),
    "pose": ("pose",),
})  # fmt: skip


def to_vector(parameters: FaceParameters) -> np.ndarray:
    """(241,) float32 λ; pose in degrees, the rest in the units of FaceParameters."""
    return np.concatenate([np.ravel(getattr(parameters, name)) for name in PARTS]).astype(
        np.float32
    )


def from_vector(vector: np.ndarray) -> FaceParameters:
    """The inverse of `to_vector`. Raises ValueError for another length."""
    if np.shape(vector) != (RIG_SIZE,):
        raise ValueError(f"A rig vector has {RIG_SIZE} numbers, not {np.shape(vector)}.")
    parts = {name: np.array(vector[place], np.float32) for name, place in PARTS.items()}
    parts["light"] = parts["light"].reshape(9, 3)
    return FaceParameters(**parts)


def factor_indices(factor: str) -> np.ndarray:
    """Places in λ of one of FACTORS, in order. Raises KeyError."""
    return np.concatenate([np.arange(RIG_SIZE)[PARTS[part]] for part in FACTORS[factor]])
