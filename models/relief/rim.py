"""The hair or bare skin within a head's outline, from which what lies behind it is made."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from models.relief.frame import LEAST_CHROMA, HeadFrame, chroma, skin_tone, smoothstep
from models.relief.grid import BEYOND, Grid, skin_like
from models.relief.outline import MEETING, Runs, between, runs, sampled, smooth_loop
from models.relief.sheets import HAND_MM
from models.relief.weave import BEFORE_MM, BEHIND_MM, Weave

# Depths within the outline at which skin tells a bald head.
BALD_AT_MM = 4.0, 8.0, 12.0, 16.0
# Hair may be nearly of the skin's colour: its limits of tint and brightness here, and the
# shares of skin from which a head is a little bald and all bald: short hair lets some through.
BARE = 0.16, 0.62
BALD_SHARES = 0.62, 0.92
# How far off the cheeks' chroma, in its own parts, hair and skin are.
ROSY = 0.7, 0.4
# Hair is taken as far as there is some, at most so far. It ends this much before what looks
# rather like the cheeks than like itself, by this factor of the differences.
BAND_MM, MARGIN_MM, NEARER = 60.0, 4.0, 1.2
# Where there is less hair, less than this part of the most or than usual, it comes from beside.
ROOM_MM, ROOM_PART = 16.0, 0.7
# A rim so much less like the cheeks at its edge than within is hair on the side of the head, seen
# edge on; colours there are averaged over so much only.
EDGE_AT_MM, WITHIN_AT_MM, THIN, THIN_MM = (2.5, 4.5), (10.0, 13.0), (0.08, 0.2), 3.0
# Rims are darker than what lies within, but no other in tint: so far off skin that is of no other
# tint than cheeks, within these.
THIN_TINT, SKIN_TINT = (0.04, 0.08), (0.1, 0.05)
# With so much room some is seen; so far off in baldness it is of the other kind.
SOME_MM, OTHER = 1.5, (0.3, 0.7)
# Points of an outline so far from the middle have one on the other side, as high but for so much.
SIDE_MM, LEVEL_MM = 30.0, 8.0
# Tones are averaged over so much; hair from beside begins in the rim's own.
TONE_FADE_MM, TONE_MM = 25.0, 7.0
# The matte is looked at in such steps around the outline, which is no softer than this.
SOFT_STEP_MM, SOFTEST_MM = 0.5, 5.0
# What the back of the head is told its tones at, mm behind the inner edge.
TONE_STEPS = 8
# Where bands meet wavers by so much, in waves of so many points.
WAVER_MM, WAVES = 6.0, 4.0


@dataclass(frozen=True)
class Rim:
    """The rim at each of N points of the outline.

    begin, toward: (N, 2) cells, where it begins and the direction inward. bald: (N,) 1 where it is
    skin, 0 where hair. room: (N,) mm that it goes on inward. thin: (N,) 1 where it is hair seen
    from its edge alone, before skin. seen: (N,) the nearest point of which some is seen; lasts:
    (N,) 0..1 how far its tone lasts, not for a little while only. mm: a cell; step: from point to
    point.
    """

    begin: np.ndarray
    toward: np.ndarray
    bald: np.ndarray
    room: np.ndarray
    thin: np.ndarray
    seen: np.ndarray
    lasts: np.ndarray
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
        thin = _thin(frame, grid, loop, inward)
        bald = bald * (1 - thin)
        hidden = by_face | (sampled(grid.ears, begin) > 0.2)
        room = np.where(hidden, 0, _room(frame, grid, begin, inward, outer, bald))
        seen = _taken(runs(room > SOME_MM))
        place = mirrored(
            frame.upright(sampled(grid.pixels, begin)), between(bald, seen), room, by_face
        )
        room = np.where(place == np.arange(len(room)), room, 0)
        seen = _taken(runs(room > SOME_MM, place))
        wide = np.concatenate([room[-3:], room, room[:3]])
        room = np.min([wide[i : i + len(room)] for i in range(7)], axis=0)
        usual = float(np.median(room[room > 0])) if room.any() else 0.0
        good = room >= min(ROOM_MM, ROOM_PART * room.max(), usual)
        found = runs(good, place)
        room = np.maximum(smooth_loop(between(room, _taken(found)), 4) - 1, 2)
        # Hair, though too little to be taken, is not made of the tone of bald skin.
        other = np.abs(between(bald, seen) - between(bald, _taken(found)))
        lasts = np.maximum(good, smoothstep(other, *OTHER))
        step = float(np.linalg.norm(np.diff(loop, axis=0), axis=1).mean()) * mm
        return cls(begin, inward, bald, room, thin, seen, lasts, found, mm, step)

    def weave(self, frame: HeadFrame, grid: Grid, alpha: np.ndarray) -> Weave:
        """What the head behind the rim is woven of: its colours in the rim's tones.

        alpha: (H, W) the photo's matte.
        """
        weight = np.where(grid.on_face, 0, grid.matte * grid.share)[..., None] ** 4 + 1e-4
        even, near = (
            cv2.GaussianBlur(grid.colour * weight, (0, 0), wide / self.mm)
            / cv2.GaussianBlur(weight, (0, 0), wide / self.mm)[..., None]
            for wide in (TONE_MM, THIN_MM)
        )
        rim, edge = sampled(even, self.begin), sampled(near, self.outer(THIN_MM))
        rim += self.thin[:, None] * (edge - rim)
        rim = np.stack([smooth_loop(rim[:, k], 3) for k in range(3)], 1)
        gone = np.linspace(-BEFORE_MM, BEHIND_MM, TONE_STEPS)[:, None]
        waver = np.random.default_rng(0).standard_normal(len(rim))
        waver = smooth_loop(waver, WAVES) * WAVER_MM * np.sqrt(2 * np.sqrt(np.pi) * WAVES)
        tone = self.held(rim, np.broadcast_to(gone, (len(gone), len(rim))))
        return Weave(
            (self.begin - BEYOND) * grid.spacing, self.toward * frame.pixels_per_mm, self.room,
            np.ones(len(rim)), self._free(grid), self._softness(grid, alpha), waver, self.runs,
            tone, even, grid.spacing, self.step, frame.pixels_per_mm,
        )  # fmt: skip

    def outer(self, depth: float) -> np.ndarray:
        """(N, 2) cells: the outline's points, depth mm within it."""
        return np.asarray(self.begin - self.toward * ((HAND_MM - depth) / self.mm))

    def _free(self, grid: Grid) -> np.ndarray:
        """(N,) bool: where hair and nothing else is the outline."""
        ears = [sampled(grid.ears, place) for place in (self.begin, self.outer(0.0))]
        return (np.max(ears, axis=0) < 0.2) & (
            sampled(grid.on_face.astype(np.float32), self.begin) < 0.5
        )

    def _softness(self, grid: Grid, alpha: np.ndarray) -> np.ndarray:
        """(N,) mm over which the matte (H, W) fades at the outline, or where its hair is taken."""
        away = np.arange(0, HAND_MM + SOFTEST_MM, SOFT_STEP_MM)[:, None, None] / self.mm
        places = ((self.begin - away * self.toward).reshape(-1, 2) - BEYOND) * grid.spacing
        cover = sampled(alpha, places).reshape(len(away), -1)
        # A ramp so wide: the mean of a (1 - a) over it is a sixth.
        wide = 6 * SOFT_STEP_MM * (cover * (1 - cover)).sum(0)
        return np.clip(smooth_loop(between(wide, _taken(self.runs)), 1), SOFT_STEP_MM, SOFTEST_MM)

    def held(self, values: np.ndarray, gone: np.ndarray) -> np.ndarray:
        """Of values (N, C) of the outline those (K, N, C) that hold gone (K, N) mm behind it.

        A point's own, or what is seen next to it, as far as they last, or else those of where its
        colours come from; where two stretches meet they pass into each other.
        """
        own, taken = between(values, self.seen), between(values, _taken(self.runs))
        share = self.lasts + (1 - self.lasts) * smoothstep(gone, TONE_FADE_MM, 0)
        mixed = taken + share[..., None] * (own - taken)
        return np.asarray(gaussian_filter1d(mixed, MEETING, axis=1, mode="wrap"))


