"""Putting an edited part back into its photo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from models.face.camera import DISTANCE, Camera
from models.relief.draw import share_out

# What stands still to this share is the photo's own.
STILL = np.float32(0.9999)


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

    def within_it(self, part: Box) -> tuple[slice, slice]:
        """Rows and columns of a part of it, in an array of its own."""
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


def paste(photo: np.ndarray, part: np.ndarray, box: Box, feather: float) -> np.ndarray:
    """A copy of photo (H, W, 3) uint8 with part (h, w, 3) uint8 in the box.

    feather: px over which the part melts in from the box's sides, except where these are the
    photo's own.
    """
    out = photo.copy()
    window = out[box.rows, box.columns]
    if feather <= 0:
        window[:] = part
        return out
    weight = _ramp(box, photo.shape, feather)
    for row, new, share in zip(window, part, weight, strict=True):
        mixed = row + share[:, None] * (new.astype(np.float32) - row)
        row[:] = np.clip(mixed + 0.5, 0, 255)
    return out


def _ramp(box: Box, shape: tuple[int, ...], feather: float) -> np.ndarray:
    """(h, w) weights 0..1 that rise from the box's sides inwards."""

    def side(count: int, low_open: bool, high_open: bool) -> np.ndarray:
        at = np.arange(count, dtype=np.float32)
        ramp = np.ones(count, np.float32)
        if not low_open:
            ramp = np.minimum(ramp, (at + 0.5) / feather)
        if not high_open:
            ramp = np.minimum(ramp, (count - at - 0.5) / feather)
        return np.clip(ramp, 0, 1)

    across = side(box.width, box.left == 0, box.right == shape[1])
    down = side(box.height, box.top == 0, box.bottom == shape[0])
    ramp = np.minimum(across[None], down[:, None])
    return ramp * ramp * (3 - 2 * ramp)


def lay_over(canvas: np.ndarray, alpha: np.ndarray, behind: np.ndarray) -> None:
    """Fill what is behind (h, w, 3) into canvas (h, w, 3) float32 where alpha (h, w) leaves it."""
    share_out(_lay_over, alpha.shape, canvas, alpha, behind)


@njit(cache=True, nogil=True)
def _lay_over(
    top: int, bottom: int, canvas: np.ndarray, alpha: np.ndarray, behind: np.ndarray
) -> None:
    for y in range(top, bottom):
        for x in range(canvas.shape[1]):
            rest = np.float32(1) - alpha[y, x]
            for k in range(3):
                canvas[y, x, k] += rest * np.float32(behind[y, x, k])


def begin(done: np.ndarray, photo: np.ndarray, times: int) -> tuple[np.ndarray, np.ndarray]:
    """Canvas (H, W, 3) float32 and alpha (H, W) to paint on, so many times finer than photo.

    photo: (h, w, 3) uint8, is there already where done (h, w) uint8 is not 0.
    """
    height, width = (times * side for side in done.shape)
    canvas = np.empty((height, width, 3), np.float32)
    alpha = np.empty((height, width), np.float32)
    share_out(_begin, alpha.shape, done, photo, times, canvas, alpha)
    return canvas, alpha


@njit(cache=True, nogil=True)
def _begin(
    top: int, bottom: int, done: np.ndarray, photo: np.ndarray, times: int,
    canvas: np.ndarray, alpha: np.ndarray,
) -> None:  # fmt: skip
    for y in range(top, bottom):
        v = y // times
        for x in range(canvas.shape[1]):
            u = x // times
            alpha[y, x] = 1 if done[v, u] else 0
            for k in range(3):
                canvas[y, x, k] = photo[v, u, k] if done[v, u] else 0


def finish(out: np.ndarray, canvas: np.ndarray, share: np.ndarray, lacking: np.ndarray) -> None:
    """Canvas (h, w, 3) with a share (h, w) of what it is lacking (h, w, 3), float32, as uint8.

    Goes into out (h, w, 3), but for what is still.
    """
    share_out(_finish, share.shape, out, canvas, share, lacking)


@njit(cache=True, nogil=True)
def _finish(
    top: int, bottom: int, out: np.ndarray, canvas: np.ndarray, share: np.ndarray,
    lacking: np.ndarray,
) -> None:  # fmt: skip
    for y in range(top, bottom):
        for x in range(canvas.shape[1]):
            if share[y, x] > STILL:
                continue
            for k in range(3):
                value = canvas[y, x, k] + share[y, x] * lacking[y, x, k] + np.float32(0.5)
                out[y, x, k] = np.uint8(min(max(value, np.float32(0)), np.float32(255)))
