"""The hair or bare skin within a head's outline, from which what lies behind it is made."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from models.relief.frame import LEAST_CHROMA, HeadFrame, chroma, skin_tone, smoothstep
from models.relief.grid import BEYOND, Grid, skin_like
from models.relief.sheets import HAND_MM

# Depths within the outline at which skin tells a bald head.
BALD_AT_MM = 4.0, 8.0, 12.0, 16.0
# Hair may be nearly of the skin's colour: its limits of tint and brightness here, and the
# shares of skin from which a head is a little bald and all bald: short hair lets some through.
BARE = 0.16, 0.62
BALD_SHARES = 0.62, 0.92
# How far off the cheeks' chroma, in its own parts, hair and skin are.
ROSY = 0.7, 0.4
# Hair is mirrored as far as there is some, at most so far. It ends this much before what looks
# rather like the cheeks than like itself, by this factor of the differences.
BAND_MM, MARGIN_MM, NEARER = 60.0, 4.0, 1.2
# Where there is less hair, or less than this part of the most, it comes from beside, from a
# stretch of at least so many points of the outline.
ROOM_MM, ROOM_PART, LEAST_RUN = 16.0, 0.7, 6
# By so much of the way behind the colours come from further on: nothing mirrors in itself.
DRIFT = 0.4
# Tones are averaged over so much, and no darker; hair from beside begins in the rim's own.
TONES, TONE_FADE_MM, TONE_MM, DARK = (0.4, 2.5), 25.0, 7.0, 6.0
# What neighbouring points of the outline hold passes into each other over so many.
MEETING = 5.0


@dataclass(frozen=True)
class Runs:
    """Where M points of the outline take their colours from: a stretch of it to walk to and fro.

    place: (M,) the outline's points, some twice where stretches meet. first, length: (M,) the
    stretch; offset: (M,) where in it the point lies, or its mirror image when outside.
    """

    place: np.ndarray
    first: np.ndarray
    length: np.ndarray
    offset: np.ndarray

    def at(self, drift: np.ndarray) -> np.ndarray:
        """(..., M) points of the outline, in fractions, drift (..., M) points further on."""
        return self.first + to_and_fro(self.offset + drift, np.maximum(self.length - 1, 1e-3))


@dataclass(frozen=True)
class Rim:
    """The rim at each of N points of the outline.

    begin, toward: (N, 2) cells, where it begins and the direction inward. bald: (N,) 1 where it is
    skin, 0 where hair. room: (N,) mm that it goes on inward. kept: (N,) 0..1 how far a point keeps
    its own tone, near: for a little while only, (N,) bool. mm: a cell; step: from point to point.
    """

    begin: np.ndarray
    toward: np.ndarray
    bald: np.ndarray
    room: np.ndarray
    kept: np.ndarray
    near: np.ndarray
    runs: Runs
    mm: float
    step: float

    @classmethod
    def of(
        cls, frame: HeadFrame, grid: Grid, loop: np.ndarray, inward: np.ndarray,
        by_face: np.ndarray,
    ) -> Rim:  # fmt: skip
        """The rim along an outline loop (N, 2) cells. by_face: (N,) where the face itself is it."""
        mm = grid.spacing / frame.pixels_per_mm
        begin = loop + inward * (HAND_MM / mm)
        outer = [loop + inward * (depth / mm) for depth in BALD_AT_MM]
        skin = skin_like(frame, grid.colour, grid.spacing, *BARE) * (1 - grid.grain)
        skin = skin * _rosy(grid.colour, skin_tone(grid.colour, frame, 1 / grid.spacing, BEYOND)[0])
        share = np.mean([sampled(skin, place) for place in outer], axis=0)
        bald = smoothstep(smooth_loop(share, 3), *BALD_SHARES)
        hidden = by_face | (sampled(grid.ears, begin) > 0.2)
        room = np.where(hidden, 0, _room(frame, grid, begin, inward, outer, bald))
        some = smooth_loop((room > 1.5).astype(np.float32), 2)
        wide = np.concatenate([room[-3:], room, room[:3]])
        room = np.min([wide[i : i + len(room)] for i in range(7)], axis=0)
        good = room >= min(ROOM_MM, ROOM_PART * room.max())
        found = runs(good)
        own = np.rint(found.at(np.zeros(len(found.place)))).astype(int) % len(loop)
        taken = np.zeros(len(loop), int)
        taken[found.place[::-1]] = own[::-1]
        room = np.maximum(smooth_loop(room[taken], 4) - 1, 2)
        kept = np.where(good, 1, np.where(hidden, 0, some))
        step = float(np.linalg.norm(np.diff(loop, axis=0), axis=1).mean()) * mm
        return cls(begin, inward, bald, room, kept, ~good, found, mm, step)

    def source(self, gone: np.ndarray) -> np.ndarray:
        """(K, M) points of the outline, in fractions, for gone (K, M) mm behind it."""
        return self.runs.at(DRIFT * gone / self.step)

    def way(self, gone: np.ndarray) -> np.ndarray:
        """(K * M, 2) cells to take colours from, gone (K, M) mm behind the outline's points.

        To and fro within the room there is, at the pixels' own scale the first time through.
        """
        source = self.source(gone)
        room = between(self.room, source)
        # Once through it goes on ever slower: what repeats often enough to be seen is drawn out.
        far = np.maximum(gone / room, 1e-3)
        along = to_and_fro(room * np.where(far > 1, 1 + np.log(far), far), room) / self.mm
        way = between(self.begin, source) + along[..., None] * between(self.toward, source)
        return np.asarray(way.reshape(-1, 2))

    def tone(self, grid: Grid, gone: np.ndarray) -> np.ndarray:
        """(K * M, 3) factors under which colours from `way` have the tone of the rim."""
        weight = np.where(grid.on_face, 0, grid.matte * grid.share)[..., None] ** 4 + 1e-4
        wide = TONE_MM / self.mm
        total = cv2.GaussianBlur(grid.colour * weight, (0, 0), wide)
        even = total / cv2.GaussianBlur(weight, (0, 0), wide)[..., None]
        rim = sampled(even, self.begin) + DARK
        rim = np.stack([smooth_loop(rim[:, k], 3) for k in range(3)], 1)
        ratio = self.held(rim, gone).reshape(-1, 3) / (sampled(even, self.way(gone)) + DARK)
        return np.clip(ratio, *TONES).astype(np.float32)

    def held(self, values: np.ndarray, gone: np.ndarray) -> np.ndarray:
        """Of values (N, C) of the outline those (K, M, C) that hold gone (K, M) mm behind it.

        A point's own as far as it keeps them, or else those of where its colours come from;
        where two stretches meet they pass into each other.
        """
        place, taken = self.runs.place, between(values, self.source(gone))
        own = self.kept[place] * np.where(self.near[place], smoothstep(gone, TONE_FADE_MM, 0), 1)
        mixed = taken + own[..., None] * (values[place] - taken)
        return np.asarray(gaussian_filter1d(mixed, MEETING, axis=1, mode="wrap"))


def _room(
    frame: HeadFrame, grid: Grid, begin: np.ndarray, inward: np.ndarray,
    outer: list[np.ndarray], bald: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """(N,) mm that each point's hair, or bare skin, goes on inward from begin (N, 2)."""
    mm = grid.spacing / frame.pixels_per_mm
    look = _look(grid.colour)
    cheeks = _look(skin_tone(grid.colour, frame, 1 / grid.spacing, BEYOND))
    own = np.mean([sampled(look, place) for place in outer], axis=0)
    own = np.stack([smooth_loop(own[:, k], 4) for k in range(3)], 1)
    room = np.full(len(begin), BAND_MM, np.float32)
    for depth in np.linspace(BAND_MM, 0, 40):
        place = begin + inward * ((depth + MARGIN_MM) / mm)
        here = sampled(look, place)
        off, from_skin = (np.linalg.norm(here - other, axis=1) for other in (own, cheeks))
        other = (from_skin < NEARER * off) | (sampled(grid.on_face, place) > 0.1)
        other &= bald < 0.5
        room[other | (sampled(grid.matte * grid.share, place) < 0.9)] = depth
    return room


