"""A large photo taken apart: layers made small, then given back the photo's finest detail."""

from __future__ import annotations

import numpy as np
from numba import njit

from models.face.strips import in_strips
from models.relief.layers import Textures
from models.relief.sampling import UNITS

# Detail belongs to the person from this much cover on: below, the backdrop shines in.
SURE = 0.9
WHOLE = 255.0 * UNITS


def with_detail(
    small: Textures, image: np.ndarray, alpha: np.ndarray, backdrop: np.ndarray
) -> Textures:
    """Textures at the size of image (H, W, 3) uint8 from those of a smaller copy of it.

    alpha: (H, W) float32 the image's matte. backdrop: (H, W, 3) uint8. Matte and colours that
    the small layers lack are shared out among those that show, so that laying them back gives
    the image wherever the person covers it.
    """
    shape = (*alpha.shape, 4)
    head, torso, shell = (np.empty(shape, np.int16) for _ in range(3))
    layers = small.head, small.torso, small.shell

    def fill(top: int, bottom: int) -> None:
        _fill(top, bottom, layers, image, alpha, backdrop, head, torso, shell)

    in_strips(fill, len(alpha))
    return Textures(head, torso, shell, backdrop)


@njit(cache=True, inline="always", fastmath=True)
def _place(at: int, count: int, small: int) -> tuple[int, int, np.float32]:
    """The two pixels of the smaller side around a pixel of the larger, and the second's share."""
    x = (at + 0.5) * small / count - 0.5
    x = min(max(x, 0.0), small - 1.0)
    low = int(x)
    return low, min(low + 1, small - 1), np.float32(x - low)


@njit(cache=True, inline="always", fastmath=True)
def _between(
    texture: np.ndarray, rows: tuple[int, int, np.float32], columns: tuple[int, int, np.float32],
    out: np.ndarray,
) -> None:  # fmt: skip
    """Bilinear sample, 0..255 and 0..1."""
    r0, r1, v = rows
    c0, c1, u = columns
    for k in range(4):
        top = texture[r0, c0, k] + u * (texture[r0, c1, k] - np.float32(texture[r0, c0, k]))
        low = texture[r1, c0, k] + u * (texture[r1, c1, k] - np.float32(texture[r1, c0, k]))
        out[k] = (top + v * (low - top)) * np.float32(1 / UNITS)
    out[3] *= np.float32(1 / 255)


@njit(cache=True, inline="always", fastmath=True)
def _smooth(value: np.float32, low: float, high: float) -> np.float32:
    t = min(max((value - np.float32(low)) / np.float32(high - low), np.float32(0)), np.float32(1))
    return t * t * (np.float32(3) - np.float32(2) * t)


@njit(cache=True, inline="always", fastmath=True)
def _put(out: np.ndarray, colour: np.ndarray, opacity: np.float32) -> None:
    limit = np.float32(WHOLE) * opacity
    for k in range(3):
        value = min(max(colour[k] * np.float32(UNITS), np.float32(0)), limit)
        out[k] = np.int16(value + np.float32(0.5))
    out[3] = np.int16(limit + np.float32(0.5))


@njit(cache=True, fastmath=True)
def _pixel(
    cover: np.float32, photo: np.ndarray, behind: np.ndarray,
    head: np.ndarray, torso: np.ndarray, shell: np.ndarray,
) -> None:  # fmt: skip
    """Correct one pixel's layers (4,), in place, to the matte's cover and the photo's colour."""
    one = np.float32(1)
    both = head[3] + (one - head[3]) * torso[3]
    ratio = cover / max(both, np.float32(1e-3))
    grow = min(ratio, one / max(head[3], np.float32(1e-3)))
    spread = min(ratio, one / max(torso[3], np.float32(1e-3)))
    for k in range(4):
        head[k] *= grow
        torso[k] *= spread
    sure = _smooth(cover, SURE, 1.0)
    under = torso[3] * (one - _smooth(head[3], 0.55, 0.95))
    shares = sure / max(head[3] + (one - head[3]) * under, np.float32(0.5))
    deep = _smooth(head[3], 0.97, 1.0)
    for k in range(3):
        below = torso[k] + (one - torso[3]) * behind[k]
        lacking = photo[k] - head[k] - (one - head[3]) * below
        head[k] += shares * head[3] * lacking
        torso[k] += shares * under * lacking
        shell[k] += deep * lacking


@njit(cache=True, nogil=True, fastmath=True)
def _fill(
    top: int, bottom: int, small: tuple[np.ndarray, np.ndarray, np.ndarray], image: np.ndarray,
    alpha: np.ndarray, backdrop: np.ndarray,
    head: np.ndarray, torso: np.ndarray, shell: np.ndarray,
) -> None:  # fmt: skip
    height, width = alpha.shape
    few_rows, few_columns = small[0].shape[0], small[0].shape[1]
    h, t, c = np.empty(4, np.float32), np.empty(4, np.float32), np.empty(4, np.float32)
    for y in range(top, bottom):
        rows = _place(y, height, few_rows)
        for x in range(width):
            columns = _place(x, width, few_columns)
            _between(small[2], rows, columns, c)
            if alpha[y, x] > 0:
                _between(small[0], rows, columns, h)
                _between(small[1], rows, columns, t)
                _pixel(alpha[y, x], image[y, x], backdrop[y, x], h, t, c)
            else:
                h[:], t[:] = 0, 0
            _put(head[y, x], h, h[3])
            _put(torso[y, x], t, t[3])
            _put(shell[y, x], c, np.float32(1))
