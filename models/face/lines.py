"""Anti-aliased lines and dots over a depth buffer, hidden parts removed."""

from __future__ import annotations

from dataclasses import dataclass

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
    return float(farthest)


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
    # Places are unsigned: numba tests others for counting from the end.
    for s in range(np.uint32(segments.shape[0])):
        a, b = np.uint32(segments[s, 0]), np.uint32(segments[s, 1])
        if strength[a] <= 0 and strength[b] <= 0:
            continue
        ax, ay, bx, by = screen[a, 0], screen[a, 1], screen[b, 0], screen[b, 1]
        y0 = max(int(np.ceil(min(ay, by) - reach)), top)
        y1 = min(int(np.floor(max(ay, by) + reach)), bottom - 1)
        x0 = max(int(np.ceil(min(ax, bx) - reach)), 0)
        x1 = min(int(np.floor(max(ax, bx) + reach)), depth.shape[1] - 1)
        dx, dy = bx - ax, by - ay
        length2 = dx * dx + dy * dy
        inverse = 1 / length2 if length2 > 0 else 0.0
        if y0 > y1 or x0 > x1:
            continue
        for y in range(np.uint32(y0), np.uint32(y1 + 1)):
            for x in range(np.uint32(x0), np.uint32(x1 + 1)):
                along = min(max(((x - ax) * dx + (y - ay) * dy) * inverse, 0.0), 1.0)
                px, py = x - ax - along * dx, y - ay - along * dy
                squared = px * px + py * py
                if squared >= reach * reach:
                    continue
                level = min(reach - np.sqrt(squared), 1.0, 2 * radius)
                level *= strength[a] + along * (strength[b] - strength[a])
                if level <= out[y, x]:
                    continue
                z = screen[a, 2] + along * (screen[b, 2] - screen[a, 2]) - _BIAS
                if z > depth[y, x] and z > _farthest_near(depth, x, y):
                    level *= hidden
                out[y, x] = max(out[y, x], level)


@njit(cache=True, nogil=True)
def _composite_rows(
    layers: np.ndarray, colours: np.ndarray, top: int, bottom: int, out: np.ndarray
) -> None:
    for y in range(np.uint32(top), np.uint32(bottom)):
        for x in range(np.uint32(out.shape[1])):
            red = green = blue = alpha = np.float32(0)
            for k in range(np.uint32(layers.shape[0])):
                own = layers[k, y, x]
                if own > 0:
                    keep = np.float32(1) - own
                    red = red * keep + own * colours[k, 0]
                    green = green * keep + own * colours[k, 1]
                    blue = blue * keep + own * colours[k, 2]
                    alpha = alpha * keep + own
            if alpha > 0:
                out[y, x, 0] = np.uint8(red / alpha + np.float32(0.5))
                out[y, x, 1] = np.uint8(green / alpha + np.float32(0.5))
                out[y, x, 2] = np.uint8(blue / alpha + np.float32(0.5))
                out[y, x, 3] = np.uint8(alpha * np.float32(255) + np.float32(0.5))
            else:
                for c in range(np.uint32(4)):
                    out[y, x, c] = 0


@dataclass(frozen=True)
class Layer:
    """Lines of one colour between vertices; a segment (i, i) is a dot.

    segments: (S, 2). strength: (V,) opacity 0 to 1. radius: half the width in pixels. colour:
    sRGB 0 to 255. hidden: the share of the opacity that is left behind the surface.
    """

    segments: np.ndarray
    strength: np.ndarray
    radius: float
    colour: tuple[int, int, int]
    hidden: float = 0.0


def draw_layers(screen: np.ndarray, layers: list[Layer], depth: np.ndarray) -> np.ndarray:
    """RGBA (H, W, 4) uint8, alpha not multiplied in, of layers drawn over each other in order.

    screen (V, 3) x px, y px, depth mm; depth (H, W) mm of the surface that hides lines. Where
    lines of one layer cross, the stronger one counts.
    """
    height, width = depth.shape
    screen = np.ascontiguousarray(screen, np.float32)
    opacity = np.zeros((len(layers), height, width), np.float32)
    colours = np.array([layer.colour for layer in layers], np.float32)
    out = np.empty((height, width, 4), np.uint8)
    plain = [
        (np.ascontiguousarray(v.strength, np.float32), np.ascontiguousarray(v.segments, np.int32))
        for v in layers
    ]

    def draw(top: int, bottom: int) -> None:
        for k, layer in enumerate(layers):
            _draw_rows(
                screen, *plain[k], layer.radius, layer.hidden, depth, top, bottom, opacity[k]
            )
        _composite_rows(opacity, colours, top, bottom, out)

    in_strips(draw, height, screen[:, 1])
    return out
