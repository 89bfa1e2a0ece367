"""Named expressions and poses, and random people, as values of the rig's table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from core.errors import ParameterError
from models.face.parameters import ALBEDO_SIZE, EXPRESSION_NAMES, IDENTITY_SIZE, FaceParameters


def _both(**weights: float) -> dict[str, float]:
    """The same weight on the left and the right of each name."""
    return {name + side: w for name, w in weights.items() for side in ("Left", "Right")}


_EXPRESSIONS: dict[str, dict[str, float]] = {
    "neutral": {},
    "smile": _both(mouthSmile=0.55, cheekSquint=0.3, eyeSquint=0.15, mouthDimple=0.1),
    "laugh": {
        "jawOpen": 0.35,
        **_both(mouthSmile=0.8, cheekSquint=0.6, eyeSquint=0.4, mouthUpperUp=0.3),
    },
    "sad": {
        "browInnerUp": 0.7,
        "mouthShrugLower": 0.3,
        **_both(mouthFrown=0.6, eyeSquint=0.1),
    },
    "angry": _both(browDown=0.85, eyeSquint=0.35, noseSneer=0.4, mouthPress=0.4, mouthFrown=0.2),
    "surprised": {
        "browInnerUp": 0.8,
        "jawOpen": 0.45,
        **_both(browOuterUp=0.8, eyeWide=0.7),
    },
    "disgusted": _both(noseSneer=0.8, mouthUpperUp=0.4, browDown=0.4, eyeSquint=0.3),
    "afraid": {
        "browInnerUp": 0.9,
        "jawOpen": 0.15,
        **_both(eyeWide=0.8, mouthStretch=0.6),
    },
    "kiss": {"mouthPucker": 0.85, **_both(eyeSquint=0.1)},
    "wink": {"eyeBlinkLeft": 0.95, "cheekSquintLeft": 0.4, "mouthSmileLeft": 0.35},
    "eyes-closed": _both(eyeBlink=1.0),
    "open-mouth": {"jawOpen": 0.6},
}

EXPRESSION_PRESETS: Mapping[str, Mapping[str, float]] = MappingProxyType(_EXPRESSIONS)

# Yaw, pitch and roll in degrees; left and right are the picture's, where the nose goes.
POSE_PRESETS: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        "front": (0.0, 0.0, 0.0),
        "half-left": (-20.0, 0.0, 0.0),
        "half-right": (20.0, 0.0, 0.0),
        "¾-left": (-35.0, 0.0, 0.0),
        "¾-right": (35.0, 0.0, 0.0),
        "up": (0.0, 15.0, 0.0),
        "down": (0.0, -15.0, 0.0),
        "proud": (-15.0, 10.0, 0.0),
        "shy": (15.0, -12.0, 8.0),
        "tilted-left": (0.0, 0.0, -12.0),
        "tilted-right": (0.0, 0.0, 12.0),
    }
)


def expression_preset(name: str) -> np.ndarray:
    """ARKit weights (51,) of a named expression. Raises ParameterError."""
    if name not in EXPRESSION_PRESETS:
        raise ParameterError(
            f"There is no expression {name!r}; choose one of {', '.join(EXPRESSION_PRESETS)}."
        )
    weights = np.zeros(len(EXPRESSION_NAMES), np.float32)
    for key, value in EXPRESSION_PRESETS[name].items():
        weights[EXPRESSION_NAMES.index(key)] = value
    return weights


def random_person(seed: int, base: FaceParameters | None = None) -> FaceParameters:
    """Another person's shape and skin, the rest as in base; the same seed, the same person."""
    generator = np.random.default_rng(seed)
    # Beyond two deviations several components add up to faces that nobody has.
    identity = np.clip(generator.standard_normal(IDENTITY_SIZE), -2, 2)
    albedo = np.clip(generator.standard_normal(ALBEDO_SIZE), -2, 2)
    return replace(
        base or FaceParameters(),
        identity=identity.astype(np.float32),
        albedo=albedo.astype(np.float32),
    )
