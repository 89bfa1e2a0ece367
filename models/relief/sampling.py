"""Textures of four channels and reading them between their pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

# Textures are int16 in these units: fine enough that rounding never shows.
UNITS = 64
# Samples this near a pixel's centre are that pixel.
EXACT = np.float32(2e-4)


def pack(premultiplied: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Texture (h, w, 4) int16 from premultiplied RGB (h, w, 3) 0..255 and alpha (h, w) 0..1."""
    out = np.empty((*alpha.shape, 4), np.int16)
    limit = 255.0 * alpha[..., None]
    out[..., :3] = np.rint(np.clip(premultiplied, 0, limit) * UNITS)
    out[..., 3] = np.rint(255.0 * alpha * UNITS)
    return out


@njit(cache=True, inline="always", fastmath=True)
def sample(
    texture: np.ndarray, u: np.float32, v: np.float32
) -> tuple[np.float32, np.float32, np.float32, np.float32]:
    """Catmull-Rom sample of an (h, w, 4) int16 texture, clamped at its rim and to its range."""
    h, w = texture.shape[0], texture.shape[1]
    u = min(max(u, np.float32(0)), np.float32(w - 1))
    v = min(max(v, np.float32(0)), np.float32(h - 1))
    x, y = int(u), int(v)
    fu, fv = u - np.float32(x), v - np.float32(y)
    if fu < EXACT and fv < EXACT:
        red, green, blue = texture[y, x, 0], texture[y, x, 1], texture[y, x, 2]
        return np.float32(red), np.float32(green), np.float32(blue), np.float32(texture[y, x, 3])
    rows = (max(y - 1, 0), y, min(y + 1, h - 1), min(y + 2, h - 1))
    columns = (max(x - 1, 0), x, min(x + 1, w - 1), min(x + 2, w - 1))
    mixed: tuple = _weighted(texture, rows, columns, _kernel(fv), _kernel(fu))  # type: ignore[call-arg]
    zero = np.float32(0)
    cover = min(max(mixed[3], zero), np.float32(255 * UNITS))
    r, g, b = max(mixed[0], zero), max(mixed[1], zero), max(mixed[2], zero)
    return min(r, cover), min(g, cover), min(b, cover), cover


@njit(cache=True, inline="always", fastmath=True)
def _kernel(t: np.float32) -> tuple[np.float32, np.float32, np.float32, np.float32]:
    """Catmull-Rom weights of four samples around a fraction t."""
    half = np.float32(0.5)
    t2 = t * t
    t3 = t2 * t
    return (
        t2 - half * (t3 + t),
        np.float32(1.5) * t3 - np.float32(2.5) * t2 + np.float32(1),
        np.float32(2) * t2 - np.float32(1.5) * t3 + half * t,
        half * (t3 - t2),
    )


@intrinsic
def _weighted(
    _: Any, texture: Any, rows: Any, columns: Any, down: Any, across: Any
) -> tuple[Any, Callable]:
    """Four channels of 16 texels, weighted: in vectors, which numba does not find by itself.

    texture: (h, w, 4) int16. rows, columns: four int64 each; down, across: float32, their weights.
    """
    signature = types.UniTuple(types.float32, 4)(texture, rows, columns, down, across)
    lane, four = ir.IntType(32), ir.VectorType(ir.FloatType(), 4)
    texels = ir.VectorType(ir.IntType(16), 4).as_pointer()
    nothing, first = ir.Constant(four, ir.Undefined), ir.Constant(ir.VectorType(lane, 4), [0] * 4)

    def build(context: Any, builder: Any, made: Any, given: Any) -> Any:
        held = context.make_array(made.args[0])(context, builder, given[0])
        start = builder.bitcast(held.data, ir.IntType(8).as_pointer())
        y, x, down, across, step = (
            [builder.extract_value(g, i) for i in range(g.type.count)]
            for g in (*given[1:], held.strides)
        )

        def texel(row: Any, column: Any) -> Any:
            place = builder.add(builder.mul(row, step[0]), builder.mul(column, step[1]))
            place = builder.bitcast(builder.gep(start, [place]), texels)
            return builder.sitofp(builder.load(place, align=2), four)

        def total(values: Iterable[Any], weights: list[Any]) -> Any:
            out = ir.Constant(four, [0.0] * 4)
            for value, weight in zip(values, weights, strict=True):
                weight = builder.insert_element(nothing, weight, lane(0))
                weight = builder.shuffle_vector(weight, nothing, first)
                out = builder.fadd(out, builder.fmul(value, weight, ("fast",)), ("fast",))
            return out

        whole = total([total([texel(j, i) for i in x], across) for j in y], down)
        parts = [builder.extract_element(whole, lane(k)) for k in range(4)]
        return context.make_tuple(builder, made.return_type, parts)

    return signature, build
