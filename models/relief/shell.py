"""The shell behind a photographed head: the outline bends back round the cranium."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from models.relief.frame import CRANIUM_CENTRE, HeadFrame, smoothstep
from models.relief.grid import BEYOND, RIM_MM, Grid, distance_within, skin_like, whole_face
from models.relief.sheets import Sheet, followers, shell_share

SHELL_POINTS, SHELL_RINGS = 180, 30
SHELL_ANGLE = np.radians(105)
SHELL_BACK_MM = 92.0
SHELL_LIMB_MM = 3.0
SHELL_START_MM = 2.2
SHELL_START_ON_FACE_MM = 8.0
SHELL_BAND_MM = 26.0
SEAM_BEHIND_MM = 1.5
# Depths within the outline at which skin tells a bald head, and how fast its colours run out.
BALD_AT_MM, BALD_PACE = (9.0, 14.0, 19.0), 0.25
# Hair may be nearly of the skin's colour: its limits of tint and brightness here, and the
# shares of skin from which a head is a little bald and all bald: short hair lets some through.
BARE = 0.16, 0.62
BALD_SHARES = 0.62, 0.92
# Heights over the head's origin between which ears stand out, mm.
EAR_TOP_MM, EAR_BOTTOM_MM = 38.0, -46.0


def shell_sheet(frame: HeadFrame, grid: Grid, face_border: np.ndarray) -> Sheet:
    """The head beyond its outline, mirroring what lies within. face_border: vertex indices."""
    mm = grid.spacing / frame.pixels_per_mm
    loop, inward = _outline(grid, mm)
    loop, source = _without_ears(frame, loop, grid)
    start, by_face = _front(frame, grid, loop + inward * ((RIM_MM + 2) / mm), face_border)
    source = np.where(by_face, np.arange(len(loop)), source)
    limb = _at(grid.pixels, loop + inward * (SHELL_LIMB_MM / mm))
    up = frame.upright(limb)
    middle = _smooth_loop(frame.middle_depth(limb), 3)
    centre = (frame.turn @ (CRANIUM_CENTRE * frame.size))[:2]
    deep = SHELL_BACK_MM * frame.size
    # An ellipse from each starting point back round the head, through the depth of the middle.
    rise = _smooth_loop(np.clip((start[:, 2] - SEAM_BEHIND_MM - middle) / deep, -0.3, 0.85), 2)
    radial = start[:, :2] - centre
    length = np.maximum(np.linalg.norm(radial, axis=1, keepdims=True), 1e-4)
    radial = radial / length
    radius = length[:, 0] / np.sqrt(1 - rise**2)
    reach = np.linalg.norm(frame.at_depth(limb, middle)[:, :2] - centre, axis=1)
    radius = np.where(by_face, radius, np.minimum(radius, reach))
    first = -np.arcsin(rise)
    t = np.linspace(0, 1, SHELL_RINGS)[:, None]
    angle = first + t * (SHELL_ANGLE - first)
    # Towards the nape the shell narrows: neck and hanging hair take over.
    bulge = 0.12 + 0.88 * smoothstep(up[:, 1], frame.jaw, frame.jaw + 70 * frame.size)
    z = middle - np.where(angle > 0, bulge, 1.0) * deep * np.sin(angle)
    flat = centre + np.cos(angle)[..., None] * (radius[:, None] * radial)
    points = np.concatenate([flat, z[..., None]], -1)
    toward = inward[source]
    start_mm = np.where(by_face, SHELL_START_ON_FACE_MM, SHELL_START_MM)
    begin = loop[source] + toward * (start_mm / mm)[:, None]
    room = _room(begin, toward, grid, SHELL_BAND_MM / mm)
    # To and fro within the room there is, at the pixels' own scale.
    gone = (angle - first) * radius / mm
    to_and_fro = np.abs((gone + room) % (2 * room) - room)
    # Bare skin has no strands to mirror: its rim's colours run out smoothly.
    bald = np.tile(_bald(frame, grid, loop[source], toward, mm), (SHELL_RINGS, 1))
    along = to_and_fro - bald * (to_and_fro + BALD_PACE * gone)
    way = (begin + toward * along[..., None]).reshape(-1, 2)
    normals = np.concatenate([np.cos(angle)[..., None] * radial, -np.sin(angle)[..., None]], -1)
    # Below the ears a cheek that is itself the outline ends at its own border.
    low = smoothstep(up[:, 1], frame.jaw + 20, frame.jaw + 45)
    opacity = shell_share(frame, up[:, 1]) * _near_rim(limb, grid) * np.where(by_face, low, 1)
    sheet = _mesh(frame, points, _at(grid.pixels, way), normals, opacity)
    # The mirrored pixels were lit where they lie.
    lit = _at(grid.normals, way)
    lit /= np.maximum(np.linalg.norm(lit, axis=1, keepdims=True), 1e-6)
    skin = bald.ravel() * _at(grid.skin, way)
    return replace(sheet, lit=lit.astype(np.float32), skin=skin.astype(np.float32))


def _outline(grid: Grid, mm: float) -> tuple[np.ndarray, np.ndarray]:
    """The head's outline at even steps and the directions inward, (N, 2) each, in cells."""
    solid = cv2.GaussianBlur(grid.matte * np.clip(grid.share, 0, 1), (0, 0), max(3 / mm, 0.6))
    inside = (solid > 0.6).astype(np.uint8)
    if not inside.any():
        # A matte that missed the person: at least the face is there.
        inside = whole_face(grid.on_face)
    contours, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    loop = max(contours, key=cv2.contourArea)[:, 0].astype(np.float32)
    loop = _resample(loop, SHELL_POINTS, max(6 / mm, 1.0))
    distance = distance_within(inside)
    distance = cv2.GaussianBlur(distance, (0, 0), max(8 / mm, 1.0))
    gy, gx = np.gradient(distance)
    inward = np.stack([_at(gx, loop), _at(gy, loop)], 1)
    inward /= np.maximum(np.linalg.norm(inward, axis=1, keepdims=True), 1e-4)
    return loop, inward


