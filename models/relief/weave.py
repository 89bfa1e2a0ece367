"""Hair, or bare skin, for the back of a head: woven of what its outline shows.

Bands of the hair within the outline are laid one behind the other, each a little further along it,
at their own scale and direction: strands go on as they are seen to go. Where two bands meet the
one passes into the other as in Heitz and Neyret, "High-Performance By-Example Noise using a
Histogram-Preserving Blending Operator" (HPG 2018), with the contrast of one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from models.face.strips import in_strips
from models.relief.grid import BEYOND
from models.relief.outline import Runs, sampled, smooth_loop
from models.relief.sampling import UNITS, sample

# It begins so far before the outline's inner edge and goes on so far behind it, mm.
BEFORE_MM, BEHIND_MM = 14.0, 90.0
# The photo's own goes on over the edge for so much.
OWN_MM = 5.0
# Bands are as wide as there is room, no narrower than this, and pass into each other over this
# part of them; so far along the outline the next one is fetched.
NARROWEST_MM, MEETS, SHIFTS_MM = 12.0, 0.3, (24.0, -31.0, 11.0, -19.0, 37.0, -8.0)
# Its detail is never seen flatter than where normals have this depth.
FLATTEST = 0.6
# From so many px per mm on it is woven finer by the root alone; detail is told from tones no
# darker than this.
FINEST, DARK = 2.0, 6.0
# Detail tends to no more than so many times its spread, looked at so often inward and averaged
# over so many points of the outline: gaps in the hair would be seen to come back.
MOST, LOOKS, ALIKE = 2.5, 8, 4.0
# What has less part than this in a pixel is left out.
LEAST = 0.01


@dataclass(frozen=True)
class Weave:
    """What the back of a head is woven of, for N points of its outline.

    begin: (N, 2) px of the frame, where the hair begins; toward: (N, 2) px per mm, the way inward.
    room: (N,) mm that it goes on. shown: (N,) not 0 where it is needed. free: (N,) bool, where
    neither face nor ear hides it. soft: (N,) mm over which
    the outline fades. meets: (N,) where its bands meet, mm off the usual. runs: where each point
    takes its own from. tone: (G, N, 3) 0..255 from BEFORE_MM to BEHIND_MM. even: (h, w, 3) 0..255
    the photo without detail, on the grid, in cells of so many px. step: mm from point to point.
    density: px per mm of the frame.
    """

    begin: np.ndarray
    toward: np.ndarray
    room: np.ndarray
    shown: np.ndarray
    free: np.ndarray
    soft: np.ndarray
    meets: np.ndarray
    runs: Runs
    tone: np.ndarray
    even: np.ndarray
    cell: float
    step: float
    density: float

    def uv(self, gone: np.ndarray) -> np.ndarray:
        """(K * N, 2) mm on what `woven` gives, gone (K, N) mm behind each point."""
        along = np.broadcast_to(np.arange(gone.shape[1]) * self.step, gone.shape)
        return np.stack([along, gone + BEFORE_MM], -1).reshape(-1, 2).astype(np.float32)

    def seen(self, uv: np.ndarray, turned: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How the vertices of `uv` show, their normals' depths being turned (V,).

        Returns their uv (V, 2), for hair at an outline does not lie down to lines: none of it is
        seen flatter than FLATTEST. And their opacity (V,): an outline as soft as the photo's.
        """
        out = uv.reshape(-1, len(self.begin), 2).copy()
        depth = np.minimum.accumulate(np.maximum(turned, 0).reshape(out.shape[:2]))
        shown = np.diff(out[..., 1], axis=0) * (depth[:-1] + depth[1:]) / 2
        inside = np.zeros_like(depth)
        inside[:-1] = np.cumsum(shown[::-1], axis=0)[::-1]
        steps = np.minimum(shown[1:] / FLATTEST, np.diff(out[1:, :, 1], axis=0))
        out[2:, :, 1] = out[1, :, 1] + np.cumsum(steps, axis=0)
        return out.reshape(uv.shape), np.minimum(inside / self.soft, 1).ravel().astype(np.float32)

    def woven(self, texture: np.ndarray, scale: float) -> tuple[np.ndarray, float]:
        """The back of the head, of a texture (H, W, 4) at scale px of the frame's.

        Returns a texture as `sampling.pack` makes it, opaque, and its px per mm.
        """
        finest = self.density * scale
        finest = min(finest, float(np.sqrt(finest * FINEST)))
        count = len(self.begin)
        columns = max(2, round((count - 1) * self.step * finest) + 1)
        rows = round((BEFORE_MM + BEHIND_MM) * finest)
        points = np.minimum(np.arange(columns) / (finest * self.step), count - 1)
        out = np.zeros((rows, columns, 4), np.int16)
        out[..., 3] = 255 * UNITS
        wide = max(float(np.median(self.room)), NARROWEST_MM)
        bands = 3 + int((BEHIND_MM + self.meets.max()) / (wide * (1 - MEETS)))
        shifts = np.array([0, *np.resize(SHIFTS_MM, bands)]) / self.step
        given = (
            points, self.runs.at(points, shifts), self.begin, self.toward, self.room, self.meets,
            self.runs.share, self.tone, 1 / (self.even + DARK),
            MOST * self._spread(texture, scale), self.shown,
            np.array([finest, scale, self.cell, wide]),
        )  # fmt: skip
        tables = tuple(np.ascontiguousarray(values, np.float32) for values in given)

        def fill(left: int, right: int) -> None:
            _weave(left, right, texture, out, *tables)

        in_strips(fill, columns)
        return out, finest

    def _spread(self, texture: np.ndarray, scale: float) -> np.ndarray:
        """(N,) the spread of detail in a texture (H, W, 4), in parts of what shows it."""
        depth = (np.linspace(0, 1, LOOKS)[:, None] * self.room)[..., None]
        place = (self.begin + depth * self.toward).reshape(-1, 2)
        even = sampled(self.even, place / self.cell + BEYOND) + DARK
        x, y = np.clip(((place + 0.5) * scale).astype(int), 0, np.array(texture.shape[1::-1]) - 1).T
        off = np.abs((texture[y, x, :3] / UNITS + DARK) / even - 1).reshape(LOOKS, -1, 3)
        return smooth_loop(np.median(off, axis=(0, 2)), ALIKE) / 0.6745


