"""Where an edit leaves a photo alone: how far things move, coarsely over the picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

# Cells by which the map goes on beyond what moves.
MARGIN = 2


@njit(cache=True, fastmath=True)
def _mark(
    before: np.ndarray, after: np.ndarray, floor: float, cell: float, moved: np.ndarray
) -> None:
    """Note how far points (V, 3) moved, px, in the cells where they were and where they are."""
    height, width = moved.shape
    for i in range(before.shape[0]):
        dx, dy = after[i, 0] - before[i, 0], after[i, 1] - before[i, 1]
        length = max(np.float32(np.sqrt(dx * dx + dy * dy)), np.float32(floor))
        for k in range(2):
            x = before[i, 0] if k == 0 else after[i, 0]
            y = before[i, 1] if k == 0 else after[i, 1]
            u, v = int(x / cell + 0.5) + MARGIN, int(y / cell + 0.5) + MARGIN
            if 0 <= u < width and 0 <= v < height and length > moved[v, u]:
                moved[v, u] = length


@dataclass(frozen=True)
class Stillness:
    """How far the most moved thing in each cell moves.

    moved: (h, w) float32, px of the frame. cell: side of a cell, px, at least the distance of
    neighbouring points.
    """

    moved: np.ndarray
    cell: float

    @classmethod
    def over(cls, shape: tuple[int, ...], cell: float) -> Stillness:
        """A picture of shape (H, W) px in which nothing moves yet."""
        cells = [int(np.ceil(side / cell)) + 2 * MARGIN + 1 for side in shape[:2]]
        return cls(np.zeros(cells, np.float32), cell)

    def mark(self, before: np.ndarray, after: np.ndarray, floor: float = 0.0) -> None:
        """Add points (V, 3) px, px, mm that move; each by floor px at least."""
        _mark(before, after, floor, self.cell, self.moved)

    def mark_within(self, before: np.ndarray, after: np.ndarray) -> None:
        """Add all that lies within a ring of points (V, 2) px, as far as the ring moves."""
        far = float(np.linalg.norm(after - before, axis=1).max())
        inside = np.zeros(self.moved.shape, np.uint8)
        for ring in (before, after):
            cv2.fillPoly(inside, [np.rint(ring / self.cell + MARGIN).astype(np.int32)], 1)
        np.maximum(self.moved, far * inside, out=self.moved)

    def share(self, scale: float, rows: slice, columns: slice, fading: float) -> np.ndarray:
        """(h, w) float32 for a part of the picture at a scale: 1 where all stands still.

        fading: px of that picture by which a move takes a share of exp(-1).
        """
        wide = cv2.dilate(self.moved, np.ones((3, 3), np.uint8))
        still = np.exp(-((wide * (scale / fading)) ** 2))
        step = 1 / (scale * self.cell)
        shift = 0.5 * step - 0.5 / self.cell + MARGIN
        left, top = shift + columns.start * step, shift + rows.start * step
        return cv2.warpAffine(
            still, np.array([[step, 0, left], [0, step, top]]),
            (columns.stop - columns.start, rows.stop - rows.start),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
