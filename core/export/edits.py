"""What a job's controls make of an input's rig."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from core.export.job import Value
from core.rig.lights import light_preset
from core.rig.presets import expression_preset
from core.rig.table import PARAMETERS, get_value, set_values
from models.face.parameters import FaceParameters


def edited(
    base: FaceParameters, controls: Mapping[str, Value], relative: bool = False
) -> FaceParameters:
    """The rig of an item: frontalised first, then named presets, then numbers, then strength.

    base: the input's own rig, whose light a named light is exposed like. relative: numbers are
    added to base's and held in their hard range. Raises ParameterError.
    """
    target = base
    if controls.get("frontalise"):
        target = replace(target, pose=np.zeros(3, np.float32))
    if "expression" in controls:
        target = replace(target, expression=expression_preset(str(controls["expression"])))
    if "light" in controls:
        target = replace(target, light=light_preset(str(controls["light"]), base.light))
    numbers = {name: float(v) for name, v in controls.items() if name in PARAMETERS}
    if relative:
        numbers = {
            name: PARAMETERS[name].clamp(get_value(target, name) + v) for name, v in numbers.items()
        }
    target = set_values(target, numbers)
    strength = float(controls.get("strength", 1.0))
    return target if strength == 1 else base.blend(target, strength)
