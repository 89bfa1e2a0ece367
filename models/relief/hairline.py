"""Where hair beside a cheek begins to hide it."""

from __future__ import annotations

import numpy as np

from models.face.mesh import mean_around
from models.relief.frame import HeadFrame, smoothstep

# Hair stands on the cheek where that faces the camera this much, all turned sideways being 0: the
# photo shows what is steeper in too few pixels to be turned. Over so much the cheek fades.
# Beside the cheek, and above a visible ear, it stands further back than on the temples, which
# begin between such heights over the head's origin.
TEMPLES, CHEEKS, ABOVE_EARS, FADES = 0.42, 0.25, 0.2, 0.08
TEMPLES_MM = -15.0, 40.0
# How often facings are averaged over neighbours: small folds make no steps in the line.
SMOOTH_STEPS = 12
# Within so much of the middle there is no cheek yet.
CHEEK_MM = 30.0, 42.0
# Where no hair hides it, nothing of the face is as steep as this.
NEVER = -0.4


def bare_of_hair(
    frame: HeadFrame,
    triangles: np.ndarray,
    normals: np.ndarray,
    beside: np.ndarray,
    above: np.ndarray,
) -> np.ndarray:
    """(V,) float32 how bare of hair a face's vertices are: 1 and more before the hairline.

    Behind it 0 and less. Linear across the line: so it is smooth between vertices too.
    triangles: (F, 3) of the face. normals: (V, 3) of its vertices, camera frame. beside: (V,)
    0..1 how far hair, not an ear, lies beside the cheek. above: (V,) 1 above the ears, where
    there always is some.
    """
    # A jaw's underside is not steep: turns do not bring it into view.
    sideways = np.cos(frame.roll) * normals[:, 0] - np.sin(frame.roll) * normals[:, 1]
    facing = normals[:, 2] / np.maximum(np.hypot(normals[:, 2], sideways), 1e-3)
    mean = mean_around(triangles, len(normals))
    for _ in range(SMOOTH_STEPS):
        facing = mean @ facing
    cheek = smoothstep(np.abs((frame.points @ frame.turn)[:, 0]), *CHEEK_MM)
    ear = NEVER + above * (ABOVE_EARS - NEVER)
    height = frame.upright(frame.screen[:, :2])[:, 1] / frame.size
    stands = CHEEKS + smoothstep(height, *TEMPLES_MM) * (TEMPLES - CHEEKS)
    limit = NEVER + cheek * (ear + beside * (stands - ear) - NEVER)
    return np.asarray(0.5 + (facing - limit) / FADES, np.float32)
