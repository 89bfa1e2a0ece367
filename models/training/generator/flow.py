"""Where the face of one λ lies in the picture of another: flow by the face model."""

from __future__ import annotations

import numpy as np

from models.face.camera import Camera
from models.face.parameters import FaceParameters
from models.face.rasterizer import rasterize
from models.face.renderer import FaceRenderer

# A point is seen in the other picture if nothing lies this much nearer, mm.
_SLACK_MM = 3.0


def face_flow(
    renderer: FaceRenderer, first: FaceParameters, second: FaceParameters, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """For each pixel of `second`, its place in `first` (S, S, 2) px, and visible (S, S) bool.

    Both before Camera.generator. Outside the face the flow is the pixel itself, not visible.
    """
    camera = Camera.generator(size)
    here, there = (renderer.posed(parameters, camera) for parameters in (second, first))
    found, other = (rasterize(p.screen, p.triangles, size, size) for p in (here, there))
    covered = found.triangle >= 0
    corners = here.triangles[found.triangle.clip(0)]
    # Linear in the camera frame, so interpolated there and projected after.
    place = camera.project((there.vertices[corners] * found.bary[..., None]).sum(2))
    rows, columns = np.mgrid[0:size, 0:size].astype(np.float32)
    flow = np.where(covered[..., None], place[..., :2], np.stack([columns, rows], -1))
    x, y = (np.rint(flow[..., k]).astype(int) for k in (0, 1))
    inside = (x >= 0) & (y >= 0) & (x < size) & (y < size)
    behind = other.depth[y.clip(0, size - 1), x.clip(0, size - 1)]
    visible = covered & inside & (np.abs(behind - place[..., 2]) < _SLACK_MM)
    return flow.astype(np.float32), visible