def _front(
    frame: HeadFrame, grid: Grid, inset: np.ndarray, face_border: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where the sheets in front end (N, 3) mm, and whether (N,) the face itself is the outline.

    There the face's mesh goes on round the corner to its border.
    """
    points = frame.at_depth(_at(grid.pixels, inset), _at(grid.depth, inset))
    by_face = _at(grid.on_face.astype(np.float32), inset) > 0.5
    up = frame.upright(_at(grid.pixels, inset))
    border = frame.points[face_border]
    height = frame.upright(frame.screen[face_border, :2])
    for i in np.flatnonzero(by_face):
        side = np.sign(height[:, 0]) == np.sign(up[i, 0])
        gap = np.where(side, np.abs(height[:, 1] - up[i, 1]), np.inf)
        points[i] = border[gap.argmin()]
    return points, by_face


def _hair_above(frame: HeadFrame, loop: np.ndarray, grid: Grid) -> np.ndarray:
    """For each outline point (N,) the one mirrored above the ear, on the same side."""
    up = frame.upright(_at(grid.pixels, loop))
    height = up[:, 1] / frame.size
    source = np.arange(len(loop))
    for sign in (-1, 1):
        side = np.flatnonzero(up[:, 0] * sign > 30)
        for i in side[height[side] < EAR_TOP_MM]:
            mirrored = EAR_TOP_MM + 4 + 0.5 * (EAR_TOP_MM - height[i])
            source[i] = side[np.abs(height[side] - mirrored).argmin()]
    return source


def _without_ears(frame: HeadFrame, loop: np.ndarray, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """The outline with the ears cut off, and for each of its points the one to take colours from.

    Between the heights of the ears' ends the outline may not stand out of the line that joins
    them; where it did, the hair above shows behind the ear.
    """
    up = frame.upright(_at(grid.pixels, loop))
    source = np.arange(len(loop))
    above = _hair_above(frame, loop, grid)
    mm = grid.spacing / frame.pixels_per_mm
    cut = loop.copy()
    for sign in (-1, 1):
        side = np.flatnonzero(up[:, 0] * sign > 30)
        if len(side) < 8:
            continue
        height, width = up[side, 1] / frame.size, up[side, 0] * sign
        top = np.abs(height - EAR_TOP_MM)
        bottom = np.abs(height - EAR_BOTTOM_MM)
        if top.min() > 12 or bottom.min() > 14:
            continue
        upper, lower = width[top.argmin()], width[bottom.argmin()]
        share = np.clip((height - EAR_BOTTOM_MM) / (EAR_TOP_MM - EAR_BOTTOM_MM), 0, 1)
        limit = lower + share * (max(upper, lower) - lower)
        within = (height > EAR_BOTTOM_MM) & (height < EAR_TOP_MM)
        excess = np.where(within, np.maximum(width - limit, 0), 0)
        c, s = np.cos(frame.roll), np.sin(frame.roll)
        cut[side] -= (excess * sign / mm)[:, None] * np.array([c, s], np.float32)
        ear = side[excess > 3.0]
        source[ear] = above[ear]
    return cut, source


def _mesh(
    frame: HeadFrame, points: np.ndarray, uv: np.ndarray, normals: np.ndarray, opacity: np.ndarray
) -> Sheet:
    rings, n = points.shape[:2]
    index = np.arange(rings * n).reshape(rings, n)
    a, b = index[:-1], np.roll(index[:-1], -1, 1)
    c, d = index[1:], np.roll(index[1:], -1, 1)
    triangles = np.concatenate([np.stack([a, b, c], -1), np.stack([b, d, c], -1)]).reshape(-1, 3)
    flat = points.reshape(-1, 3).astype(np.float32)
    return Sheet.plain(
        flat, uv.astype(np.float32), triangles.astype(np.int32),
        normals.reshape(-1, 3).astype(np.float32),
        opacity=np.tile(opacity, rings), follow_identity=followers(frame, flat, np.inf),
    )  # fmt: skip


def _bald(
    frame: HeadFrame, grid: Grid, loop: np.ndarray, inward: np.ndarray, mm: float
) -> np.ndarray:
    """(N,) 1 where skin lies within the outline, 0 where hair does."""
    skin = skin_like(frame, grid.colour, grid.spacing, *BARE) * (1 - grid.grain)
    share = np.mean([_at(skin, loop + inward * (depth / mm)) for depth in BALD_AT_MM], axis=0)
    return smoothstep(_smooth_loop(share, 3), *BALD_SHARES)


def _near_rim(pixels: np.ndarray, grid: Grid) -> np.ndarray:
    """0 where the head runs out of the picture: there is no outline to continue."""
    low, high = grid.pixels[BEYOND, BEYOND], grid.pixels[-1 - BEYOND, -1 - BEYOND]
    gap = np.minimum(pixels - low, high - pixels).min(1)
    return smoothstep(gap, 1.5 * grid.spacing, 4 * grid.spacing)


def _resample(loop: np.ndarray, count: int, sigma: float) -> np.ndarray:
    """A closed contour (N, 2) at count even steps, smoothed over sigma of its units."""
    closed = np.concatenate([loop, loop[:1]])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    at = np.linspace(0, length[-1], count, endpoint=False)
    out = np.stack([np.interp(at, length, closed[:, k]) for k in range(2)], 1)
    sigma *= count / length[-1]
    return np.stack([_smooth_loop(out[:, k], sigma) for k in range(2)], 1).astype(np.float32)


def _smooth_loop(values: np.ndarray, sigma: float) -> np.ndarray:
    """Values (N,) around a closed loop, smoothed over sigma of its steps."""
    radius = max(1, round(3 * sigma))
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / max(sigma, 0.3)) ** 2)
    wide = np.concatenate([values[-radius:], values, values[:radius]])
    return np.convolve(wide, taps / taps.sum(), "valid")


def _at(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Bilinear values of a grid at places (N, 2), in cells."""
    p = places.astype(np.float32)
    out = cv2.remap(
        values.astype(np.float32), p[:, 0][None], p[:, 1][None], cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return out[0]


def _room(start: np.ndarray, inward: np.ndarray, grid: Grid, limit: float) -> np.ndarray:
    """How far inward (cells) each contour point can go before face or another colour begins."""
    field = grid.on_face.astype(np.float32)
    room = np.full(len(start), limit, np.float32)
    own = _at(grid.colour, start)
    for step in np.linspace(limit, 0.5, 28):
        place = start + inward * step
        other = np.abs(_at(grid.colour, place) - own).max(1) > 30 + 0.25 * own.max(1)
        room[(_at(field, place) > 0.3) | other] = step
    radius = 3
    wide = np.concatenate([room[-radius:], room, room[:radius]])
    least = np.min([wide[i : i + len(room)] for i in range(2 * radius + 1)], axis=0)
    return np.maximum(_smooth_loop(least, 4) - 0.5, 0.7)