def _taken(found: Runs) -> np.ndarray:
    """(N,) where on the outline each of its points takes its own from."""
    return np.asarray(found.at(np.arange(len(found.share)), np.zeros(1))[0, 0])


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


def mirrored(up: np.ndarray, bald: np.ndarray, room: np.ndarray, by_face: np.ndarray) -> np.ndarray:
    """(N,) the points of an outline where each one's hair is looked for: mostly itself.

    A forehead that is the outline hides what hair there is behind it: that comes from as high on
    the other side, if there is some. up: (N, 2) mm upright.
    """
    own = np.arange(len(up))
    gap = np.abs(up[:, None, 1] - up[:, 1])
    side = np.sign(up[:, 0]) * (np.abs(up[:, 0]) > SIDE_MM)
    gap[side[:, None] * side >= 0] = np.inf
    other = gap.argmin(1)
    barer = (bald - bald[other] > 0.5) & (room[other] > SOME_MM) & (gap.min(1) < LEVEL_MM)
    if not (barer & by_face).any():
        return own
    # A stretch goes on there the way it goes here.
    stretch = runs(barer)
    first, length = stretch.first[0], stretch.length[0]
    barer &= np.isin(first, first[barer & by_face])
    middle = (first + length // 2) % len(own)
    return np.where(barer, (other[middle] + own - middle) % len(own), own)


def _thin(frame: HeadFrame, grid: Grid, loop: np.ndarray, inward: np.ndarray) -> np.ndarray:
    """(N,) 0..1: how far the outline is unlike skin at its very edge, and like skin within."""
    mm = grid.spacing / frame.pixels_per_mm
    look = _look(grid.colour)
    cheeks = _look(skin_tone(grid.colour, frame, 1 / grid.spacing, BEYOND))
    edge, within = (
        np.mean([sampled(look, loop + inward * (depth / mm)) for depth in depths], axis=0) - cheeks
        for depths in (EDGE_AT_MM, WITHIN_AT_MM)
    )
    off, skin = (np.linalg.norm(place[:, :2], axis=1) for place in (edge, within))
    tint = smoothstep(off - skin, *THIN_TINT) * smoothstep(skin, *SKIN_TINT)
    far = np.linalg.norm(edge, axis=1) - np.linalg.norm(within, axis=1)
    return smooth_loop(np.maximum(smoothstep(far, *THIN), tint), 3)


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
