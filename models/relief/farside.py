"""The side of the head that the photo's own turn hid: its ear mirrored from the near side."""

from __future__ import annotations

import numpy as np

from models.relief.frame import HeadFrame, smoothstep
from models.relief.sheets import Sheet

# The near side is copied from this far out, mm in the face frame.
INNER_MM = 56.0
# A far ear is missing when the photo's own yaw has so many degrees, and less of it shows than
# this part of the near one.
LEAST_YAW, MISSING = 5.0, 0.52
# Less than this is no ear.
EAR_AREA_MM2 = 450.0
# What reaches further out than this is hair, not an ear.
WIDEST_MM = 50.0
# So much of it goes under the face.
ROOT_MM = 4.0
# Landmarks before the ears.
TEMPLES = (127, 234, 93, 356, 454, 323)
FLIP = np.array([-1, 1, 1], np.float32)


def far_side(frame: HeadFrame, head: Sheet) -> Sheet | None:
    """An ear beside the far cheek; None when the photo shows both sides, or none."""
    yaw = float(np.degrees(np.arcsin(np.clip(frame.turn[0, 2], -1, 1))))
    if abs(yaw) < LEAST_YAW:
        return None
    near = -np.sign(yaw)
    own = head.points @ frame.turn
    triangles, area = _ear(frame, head, own[:, 0] * near)
    # Two ears on one side, or half of one through another, are worse than a narrow one.
    if area < EAR_AREA_MM2 or _ear(frame, head, -own[:, 0] * near)[1] > MISSING * area:
        return None
    used, compact = np.unique(triangles, return_inverse=True)
    opacity = smoothstep(head.ears, 0.15, 0.5)
    shown = own[used[opacity[used] > 0.5], 0] * near
    if not len(shown) or np.ptp(shown) > WIDEST_MM * frame.size:
        return None
    # Its root joins the far side of the face, as broad there as the near side.
    root = np.percentile(shown, 10) + ROOT_MM
    side = np.abs((frame.points[list(TEMPLES)] @ frame.turn)[:, 0]).mean()
    own[:, 0] -= near * max(float(root - side), 0.0)
    normals = (head.normals @ frame.turn * FLIP) @ frame.turn.T
    return Sheet.plain(
        ((own * FLIP) @ frame.turn.T)[used], head.uv[used],
        compact.reshape(-1, 3).astype(np.int32), normals[used],
        lit=head.normals[used], weight=head.weight[used], opacity=opacity[used],
        skin=head.skin[used],
    )  # fmt: skip


def _ear(frame: HeadFrame, head: Sheet, outward: np.ndarray) -> tuple[np.ndarray, float]:
    """Triangles (F, 3) of the ear on the side where outward (V,) mm is positive, and mm² seen."""
    wanted = (outward > INNER_MM * frame.size) & (head.ears > 0)
    triangles = head.triangles[wanted[head.triangles].all(1)]
    a, b, c = (head.points[triangles[:, i], :2] for i in range(3))
    cross = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    return triangles, float(np.abs(cross).sum() / 2)
