"""Drawing textured sheets: a z-buffer that keeps where each pixel comes from, then painting.

Unlike the face renderer this interpolates affinely on the screen, so that a sheet drawn where
it was photographed gives back exactly the photo's pixels.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numba import njit

from models.face.strips import in_strips
from models.relief.rims import Rims
from models.relief.sampling import UNITS, sample

# Where less than this of a pixel is left to show, nothing more is drawn.
LEAST = np.float32(0.002)
# Side of the blocks of pixels that are left out together.
BLOCK = 8


@njit(cache=True, inline="always", fastmath=True)
def _edge(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> float:
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax)


@njit(cache=True)
def _open_blocks(alpha: np.ndarray, window: tuple[int, int, int, int]) -> np.ndarray:
    """Blocks of a window (left, top, right, bottom) in or next to which something may show.

    alpha: (H, W) 0..1 of what lies before it.
    """
    left, top, right, bottom = window
    height, width = bottom - top, right - left
    out = np.zeros((-(-height // BLOCK), -(-width // BLOCK)), np.bool_)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            for y in range(max(i * BLOCK - 1, 0), min((i + 1) * BLOCK + 1, height)):
                for x in range(max(j * BLOCK - 1, 0), min((j + 1) * BLOCK + 1, width)):
                    if np.float32(1) - alpha[top + y, left + x] >= LEAST:
                        out[i, j] = True
                        break
                if out[i, j]:
                    break
    return out


@njit(cache=True, nogil=True)
def _draw_strip(
    top: int,
    bottom: int,
    screen: np.ndarray,
    triangles: np.ndarray,
    shown: np.ndarray,
    index: np.ndarray,
    bary: np.ndarray,
    depth: np.ndarray,
    one_sided: bool,
) -> None:
    # One function: each call to another would count references to all arrays.
    index[top:bottom] = -1
    depth[top:bottom] = np.inf
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ay, by, cy = np.float64(screen[a, 1]), np.float64(screen[b, 1]), np.float64(screen[c, 1])
        y0 = max(int(np.ceil(min(ay, by, cy))), top)
        y1 = min(int(np.floor(max(ay, by, cy))), bottom - 1)
        if y0 > y1:
            continue
        ax, bx, cx = np.float64(screen[a, 0]), np.float64(screen[b, 0]), np.float64(screen[c, 0])
        x0 = max(int(np.ceil(min(ax, bx, cx))), 0)
        x1 = min(int(np.floor(max(ax, bx, cx))), depth.shape[1] - 1)
        if x0 > x1:
            continue
        hidden = True
        for i in range(y0 // BLOCK, y1 // BLOCK + 1):
            for j in range(x0 // BLOCK, x1 // BLOCK + 1):
                hidden = hidden and not shown[i, j]
        area = _edge(ax, ay, bx, by, cx, cy)
        # Rows grow downwards: what faces the camera runs the other way round.
        if hidden or area == 0 or (one_sided and area > 0):
            continue
        inverse = 1.0 / area
        za, zb, zc = screen[a, 2], screen[b, 2], screen[c, 2]
        step_a, step_b = -(cy - by) * inverse, -(ay - cy) * inverse
        for y in range(y0, y1 + 1):
            la = _edge(bx, by, cx, cy, np.float64(x0), np.float64(y)) * inverse
            lb = _edge(cx, cy, ax, ay, np.float64(x0), np.float64(y)) * inverse
            for x in range(x0, x1 + 1):
                lc = 1.0 - la - lb
                if la >= -1e-9 and lb >= -1e-9 and lc >= -1e-9:
                    z = np.float32(la * za + lb * zb + lc * zc)
                    if z < depth[y, x]:
                        depth[y, x] = z
                        index[y, x] = t
                        bary[y, x, 0] = la
                        bary[y, x, 1] = lb
                la += step_a
                lb += step_b


# A window of fewer pixels is drawn by one thread: the other core has the app's window to paint.
ALONE_BELOW = 300_000
# Values of scratch memory kept between frames.
KEEP_AT_MOST = 8_000_000


_scratch = threading.local()


def _buffer(name: str, count: int, dtype: type) -> np.ndarray:
    """Reused memory of this thread: fresh pages for every frame would cost more than drawing."""
    held: np.ndarray | None = getattr(_scratch, name, None)
    if held is None or held.size < count or held.size > KEEP_AT_MOST:
        held = np.empty(count, dtype)
        setattr(_scratch, name, held)
    return held[:count]


def share_out(kernel: Callable[..., None], shape: tuple[int, ...], *rest: object) -> None:
    """Run kernel(top, bottom, *rest) over all rows of a window (H, W)."""
    if shape[0] * shape[1] < ALONE_BELOW:
        kernel(0, shape[0], *rest)
    else:
        in_strips(lambda top, bottom: kernel(top, bottom, *rest), shape[0])


class Coverage:
    """Which triangle each pixel of a width × height picture shows; valid until the next one.

    index: (H, W) int32, -1 empty. bary: (H, W, 2) affine weights of the first two corners.
    depth: (H, W) mm from the camera.
    """

    def __init__(self, width: int, height: int) -> None:
        count = width * height
        self.index = _buffer("index", count, np.int32).reshape(height, width)
        self.bary = _buffer("bary", 2 * count, np.float32).reshape(height, width, 2)
        self.depth = _buffer("depth", count, np.float32).reshape(height, width)

    def draw(
        self,
        screen: np.ndarray,
        triangles: np.ndarray,
        one_sided: bool = False,
        shown: np.ndarray | None = None,
    ) -> None:
        """Draw screen (V, 3) float32 x px, y px, depth mm with triangles (F, 3) int32.

        one_sided: leave out triangles that show their back. shown: blocks of BLOCK² pixels, the
        only ones in which anything need be drawn; all of them when None.
        """
        if shown is None:
            shown = np.ones([-(-side // BLOCK) for side in self.depth.shape], np.bool_)
        buffers = shown, self.index, self.bary, self.depth
        share_out(_draw_strip, self.depth.shape, screen, triangles, *buffers, one_sided)

    def values(self, triangles: np.ndarray, corners: np.ndarray) -> np.ndarray:
        """(H, W) float32 between values at the corners (V,) of triangles; 0 where none is drawn."""
        drawn = self.index >= 0
        a, b, c = corners[triangles[self.index[drawn]]].T
        la, lb = self.bary[drawn].T
        out = np.zeros(self.index.shape, np.float32)
        out[drawn] = la * a + lb * b + (1 - la - lb) * c
        return out


@njit(cache=True)
def _window(screen: np.ndarray, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom (these two excluded) of what screen (V, 3) px may touch."""
    low, high = screen[0, :2].copy(), screen[0, :2].copy()
    for i in range(1, screen.shape[0]):
        for k in range(2):
            low[k], high[k] = min(low[k], screen[i, k]), max(high[k], screen[i, k])
    left = min(max(int(np.floor(low[0])) - 1, 0), width)
    top = min(max(int(np.floor(low[1])) - 1, 0), height)
    right = min(max(int(np.ceil(high[0])) + 2, left), width)
    bottom = min(max(int(np.ceil(high[1])) + 2, top), height)
    return left, top, right, bottom


