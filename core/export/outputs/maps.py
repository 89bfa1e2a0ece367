"""What the face model knows of a picture: mask, depth, normals, skin colour, landmarks, mesh."""

from __future__ import annotations

import numpy as np

from core.export.meshes import glb, obj
from models.face.camera import Camera
from models.face.fitting import FaceFit
from models.face.model import LANDMARK_COUNT
from models.face.pose import rotation
from models.face.renderer import FaceRenderer

# Depth pictures count in tenths of a millimetre from the camera; 0 is no face.
DEPTH_UNIT_MM = 0.1
_FACE_LANDMARKS = 468


class Maps:
    """The face model under a picture of a size (width, height), pixel by pixel.

    fit: the rig, the camera in the picture's pixels, and the person's own displacement.
    """

    def __init__(self, renderer: FaceRenderer, fit: FaceFit, size: tuple[int, int]) -> None:
        self._renderer, self._fit, self._size = renderer, fit, size
        self._own = fit.displacement if len(fit.displacement) else None

    def mask(self) -> np.ndarray:
        """(H, W) uint8: how much of each pixel the face covers."""
        return self.albedo()[..., 3]

    def depth(self) -> np.ndarray:
        """(H, W) uint16 in DEPTH_UNIT_MM."""
        posed = self._renderer.posed(self._fit.parameters, self._fit.camera, self._own, lined=True)
        fragments, cover = self._renderer.fragments(posed, *self._size)
        seen = np.isfinite(fragments.depth) & (cover > 0)
        return np.where(seen, np.rint(fragments.depth / DEPTH_UNIT_MM), 0).astype(np.uint16)

    def normals(self) -> np.ndarray:
        """(H, W, 4) uint8: x, y, z of the camera frame as 0 to 255 for -1 to 1, and cover."""
        return self._drawn("normals")

    def albedo(self) -> np.ndarray:
        """(H, W, 4) uint8: skin without light, sRGB, and cover."""
        return self._drawn("albedo")

    def landmarks(self) -> tuple[np.ndarray, np.ndarray]:
        """The 478 landmarks: (478, 2) px of the picture and (478, 3) mm, camera frame."""
        points = self._fit.vertices(self._renderer.model)[:LANDMARK_COUNT]
        points = points @ rotation(self._fit.parameters.pose).T
        return self._fit.camera.project(points)[:, :2], points

    def mesh(self, kind: str) -> bytes:
        """The posed mesh as an OBJ or glTF file, in the camera frame."""
        model, parameters = self._renderer.model, self._fit.parameters
        vertices = self._fit.vertices(model) @ rotation(parameters.pose).T
        write = {"obj": obj, "glb": glb}[kind]
        return write(vertices, model.triangles, model.uv, model.albedo(parameters.albedo))

    def _drawn(self, mode: str) -> np.ndarray:
        camera, (width, height) = self._fit.camera, self._size
        return self._renderer.render(self._fit.parameters, camera, width, height, mode, self._own)


def landmark_table(flat: np.ndarray, solid: np.ndarray) -> bytes:
    """A CSV file of landmarks (N, 2) px and (N, 3) mm."""
    lines = ["landmark,x_px,y_px,x_mm,y_mm,z_mm"]
    lines += [
        f"{i}," + ",".join(f"{v:.3f}" for v in (*xy, *xyz))
        for i, (xy, xyz) in enumerate(zip(flat.tolist(), solid.tolist(), strict=True))
    ]
    return ("\n".join(lines) + "\n").encode()


def camera_label(camera: Camera, pose: np.ndarray, size: tuple[int, int]) -> list[float]:
    """EG3D's 25 numbers: 16 of cam2world and 9 of the intrinsics, row by row.

    The world is the face frame (x to the image right, y up, z out of the face) in units of
    1000 / 2.7 mm, so that the camera is 2.7 from the origin as in EG3D's data; the camera frame
    is OpenCV's (x right, y down, z into the picture). Intrinsics are divided by the picture's
    width and height, the centre of the picture being (0.5, 0.5). (Chan et al. 2022.)
    """
    flip = np.diag([1.0, -1.0, -1.0])
    turn = rotation(pose).astype(np.float64)
    world = np.eye(4)
    world[:3, :3] = turn.T @ flip
    world[:3, 3] = turn.T @ [0, 0, EG3D_RADIUS]
    width, height = size
    intrinsics = np.array([
        [camera.focal / width, 0, (camera.cx + 0.5) / width],
        [0, camera.focal / height, (camera.cy + 0.5) / height],
        [0, 0, 1],
    ])  # fmt: skip
    return [round(float(v), 8) + 0.0 for v in (*world.ravel(), *intrinsics.ravel())]


EG3D_RADIUS = 2.7
