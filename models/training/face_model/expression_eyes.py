"""Expressions of eyes and brows: handles in millimetres at weight 1.

Handles are given for the subject's right side: −x is outwards, +y up, +z forwards.
"""

from __future__ import annotations

import numpy as np

from models.training.face_model.expression_fields import (
    Handles,
    Surface,
    Vector,
    rotate_about_x,
    rotate_about_y,
)
from models.training.face_model.expression_regions import (
    BROW,
    EYE_CORNERS,
    IRIS,
    LIPS,
    LOWER_LID,
    LOWER_LID_FOLD,
    OUTLINE,
    STILL_FOR_BROWS,
    UNDER_BROW,
    UNDER_EYE,
    UPPER_LID,
    UPPER_LID_FOLD,
)

EYEBALL_RADIUS = 12.0
LOOK_SIDE_DEGREES = 27.0
LOOK_UP_DEGREES = 24.0
LOOK_DOWN_DEGREES = 28.0
# Where the lids meet when shut, from the lower lid's edge (0) to the upper one's (1).
CLOSED_LINE = 0.2
BROW_BAND = 12.0
STILL_FOR_LIDS = OUTLINE + EYE_CORNERS + BROW + (50, 101, 118, 117, 6, 168, 197, 195)

BROWS: dict[str, Handles] = {
    "browDown": {
        55: (2.2, -5.4, 1.4), 65: (2.2, -5.2, 1.2), 52: (1.6, -3.8, 0.6), 53: (0.8, -2.2, 0.2),
        46: (0.2, -1.0, 0), 107: (2.5, -5.0, 1.2), 66: (2.3, -4.8, 1.0), 105: (1.6, -3.4, 0.4),
        63: (0.8, -2.0, 0.1), 70: (0.2, -0.9, 0), 9: (0, -3.4, 0.8), 8: (0, -2.8, 1.2),
        168: (0, -1.2, 0.8), 193: (0.9, -1.8, 1.0), 108: (0.9, -2.2, 0.3), 151: (0, -1.6, 0.2),
        69: (0.7, -1.8, 0.2), 104: (0.3, -1.0, 0), 221: (1.2, -3.0, 0.5), 222: (1.2, -3.4, 0.4),
        223: (0.8, -2.6, 0.2), 224: (0.4, -1.8, 0), 225: (0.2, -1.1, 0), 189: (0.8, -1.8, 0.6),
        56: (0.4, -1.2, 0.1), 28: (0.4, -1.3, 0), 27: (0.3, -1.1, 0), 29: (0.1, -0.8, 0),
        159: (0, -0.5, 0), 158: (0, -0.5, 0), 160: (0, -0.4, 0),
    },
    "browOuterUp": {
        46: (-0.3, 4.2, -0.8), 53: (-0.2, 5.4, -0.8), 52: (0, 4.6, -0.6), 65: (0, 2.2, -0.2),
        55: (0, 0.3, 0), 70: (-0.3, 4.0, -0.9), 63: (-0.2, 5.6, -1.0), 105: (0, 5.0, -0.9),
        66: (0, 2.6, -0.4), 107: (0, 0.5, 0), 104: (0, 3.2, -1.0), 68: (0, 3.4, -1.4),
        69: (0, 1.6, -0.4), 71: (-0.2, 2.2, -1.2), 156: (-0.2, 2.0, -0.5), 225: (-0.1, 3.2, -0.5),
        224: (0, 3.4, -0.6), 223: (0, 2.6, -0.5), 222: (0, 1.2, -0.2), 113: (0, 1.6, -0.3),
        30: (0, 1.3, -0.3), 29: (0, 1.5, -0.4), 27: (0, 1.1, -0.3), 247: (0, 0.7, -0.1),
        159: (0, 0.4, 0), 160: (0, 0.5, 0), 161: (0, 0.4, 0), 9: (0, 0.3, 0), 151: (0, 0.3, 0),
    },
}  # fmt: skip

