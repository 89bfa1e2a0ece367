"""What a photo does not show of a face: behind its nose, and where its pixels are not its own."""

from __future__ import annotations

import cv2
import numpy as np

from models.face.rasterizer import rasterize
from models.relief.frame import HeadFrame, smoothstep

# The face is drawn this finely; what lies so much behind what is drawn is hidden by it.
CELL_MM, BEHIND_MM = 1.5, (4.0, 9.0)
# So near its outline a person's pixels hold some of the backdrop.
TINTED_MM, OWN = 1.2, (0.9, 0.99)


def tinted(frame: HeadFrame, alpha: np.ndarray) -> np.ndarray:
    """(V,) float32 0..1: where the pixels of a face's vertices are not all its own.

    alpha: (H, W) the matte of its photo.
    """
    radius = max(1, round(TINTED_MM * frame.pixels_per_mm))
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
    x, y = np.ascontiguousarray(frame.screen[:, :2].T, np.float32)
    own = cv2.remap(cv2.erode(alpha, brush), x[None], y[None], cv2.INTER_LINEAR)[0]
    return np.asarray(1 - smoothstep(own, *OWN), np.float32)


def behind(frame: HeadFrame, triangles: np.ndarray) -> np.ndarray:
    """(V,) float32 0..1: where a face's vertex lies behind other parts of it, its nose mostly.

    triangles: (F, 3) of the face.
    """
    screen = frame.screen.astype(np.float32)
    cell = CELL_MM * frame.pixels_per_mm
    small = np.column_stack([(screen[:, :2] - screen[:, :2].min(0)) / cell + 1, screen[:, 2]])
    width, height = (int(side) + 3 for side in small[:, :2].max(0))
    depth = rasterize(small, triangles, width, height, cull=True).depth
    # The farthest around: on a slope a vertex is not hidden by what lies beside it.
    drawn = np.where(np.isfinite(depth), depth, 0)
    farthest = cv2.dilate(drawn, np.ones((3, 3), np.uint8))
    x, y = np.rint(small[:, :2].T).astype(int)
    off = smoothstep(small[:, 2] - farthest[y, x], *BEHIND_MM) * (farthest[y, x] > 0)
    return np.asarray(off, np.float32)
