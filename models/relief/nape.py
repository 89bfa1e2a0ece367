"""The back of the neck, under the skull: what a head turned far uncovers behind jaw and ear."""

from __future__ import annotations

import numpy as np

from models.relief.cheek import GREY
from models.relief.frame import HeadFrame, skin_tone, smoothstep
from models.relief.grid import BEYOND, Grid
from models.relief.jaw import like_neck
from models.relief.sheets import NECK_BACK, NECK_RADIUS, Sheet

COLUMNS, ROWS = 15, 12
# How far back of its middle it reaches, and its heights over the jaw's angles and the chin, mm.
DEPTH, TOP, BOTTOM = 30.0, 55.0, -45.0
# It turns with the skull at its top, and not at all at the collar, where it widens by this part.
TURNS = -30.0, 40.0
WIDENS = 0.12
# It is as wide as the neck that the photo shows, if that is as narrow as necks are, mm.
LEAST_WIDE = 42.0
# The neck's colour is looked at between these heights below chin and collar, so far to the side.
FRONT, HALF_WIDTH = (-8.0, -45.0), 30.0
# That of its sides so far out, from the jaw's angles down; towards its edges it is so much darker.
SIDES, LIMB = (18.0, 60.0), 0.25
# Where hair hangs beside the neck nothing of it shows: looked for so far out and below the jaw, mm.
HAIR_AT, HAIR_BELOW = (76.0, 98.0), (-8.0, 12.0)
# Behind, the chin's shadow does not reach: half way from it to so much of the cheeks' tone.
LIGHTER = 0.8
# A side too dark to be told for skin is as dark as it shows, if not darker than this part.
DARKEST = 0.4
# Cells of the grid that are a colour, no chance.
SOME = 4


def nape_sheet(frame: HeadFrame, grid: Grid) -> Sheet:
    """Half a cylinder behind the neck, of skin in the colour of its sides.

    Its uv are mm on skin as `Cheeks.skin` makes it.
    """
    heights = np.linspace(frame.jaw + TOP, frame.chin + BOTTOM * frame.size, ROWS)
    quarter = np.linspace(-np.pi / 2, np.pi / 2, COLUMNS)
    y, angle = np.meshgrid(heights, quarter, indexing="ij")
    x, back = np.sin(angle), np.cos(angle)
    left, right = (_half_width(frame, grid, side) for side in (-1, 1))
    radius = (left + (right - left) * (x + 1) / 2) * (
        1 + WIDENS * smoothstep(y, frame.chin + 20, frame.chin + BOTTOM)
    )
    place = frame.picture(np.stack([radius * x, y], -1).reshape(-1, 2))
    z = (NECK_BACK - DEPTH * frame.size * back).astype(np.float32).ravel()
    index = np.arange(x.size).reshape(x.shape)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    triangles = np.concatenate([np.stack([a, c, b], -1), np.stack([b, c, d], -1)]).reshape(-1, 3)
    flat = np.stack([radius * (angle - angle.min()), y.max() - y], -1).reshape(-1, 2)
    first, last = (_colour(frame, grid, side) / GREY for side in (-1, 1))
    tone = first + (last - first) * (x[..., None] + 1) / 2
    tone = tone * (1 - LIMB * smoothstep(np.abs(x), 0.7, 1.0))[..., None]
    return Sheet.plain(
        frame.at_depth(place, z), flat.astype(np.float32), triangles.astype(np.int32),
        np.stack([x, 0 * x, -back], -1).reshape(-1, 3),
        weight=smoothstep(y.ravel(), frame.chin + TURNS[0] * frame.size, frame.jaw + TURNS[1]),
        opacity=np.full(x.size, _bare(frame, grid)), skin=np.ones(x.size, np.float32),
        tone=tone.reshape(-1, 3).astype(np.float32),
    )  # fmt: skip


def _half_width(frame: HeadFrame, grid: Grid, side: int) -> float:
    """mm from the head's axis to where the photo's neck ends on a side, -1 or 1."""
    up = frame.upright(grid.pixels)
    usual = NECK_RADIUS * frame.size
    rows = (up[..., 1] < frame.jaw - 5) & (up[..., 1] > frame.chin)
    clear = rows & (grid.matte < 0.5) & (up[..., 0] * side > 0)
    nearest = float(np.abs(up[..., 0][clear]).min()) if clear.any() else usual
    return float(np.clip(nearest, LEAST_WIDE * frame.size, usual))


def _colour(frame: HeadFrame, grid: Grid, side: int) -> np.ndarray:
    """(3,) 0..255 of the neck on a side, -1 or 1, or else from what shows below the chin."""
    up = frame.upright(grid.pixels)
    cheeks = skin_tone(grid.colour, frame, 1 / grid.spacing, BEYOND)[0]
    shown = (grid.matte > 0.95) & (grid.share < 0.05) & (up[..., 1] > frame.chin + FRONT[1])
    skin = shown & like_neck(grid.colour, cheeks)
    out = up[..., 0] * side
    beside = (out > SIDES[0]) & (out < SIDES[1])
    if (skin & beside).sum() >= SOME:
        return np.asarray(np.median(grid.colour[skin & beside], axis=0))
    below = (up[..., 1] < frame.chin + FRONT[0]) & (np.abs(out) < HALF_WIDTH)
    seen, tone = grid.colour[skin & below], LIGHTER * cheeks
    if len(seen):
        tone = (np.median(seen, axis=0) + tone) / 2
    dark = grid.colour[shown & beside & (up[..., 1] > frame.chin)]
    level = np.median(dark.mean(-1)) / tone.mean() if len(dark) >= SOME else 1.0
    return np.asarray(tone * np.clip(level, DARKEST, 1))


def _bare(frame: HeadFrame, grid: Grid) -> float:
    """1 where nothing hangs beside the neck, 0 where hair does."""
    up = frame.upright(grid.pixels) / frame.size
    away, below = np.abs(up[..., 0]), frame.jaw / frame.size - up[..., 1]
    zone = (away > HAIR_AT[0]) & (away < HAIR_AT[1])
    zone &= (below > HAIR_BELOW[0]) & (below < HAIR_BELOW[1])
    return float(smoothstep(grid.matte[zone].mean(), 0.55, 0.3)) if zone.any() else 0.0
