"""Perspective camera, 1,000 mm from the face's origin (docs/conventions.md)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DISTANCE = 1000.0
STANDARD_SIZE = 224
STANDARD_FOCAL = 1015.0
# How much smaller a portrait shows the head, and the height in millimetres of its middle.
_PORTRAIT_ZOOM = 0.85
_PORTRAIT_CENTRE = -12.0
# What a generator's picture shows: millimetres from side to side, and the height of its middle.
GENERATOR_SPAN = 280.0
_GENERATOR_CENTRE = 22.0


@dataclass(frozen=True)
class Camera:
    """Focal length and principal point in pixels; pixel centres are at integers."""

    focal: float
    cx: float
    cy: float

    @classmethod
    def standard(cls, size: int = STANDARD_SIZE) -> Camera:
        """Camera of the standard crop, drawn at size × size pixels."""
        centre = (size - 1) / 2
        return cls(STANDARD_FOCAL * size / STANDARD_SIZE, centre, centre)

    @classmethod
    def portrait(cls, size: int = STANDARD_SIZE) -> Camera:
        """Wider and a little lower than the standard: the head fits turned and mouth open."""
        focal = _PORTRAIT_ZOOM * STANDARD_FOCAL * size / STANDARD_SIZE
        centre = (size - 1) / 2
        return cls(focal, centre, centre + focal * _PORTRAIT_CENTRE / DISTANCE)

    @classmethod
    def generator(cls, size: int) -> Camera:
        """Camera of the aligned pictures that generators make: the whole head, size × size."""
        focal = size * DISTANCE / GENERATOR_SPAN
        centre = (size - 1) / 2
        return cls(focal, centre, centre + focal * _GENERATOR_CENTRE / DISTANCE)

    def scaled(self, scale: float, dx: float = 0.0, dy: float = 0.0) -> Camera:
        """Camera of the picture resized by scale, then moved by (dx, dy) pixels.

        Resizing keeps the picture's outline, half a pixel outside the outer pixel centres.
        """
        cx = (self.cx + 0.5) * scale - 0.5 + dx
        cy = (self.cy + 0.5) * scale - 0.5 + dy
        return Camera(self.focal * scale, cx, cy)

    def project(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) mm in the camera frame -> (..., 3) float32: x px, y px, depth mm."""
        points = np.asarray(points)
        depth = DISTANCE - points[..., 2]
        out = np.empty(points.shape, np.float32)
        out[..., 0] = self.cx + self.focal * points[..., 0] / depth
        out[..., 1] = self.cy - self.focal * points[..., 1] / depth
        out[..., 2] = depth
        return out

    def unproject(self, screen: np.ndarray) -> np.ndarray:
        """The inverse of `project`: (..., 3) x px, y px, depth mm -> (..., 3) mm."""
        screen = np.asarray(screen)
        depth = screen[..., 2]
        out = np.empty(screen.shape, np.float32)
        out[..., 0] = (screen[..., 0] - self.cx) * depth / self.focal
        out[..., 1] = (self.cy - screen[..., 1]) * depth / self.focal
        out[..., 2] = DISTANCE - depth
        return out
