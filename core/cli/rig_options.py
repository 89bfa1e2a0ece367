"""The options that move the rig, shared by every command that has one."""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

from core.errors import ParameterError
from core.rig.lights import LIGHT_PRESETS, light_preset
from core.rig.presets import EXPRESSION_PRESETS, expression_preset, random_person
from core.rig.table import PARAMETERS, get_value, set_values
from models.face.parameters import FaceParameters

POSE_NAMES = ("yaw", "pitch", "roll")


def add_rig_options(parser: argparse.ArgumentParser) -> None:
    """Adds --yaw, --pitch, --roll, --set, --expression, --light and --person."""
    rig = parser.add_argument_group("rig")
    for name in POSE_NAMES:
        rig.add_argument(f"--{name}", type=float, metavar="D", help=PARAMETERS[name].tooltip)
    rig.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="values",
        help="set any rig parameter by name, e.g. jawOpen=0.5 (may be repeated)",
    )  # fmt: skip
    rig.add_argument(
        "--expression", metavar="PRESET",
        help=f"a named expression: {', '.join(EXPRESSION_PRESETS)}",
    )  # fmt: skip
    rig.add_argument(
        "--light",
        metavar="PRESET",
        help=f"a named light, by the picture's sides: {', '.join(LIGHT_PRESETS)}",
    )
    rig.add_argument(
        "--person", type=int, metavar="SEED", help="the shape and skin of a random person"
    )


def parsed_values(assignments: list[str]) -> dict[str, float]:
    """Values by name of NAME=VALUE texts; commas separate several. Raises ParameterError."""
    found: dict[str, float] = {}
    for text in (part for a in assignments for part in a.split(",") if part.strip()):
        name, equals, value = text.partition("=")
        try:
            number = float(value)
        except ValueError:
            equals = ""
            number = 0.0
        if not equals:
            raise ParameterError(
                f"--set {text.strip()!r} is not understood; write NAME=VALUE with a number, "
                "e.g. jawOpen=0.5."
            )
        found[name.strip()] = number
    return found


def parameters_from(
    args: argparse.Namespace, base: FaceParameters, relative: bool = False
) -> FaceParameters:
    """The rig's state: base, changed as the options say.

    relative adds the pose angles to those of base. Named presets come first, then single
    values. Raises ParameterError for unknown names and values out of range.
    """
    parameters = base
    if args.person is not None:
        if args.person < 0:
            raise ParameterError("--person cannot be negative; give a seed from 0 on.")
        parameters = random_person(args.person, parameters)
    if args.expression is not None:
        parameters = replace(parameters, expression=expression_preset(args.expression))
    if args.light is not None:
        parameters = replace(parameters, light=light_preset(args.light, base.light))
    pose = {n: getattr(args, n) for n in POSE_NAMES if getattr(args, n) is not None}
    if relative:
        pose = {n: v + get_value(base, n) for n, v in pose.items()}
    return set_values(parameters, pose | parsed_values(args.values))


def blended(base: FaceParameters, target: FaceParameters, strength: float) -> FaceParameters:
    """The edit at a strength from 0 (base) to 1 (target). Raises ParameterError outside it."""
    if not (np.isfinite(strength) and 0 <= strength <= 1):
        raise ParameterError(f"--strength cannot be {strength:g}; give a value from 0 to 1.")
    return base.blend(target, strength)
