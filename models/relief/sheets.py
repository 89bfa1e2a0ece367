"""Meshes that carry a photo's pixels: the grid over head and torso, and the shell behind."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from models.face.fitting import OUTLINE
from models.face.model import FaceModel
from models.relief.depth import dome
from models.relief.draw import Coverage
from models.relief.frame import CRANIUM_CENTRE, HeadFrame, smoothstep

# Minus the Laplacian of an ellipsoid's squared depth: of the cranium, and of a neck.
HEAD_CURVATURE, NECK_CURVATURE = 5.0, 1.5
NECK_RADIUS, NECK_BACK = 58.0, -25.0
PIN_BEHIND_MM = 0.8
RIM_MM = 4.0
NORMAL_BLUR_MM = 6.0
CONTROLS_IN_FACE = 478


@dataclass(frozen=True)
class Sheet:
    """A textured mesh in the photo's camera frame.

    points: (V, 3) mm. uv: (V, 2) px of the photo. weight: (V,) share of the head's rotation.
    normals: (V, 3) unit, camera frame; lit: (V, 3) those under which the pixels were taken. light: (V,) share of a change of light.
    opacity: (V,). rim: (V,) 1 in the thin rim along the outline, whose direction outward (V, 3)
    is. follow_expression, follow_identity: (V, 36) how each vertex follows the
    face's outline. pinned: indices of vertices glued to face triangles (pins (P, 3), bary (P, 3)).
    """

    points: np.ndarray
    uv: np.ndarray
    triangles: np.ndarray
    weight: np.ndarray
    normals: np.ndarray
    lit: np.ndarray
    light: np.ndarray
    opacity: np.ndarray
    rim: np.ndarray
    outward: np.ndarray
    follow_expression: np.ndarray
    follow_identity: np.ndarray
    pinned: np.ndarray
    pins: np.ndarray
    pin_bary: np.ndarray


@dataclass(frozen=True)
class Grid:
    """Everything sampled at the grid's crossings, arrays (h, w, ...)."""

    spacing: float
    pixels: np.ndarray
    depth: np.ndarray
    normals: np.ndarray
    on_face: np.ndarray
    pins: np.ndarray
    pin_bary: np.ndarray
    matte: np.ndarray
    share: np.ndarray
    rim: np.ndarray
    outward: np.ndarray


def face_triangles(model: FaceModel) -> np.ndarray:
    """The model's triangles within the face's outline, without the apron."""
    inner = (model.control_triangles < CONTROLS_IN_FACE).all(1)
    return model.triangles[np.repeat(inner, 4**model.level)]