def _rosy(colour: np.ndarray, tone: np.ndarray) -> np.ndarray:
    """(h, w) 0..1: how far colours (h, w, 3) 0..255 have the chroma of the cheeks' tone (3,).

    White or grey hair has less of it, however bright. In CIE Lab; grey photos do not tell.
    """
    own, there = (chroma(values) for values in (tone[None, None], colour))
    off = np.linalg.norm(there - own, axis=-1)
    return smoothstep(off / max(float(np.linalg.norm(own)), LEAST_CHROMA), *ROSY)


def _look(colour: np.ndarray) -> np.ndarray:
    """Tint and brightness (..., 3) of colours (..., 3) 0..255, such that distances compare."""
    level = np.maximum(colour.mean(-1, keepdims=True), 4)
    return np.concatenate([colour[..., ::2] / level, level / 255], -1).astype(np.float32)


def runs(good: np.ndarray) -> Runs:
    """For each point of a closed loop its own stretch of good (N,) bool, or the nearest."""
    count = len(good)
    first = np.flatnonzero(good & ~np.roll(good, 1))
    length = np.array([int((~np.roll(good, -i)).argmax()) for i in first], int)
    if not len(first):
        first, length = np.array([0]), np.array([count])
    long = length >= min(LEAST_RUN, length.max())
    first, length = first[long], length[long]
    after = (np.arange(count)[:, None] - first) % count
    beyond = np.maximum(after - length + 1, 0)
    gap = np.minimum(beyond, count - after)
    best = gap.argmin(1)
    rows = np.arange(count)
    back = beyond[rows, best] > (count - after)[rows, best]
    offset = after[rows, best] - np.where(back, count, 0)
    # Where the stretch changes, the next point is there twice.
    following = np.roll(rows, -1)
    cut = (best != best[following]) | (offset[following] != offset + 1)
    place = np.concatenate([rows, following[cut]])
    order = np.argsort(np.concatenate([rows, rows[cut] + 0.5]), kind="stable")
    best, offset = np.concatenate([best, best[cut]]), np.concatenate([offset, offset[cut] + 1])
    return Runs(place[order], first[best][order], length[best][order], offset[order])


def to_and_fro(way: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Where one is after a way, walking to and fro between 0 and length."""
    return np.asarray(length - np.abs(way % (2 * length) - length))


def between(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Values (N, ...) around a closed loop at fractional places (...)."""
    low = np.floor(places).astype(int)
    share = (places - low).reshape(places.shape + (1,) * (values.ndim - 1))
    count = len(values)
    return np.asarray(values[low % count] * (1 - share) + values[(low + 1) % count] * share)


def smooth_loop(values: np.ndarray, sigma: float) -> np.ndarray:
    """Values (N,) around a closed loop, smoothed over sigma of its steps."""
    radius = max(1, round(3 * sigma))
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / max(sigma, 0.3)) ** 2)
    wide = np.concatenate([values[-radius:], values, values[:radius]])
    return np.convolve(wide, taps / taps.sum(), "valid")


def sampled(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Bilinear values of a grid at places (N, 2), in cells."""
    p = places.astype(np.float32)
    out = cv2.remap(
        values.astype(np.float32), p[:, 0][None], p[:, 1][None], cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return out[0]
