"""Zoom and pan: how pixels of the photo lie on the canvas."""

from __future__ import annotations

from dataclasses import dataclass, replace

MIN_SCALE, MAX_SCALE = 0.02, 32.0
FIT_MARGIN = 24.0


@dataclass(frozen=True)
class Viewport:
    """A canvas point is offset + scale · picture point; all in logical pixels."""

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def to_canvas(self, x: float, y: float) -> tuple[float, float]:
        """Picture point -> canvas point."""
        return self.x + self.scale * x, self.y + self.scale * y

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """Canvas point -> picture point."""
        return (x - self.x) / self.scale, (y - self.y) / self.scale

    def moved(self, dx: float, dy: float) -> Viewport:
        """Panned by canvas pixels."""
        return replace(self, x=self.x + dx, y=self.y + dy)

    def zoomed(self, factor: float, x: float, y: float) -> Viewport:
        """Zoomed so that the picture point under (x, y) stays there."""
        scale = min(max(self.scale * factor, MIN_SCALE), MAX_SCALE)
        px, py = self.to_picture(x, y)
        return Viewport(scale, x - scale * px, y - scale * py)

    @classmethod
    def fitted(cls, size: tuple[float, float], area: tuple[float, float, float, float]) -> Viewport:
        """The whole picture (width, height) centred in an area (left, top, width, height)."""
        left, top, width, height = area
        room = max(width - 2 * FIT_MARGIN, 10), max(height - 2 * FIT_MARGIN, 10)
        scale = min(room[0] / size[0], room[1] / size[1])
        scale = min(max(scale, MIN_SCALE), MAX_SCALE)
        x = left + (width - scale * size[0]) / 2
        y = top + (height - scale * size[1]) / 2
        return cls(scale, x, y)