def build_grid(
    frame: HeadFrame, triangles: np.ndarray, alpha: np.ndarray, share: np.ndarray, spacing_mm: float
) -> Grid:
    """Sample the photo's geometry on a grid that reaches one cell beyond the picture."""
    h, w = alpha.shape
    step = max(spacing_mm * frame.pixels_per_mm, 1.0)
    nx, ny = int(np.ceil((w - 1) / step)) + 3, int(np.ceil((h - 1) / step)) + 3
    x = (np.arange(nx) - 1) * step
    y = (np.arange(ny) - 1) * step
    pixels = np.stack(np.meshgrid(x, y), -1).astype(np.float32)
    mx, my = pixels[..., 0], pixels[..., 1]
    smooth = cv2.GaussianBlur(alpha, (0, 0), max(step / 2, 0.5))
    matte = cv2.remap(smooth, mx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    part = cv2.remap(share, mx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    cover = Coverage(nx, ny)
    screen = frame.screen.copy()
    screen[:, :2] = screen[:, :2] / step + 1
    cover.draw(screen, triangles)
    on_face = cover.index >= 0
    bary = np.concatenate([cover.bary, 1 - cover.bary.sum(-1, keepdims=True)], -1)
    corners = triangles[np.maximum(cover.index, 0)]
    face_z = 1000 - np.where(on_face, cover.depth, 1000)
    middle = frame.middle_depth(pixels)
    up = frame.upright(pixels)
    curvature = NECK_CURVATURE + (HEAD_CURVATURE - NECK_CURVATURE) * smoothstep(
        up[..., 1], frame.jaw - 30, frame.jaw + 20
    )
    mm = step / frame.pixels_per_mm
    height = dome(matte > 0.5, on_face, face_z - middle, curvature, mm)
    normals = _normals(middle + height, matte, mm)
    height, rim, outward = _flat_rim(matte, height, on_face, mm)
    depth = np.where(on_face, face_z - PIN_BEHIND_MM, middle + height).astype(np.float32)
    return Grid(
        step, pixels, depth, normals, on_face, corners, bary.astype(np.float32), matte, part, rim,
        outward,
    )  # fmt: skip


def _flat_rim(
    matte: np.ndarray, height: np.ndarray, on_face: np.ndarray, mm: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Flatten the rim along the outline, where few pixels would have to cover much depth.

    Returns the height (h, w), rim (h, w) 0..1 and the direction outward (h, w, 3).
    """
    inside = (matte > 0.5).astype(np.uint8)
    distance, label = cv2.distanceTransformWithLabels(
        1 - np.maximum(cv2.erode(inside, _disc(RIM_MM / mm)), on_face.astype(np.uint8)), cv2.DIST_L2, 5,
        labelType=cv2.DIST_LABEL_PIXEL,
    )  # fmt: skip
    core = distance == 0
    if not core.any():
        return height, np.zeros_like(height), np.zeros((*height.shape, 3), np.float32)
    nearest = np.zeros(label.max() + 1, np.float32)
    nearest[label[core]] = height[core]
    flat = np.where(on_face, height, nearest[label]).astype(np.float32)
    blurred = cv2.GaussianBlur(flat, (0, 0), max(2.5 / mm, 0.6))
    mix = np.clip(distance / max(2 / mm, 1.0), 0, 1)
    flat = flat + (blurred - flat) * mix * ~on_face
    smooth = cv2.GaussianBlur(distance, (0, 0), max(5 / mm, 0.8))
    gy, gx = np.gradient(smooth)
    out = np.stack([gx, -gy, np.zeros_like(gx)], -1)
    out /= np.maximum(np.linalg.norm(out, axis=-1, keepdims=True), 1e-4)
    rim = np.clip(distance * mm / RIM_MM, 0, 1) * ~on_face
    return flat, rim.astype(np.float32), out.astype(np.float32)


def _disc(radius: float) -> np.ndarray:
    size = 2 * max(1, round(radius)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))


def _normals(depth: np.ndarray, matte: np.ndarray, spacing: float) -> np.ndarray:
    """Unit normals of the depth map, smoothed, facing the camera."""
    gy, gx = np.gradient(cv2.GaussianBlur(depth, (0, 0), max(2.0 / spacing, 0.5)))
    n = np.stack([-gx / spacing, gy / spacing, np.ones_like(gx)], -1).astype(np.float32)
    n /= np.linalg.norm(n, axis=-1, keepdims=True)
    weight = np.maximum(matte, 1e-3)
    sigma = max(NORMAL_BLUR_MM / spacing, 0.6)
    n = cv2.GaussianBlur(n * weight[..., None], (0, 0), sigma)
    return n / np.maximum(np.linalg.norm(n, axis=-1, keepdims=True), 1e-6)


def _grid_triangles(keep: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Triangles over cells (h-1, w-1) to keep. Returns used vertices (V,) and triangles (F, 3)."""
    h, w = keep.shape[0] + 1, keep.shape[1] + 1
    index = np.arange(h * w).reshape(h, w)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    cells = np.stack([np.stack([a, c, b], -1), np.stack([b, c, d], -1)], -2)[keep].reshape(-1, 3)
    used, compact = np.unique(cells, return_inverse=True)
    return used, compact.reshape(-1, 3).astype(np.int32)


def _any_corner(flag: np.ndarray) -> np.ndarray:
    return flag[:-1, :-1] | flag[:-1, 1:] | flag[1:, :-1] | flag[1:, 1:]


def _side(frame: HeadFrame, across: np.ndarray) -> np.ndarray:
    """0 over the neck, 1 beside it, for distances across from the head's axis (mm)."""
    return smoothstep(np.abs(across) / frame.size, 48, 78)


def _side_weight(frame: HeadFrame, height: np.ndarray) -> np.ndarray:
    """Share of the rotation of what hangs beside the neck."""
    return smoothstep(height, frame.chin - 75 * frame.size, frame.jaw + 5)


def _neck_weight(frame: HeadFrame, height: np.ndarray) -> np.ndarray:
    return 0.6 * smoothstep(height, frame.chin - 55 * frame.size, frame.chin + 15)


def followers(frame: HeadFrame, points: np.ndarray, reach: float) -> np.ndarray:
    """(V, 36) weights with which points (V, 3) follow the face's outline, fading over reach mm."""
    outline = frame.points[list(OUTLINE)]
    distance = np.linalg.norm(points[:, None] - outline[None], axis=-1)
    weight = 1 / (distance**2 + 16) ** 1.5
    weight /= weight.sum(1, keepdims=True)
    fade = np.exp(-((distance.min(1) / reach) ** 2)) if np.isfinite(reach) else 1.0
    return (weight * np.broadcast_to(fade, len(points))[:, None]).astype(np.float32)


def head_sheet(frame: HeadFrame, grid: Grid) -> Sheet:
    """The grid over hair, ears and the face's rim."""
    inner = cv2.erode(grid.on_face.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    wanted = (grid.matte * grid.share > 0.003) | (cv2.dilate(
        (grid.matte * grid.share > 0.003).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    cells = _any_corner(wanted) & ~(
        inner[:-1, :-1] & inner[:-1, 1:] & inner[1:, :-1] & inner[1:, 1:]
    )
    used, triangles = _grid_triangles(cells)
    pixels = grid.pixels.reshape(-1, 2)[used]
    points = frame.at_depth(pixels, grid.depth.ravel()[used])
    up = frame.upright(pixels)
    side = _side(frame, up[:, 0])
    weight = 1 + side * (_side_weight(frame, up[:, 1]) - 1)
    face = np.flatnonzero(grid.on_face.ravel()[used])
    return Sheet(
        points, pixels, triangles, weight.astype(np.float32), grid.normals.reshape(-1, 3)[used],
        grid.normals.reshape(-1, 3)[used],
        np.ones(len(used), np.float32), np.ones(len(used), np.float32),
        grid.rim.ravel()[used], grid.outward.reshape(-1, 3)[used],
        followers(frame, points, 38.0) * weight[:, None],
        followers(frame, points, np.inf) * weight[:, None],
        face, grid.pins.reshape(-1, 3)[used][face], grid.pin_bary.reshape(-1, 3)[used][face],
    )  # fmt: skip


def torso_sheet(frame: HeadFrame, grid: Grid) -> Sheet:
    """The grid over neck and clothes, continued up behind the jaw."""
    up = frame.upright(grid.pixels)
    cells = _any_corner(up[..., 1] < frame.jaw + 70)
    used, triangles = _grid_triangles(cells)
    pixels, up = grid.pixels.reshape(-1, 2)[used], up.reshape(-1, 2)[used]
    side = _side(frame, up[:, 0])
    radius = NECK_RADIUS * frame.size
    neck = NECK_BACK + np.sqrt(radius**2 - np.minimum(np.abs(up[:, 0]), 0.92 * radius) ** 2)
    depth = neck + side * (grid.depth.ravel()[used] - neck)
    points = frame.at_depth(pixels, depth.astype(np.float32))
    weight = _neck_weight(frame, up[:, 1]) * (1 - side) + side * _side_weight(frame, up[:, 1])
    fade = smoothstep(up[:, 1], frame.chin - 45 * frame.size, frame.chin)
    jaw = followers(frame, points, 60.0) * fade[:, None]
    normals = grid.normals.reshape(-1, 3)[used]
    low = smoothstep(up[:, 1], frame.chin - 140, frame.chin - 20)
    none = np.zeros(0, np.int64)
    return Sheet(
        points, pixels, triangles, weight.astype(np.float32), normals, normals, (0.3 + 0.5 * low),
        np.ones(len(used), np.float32), np.zeros(len(used), np.float32), np.zeros_like(points),
        jaw, jaw, none, np.zeros((0, 3), np.int32),
        np.zeros((0, 3), np.float32),
    )  # fmt: skip


SHELL_POINTS, SHELL_RINGS = 180, 30
SHELL_ANGLE = np.radians(105)
SHELL_BACK_MM = 92.0
SHELL_LIMB_MM = 3.0
SHELL_START_MM = 2.5
SHELL_BAND_MM = 26.0


def shell_sheet(frame: HeadFrame, grid: Grid) -> Sheet:
    """The head beyond its outline: it bends back round the cranium, mirroring what lies within."""
    mm = grid.spacing / frame.pixels_per_mm
    solid = cv2.GaussianBlur(grid.matte * np.clip(grid.share, 0, 1), (0, 0), max(3 / mm, 0.6))
    contours, _ = cv2.findContours(
        (solid > 0.6).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    loop = max(contours, key=cv2.contourArea)[:, 0].astype(np.float32)
    loop = _resample(loop, SHELL_POINTS, max(6 / mm, 1.0))
    loop, source = _without_ears(frame, loop, grid)
    distance = cv2.distanceTransform((solid > 0.6).astype(np.uint8), cv2.DIST_L2, 5)
    distance = cv2.GaussianBlur(distance, (0, 0), max(8 / mm, 1.0))
    gy, gx = np.gradient(distance)
    inward = np.stack([_at(gx, loop), _at(gy, loop)], 1)
    inward /= np.maximum(np.linalg.norm(inward, axis=1, keepdims=True), 1e-4)
    limb = _at(grid.pixels, loop + inward * (SHELL_LIMB_MM / mm))
    rim = frame.at_depth(limb, frame.middle_depth(limb))
    centre = frame.turn @ (CRANIUM_CENTRE * frame.size)
    axis = np.concatenate([np.broadcast_to(centre[:2], (len(rim), 2)), rim[:, 2:]], 1)
    radius = np.linalg.norm(rim - axis, axis=1)
    first = -np.arccos(np.clip(1 - (RIM_MM + 2 - SHELL_LIMB_MM) / radius, 0.5, 1))
    t = np.linspace(0, 1, SHELL_RINGS)
    angle = (first + t[:, None] * (SHELL_ANGLE - first))[..., None]
    back = np.array([0, 0, -SHELL_BACK_MM * frame.size])
    points = axis + np.cos(angle) * (rim - axis) + np.sin(angle) * back
    points[0, :, 2] -= 3
    toward = inward[source]
    start = loop[source] + toward * (SHELL_START_MM / mm)
    room = _room(start, toward, grid.on_face, SHELL_BAND_MM / mm)
    # To and fro within the room there is, at the pixels' own scale.
    gone = t[:, None] * (SHELL_ANGLE - first) * radius / mm
    to_and_fro = np.abs((gone + room) % (2 * room) - room)
    way = start[None] + toward[None] * to_and_fro[..., None]
    radial = (rim - axis) / np.maximum(radius, 1e-4)[:, None]
    normals = np.cos(angle) * radial + np.sin(angle) * np.array([0, 0, -1.0])
    up = frame.upright(limb)
    opacity = smoothstep(up[:, 1], frame.jaw - 2, frame.jaw + 12)
    border = _near_rim(limb, grid)
    sheet = _shell(frame, points, _at(grid.pixels, way.reshape(-1, 2)), normals, opacity * border)
    # The mirrored pixels were lit where they lie.
    lit = _at(grid.normals, way.reshape(-1, 2))
    lit /= np.maximum(np.linalg.norm(lit, axis=1, keepdims=True), 1e-6)
    return replace(sheet, lit=lit.astype(np.float32))


# Heights over the head's origin between which ears stand out, mm.
EAR_TOP_MM, EAR_BOTTOM_MM = 38.0, -46.0


def _without_ears(
    frame: HeadFrame, loop: np.ndarray, grid: Grid
) -> tuple[np.ndarray, np.ndarray]:
    """The outline with the ears cut off, and for each of its points the one to take colours from.

    Between the heights of the ears' ends the outline may not stand out of the line that joins
    them; where it did, the hair above shows behind the ear.
    """
    up = frame.upright(_at(grid.pixels, loop))
    source = np.arange(len(loop))
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
        for i in ear:
            mirrored = EAR_TOP_MM + 4 + 0.5 * (EAR_TOP_MM - up[i, 1] / frame.size)
            source[i] = side[np.abs(height - mirrored).argmin()]
    return cut, source


def _near_rim(pixels: np.ndarray, grid: Grid) -> np.ndarray:
    """0 where the head runs out of the picture: there is no outline to continue."""
    low, high = grid.pixels[1, 1], grid.pixels[-2, -2]
    gap = np.minimum(pixels - low, high - pixels).min(1)
    return smoothstep(gap, 1.5 * grid.spacing, 4 * grid.spacing)


def _shell(
    frame: HeadFrame, points: np.ndarray, uv: np.ndarray, normals: np.ndarray, opacity: np.ndarray
) -> Sheet:
    rings, n = points.shape[:2]
    index = np.arange(rings * n).reshape(rings, n)
    a, b = index[:-1], np.roll(index[:-1], -1, 1)
    c, d = index[1:], np.roll(index[1:], -1, 1)
    triangles = np.concatenate([np.stack([a, b, c], -1), np.stack([b, d, c], -1)]).reshape(-1, 3)
    flat = points.reshape(-1, 3).astype(np.float32)
    follow = followers(frame, flat, np.inf)
    count = len(flat)
    return Sheet(
        flat, uv.astype(np.float32), triangles.astype(np.int32), np.ones(count, np.float32),
        normals.reshape(-1, 3).astype(np.float32), normals.reshape(-1, 3).astype(np.float32),
        np.ones(count, np.float32),
        np.tile(opacity, rings).astype(np.float32), np.zeros(count, np.float32),
        np.zeros_like(flat), follow * 0, follow,
        np.zeros(0, np.int64), np.zeros((0, 3), np.int32), np.zeros((0, 3), np.float32),
    )  # fmt: skip


def _resample(loop: np.ndarray, count: int, sigma: float) -> np.ndarray:
    """A closed contour (N, 2) at count even steps, smoothed over sigma of its units."""
    closed = np.concatenate([loop, loop[:1]])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    at = np.linspace(0, length[-1], count, endpoint=False)
    out = np.stack([np.interp(at, length, closed[:, k]) for k in range(2)], 1)
    radius = max(1, round(3 * sigma * count / length[-1]))
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / max(radius / 3, 0.3)) ** 2)
    taps /= taps.sum()
    wide = np.concatenate([out[-radius:], out, out[:radius]])
    smooth = [np.convolve(wide[:, k], taps, "valid") for k in range(2)]
    return np.stack(smooth, 1).astype(np.float32)


def _at(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Bilinear values of a grid at places (N, 2), in cells."""
    p = places.astype(np.float32)
    out = cv2.remap(
        values.astype(np.float32), p[:, 0][None], p[:, 1][None], cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return out[0]


def _room(loop: np.ndarray, inward: np.ndarray, face: np.ndarray, limit: float) -> np.ndarray:
    """How far inward (cells) each contour point can go before it meets the face."""
    field = face.astype(np.float32)
    room = np.full(len(loop), limit, np.float32)
    for step in np.linspace(limit, 1, 24):
        hit = _at(field, loop + inward * step) > 0.3
        room[hit] = step
    return np.maximum(room - 1.5, 0.8)
