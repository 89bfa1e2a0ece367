"""Normals under which the surroundings of a face take light: smooth, and one with the face's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from models.face.mesh import vertex_normals
from models.matting.fill import push_pull
from models.matting.key import ellipse
from models.relief.frame import HeadFrame

if TYPE_CHECKING:
    from models.relief.grid import Pins

# Along the person's outline the surface has turned this far away from the camera.
LIMB_DEPTH = 0.3
LIMB_MM, OUTLINE_BLUR_MM = 5.0, 9.0
# An ear's shell looks ahead, and aside by this part.
EAR_ASIDE = 0.5
# How much the dome's own normals say beside what face and outline say.
DOME_SAY = 0.04
BLUR_MM = 5.0


def shading_normals(
    frame: HeadFrame,
    triangles: np.ndarray,
    pins: Pins,
    matte: np.ndarray,
    dome: np.ndarray,
    ears: np.ndarray,
    spacing: float,
) -> np.ndarray:
    """Unit normals (h, w, 3), camera frame, at a grid's crossings spacing mm apart.

    Between the face, whose own normals they take over, and the person's outline, where they
    point outward, they pass smoothly. triangles (F, 3) of the face, on which the crossings lie
    by pins; matte (h, w); dome (h, w, 3) normals of the depth; ears (h, w) how far each lies on
    an ear, positive at the head's right in the picture.
    """
    on_face, ear = pins.inside, np.abs(ears)[..., None]
    own = vertex_normals(frame.points, triangles)[pins.corners] * pins.bary[..., None]
    own = own.sum(2)
    ahead = np.full(ears.shape, np.sqrt(1 - EAR_ASIDE**2))
    shell = np.stack([np.sign(ears) * EAR_ASIDE, 0 * ears, ahead], -1) @ frame.turn.T
    solid = cv2.GaussianBlur(matte, (0, 0), max(OUTLINE_BLUR_MM / spacing, 0.8))
    gy, gx = np.gradient(solid)
    steep = np.hypot(gx, gy)
    across = np.sqrt(1 - LIMB_DEPTH**2) / np.maximum(steep, 1e-5)
    limb = np.stack([-gx * across, gy * across, np.full_like(gx, LIMB_DEPTH)], -1)
    deep = cv2.erode(matte, ellipse(LIMB_MM / spacing), borderType=cv2.BORDER_REPLICATE) > 0.5
    # A blurred step of the matte this steep is an outline, but for an ear's rim.
    at_limb = ~deep & (steep * OUTLINE_BLUR_MM / spacing > 0.15) & ~on_face & (ear[..., 0] < 0.5)
    dome = dome + ear * (shell - dome)
    values = np.where(on_face[..., None], own, np.where(at_limb[..., None], limb, dome))
    weight = np.where(on_face | at_limb, 1.0, np.maximum(ear[..., 0], DOME_SAY))
    smooth = push_pull(values.astype(np.float32), weight.astype(np.float32))
    smooth = cv2.GaussianBlur(smooth, (0, 0), max(BLUR_MM / spacing, 0.6))
    smooth[on_face] = own[on_face]
    return smooth / np.maximum(np.linalg.norm(smooth, axis=-1, keepdims=True), 1e-6)
