"""Head pose: yaw, pitch and roll in degrees (signs: docs/conventions.md)."""

from __future__ import annotations

import numpy as np


def rotation(pose_degrees: np.ndarray) -> np.ndarray:
    """Rotation (3, 3) float32 of (3,) yaw, pitch, roll in degrees: p_cam = R · p_face.

    R = Rz(-roll) · Ry(yaw) · Rx(-pitch).
    """
    yaw, pitch, roll = np.radians(np.asarray(pose_degrees, np.float64))
    cy, sy = np.cos(yaw), np.sin(yaw)
    cx, sx = np.cos(-pitch), np.sin(-pitch)
    cz, sz = np.cos(-roll), np.sin(-roll)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return (about_z @ about_y @ about_x).astype(np.float32)


def angles(matrix: np.ndarray) -> np.ndarray:
    """Pose (3,) in degrees of a rotation (3, 3); yaw within ±90, the inverse of `rotation`.

    At yaw ±90 pitch and roll turn about one axis: roll is then 0.
    """
    r = np.asarray(matrix, np.float64)
    yaw = np.arcsin(np.clip(-r[2, 0], -1, 1))
    if abs(r[2, 0]) > 1 - 1e-7:
        pitch, roll = -np.arctan2(-r[1, 2], r[1, 1]), 0.0
    else:
        pitch = -np.arctan2(r[2, 1], r[2, 2])
        roll = -np.arctan2(r[1, 0], r[0, 0])
    return np.degrees([yaw, pitch, roll]).astype(np.float32)
