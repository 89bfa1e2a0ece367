"""Expressions of the jaw: a rigid motion of the mandible, faded out over cheeks and lips."""

from __future__ import annotations

import numpy as np

from models.training.face_model.expression_fields import (
    Handles,
    Surface,
    rotate_about_x,
    rotate_about_y,
)
from models.training.face_model.expression_mouth import SPAN
from models.training.face_model.expression_regions import (
    EYE,
    LOWER_LIP,
    NOSE_RIDGE,
    STILL_FOR_MOUTH,
    UPPER_LIP,
)

# Height and depth of the condyles' axis beside the ear points, and how far they glide
# forwards and down on opening.
CONDYLE = (0.0, -1.0, 9.0)
CONDYLE_GLIDE = np.array([0.0, -4.5, 11.0])
OPEN_DEGREES = 18.0
SIDE_DEGREES = 5.0
FORWARD = np.array([0.0, -0.8, 7.0])

# Share of the jaw's motion: skin over the mandible's edge, chin and cheeks.
JAW_SKIN = {
    152: 1.0, 148: 1.0, 176: 1.0, 149: 0.98, 150: 0.93, 136: 0.82, 172: 0.66, 58: 0.42, 132: 0.2,
    93: 0.06, 234: 0.0, 127: 0.0, 162: 0.0, 175: 1.0, 199: 1.0, 200: 1.0, 171: 1.0, 140: 1.0,
    208: 1.0, 18: 1.0, 204: 0.94, 32: 0.99, 170: 0.98, 169: 0.92, 135: 0.82, 138: 0.6, 215: 0.42,
    177: 0.22, 202: 0.76, 210: 0.85, 212: 0.5, 214: 0.52, 192: 0.4, 213: 0.28, 147: 0.12, 207: 0.2,
    187: 0.12, 216: 0.2, 206: 0.06, 205: 0.03, 57: 0.48, 43: 0.66, 186: 0.32, 92: 0.12, 211: 0.97,
    194: 0.95, 50: 0.0, 101: 0.0, 36: 0.0, 2: 0.0, 164: 0.0, 98: 0.0, 129: 0.0, 123: 0.0, 116: 0.0,
    137: 0.04, 227: 0.0, 165: 0.03, 167: 0.0,
}  # fmt: skip
# Along the lips from the corner to the middle.
UPPER_OPEN = (0.44, 0.33, 0.19, 0.08, 0.02, 0.0)
LOWER_OPEN = (0.44, 0.59, 0.79, 0.93, 0.99, 1.0)
# With shut lips both ride along half the way; rows from the red line to the inner edge.
UPPER_SHUT = (0.25, 0.35, 0.45, 0.55)
CORNER_SHUT = 0.48
LOWER_SHUT = (0.95, 0.85, 0.7, 0.55)
# Where the open lips meet under mouthClose, between the upper (0) and the lower lip (1).
CLOSE_AT = 0.38
# The corners come in when the mouth opens wide.
CORNER_IN = 2.4


def jaw_weights(surface: Surface, shut: bool) -> np.ndarray:
    """Share (478, 1) of the jaw's motion that each point follows, with lips shut or free."""
    handles: dict[int, tuple[float]] = {i: (w,) for i, w in JAW_SKIN.items()}
    for upper, lower, u, v in zip(UPPER_LIP, LOWER_LIP, UPPER_SHUT, LOWER_SHUT, strict=True):
        for k, s in enumerate(SPAN):
            handles[upper[k]] = ((1 - s) * CORNER_SHUT + s * u if shut else UPPER_OPEN[k],)
            handles[lower[k]] = ((1 - s) * CORNER_SHUT + s * v if shut else LOWER_OPEN[k],)
    both = {int(surface.mirror[i]): w for i, w in handles.items()} | handles
    still = [i for i in STILL_FOR_MOUTH if i not in both]
    still += [int(surface.mirror[i]) for i in still if int(surface.mirror[i]) not in both]
    weights = surface.spread(both, still + list(NOSE_RIDGE), reach=16.0)
    return np.asarray((weights + weights[surface.mirror]) / 2)


def open_motion(points: np.ndarray) -> np.ndarray:
    """Rigid displacement (N, 3) of the mandible at jawOpen 1: hinge and glide of the condyles."""
    return rotate_about_x(points, CONDYLE, OPEN_DEGREES) + CONDYLE_GLIDE - points


def jaw_fields(surface: Surface) -> dict[str, np.ndarray]:
    """jawOpen, jawForward, jawLeft, jawRight and mouthClose, (478, 3) mm each."""
    neutral = surface.neutral
    free, shut = jaw_weights(surface, False), jaw_weights(surface, True)
    opened = free * open_motion(neutral)
    opened += _corners_in(surface)
    sideways = rotate_about_y(neutral, (-neutral[454, 0], 0, CONDYLE[2]), -SIDE_DEGREES)
    right = shut * (sideways - neutral + np.array([0, -0.6, 0]))
    return {
        "jawOpen": opened,
        "jawForward": shut * FORWARD,
        "jawRight": right,
        "jawLeft": surface.mirrored(right),
        "mouthClose": _mouth_close(surface, opened),
    }


def _corners_in(surface: Surface) -> np.ndarray:
    handles: Handles = {}
    for row in UPPER_LIP + LOWER_LIP:
        for i, s in zip(row, (1.0, 0.85, 0.62, 0.35, 0.12, 0.0), strict=True):
            handles[i] = (CORNER_IN * s, 0, 0.3 * CORNER_IN * s)
    handles |= {
        57: (1.8, 0, 0.4),
        43: (1.6, 0, 0.4),
        186: (1.4, 0, 0.3),
        212: (1.2, 0, 0),
        216: (1.0, 0, 0),
    }
    return surface.symmetric(handles, STILL_FOR_MOUTH, reach=10.0)


def _mouth_close(surface: Surface, opened: np.ndarray) -> np.ndarray:
    """Brings the lips of the open jaw together: with jawOpen at the same weight they touch."""
    handles: Handles = {}
    inner_upper, inner_lower = UPPER_LIP[-1], LOWER_LIP[-1]
    for k in range(6):
        up, low = opened[inner_upper[k]], opened[inner_lower[k]]
        meet = up + CLOSE_AT * (low - up)
        for rows, at in ((UPPER_LIP, up), (LOWER_LIP, low)):
            d = meet - at
            for r in rows:
                handles[r[k]] = (d[0], d[1], d[2])
    up, low = opened[13], opened[14]
    rise = (1 - CLOSE_AT) * (up - low)
    drop = CLOSE_AT * (low - up)
    for i, s in ((18, 0.72), (200, 0.24), (204, 0.5), (43, 0.35), (202, 0.22), (199, 0.05)):
        handles[i] = (0, s * rise[1], s * rise[2])
    for i, s in ((164, 0.6), (167, 0.6), (165, 0.5), (92, 0.4), (186, 0.2), (206, 0.12), (2, 0.1)):
        handles[i] = (0, s * drop[1], s * drop[2])
    still = STILL_FOR_MOUTH + EYE + (175, 171, 208)
    return surface.symmetric(handles, still, reach=10.0)
