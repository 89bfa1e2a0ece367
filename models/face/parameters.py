"""The rig's state: one vector of face parameters (the lambda of the papers)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

IDENTITY_SIZE = 80
ALBEDO_SIZE = 80

# ARKit's names, in Apple's order. Left and right are the subject's.
ARKIT_NAMES: tuple[str, ...] = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft",
    "eyeSquintLeft", "eyeWideLeft", "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight",
    "eyeLookOutRight", "eyeLookUpRight", "eyeSquintRight", "eyeWideRight", "jawForward",
    "jawLeft", "jawRight", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft",
    "mouthRight", "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight",
    "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
    "mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight",
    "mouthUpperUpLeft", "mouthUpperUpRight", "browDownLeft", "browDownRight", "browInnerUp",
    "browOuterUpLeft", "browOuterUpRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight",
    "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # fmt: skip

# A face without a tongue cannot show it.
UNSUPPORTED_EXPRESSIONS: tuple[str, ...] = ("tongueOut",)
EXPRESSION_NAMES: tuple[str, ...] = tuple(
    n for n in ARKIT_NAMES if n not in UNSUPPORTED_EXPRESSIONS
)


def _zeros(*shape: int) -> np.ndarray:
    # The window is painted before there is an array, and NumPy loads for a tenth of that time.
    import numpy as np

    return np.zeros(shape, np.float32)


def neutral_light() -> np.ndarray:
    """SH coefficients (9, 3) of the default light: a key light from the upper left, soft fill."""
    from models.face.lighting import directional_light

    return directional_light((-0.45, 0.5, 0.8), 0.62, ambient=0.30)


@dataclass(frozen=True)
class FaceParameters:
    """All that the rig controls.

    pose: (3,) yaw, pitch, roll in degrees (signs: docs/conventions.md).
    identity, albedo: (80,) in standard deviations. expression: (51,) ARKit weights, 0 to 1.
    light: (9, 3) SH coefficients per RGB channel, linear light, camera frame.
    """

    pose: np.ndarray = field(default_factory=lambda: _zeros(3))
    identity: np.ndarray = field(default_factory=lambda: _zeros(IDENTITY_SIZE))
    expression: np.ndarray = field(default_factory=lambda: _zeros(len(EXPRESSION_NAMES)))
    albedo: np.ndarray = field(default_factory=lambda: _zeros(ALBEDO_SIZE))
    light: np.ndarray = field(default_factory=neutral_light)

    def with_expression(self, values: Mapping[str, float]) -> FaceParameters:
        """Copy with some expression weights replaced, by ARKit name. Raises KeyError."""
        expression = self.expression.copy()
        for name, value in values.items():
            if name not in EXPRESSION_NAMES:
                raise KeyError(name)
            expression[EXPRESSION_NAMES.index(name)] = value
        return replace(self, expression=expression)

    def blend(self, other: FaceParameters, weight: float) -> FaceParameters:
        """Linear blend: 0 gives self, 1 gives other (the strength of an edit)."""
        return FaceParameters(
            *(
                ((1 - weight) * getattr(self, k) + weight * getattr(other, k)).astype("float32")
                for k in ("pose", "identity", "expression", "albedo", "light")
            )
        )
