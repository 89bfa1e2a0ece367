"""Anti-aliased lines and dots over a depth buffer, hidden parts removed."""

from __future__ import annotations

import numpy as np
from numba import njit

from models.face.strips import in_strips

# How far behind the surface a line may lie and still show, in millimetres.
_BIAS = 0.6


@njit(cache=True, nogil=True)
def _farthest_near(depth: np.ndarray, x: int, y: int) -> float:
    """The largest depth in the 3 × 3 pixels around (x, y): slopes do not hide their own lines."""
    farthest = np.float32(0)
    for v in range(max(y - 1, 0), min(y + 2, depth.shape[0])):
        for u in range(max(x - 1, 0), min(x + 2, depth.shape[1])):
            farthest = max(farthest, depth[v, u])
    return farthest


@njit(cache=True, nogil=True)
def _draw_rows(
    screen: np.ndarray,
    strength: np.ndarray,
    segments: np.ndarray,
    radius: float,
    hidden: float,
    depth: np.ndarray,
    top: int,
    bottom: int,
    out: np.ndarray,
) -> None:
    reach = radius + 0.5
    for s in range(segments.shape[0]):
        a, b = segments[s, 0], segments[s, 1]
        if strength[a] <= 0 and strength[b] <= 0:
            continue
        ax, ay, bx, by = screen[a, 0], screen[a, 1], screen[b, 0], screen[b, 1]
        y0 = max(int(np.ceil(min(ay, by) - reach)), top)
        y1 = min(int(np.floor(max(ay, by) + reach)), bottom - 1)
        x0 = max(int(np.ceil(min(ax, bx) - reach)), 0)
        x1 = min(int(np.floor(max(ax, bx) + reach)), depth.shape[1] - 1)
        dx, dy = bx - ax, by - ay
        length2 = dx * dx + dy * dy
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                along = 0.0
                if length2 > 0:
                    along = min(max(((x - ax) * dx + (y - ay) * dy) / length2, 0.0), 1.0)
                px, py = x - ax - along * dx, y - ay - along * dy
                level = min(reach - np.sqrt(px * px + py * py), 1.0, 2 * radius)
                level *= strength[a] + along * (strength[b] - strength[a])
                if level <= out[y, x]:
                    continue
                z = screen[a, 2] + along * (screen[b, 2] - screen[a, 2]) - _BIAS
                if z > depth[y, x] and z > _farthest_near(depth, x, y):
                    level *= hidden
                out[y, x] = max(out[y, x], level)


def draw_lines(
    screen: np.ndarray,
    strength: np.ndarray,
    segments: np.ndarray,
    radius: float,
    depth: np.ndarray,
    hidden: float = 0.0,
) -> np.ndarray:
    """Opacity (H, W) float32 of lines between vertices; a segment (i, i) is a dot.

    screen (V, 3) x px, y px, depth mm; strength (V,) opacity 0 to 1; segments (S, 2); radius:
    half the line's width in pixels; depth (H, W) mm of the surface; hidden: the share of the
    opacity that is left behind the surface. Where lines cross, the stronger one counts.
    """
    out = np.zeros(depth.shape, np.float32)
    screen = np.ascontiguousarray(screen, np.float32)
    strength = np.ascontiguousarray(strength, np.float32)
    segments = np.ascontiguousarray(segments, np.int32)

    def draw(top: int, bottom: int) -> None:
        _draw_rows(screen, strength, segments, radius, hidden, depth, top, bottom, out)

    in_strips(draw, depth.shape[0], screen[:, 1])
    return out


def composite(
    layers: list[tuple[np.ndarray, tuple[int, int, int]]],
) -> np.ndarray:
    """RGBA (H, W, 4) uint8, alpha not multiplied in, of (opacity, colour) layers, lowest first."""
    shape = layers[0][0].shape
    colour = np.zeros((*shape, 3), np.float32)
    alpha = np.zeros(shape, np.float32)
    for opacity, rgb in layers:
        keep = 1 - opacity
        colour = colour * keep[..., None] + opacity[..., None] * np.array(rgb, np.float32)
        alpha = alpha * keep + opacity
    out = np.empty((*shape, 4), np.uint8)
    out[..., :3] = np.rint(colour / np.maximum(alpha, 1e-6)[..., None]).clip(0, 255)
    out[..., 3] = np.rint(255 * alpha).clip(0, 255)
    return out
