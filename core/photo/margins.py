"""How far a close crop must go on beyond its rim so that its head is whole."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.photo.box import Box
from models.face.fitting import FaceFit
from models.face.model import FaceModel
from models.relief.frame import HeadFrame

# What a head with hair reaches, mm: across, up, and below the chin.
REACH_MM = (128.0, 172.0, 62.0)
# A rim cuts the head when the person covers this much of it, mm.
CUT_MM = 5.0


@dataclass(frozen=True)
class Margins:
    """Pixels by which a photo goes on beyond its four sides."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def empty(self) -> bool:
        return not (self.left or self.top or self.right or self.bottom)

    def scaled(self, x: float, y: float) -> Margins:
        """The margins of the resized photo, rounded to whole pixels."""
        return Margins(
            round(self.left * x), round(self.top * y), round(self.right * x), round(self.bottom * y)
        )

    def around(self, width: int, height: int) -> Box:
        """Where a photo of that size lies in its continuation."""
        return Box(self.left, self.top, self.left + width, self.top + height)

    def moved(self, fit: FaceFit) -> FaceFit:
        """A fit in the pixels of the continuation."""
        camera = replace(fit.camera, cx=fit.camera.cx + self.left, cy=fit.camera.cy + self.top)
        shift = np.array([self.left, self.top], np.float32)
        x0, y0, x1, y1 = fit.box
        box = (x0 + self.left, y0 + self.top, x1 + self.left, y1 + self.top)
        return replace(fit, camera=camera, landmarks=fit.landmarks[:, :2] + shift, box=box)


def needed_margins(matte: np.ndarray, fit: FaceFit, model: FaceModel) -> Margins:
    """How far a photo with a matte (H, W) 0..1 must go on so that its head is whole."""
    frame = HeadFrame.of(model, fit)
    k, size = frame.pixels_per_mm, frame.size
    height, width = matte.shape
    least = max(2.0, CUT_MM * k)
    y, x = np.arange(height, dtype=np.float32), np.arange(width, dtype=np.float32)

    def side(column: int) -> bool:
        up = frame.upright(np.stack([np.full_like(y, column), y], 1))
        near = (up[:, 1] > frame.chin) & (np.abs(up[:, 0]) < REACH_MM[0] * size)
        return bool((near & (matte[:, column] > 0.5)).sum() > least)

    def end(row: int, low: float) -> bool:
        up = frame.upright(np.stack([x, np.full_like(x, row)], 1))
        near = (np.abs(up[:, 0]) < REACH_MM[0] * size) & (up[:, 1] > low)
        return bool((near & (matte[row] > 0.5)).sum() > least)

    camera, across, below = fit.camera, REACH_MM[0] * size * k, frame.chin - REACH_MM[2] * size
    wanted = (
        side(0) * (across - camera.cx), end(0, 0.0) * (REACH_MM[1] * size * k - camera.cy),
        side(width - 1) * (camera.cx + across - width),
        end(height - 1, below) * (camera.cy - below * k - height),
    )  # fmt: skip
    return Margins(*(max(0, int(np.ceil(v))) for v in wanted))
