"""Believable random values for one group of the rig."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np

from core.rig.lights import LIGHT_PRESETS
from core.rig.presets import EXPRESSION_PRESETS, expression_preset, random_person
from models.face.parameters import FaceParameters


def random_group(
    group: str, seed: int, base: FaceParameters, photo_light: np.ndarray
) -> FaceParameters:
    """The base with one group (core.rig.table) at random; the same seed, the same values.

    photo_light: (9, 3), what a photo was lit by: random lights keep its brightness.
    """
    rng = np.random.default_rng(seed)
    if group in ("identity", "albedo"):
        return random_person(seed)
    if group == "pose":
        return replace(base, pose=(rng.uniform(-1, 1, 3) * (25, 12, 8)).astype(np.float32))
    if group == "light":
        presets = list(LIGHT_PRESETS.values())
        first, second = rng.choice(len(presets), 2, replace=False)
        weight = rng.uniform(0.25, 0.75)
        a, b = (presets[i].coefficients(photo_light) for i in (first, second))
        return replace(base, light=cast(np.ndarray, (1 - weight) * a + weight * b))
    names = list(EXPRESSION_PRESETS)
    a, b = (expression_preset(str(n)) for n in rng.choice(names, 2, replace=False))
    weight, strength = rng.uniform(0.2, 0.8), rng.uniform(0.6, 1.0)
    return replace(base, expression=cast(np.ndarray, strength * ((1 - weight) * a + weight * b)))
