"""The shell behind a photographed head: the outline bends back round the cranium."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from models.face.mesh import vertex_normals
from models.relief.frame import CRANIUM_CENTRE, HeadFrame, smoothstep
from models.relief.grid import BEYOND, Grid, distance_within, whole_face
from models.relief.outline import sampled, smooth_loop
from models.relief.rim import Rim
from models.relief.sheets import HAND_MM, Sheet, followers, shell_share
from models.relief.weave import BEFORE_MM, Weave

SHELL_POINTS, SHELL_RINGS = 180, 30
SHELL_ANGLE = np.radians(105)
SHELL_BACK_MM = 80.0
SHELL_LIMB_MM = 1.5
SEAM_BEHIND_MM = 1.5
# Bumps of the outline go back so far, evened over so many of its points.
EVEN_MM, EVENS = 30.0, 6.0
# From so far above the jaw's angles on it narrows, down to this part of its depth at the nape.
OCCIPUT_MM, NAPE_BULGE = 70.0, 0.42
# Hair comes down to the nape only from so far behind the outline on: beside the ears is skin.
BEHIND_EARS_MM = 32.0, 48.0
# Below the middle of the skull it goes round an upright axis, not a point, and rises by the rest;
# the one bends into the other over so much.
UPRIGHT, BEND_MM = 0.85, 40.0
# Heights over the head's origin between which ears stand out, mm; so near to the lower one the
# outline is looked at, so near to the upper one hair that hangs. Ears are looked for so deep
# within it.
EAR_TOP_MM, EAR_BOTTOM_MM, CUT_MM, HANG_MM = 38.0, -46.0, 8.0, 12.0
EAR_AT_MM = 2.0, 6.0, 10.0
# What lies so near the face below the ears is the jaw's own rim, no hair.
JAW_RIM_MM = 7.0
# Where more than this is cut off with an ear the photo does not show what the outline is.
CUT_OFF_MM = 1.0


def shell_sheet(
    frame: HeadFrame, grid: Grid, face_border: np.ndarray, alpha: np.ndarray
) -> tuple[Sheet, Weave]:
    """The head beyond its outline, and what it is woven of: its uv are mm on it.

    face_border: vertex indices. alpha: (H, W) the photo's matte.
    """
    mm = grid.spacing / frame.pixels_per_mm
    whole, inward = _outline(frame, grid, mm)
    loop = _without_ears(frame, whole, inward, grid)
    start, by_face = _front(frame, grid, loop + inward * (HAND_MM / mm), face_border)
    rim = Rim.of(frame, grid, loop, inward, by_face)
    weave = rim.weave(frame, grid, alpha)
    # It fades half within the outline and half beyond.
    limb = loop + inward * ((SHELL_LIMB_MM - weave.soft / 2) / mm)[:, None]
    limb = sampled(grid.pixels, limb)
    up = frame.upright(limb)
    middle = smooth_loop(frame.middle_depth(limb), 3)
    centre = _middle(frame, start)
    deep = SHELL_BACK_MM * frame.size
    # An ellipse from each starting point back round the head, through the depth of the middle.
    rise = smooth_loop(np.clip((start[:, 2] - SEAM_BEHIND_MM - middle) / deep, -0.3, 0.85), 2)
    radial = start[:, :2] - centre
    length = np.maximum(np.linalg.norm(radial, axis=1, keepdims=True), 1e-4)
    radial = radial / length
    radius = length[:, 0] / np.sqrt(1 - rise**2)
    reach = np.linalg.norm(frame.at_depth(limb, middle)[:, :2] - centre, axis=1)
    # No part of it may stand out of what the photo shows.
    reach = np.maximum(reach, length[:, 0])
    radius = np.minimum(radius, reach)
    first = -np.arcsin(rise)
    t = np.linspace(0, 1, SHELL_RINGS)[:, None]
    angle = first + t * (SHELL_ANGLE - first)
    angle = np.concatenate([angle[:1] - BEFORE_MM / np.maximum(radius, BEFORE_MM), angle])
    # Towards the nape the shell narrows: neck and hanging hair take over.
    bulge = NAPE_BULGE + (1 - NAPE_BULGE) * smoothstep(
        up[:, 1], frame.jaw, frame.jaw + OCCIPUT_MM * frame.size
    )
    z = middle - np.where(angle > 0, bulge, 1.0) * deep * np.sin(angle)
    wide = radius + (reach - radius) * smoothstep((angle - first) * radius, 0, EVEN_MM)
    flat = centre + (np.cos(angle) * wide)[..., None] * radial
    even = gaussian_filter1d(flat, EVENS, axis=1, mode="wrap")
    # Averaged it would be smaller by what a second average shows.
    even += even - gaussian_filter1d(even, EVENS, axis=1, mode="wrap")
    flat += smoothstep(angle * radius, 0, EVEN_MM)[..., None] * (even - flat)
    points = np.concatenate([flat, z[..., None]], -1)
    normals = np.concatenate([np.cos(angle)[..., None] * radial, -np.sin(angle)[..., None]], -1)
    gone = np.maximum(angle - first, 0) * radius
    beside = by_face | (sampled(grid.from_face, loop + inward * (HAND_MM / mm)) < JAW_RIM_MM)
    opacity = _near_rim(limb, grid) * _reach(frame, up[:, 1], beside, gone)
    sheet = _mesh(frame, points, weave.uv(gone), normals, opacity)
    # With the rim's tone they are lit as the rim is.
    lit = rim.held(sampled(grid.normals, rim.begin), gone).reshape(-1, 3)
    lit /= np.maximum(np.linalg.norm(lit, axis=1, keepdims=True), 1e-6)
    skin = rim.held((rim.bald * sampled(grid.skin, rim.begin))[:, None], gone).ravel()
    sheet = replace(sheet, lit=lit.astype(np.float32), skin=skin.astype(np.float32))
    free = weave.free & (np.linalg.norm(whole - loop, axis=1) * mm < CUT_OFF_MM)
    return sheet, replace(weave, shown=opacity.any(0), free=free)


def _middle(frame: HeadFrame, start: np.ndarray) -> np.ndarray:
    """(N, 2) mm across the picture: what the shell goes round from points start (N, 3) on."""
    centre = (frame.turn @ (CRANIUM_CENTRE * frame.size))[:2]
    down = -frame.turn[:2, 1] / np.linalg.norm(frame.turn[:2, 1])
    below = (start[:, :2] - centre) @ down
    below = (below + np.hypot(below, BEND_MM * frame.size)) / 2
    return np.asarray(centre + UPRIGHT * below[:, None] * down)


def _outline(frame: HeadFrame, grid: Grid, mm: float) -> tuple[np.ndarray, np.ndarray]:
    """The head's outline at even steps and the directions inward, (N, 2) each, in cells.

    It begins and ends below the chin.
    """
    solid = cv2.GaussianBlur(grid.matte * np.clip(grid.share, 0, 1), (0, 0), max(3 / mm, 0.6))
    inside = (solid > 0.6).astype(np.uint8)
    if not inside.any():
        # A matte that missed the person: at least the face is there.
        inside = whole_face(grid.on_face)
    contours, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    loop = max(contours, key=cv2.contourArea)[:, 0].astype(np.float32)
    loop = np.roll(loop, -frame.upright(sampled(grid.pixels, loop))[:, 1].argmin(), 0)
    loop = _resample(loop, SHELL_POINTS, max(6 / mm, 1.0))
    distance = distance_within(inside)
    distance = cv2.GaussianBlur(distance, (0, 0), max(8 / mm, 1.0))
    gy, gx = np.gradient(distance)
    inward = np.stack([sampled(gx, loop), sampled(gy, loop)], 1)
    inward /= np.maximum(np.linalg.norm(inward, axis=1, keepdims=True), 1e-4)
    return loop, inward


def _front(
    frame: HeadFrame, grid: Grid, inset: np.ndarray, face_border: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where the sheets in front end (N, 3) mm, and whether (N,) the face itself is the outline.

    There the face's mesh goes on round the corner to its border.
    """
    points = frame.at_depth(sampled(grid.pixels, inset), sampled(grid.depth, inset))
    by_face = sampled(grid.on_face.astype(np.float32), inset) > 0.5
    up = frame.upright(sampled(grid.pixels, inset))
    border = frame.points[face_border]
    height = frame.upright(frame.screen[face_border, :2])
    for i in np.flatnonzero(by_face):
        side = np.sign(height[:, 0]) == np.sign(up[i, 0])
        gap = np.where(side, np.abs(height[:, 1] - up[i, 1]), np.inf)
        points[i] = border[gap.argmin()]
    return points, by_face


