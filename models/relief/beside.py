"""The side of the head that a photo's own turn hid: its hair, mirrored from the near side."""

from __future__ import annotations

import numpy as np

from models.relief.frame import HeadFrame, smoothstep
from models.relief.grid import BEYOND, Grid
from models.relief.outline import sampled
from models.relief.sheets import FLIP, Sheet, mirrored_part

# A head turned by less hides too little of one side: the sine of its yaw.
TURNED = 0.29
# The near side is copied from this far out, mm in the face frame, and above the jaw's angles.
INNER_MM, ABOVE_MM = (5.0, 15.0), (-5.0, 15.0)
# Below these hangs hair alone, so far.
HANGS_MM = -80.0, -20.0
# What faces the camera so much is seen.
SEEN = 0.85, 0.65


def hidden_side(frame: HeadFrame, grid: Grid, head: Sheet) -> Sheet | None:
    """The near side's hair on the far side; None when the photo shows both."""
    toward = float(frame.turn[2, 0])
    if abs(toward) < TURNED:
        return None
    near = np.sign(toward)
    own = head.points @ frame.turn
    normals = (head.normals @ frame.turn * FLIP) @ frame.turn.T
    up = frame.upright(head.uv)[:, 1]
    opacity = smoothstep(own[:, 0] * near / frame.size, *INNER_MM)
    above = smoothstep(up - frame.jaw, *ABOVE_MM)
    hangs = smoothstep(up - frame.jaw, *HANGS_MM) * (1 - head.skin)
    opacity *= np.maximum(above, hangs) * smoothstep(normals[:, 2], *SEEN)
    opacity *= sampled(grid.matte, head.uv / grid.spacing + BEYOND) * (1 - head.strange)
    wanted = opacity > 0.01
    used, compact = np.unique(head.triangles[wanted[head.triangles].any(1)], return_inverse=True)
    if not len(used):
        return None
    return mirrored_part(frame, head, used, compact, own[used] * FLIP, opacity[used], -near)