@njit(cache=True, inline="always", fastmath=True)
def _mixed(first: float, last: float, share: float) -> float:
    return first + share * (last - first)


@njit(cache=True, inline="always", fastmath=True)
def _smooth(t: float) -> float:
    t = min(max(t, 0.0), 1.0)
    return t * t * (3 - 2 * t)


@njit(cache=True, inline="always", fastmath=True)
def _at(values: np.ndarray, i: int, j: int, v: float, u: float, c: int) -> float:
    upper = _mixed(values[i, j, c], values[i, j + 1, c], u)
    return _mixed(upper, _mixed(values[i + 1, j, c], values[i + 1, j + 1, c], u), v)


@njit(cache=True, inline="always", fastmath=True)
def _detail(
    texture: np.ndarray, scale: float, usual: np.ndarray, cell: float, x: float, y: float,
    most: float, weight: float, total: np.ndarray,
) -> None:  # fmt: skip
    """Add to total (3,) by how much the photo is brighter at px x, y than without detail.

    In parts of the latter, usual (h, w, 3) being its inverse, and tending to at most so much.
    """
    red, green, blue, _ = sample(
        texture, np.float32((x + 0.5) * scale - 0.5), np.float32((y + 0.5) * scale - 0.5)
    )
    u = min(max(x / cell + BEYOND, 0.0), usual.shape[1] - 1.001)
    v = min(max(y / cell + BEYOND, 0.0), usual.shape[0] - 1.001)
    i, j = int(v), int(u)
    v, u = v - i, u - j
    red = (red / UNITS + DARK) * _at(usual, i, j, v, u, 0) - 1
    green = (green / UNITS + DARK) * _at(usual, i, j, v, u, 1) - 1
    blue = (blue / UNITS + DARK) * _at(usual, i, j, v, u, 2) - 1
    weight /= np.sqrt(1 + ((red + green + blue) / (3 * most)) ** 2)
    total[0] += weight * red
    total[1] += weight * green
    total[2] += weight * blue


@njit(cache=True, nogil=True, fastmath=True)
def _weave(
    left: int, right: int, texture: np.ndarray, out: np.ndarray, points: np.ndarray,
    sources: np.ndarray, begin: np.ndarray, toward: np.ndarray, room: np.ndarray,
    meets: np.ndarray, share: np.ndarray, tone: np.ndarray, usual: np.ndarray, most: np.ndarray,
    shown: np.ndarray, size: np.ndarray,
) -> None:  # fmt: skip
    finest, scale, cell, wide = size
    count, levels, rows, ramp = begin.shape[0], tone.shape[0], out.shape[0], MEETS * wide
    total, power = np.empty((rows, 3)), np.empty(rows)
    for x in range(left, right):
        at = min(int(points[x]), count - 2)
        part = points[x] - at
        if not (shown[at] or shown[at + 1]):
            continue
        total[:], power[:] = 0, 1e-6
        other = _mixed(share[at], share[at + 1], part)
        begins = BEFORE_MM + OWN_MM - ramp - _mixed(meets[at], meets[at + 1], part)
        for k in range(sources.shape[0]):
            # The first is the photo's own, from before the outline on.
            low = begins + (k - 1) * (wide - ramp) if k else -wide
            high = low + wide if k else begins + ramp
            for side in range(2):
                whole = other if side else 1 - other
                if whole < LEAST:
                    continue
                source = sources[k, side, x]
                f = source - int(source)
                a = int(source) if source < count else int(source) - count
                b = a + 1 if a + 1 < count else 0
                u, v = _mixed(begin[a, 0], begin[b, 0], f), _mixed(begin[a, 1], begin[b, 1], f)
                du = _mixed(toward[a, 0], toward[b, 0], f)
                dv = _mixed(toward[a, 1], toward[b, 1], f)
                fits = min(1.0, _mixed(room[a], room[b], f) / wide)
                limit = _mixed(most[a], most[b], f)
                for y in range(max(int(low * finest) + 1, 0), min(int(high * finest) + 1, rows)):
                    place = y / finest
                    weight = whole * _smooth((high - place) / ramp) * _smooth((place - low) / ramp)
                    depth = (high - place) * fits if k else BEFORE_MM - place
                    _detail(
                        texture, scale, usual, cell, u + depth * du, v + depth * dv, limit,
                        weight, total[y],
                    )  # fmt: skip
                    power[y] += weight * weight
        for y in range(rows):
            level = y / max(rows - 1, 1) * (levels - 1)
            above = min(int(level), levels - 2)
            spread = 1 / np.sqrt(power[y])
            for c in range(3):
                upper = _mixed(tone[above, at, c], tone[above, at + 1, c], part)
                lower = _mixed(tone[above + 1, at, c], tone[above + 1, at + 1, c], part)
                value = _mixed(upper, lower, level - above) + DARK
                value = value * (1 + spread * total[y, c]) - DARK
                out[y, x, c] = min(max(value, 0.0), 255.0) * UNITS
