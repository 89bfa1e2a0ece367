"""Putting an edited part back into its photo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from models.face.camera import DISTANCE, Camera
from models.relief.draw import share_out

# What stands still to this share is the photo's own.
STILL = np.float32(0.9999)

# A row and a column.
Corner = tuple[int, int]


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

    def corner(self, part: Box) -> Corner:
        """The first row and column of a part of it, in an array of its own."""
        return part.top - self.top, part.left - self.left

    def part(self, part: Box) -> tuple[slice, slice]:
        """The rows and columns of a part of it, in an array of its own."""
        top, left = self.corner(part)
        return slice(top, top + part.height), slice(left, left + part.width)

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


# All kernels get whole arrays and corners: numba would compile them anew for windows of arrays.


def paste(photo: np.ndarray, part: np.ndarray, box: Box, feather: float) -> np.ndarray:
    """A copy of photo (H, W, 3) uint8 with part (h, w, 3) uint8 in the box.

    feather: px over which the part melts in from the box's sides, except where these are the
    photo's own.
    """
    out = photo.copy()
    if feather <= 0:
        out[box.rows, box.columns] = part
    else:
        across = _ramp(box.width, box.left == 0, box.right == photo.shape[1], feather)
        down = _ramp(box.height, box.top == 0, box.bottom == photo.shape[0], feather)
        share_out(_melt, part.shape, out, (box.top, box.left), part, across, down)
    return out


def _ramp(count: int, low_open: bool, high_open: bool, feather: float) -> np.ndarray:
    """(count,) 0..1 rising from both ends inwards over feather, but for open ones."""
    rise, ramp = (np.arange(count, dtype=np.float32) + 0.5) / feather, np.ones(count, np.float32)
    for closed, side in ((not low_open, rise), (not high_open, rise[::-1])):
        if closed:
            ramp = np.minimum(ramp, side)
    return ramp


@njit(cache=True, nogil=True)
def _melt(
    top: int, bottom: int, photo: np.ndarray, place: Corner, part: np.ndarray,
    across: np.ndarray, down: np.ndarray,
) -> None:  # fmt: skip
    for y in range(top, bottom):
        for x in range(len(across)):
            ramp = min(across[x], down[y])
            share = ramp * ramp * (np.float32(3) - np.float32(2) * ramp)
            for k in range(3):
                old = np.float32(photo[place[0] + y, place[1] + x, k])
                mixed = old + share * (np.float32(part[y, x, k]) - old)
                photo[place[0] + y, place[1] + x, k] = np.uint8(mixed + np.float32(0.5))


def begin(
    done: np.ndarray, at: Corner, photo: np.ndarray, place: Corner, window: Box, times: int
) -> tuple[np.ndarray, np.ndarray]:
    """Canvas (H, W, 3) float32 and alpha (H, W) for a window, so many times finer than photo.

    What photo (rows, columns, 3) uint8 shows there from its place on is there already where done
    (rows, columns) uint8, from at on, is not 0.
    """
    shape = times * window.height, times * window.width
    canvas, alpha = np.empty((*shape, 3), np.float32), np.empty(shape, np.float32)
    share_out(_begin, shape, done, at, photo, place, times, canvas, alpha)
    return canvas, alpha


@njit(cache=True, nogil=True)
def _begin(
    top: int, bottom: int, done: np.ndarray, at: Corner, photo: np.ndarray, place: Corner,
    times: int, canvas: np.ndarray, alpha: np.ndarray,
) -> None:  # fmt: skip
    for y in range(top, bottom):
        row = y // times
        for x in range(canvas.shape[1]):
            column = x // times
            ready = done[at[0] + row, at[1] + column] != 0
            alpha[y, x] = 1 if ready else 0
            for k in range(3):
                value = photo[place[0] + row, place[1] + column, k]
                canvas[y, x, k] = value if ready else 0


def lay_over(canvas: np.ndarray, alpha: np.ndarray, behind: np.ndarray, place: Corner) -> None:
    """Fill what is behind (rows, columns, 3), from its place on, into canvas of alpha (h, w)."""
    share_out(_lay_over, alpha.shape, canvas, alpha, behind, place)


@njit(cache=True, nogil=True)
def _lay_over(
    top: int, bottom: int, canvas: np.ndarray, alpha: np.ndarray, behind: np.ndarray,
    place: Corner,
) -> None:  # fmt: skip
    for y in range(top, bottom):
        for x in range(canvas.shape[1]):
            rest = np.float32(1) - alpha[y, x]
            for k in range(3):
                canvas[y, x, k] += rest * behind[place[0] + y, place[1] + x, k]


def finish(
    out: np.ndarray, place: Corner, canvas: np.ndarray, own: Corner, share: np.ndarray,
    lacking: np.ndarray, at: Corner, part: Box,
) -> None:  # fmt: skip
    """Put a part of canvas with a share of what it is lacking, float32, into out, uint8.

    Each array's own corner of the part is given. What is still remains as it is.
    """
    shape = part.height, part.width
    share_out(_finish, shape, part.width, out, place, canvas, own, share, lacking, at)


@njit(cache=True, nogil=True)
def _finish(
    top: int, bottom: int, width: int, out: np.ndarray, place: Corner, canvas: np.ndarray,
    own: Corner, share: np.ndarray, lacking: np.ndarray, at: Corner,
) -> None:  # fmt: skip
    for y in range(top, bottom):
        for x in range(width):
            much = share[at[0] + y, at[1] + x]
            if much > STILL:
                continue
            for k in range(3):
                value = canvas[own[0] + y, own[1] + x, k]
                value += much * lacking[at[0] + y, at[1] + x, k] + np.float32(0.5)
                value = min(max(value, np.float32(0)), np.float32(255))
                out[place[0] + y, place[1] + x, k] = np.uint8(value)
