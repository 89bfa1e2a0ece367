"""Rectangles of whole pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.face.camera import DISTANCE, Camera


@dataclass(frozen=True)
class Box:
    """A rectangle of whole pixels: left <= x < right, top <= y < bottom."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def rows(self) -> slice:
        return slice(self.top, self.bottom)

    @property
    def columns(self) -> slice:
        return slice(self.left, self.right)

    @classmethod
    def around(
        cls, camera: Camera, reach: tuple[float, float, float, float], shape: tuple[int, ...]
    ) -> Box:
        """What lies within reach (left, up, right, down mm) of the face's origin, in a photo."""
        k = camera.focal / DISTANCE
        left, up, right, down = (k * r for r in reach)
        return cls(
            int(np.floor(camera.cx - left)), int(np.floor(camera.cy - up)),
            int(np.ceil(camera.cx + right)), int(np.ceil(camera.cy + down)),
        ).within(shape[1], shape[0])  # fmt: skip

    def within(self, width: int, height: int) -> Box:
        """The part that lies in a picture; at least one pixel."""
        left = int(np.clip(self.left, 0, width - 1))
        top = int(np.clip(self.top, 0, height - 1))
        return Box(
            left, top, int(np.clip(self.right, left + 1, width)),
            int(np.clip(self.bottom, top + 1, height)),
        )  # fmt: skip

    def grown(self, margin: int, whole: Box) -> Box:
        """The rectangle with a margin, as far as it lies in a whole."""
        return Box(
            max(self.left - margin, whole.left), max(self.top - margin, whole.top),
            min(self.right + margin, whole.right), min(self.bottom + margin, whole.bottom),
        )  # fmt: skip

    def part(self, part: Box) -> tuple[slice, slice]:
        """The rows and columns of a part of it, in an array of its own."""
        return (
            slice(part.top - self.top, part.bottom - self.top),
            slice(part.left - self.left, part.right - self.left),
        )

    def without(self, done: np.ndarray) -> Box | None:
        """What holds all of it where done (h, w) is 0; None when that is nothing."""
        rows, columns = (np.flatnonzero(done.min(axis) == 0) for axis in (1, 0))
        if not len(rows):
            return None
        left, top = self.left + int(columns[0]), self.top + int(rows[0])
        return Box(left, top, self.left + int(columns[-1]) + 1, self.top + int(rows[-1]) + 1)

    def scaled(self, x: float, y: float) -> Box:
        """The rectangle in the resized picture, rounded to whole pixels."""
        return Box(
            round(self.left * x), round(self.top * y), round(self.right * x), round(self.bottom * y)
        )