BROW_INNER_UP: Handles = {
    55: (-0.2, 5.6, -0.4), 65: (0, 4.2, -0.4), 52: (0, 1.8, -0.2), 53: (0, 0.3, 0), 46: (0, 0, 0),
    107: (-0.2, 6.0, -0.6), 66: (0, 4.8, -0.6), 105: (0, 2.2, -0.3), 63: (0, 0.5, 0), 70: (0, 0, 0),
    9: (0, 4.8, -0.2), 8: (0, 2.6, 0), 168: (0, 0.9, 0), 151: (0, 4.0, -0.8), 108: (0, 4.2, -0.9),
    69: (0, 3.2, -0.9), 104: (0, 1.4, -0.5), 221: (0, 3.2, -0.4), 222: (0, 2.6, -0.4),
    223: (0, 1.4, -0.3), 189: (0, 1.6, -0.1), 193: (0, 1.4, 0), 28: (0, 1.1, -0.2),
    56: (0, 1.3, -0.2), 27: (0, 0.8, -0.2), 158: (0, 0.3, 0), 159: (0, 0.3, 0),
}  # fmt: skip

LOOKS = {
    "eyeLookUp": (0.0, LOOK_UP_DEGREES),
    "eyeLookDown": (0.0, -LOOK_DOWN_DEGREES),
    "eyeLookIn": (LOOK_SIDE_DEGREES, 0.0),
    "eyeLookOut": (-LOOK_SIDE_DEGREES, 0.0),
}


def eye_fields(surface: Surface) -> dict[str, np.ndarray]:
    """Fields of lids, gaze and brows by ARKit name, (478, 3) mm each."""
    fields: dict[str, np.ndarray] = {}

    def add(name: str, whole: np.ndarray) -> None:
        fields[name + "Left"], fields[name + "Right"] = surface.halves(whole, BROW_BAND)

    add("eyeBlink", blink(surface))
    add("eyeSquint", _lids(surface, _squint_handles()))
    add("eyeWide", _lids(surface, _wide_handles()))
    for name, (side, up) in LOOKS.items():
        add(name, gaze(surface, side, up))
    for name, handles in BROWS.items():
        add(name, surface.symmetric(handles, _above(handles), reach=12.0))
    inner = surface.symmetric(BROW_INNER_UP, _above(BROW_INNER_UP), reach=12.0)
    fields["browInnerUp"] = inner
    return fields


def _above(handles: Handles) -> tuple[int, ...]:
    return tuple(i for i in STILL_FOR_BROWS + UPPER_LID + LIPS if i not in handles)


def _lids(surface: Surface, handles: Handles) -> np.ndarray:
    return surface.symmetric(handles, STILL_FOR_LIDS, reach=7.0)


def eyeball_centre(surface: Surface) -> np.ndarray:
    """Centre of the subject's right eyeball, (3,) mm."""
    return np.asarray(surface.neutral[IRIS[0]] - [0, 0, EYEBALL_RADIUS])


def closed_line(surface: Surface) -> np.ndarray:
    """Where each pair of lid points of the right eye meets when shut, (7, 3) mm.

    Near the lower lid's edge, and as far from the eyeball's centre as the lids are.
    """
    centre = eyeball_centre(surface)
    upper, lower = surface.neutral[list(UPPER_LID)], surface.neutral[list(LOWER_LID)]
    line = lower + CLOSED_LINE * (upper - lower)
    line[:, 0] = (upper[:, 0] + lower[:, 0]) / 2
    radius = (np.linalg.norm(upper - centre, axis=1) + np.linalg.norm(lower - centre, axis=1)) / 2
    flat = ((line - centre)[:, :2] ** 2).sum(1)
    depth = centre[2] + np.sqrt(np.maximum(radius**2 - flat, 0))
    line[:, 2] = np.maximum(depth, np.minimum(upper[:, 2], lower[:, 2]))
    return np.asarray(line)


def blink(surface: Surface, upper: float = 1.0, lower: float = 1.0) -> np.ndarray:
    """Both eyes shut, symmetric: the lid edges meet on `closed_line`. (478, 3) mm.

    upper and lower scale the travel of either lid.
    """
    line = closed_line(surface)
    handles: Handles = {}
    for lid, fold, travel, follow in (
        (UPPER_LID, UPPER_LID_FOLD, upper, 0.42),
        (LOWER_LID, LOWER_LID_FOLD, lower, 0.5),
    ):
        for i, around, target in zip(lid, fold, line, strict=True):
            d = travel * (target - surface.neutral[i])
            handles[i] = (d[0], d[1], d[2])
            handles[around] = (0.3 * d[0], follow * d[1], -0.1 * abs(d[1]))
    for i in UNDER_BROW:
        handles[i] = (0, -0.5 * upper if i not in (113, 189) else -0.2 * upper, 0)
    for i in UNDER_EYE[1:6]:
        handles[i] = (0, 0.3 * lower, 0)
    return _lids(surface, handles)