def _without_ears(frame: HeadFrame, loop: np.ndarray, inward: np.ndarray, grid: Grid) -> np.ndarray:
    """The outline (N, 2) with the ears cut off. inward: (N, 2) directions.

    Between the heights of the ears' ends no ear may stand out of the line that joins them, and
    nothing out of what stands upright on the upper ones.
    """
    up = frame.upright(sampled(grid.pixels, loop))
    mm = grid.spacing / frame.pixels_per_mm
    seen = [sampled(grid.ears, loop + inward * (depth / mm)) for depth in EAR_AT_MM]
    ear = smooth_loop(smoothstep(np.max(seen, axis=0), 0.2, 0.6), 2)
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
        # Where hair hangs the outline comes back along the jaw's cut.
        upper, lower = width[top.argmin()], width[bottom < bottom.min() + CUT_MM].max()
        share = np.clip((height - EAR_BOTTOM_MM) / (EAR_TOP_MM - EAR_BOTTOM_MM), 0, 1)
        limit = lower + share * (max(upper, lower) - lower)
        # Hair may hang straight down from there.
        limit += (1 - ear[side]) * np.maximum(width[top < HANG_MM].max() - limit, 0)
        within = (height > EAR_BOTTOM_MM) & (height < EAR_TOP_MM)
        excess = np.where(within, np.maximum(width - limit, 0), 0)
        c, s = np.cos(frame.roll), np.sin(frame.roll)
        cut[side] -= (excess * sign / mm)[:, None] * np.array([c, s], np.float32)
    return cut