@njit(cache=True, inline="always", fastmath=True)
def _lit(value: np.float32, gain: np.float32) -> np.float32:
    """Brighten or darken a display value 0..1; bright ones roll off below white."""
    one = np.float32(1)
    if gain <= one:
        return value * gain
    return value * gain / (one + value * value * value * (gain - one))


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _paint(
    first: int,
    last: int,
    index: np.ndarray,
    bary: np.ndarray,
    triangles: np.ndarray,
    uv: np.ndarray,
    gain: np.ndarray,
    opacity: np.ndarray,
    texture: np.ndarray,
    canvas: np.ndarray,
    alpha: np.ndarray,
    left: int,
    top: int,
) -> None:
    # The whole canvas, not a window of it: numba would compile this anew for one with gaps.
    for y in range(first, last):
        for x in range(index.shape[1]):
            t, i, j = index[y, x], top + y, left + x
            keep = np.float32(1) - alpha[i, j]
            if t < 0 or keep < LEAST:
                continue
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            la, lb = bary[y, x, 0], bary[y, x, 1]
            lc = np.float32(1) - la - lb
            cover = la * opacity[a] + lb * opacity[b] + lc * opacity[c]
            if cover <= np.float32(0):
                continue
            cover = min(cover, np.float32(1))
            u = la * uv[a, 0] + lb * uv[b, 0] + lc * uv[c, 0]
            v = la * uv[a, 1] + lb * uv[b, 1] + lc * uv[c, 1]
            red, green, blue, opaque = sample(texture, u, v)
            if opaque <= np.float32(0):
                continue
            opaque *= np.float32(1 / (255 * UNITS))
            keep *= cover
            whole = np.float32(255) * opaque
            for k, value in enumerate((red, green, blue)):
                g = la * gain[a, k] + lb * gain[b, k] + lc * gain[c, k]
                value *= np.float32(1 / UNITS)
                if g != np.float32(1):
                    value = _lit(value / whole, g) * whole
                canvas[i, j, k] += keep * value
            alpha[i, j] += keep * opaque