def _profile(handles: Handles, group: tuple[int, ...], shape: Vector, move: Vector) -> None:
    for i, s in zip(group, shape, strict=True):
        handles[i] = (s * move[0], s * move[1], s * move[2])


ARCH = (0.3, 0.62, 0.9, 1.0, 0.95, 0.7, 0.3)


# How far lid points glide along with the iris, from the outer corner to the inner one.
SLIDE = (0.1, 0.32, 0.58, 0.66, 0.58, 0.32, 0.1)


def _squint_handles() -> Handles:
    handles: Handles = {}
    _profile(handles, UPPER_LID, ARCH, (0, -1.1, 0))
    _profile(handles, UPPER_LID_FOLD, ARCH, (0, -1.3, 0.2))
    _profile(handles, UNDER_BROW, ARCH, (0, -1.2, 0.1))
    _profile(handles, LOWER_LID, ARCH, (0, 1.9, 0.2))
    _profile(handles, LOWER_LID_FOLD, ARCH, (0.3, 2.2, 0.7))
    _profile(handles, UNDER_EYE, ARCH, (0.2, 1.8, 0.6))
    return handles | {
        118: (0, 1.0, 0.3),
        117: (0, 0.9, 0.3),
        119: (0, 0.9, 0.3),
        130: (0.3, 0.3, 0),
    }


def _wide_handles() -> Handles:
    handles: Handles = {}
    _profile(handles, UPPER_LID, ARCH, (0, 2.2, -0.4))
    _profile(handles, UPPER_LID_FOLD, ARCH, (0, 2.0, -0.6))
    _profile(handles, UNDER_BROW, ARCH, (0, 1.2, -0.2))
    _profile(handles, LOWER_LID, ARCH, (0, -0.7, 0))
    _profile(handles, LOWER_LID_FOLD, ARCH, (0, -0.4, 0))
    return handles


def _slide_handles(surface: Surface, side: float) -> Handles:
    handles: Handles = {}
    reach = EYEBALL_RADIUS * np.sin(np.radians(side))
    outer, inner = EYE_CORNERS
    for lid in (UPPER_LID, LOWER_LID):
        edge = surface.neutral[[outer, *lid, inner]]
        for i, share in zip(lid, SLIDE, strict=True):
            x = surface.neutral[i, 0] + share * reach
            y, z = (np.interp(x, edge[:, 0], edge[:, k]) for k in (1, 2))
            d = np.array([x, y, z]) - surface.neutral[i]
            handles[i] = (d[0], d[1], d[2])
    return handles | dict.fromkeys(UPPER_LID_FOLD + LOWER_LID_FOLD, (0.0, 0.0, 0.0))


def gaze(surface: Surface, side: float, up: float) -> np.ndarray:
    """Both eyes turned, symmetric: side degrees towards the nose, up degrees upwards.

    The lids follow the gaze up and down. Sideways their points glide along the unchanged edge:
    the patch over the eye hangs on them, and the iris would be torn otherwise.
    """
    field = np.zeros_like(surface.neutral)
    if up < 0:
        field += blink(surface, upper=0.62, lower=0.0)
        handles: Handles = {}
        _profile(handles, LOWER_LID, ARCH, (0, -1.2, -0.2))
        _profile(handles, LOWER_LID_FOLD, ARCH, (0, -0.7, 0))
        field += _lids(surface, handles | dict.fromkeys(UPPER_LID, (0.0, 0.0, 0.0)))
    elif up > 0:
        handles = {}
        _profile(handles, UPPER_LID, ARCH, (0, 1.9, -0.4))
        _profile(handles, UPPER_LID_FOLD, ARCH, (0, 1.4, -0.5))
        _profile(handles, UNDER_BROW, ARCH, (0, 0.5, 0))
        _profile(handles, LOWER_LID, ARCH, (0, 0.9, 0))
        _profile(handles, LOWER_LID_FOLD, ARCH, (0, 0.5, 0))
        field += _lids(surface, handles)
    if side:
        field += _lids(surface, _slide_handles(surface, side))
    centre = eyeball_centre(surface)
    iris = surface.neutral[list(IRIS)]
    turned = rotate_about_y(rotate_about_x(iris, centre, -up), centre, side)
    field[list(IRIS)] = turned - iris
    left = [int(surface.mirror[i]) for i in IRIS]
    field[left] = (turned - iris) * [-1, 1, 1]
    return field
