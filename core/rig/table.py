"""The one table of rig parameters: sliders, command line, files and undo texts read it."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from core.errors import ParameterError
from models.face.parameters import (
    ALBEDO_SIZE,
    EXPRESSION_NAMES,
    IDENTITY_SIZE,
    FaceParameters,
)

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class RigParameter:
    """One number of the rig.

    soft: the trained range, where sliders move. hard: what typing may reach.
    mirror: the parameter of the mirrored face. link: the one that moves along when left and
    right are linked (for gaze the other eye's look to the same side). array, index: where the
    number lives in FaceParameters.
    """

    name: str
    group: str
    section: str
    label: str
    unit: str
    soft: tuple[float, float]
    hard: tuple[float, float]
    step: float
    tooltip: str
    array: str
    index: tuple[int, ...]
    mirror: str | None = None
    link: str | None = None

    @property
    def default(self) -> float:
        """What a face has that nothing was done to."""
        return float(getattr(_untouched(), self.array)[self.index])

    def clamp(self, value: float) -> float:
        """The nearest value inside the hard range."""
        return min(max(value, self.hard[0]), self.hard[1])

    def in_soft_range(self, value: float) -> bool:
        """Whether a slider can show the value, that is, whether it lies where Mien is trained."""
        return self.soft[0] - 1e-6 <= value <= self.soft[1] + 1e-6


@dataclass(frozen=True)
class RigGroup:
    """A group of the panel, with its parameters in order."""

    name: str
    label: str
    tooltip: str
    parameters: tuple[RigParameter, ...]

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections in order, without repetition."""
        return tuple(dict.fromkeys(p.section for p in self.parameters))


@cache
def _untouched() -> FaceParameters:
    return FaceParameters()


# fmt: off
_SECTIONS = (("eyeLook", "Gaze"), ("eye", "Eyes"), ("brow", "Brows"), ("jaw", "Jaw"),
             ("mouth", "Mouth"), ("cheek", "Cheeks and nose"), ("nose", "Cheeks and nose"))
# fmt: on
_SECTION_ORDER = ("Jaw", "Mouth", "Eyes", "Gaze", "Brows", "Cheeks and nose")

# What each expression does, for tooltips; "{side}" becomes the subject's side.
_EXPRESSION_TIPS = {
    "eyeBlink": "Closes the {side} eye",
    "eyeLookDown": "Turns the {side} eye down",
    "eyeLookIn": "Turns the {side} eye towards the nose",
    "eyeLookOut": "Turns the {side} eye away from the nose",
    "eyeLookUp": "Turns the {side} eye up",
    "eyeSquint": "Narrows the {side} eye",
    "eyeWide": "Opens the {side} eye wide",
    "jawForward": "Pushes the jaw forward",
    "jawOpen": "Opens the jaw",
    "jaw": "Moves the jaw to the subject's {side}",
    "mouthClose": "Closes the lips whatever the jaw does",
    "mouthFunnel": "Opens the lips to a funnel",
    "mouthPucker": "Puckers the closed lips",
    "mouth": "Moves the mouth to the subject's {side}",
    "mouthSmile": "Raises the {side} corner of the mouth",
    "mouthFrown": "Lowers the {side} corner of the mouth",
    "mouthDimple": "Draws the {side} corner of the mouth back",
    "mouthStretch": "Stretches the {side} corner of the mouth",
    "mouthRollLower": "Rolls the lower lip in",
    "mouthRollUpper": "Rolls the upper lip in",
    "mouthShrugLower": "Pushes the lower lip up",
    "mouthShrugUpper": "Pushes the upper lip up",
    "mouthPress": "Presses the {side} side of the lips",
    "mouthLowerDown": "Lowers the {side} side of the lower lip",
    "mouthUpperUp": "Raises the {side} side of the upper lip",
    "browDown": "Lowers the {side} brow",
    "browInnerUp": "Raises the inner ends of both brows",
    "browOuterUp": "Raises the outer end of the {side} brow",
    "cheekPuff": "Puffs both cheeks",
    "cheekSquint": "Raises the {side} cheek",
    "noseSneer": "Raises the {side} side of the nose",
}
_SWAP = {"Left": "Right", "Right": "Left"}
# These move one thing to one side: moving both sides at once would cancel.
_SIDEWAYS = {"jawLeft", "jawRight", "mouthLeft", "mouthRight"}
_GAZE_LINK = {"eyeLookIn": "eyeLookOut", "eyeLookOut": "eyeLookIn"}
SH_NAMES = ("constant", "y", "z", "x", "xy", "yz", "3z²−1", "xz", "x²−y²")


def _pose(index: int, name: str, soft: float, hard: float, tip: str) -> RigParameter:
    return RigParameter(
        name, "pose", "Head", name.capitalize(), "°", (-soft, soft), (-hard, hard), 1.0,
        f"{tip}. Degrees, trained from −{soft:g} to {soft:g}.", "pose", (index,),
    )  # fmt: skip


def _expression(index: int, name: str) -> RigParameter:
    side = next((s for s in _SWAP if name.endswith(s)), None)
    stem = name.removesuffix(side) if side else name
    words = [w.lower() for w in re.findall(r"[a-z]+|[A-Z][a-z]*", name)]
    mirror = stem + _SWAP[side] if side else None
    link = None
    if side and name not in _SIDEWAYS:
        link = _GAZE_LINK.get(stem, stem) + _SWAP[side]
    tip = _EXPRESSION_TIPS[stem].format(side=side.lower() if side else "")
    whose = " (the subject's)" if side and "subject's" not in tip else ""
    return RigParameter(
        name, "expression", next(s for k, s in _SECTIONS if name.startswith(k)),
        " ".join(words).capitalize(), "", (0.0, 1.0), (-0.5, 1.5), 0.05,
        f"{tip}{whose}. ARKit weight {name}, trained from 0 to 1.",
        "expression", (index,), mirror, link,
    )  # fmt: skip


def _component(array: str, index: int, label: str, tip: str) -> RigParameter:
    return RigParameter(
        f"{array}{index + 1}", array, label, f"{label} {index + 1}", "σ", (-3.0, 3.0),
        (-6.0, 6.0), 0.1, f"{tip}. Standard deviations, trained from −3 to 3.",
        array, (index,),
    )  # fmt: skip


def _light(channel: int, order: int) -> RigParameter:
    colour = ("Red", "Green", "Blue")[channel]
    tip = f"{colour} light, spherical harmonic {SH_NAMES[order]}"
    return RigParameter(
        f"light{colour}{order}", "light", colour, f"{colour} {SH_NAMES[order]}", "",
        (-2.0, 2.0), (-10.0, 10.0), 0.05,
        f"{tip}. Linear radiance, usual range −2 to 2.", "light", (order, channel),
    )  # fmt: skip


def _groups() -> tuple[RigGroup, ...]:
    pose = (
        _pose(0, "yaw", 40, 90, "Turns the head; positive moves the nose to the image right"),
        _pose(1, "pitch", 25, 60, "Nods the head; positive looks up"),
        _pose(2, "roll", 45, 180, "Tilts the head; positive turns clockwise in the image"),
    )
    expression = sorted(
        (_expression(i, n) for i, n in enumerate(EXPRESSION_NAMES)),
        key=lambda p: _SECTION_ORDER.index(p.section),
    )
    identity = (
        _component("identity", i, "Shape", f"Component {i + 1} of the face's shape")
        for i in range(IDENTITY_SIZE)
    )
    albedo = (
        _component("albedo", i, "Skin", f"Component {i + 1} of the skin's colour")
        for i in range(ALBEDO_SIZE)
    )
    light = (_light(c, o) for c in range(3) for o in range(9))
    return (
        RigGroup("pose", "Pose", "Where the head turns", pose),
        RigGroup("expression", "Expression", "ARKit expression weights", tuple(expression)),
        RigGroup("light", "Light", "27 spherical harmonic coefficients", tuple(light)),
        RigGroup("identity", "Identity", "The shape of the face", tuple(identity)),
        RigGroup("albedo", "Skin", "The colour of the skin without light", tuple(albedo)),
    )


GROUPS: tuple[RigGroup, ...] = _groups()
PARAMETERS: dict[str, RigParameter] = {p.name: p for g in GROUPS for p in g.parameters}


def parameter(name: str) -> RigParameter:
    """The parameter of that name. Raises ParameterError naming the nearest one."""
    found = PARAMETERS.get(name)
    if found is None:
        by_lower = {n.lower(): n for n in PARAMETERS}
        near = difflib.get_close_matches(name.lower(), by_lower, 1, 0.5)
        hint = f"did you mean {by_lower[near[0]]}?" if near else "see `python main.py info --rig`."
        raise ParameterError(f"There is no rig parameter {name!r}; {hint}")
    return found


def group(name: str) -> RigGroup:
    """The group of that name. Raises ParameterError."""
    for candidate in GROUPS:
        if candidate.name == name:
            return candidate
    raise ParameterError(
        f"There is no rig group {name!r}; choose one of {', '.join(g.name for g in GROUPS)}."
    )


def get_value(parameters: FaceParameters, name: str) -> float:
    """One value by name. Raises ParameterError."""
    entry = parameter(name)
    return float(getattr(parameters, entry.array)[entry.index])


def set_values(parameters: FaceParameters, values: Mapping[str, float]) -> FaceParameters:
    """Copy of the parameters with some values replaced, by name.

    Raises ParameterError when a name is unknown or a value lies outside its hard range.
    """
    changed: dict[str, np.ndarray] = {}
    for name, value in values.items():
        entry = parameter(name)
        if not (math.isfinite(value) and entry.hard[0] <= value <= entry.hard[1]):
            raise ParameterError(
                f"{name} cannot be {value:g}; give a value from {entry.hard[0]:g} "
                f"to {entry.hard[1]:g}."
            )
        if entry.array not in changed:
            changed[entry.array] = getattr(parameters, entry.array).astype("float32")
        changed[entry.array][entry.index] = value
    return replace(parameters, **changed)


def values(parameters: FaceParameters, group_name: str | None = None) -> dict[str, float]:
    """All values by name, of one group or of the whole rig, in the table's order."""
    entries = group(group_name).parameters if group_name else PARAMETERS.values()
    return {p.name: float(getattr(parameters, p.array)[p.index]) for p in entries}


def reset_group(parameters: FaceParameters, group_name: str) -> FaceParameters:
    """Copy with one group at its defaults. Raises ParameterError."""
    return set_values(parameters, {p.name: p.default for p in group(group_name).parameters})
