"""Putting an edited part back into its photo."""

from __future__ import annotations

import numpy as np
from numba import njit

from core.photo.box import Box
from models.relief.draw import share_out

# What stands still to this share is the photo's own.
STILL = np.float32(0.9999)


def paste(photo: np.ndarray, part: np.ndarray, box: Box, feather: float) -> np.ndarray:
    """A copy of photo (H, W, 3) uint8 with part (h, w, 3) uint8 in the box.

    feather: px over which the part melts in from the box's sides, except where these are the
    photo's own.
    """
    out = photo.copy()
    window = out[box.rows, box.columns]
    if feather <= 0:
        window[:] = part
    else:
        across = _ramp(box.width, box.left == 0, box.right == photo.shape[1], feather)
        down = _ramp(box.height, box.top == 0, box.bottom == photo.shape[0], feather)
        share_out(_melt, part.shape, window, part, across, down)
    return out


def _ramp(count: int, low_open: bool, high_open: bool, feather: float) -> np.ndarray:
    """(count,) 0..1 rising from both ends inwards over feather, but for open ones."""
    rise, ramp = (np.arange(count, dtype=np.float32) + 0.5) / feather, np.ones(count, np.float32)
    for closed, side in ((not low_open, rise), (not high_open, rise[::-1])):
        if closed:
            ramp = np.minimum(ramp, side)
    return ramp


# Types are given: numba would compile kernels anew, amid a drag, for arrays with or without gaps.
@njit("void(i8, i8, u1[:,:,:], u1[:,:,:], f4[:], f4[:])", cache=True, nogil=True)
def _melt(
    top: int, bottom: int, photo: np.ndarray, part: np.ndarray, across: np.ndarray,
    down: np.ndarray,
) -> None:  # fmt: skip
    for y in range(top, bottom):
        for x in range(len(across)):
            ramp = min(across[x], down[y])
            share = ramp * ramp * (np.float32(3) - np.float32(2) * ramp)
            for k in range(3):
                old = np.float32(photo[y, x, k])
                mixed = old + share * (np.float32(part[y, x, k]) - old)
                photo[y, x, k] = np.uint8(mixed + np.float32(0.5))


def begin(done: np.ndarray, photo: np.ndarray, times: int) -> tuple[np.ndarray, np.ndarray]:
    """Canvas (H, W, 3) float32 and alpha (H, W) to paint on, so many times finer than photo.

    photo: (h, w, 3) uint8, is there already where done (h, w) uint8 is not 0.
    """
    shape = times * done.shape[0], times * done.shape[1]
    canvas, alpha = np.empty((*shape, 3), np.float32), np.empty(shape, np.float32)
    share_out(_begin, shape, done, photo, times, canvas, alpha)
    return canvas, alpha


@njit("void(i8, i8, u1[:,:], u1[:,:,:], i8, f4[:,:,::1], f4[:,::1])", cache=True, nogil=True)
def _begin(
    top: int, bottom: int, done: np.ndarray, photo: np.ndarray, times: int, canvas: np.ndarray,
    alpha: np.ndarray,
) -> None:  # fmt: skip
    for y in range(top, bottom):
        row = y // times
        for x in range(canvas.shape[1]):
            column = x // times
            ready = done[row, column] != 0
            alpha[y, x] = 1 if ready else 0
            for k in range(3):
                canvas[y, x, k] = photo[row, column, k] if ready else 0


def lay_over(canvas: np.ndarray, alpha: np.ndarray, behind: np.ndarray) -> None:
    """Fill what is behind (h, w, 3) into canvas (h, w, 3) float32 where alpha (h, w) leaves it."""
    share_out(_lay_over, alpha.shape, canvas, alpha, behind)


_OVER = "void(i8, i8, f4[:,:,::1], f4[:,::1], {}[:,:,:])"


@njit([_OVER.format("f4"), _OVER.format("u1")], cache=True, nogil=True)
def _lay_over(
    top: int, bottom: int, canvas: np.ndarray, alpha: np.ndarray, behind: np.ndarray
) -> None:
    for y in range(top, bottom):
        for x in range(canvas.shape[1]):
            rest = np.float32(1) - alpha[y, x]
            for k in range(3):
                canvas[y, x, k] += rest * behind[y, x, k]


def finish(out: np.ndarray, canvas: np.ndarray, share: np.ndarray, lacking: np.ndarray) -> None:
    """Put canvas (h, w, 3) with a share (h, w) of what it is lacking (h, w, 3) into out, uint8.

    What is still remains as it is.
    """
    share_out(_finish, share.shape, out, canvas, share, lacking)


@njit("void(i8, i8, u1[:,:,:], f4[:,:,:], f4[:,:], f4[:,:,:])", cache=True, nogil=True)
def _finish(
    top: int, bottom: int, out: np.ndarray, canvas: np.ndarray, share: np.ndarray,
    lacking: np.ndarray,
) -> None:  # fmt: skip
    for y in range(top, bottom):
        for x in range(canvas.shape[1]):
            much = share[y, x]
            if much > STILL:
                continue
            for k in range(3):
                value = canvas[y, x, k] + much * lacking[y, x, k] + np.float32(0.5)
                out[y, x, k] = np.uint8(min(max(value, np.float32(0)), np.float32(255)))