@dataclass(frozen=True)
class Coat:
    """What to paint on a sheet.

    texture: (h, w, 4) int16, premultiplied RGB and alpha in 1/64 of 255ths. uv: (V, 2) px of it.
    gain: (V, 3) factors on display values. opacity: (V,), what lies between its corners' values
    is held to 0..1.
    """

    texture: np.ndarray
    uv: np.ndarray
    gain: np.ndarray
    opacity: np.ndarray

    def part(self, some: np.ndarray) -> Coat:
        """The coat of some vertices (N,) alone."""
        parts = self.uv[some], self.gain[some], self.opacity[some]
        return Coat(self.texture, *parts)

    def faded(self, share: np.ndarray) -> Coat:
        """The coat with a share (V,) 0..1 of its opacity; where that is 1, untouched."""
        opacity = np.where(share < 1, np.clip(self.opacity, 0, 1) * share, self.opacity)
        return replace(self, opacity=opacity)


def lay(
    screen: np.ndarray,
    triangles: np.ndarray,
    coats: Sequence[Coat],
    canvas: np.ndarray,
    alpha: np.ndarray,
    rims: Rims | None = None,
    wing: np.ndarray | None = None,
    one_sided: bool = False,
) -> tuple[tuple[slice, slice], np.ndarray]:
    """Draw a sheet under what is on canvas (H, W, 3) float32 0..255 and alpha (H, W) 0..1.

    Sheets are laid front to back, in place: what is hidden already costs nothing.
    screen: (V, 3) float32 px, px, mm. triangles: (F, 3) int32. coats: the outermost first.
    rims: takes the sheet's edges; wing: those of its mesh, from `rims.wings`. one_sided: what
    shows its back is not there.
    Returns the window drawn in and there the triangle each pixel shows (h, w) int32, -1 for none,
    valid until the next sheet is laid.
    """
    height, width = alpha.shape
    box = left, top, right, bottom = _window(screen, width, height)
    window = (slice(top, bottom), slice(left, right))
    cover = Coverage(right - left, bottom - top)
    if cover.index.size == 0:
        return window, cover.index
    local = screen - np.array([left, top, 0], np.float32)
    cover.draw(local, triangles, one_sided, _open_blocks(alpha, box))
    if rims is not None and wing is not None:
        rims.gather(local, wing, cover.depth, alpha, left, top)
    for coat in coats:
        if coat.opacity.any():
            share_out(
                _paint, cover.index.shape, cover.index, cover.bary, triangles, coat.uv, coat.gain,
                coat.opacity, coat.texture, canvas, alpha, left, top,
            )  # fmt: skip
    return window, cover.index