def _mesh(
    frame: HeadFrame, points: np.ndarray, uv: np.ndarray, normals: np.ndarray, opacity: np.ndarray
) -> Sheet:
    rings, n = points.shape[:2]
    index = np.arange(rings * n).reshape(rings, n)
    # Open below the chin, where it ends.
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    triangles = np.concatenate([np.stack([a, c, b], -1), np.stack([b, c, d], -1)]).reshape(-1, 3)
    flat = points.reshape(-1, 3).astype(np.float32)
    return Sheet.plain(
        flat, uv.astype(np.float32), triangles.astype(np.int32),
        normals.reshape(-1, 3).astype(np.float32),
        opacity=opacity.ravel(), follow_identity=followers(frame, flat, np.inf),
        outward=vertex_normals(flat, triangles),
    )  # fmt: skip


def _reach(
    frame: HeadFrame, height: np.ndarray, by_face: np.ndarray, gone: np.ndarray
) -> np.ndarray:
    """(K, N) 1 as far down as the shell goes, gone (K, N) mm behind the outline at heights (N,)."""
    # Below the ears a cheek that is itself the outline ends at its own border.
    low = np.where(by_face, smoothstep(height, frame.jaw + 20, frame.jaw + 45), 1)
    beside = shell_share(frame, height) * low
    behind = smoothstep(height, frame.jaw - 10, frame.jaw + 6)
    behind *= np.where(by_face, smoothstep(height, frame.jaw + 8, frame.jaw + 24), 1)
    return np.asarray(beside + (behind - beside) * smoothstep(gone, *BEHIND_EARS_MM))


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
    return np.stack([smooth_loop(out[:, k], sigma) for k in range(2)], 1).astype(np.float32)
