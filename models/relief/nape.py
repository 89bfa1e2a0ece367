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
DEPTH, TOP, BOTTOM = 24.0, 55.0, -45.0
# It turns with the skull at its top, and not at all at the collar.
TURNS = -30.0, 40.0
# The neck's colour is looked at between these heights below chin and collar, so far to the side.
FRONT, HALF_WIDTH = (-8.0, -45.0), 30.0
# Where hair hangs beside the neck nothing of it shows: looked for so far out and below the jaw, mm.
HAIR_AT, HAIR_BELOW = (76.0, 98.0), (-8.0, 12.0)
# Behind, the chin's shadow does not reach: half way from it to so much of the cheeks' tone.
LIGHTER = 0.8


def nape_sheet(frame: HeadFrame, grid: Grid) -> Sheet:
    """Half a cylinder behind the neck, of skin in the colour of its front.

    Its uv are mm on skin as `Cheeks.skin` makes it.
    """
    radius = NECK_RADIUS * frame.size
    heights = np.linspace(frame.jaw + TOP, frame.chin + BOTTOM * frame.size, ROWS)
    quarter = np.linspace(-np.pi / 2, np.pi / 2, COLUMNS)
    y, angle = np.meshgrid(heights, quarter, indexing="ij")
    x, back = np.sin(angle), np.cos(angle)
    place = frame.picture(np.stack([radius * x, y], -1).reshape(-1, 2))
    z = (NECK_BACK - DEPTH * frame.size * back).astype(np.float32).ravel()
    index = np.arange(x.size).reshape(x.shape)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    triangles = np.concatenate([np.stack([a, c, b], -1), np.stack([b, c, d], -1)]).reshape(-1, 3)
    flat = np.stack([radius * (angle - angle.min()), y.max() - y], -1).reshape(-1, 2)
    tone = _colour(frame, grid) / GREY
    return Sheet.plain(
        frame.at_depth(place, z), flat.astype(np.float32), triangles.astype(np.int32),
        np.stack([x, 0 * x, -back], -1).reshape(-1, 3),
        lit=np.broadcast_to(np.array([0, 0, 1], np.float32), (x.size, 3)).copy(),
        weight=smoothstep(y.ravel(), frame.chin + TURNS[0] * frame.size, frame.jaw + TURNS[1]),
        opacity=np.full(x.size, _bare(frame, grid)), skin=np.ones(x.size, np.float32),
        tone=np.broadcast_to(tone, (x.size, 3)).astype(np.float32),
    )  # fmt: skip


def _colour(frame: HeadFrame, grid: Grid) -> np.ndarray:
    """(3,) 0..255 of the neck, from what shows below the chin."""
    up = frame.upright(grid.pixels)
    cheeks = skin_tone(grid.colour, frame, 1 / grid.spacing, BEYOND)[0]
    below = (up[..., 1] < frame.chin + FRONT[0]) & (up[..., 1] > frame.chin + FRONT[1])
    below &= (np.abs(up[..., 0]) < HALF_WIDTH) & (grid.matte > 0.95)
    seen = grid.colour[below & like_neck(grid.colour, cheeks)]
    lighter = LIGHTER * cheeks
    return np.asarray((np.median(seen, axis=0) + lighter) / 2 if len(seen) else lighter)


def _bare(frame: HeadFrame, grid: Grid) -> float:
    """1 where nothing hangs beside the neck, 0 where hair does."""
    up = frame.upright(grid.pixels) / frame.size
    away, below = np.abs(up[..., 0]), frame.jaw / frame.size - up[..., 1]
    zone = (away > HAIR_AT[0]) & (away < HAIR_AT[1])
    zone &= (below > HAIR_BELOW[0]) & (below < HAIR_BELOW[1])
    return float(smoothstep(grid.matte[zone].mean(), 0.55, 0.3)) if zone.any() else 0.0
