"""The grid over a photo: depth, normals and what lies under each crossing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from scipy.spatial import cKDTree

from models.face.fitting import OUTLINE
from models.face.mesh import edges, vertex_normals
from models.face.model import FaceModel
from models.relief.depth import dome
from models.relief.draw import Coverage
from models.relief.ears import ear_depth, find_ears
from models.relief.frame import HeadFrame, skin_tone, smoothstep
from models.relief.hairline import bare_of_hair
from models.relief.normals import shading_normals

# Minus the Laplacian of an ellipsoid's squared depth: of the cranium, and of a neck.
HEAD_CURVATURE, NECK_CURVATURE = 5.0, 1.5
# The face's edge is found on a grid this much finer, a little within what shows of it.
FINE = 4
# Crossings are at least this many pixels apart.
FINEST_STEP = 2.5
EDGE_INSET_MM = 1.0
SNAP_CELLS = 0.62
# A border this much behind the face's visible edge is hidden.
ROOT_MM = 4.0
SIDE_DEPTH_MM = 16.0
BESIDE_MM = 26.0
# Over so much hair comes back from the cheek to where it hangs.
LEAVING_MM = 11.0
# Cells by which the grid goes on beyond the picture.
BEYOND = 4
# An ear amid hair recedes this much for each mm that it stands out.
EAR_SLANT, EAR_WIDTH_MM = 1.2, 18.0
RIM_MM = 4.0
NORMAL_BLUR_MM = 6.0
# Detail is averaged over this; so many times the cheeks' it begins to be strands, and surely is.
GRAIN_MM, GRAINY = 4.0, (1.6, 2.6)
# Above the ears hair begins between these heights.
TEMPLES_MM = 28.0, 45.0
CONTROLS_IN_FACE = 478


@dataclass(frozen=True)
class Pins:
    """Where the grid's crossings lie on the face's mesh.

    inside: (h, w) bool. edge: (h, w) bool, crossings to pull onto the face's visible edge.
    corners: (h, w, 3) vertices and bary (h, w, 3) their weights, for both. root: (h, w) camera z
    mm of the face's border nearby. free: (h, w) bool, edge crossings that stand at the root
    instead of on the face.
    """

    inside: np.ndarray
    edge: np.ndarray
    corners: np.ndarray
    bary: np.ndarray
    root: np.ndarray
    free: np.ndarray


@dataclass(frozen=True)
class Grid:
    """Everything sampled at the grid's crossings, arrays (h, w, ...).

    spacing: px. pixels: (h, w, 2) px of the photo. depth: camera z mm. normals: (h, w, 3),
    smoothed, camera frame. matte, share: the person's alpha and the head's share of it. within:
    mm inside the outline; outward: (h, w, 3) unit, across the picture. colour: (h, w, 3) 0..255.
    ears, skin: 0..1, on an ear, on skin. from_face: mm off the face. grain: 0 as smooth as the
    cheeks, 1 of strands. bare: (V,) how bare of hair the face's vertices are, see `hairline`.
    """

    spacing: float
    pixels: np.ndarray
    depth: np.ndarray
    normals: np.ndarray
    pins: Pins
    matte: np.ndarray
    share: np.ndarray
    within: np.ndarray
    outward: np.ndarray
    colour: np.ndarray
    ears: np.ndarray
    from_face: np.ndarray
    skin: np.ndarray
    grain: np.ndarray
    bare: np.ndarray

    @property
    def on_face(self) -> np.ndarray:
        return self.pins.inside


def face_triangles(model: FaceModel) -> np.ndarray:
    """The model's triangles within the face's outline, without the apron."""
    inner = (model.control_triangles < CONTROLS_IN_FACE).all(1)
    return model.triangles[np.repeat(inner, 4**model.level)]


def border_loop(triangles: np.ndarray) -> np.ndarray:
    """Vertices along the outer border of the face's triangles, in order."""
    unique, counts, _ = edges(triangles)
    following: dict[int, list[int]] = {}
    for a, b in unique[counts == 1]:
        following.setdefault(int(a), []).append(int(b))
        following.setdefault(int(b), []).append(int(a))
    loop = [OUTLINE[0]]
    previous = -1
    while True:
        step = [v for v in following[loop[-1]] if v != previous]
        previous = loop[-1]
        if step[0] == loop[0] or (len(loop) > 2 and loop[0] in step):
            return np.array(loop)
        loop.append(step[0])


def build_grid(
    frame: HeadFrame, triangles: np.ndarray, image: np.ndarray, alpha: np.ndarray,
    share: np.ndarray, spacing_mm: float, border: np.ndarray,
) -> Grid:  # fmt: skip
    """Sample the photo's geometry on a grid that reaches one cell beyond the picture."""
    step = max(spacing_mm * frame.pixels_per_mm, FINEST_STEP)
    pixels = _grid_pixels(alpha.shape, step)
    matte = _sampled(cv2.GaussianBlur(alpha, (0, 0), max(step / 2, 0.5)), pixels)
    part = _sampled(share, pixels)
    blurred = cv2.GaussianBlur(image, (0, 0), max(step / 2, 0.5))
    colour = _sampled(blurred, pixels).astype(np.float32)
    mm = step / frame.pixels_per_mm
    cover = _drawn(frame, triangles, step, matte.shape)
    whole = _inset(cover.index >= 0, frame, step)[::FINE, ::FINE] > 0
    # Where the cheek turns away, ear and hair begin at its hidden border, not at what is seen.
    # Hair beside the cheek hides that part instead, and begins where the cheek is last seen.
    skin = skin_like(frame, colour, step)
    up, inside = frame.upright(pixels), matte > 0.5
    in_face, deep = (distance_within(region) * mm for region in (whole, inside))
    ears = find_ears(frame, up, colour, matte, in_face, deep, mm)
    beside = _hair_beside(frame, pixels, whole, inside & ~skin & (ears < 0.5), mm)
    above = smoothstep(up[..., 1] / frame.size, *TEMPLES_MM)
    hair = beside + above * (1 - beside)
    bare = _bare(frame, triangles, step, beside, above)
    pins = _pin(cover, triangles, _inset(cover.values(triangles, bare) > 0.5, frame, step))
    on_face, pinned = pins.inside, (frame.points[pins.corners, 2] * pins.bary).sum(-1)
    edge = _border_depth(frame, border, pixels)
    root = pinned + (1 - hair) * (np.minimum(pinned, edge) - pinned)
    near = pins.edge | (cv2.erode(on_face.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0)
    face_z = np.where(on_face, np.where(near, root, pinned), 0.0).astype(np.float32)
    pins = replace(pins, root=root.astype(np.float32), free=pins.edge & (pinned - root > ROOT_MM))
    middle = frame.middle_depth(pixels)
    curvature = NECK_CURVATURE + (HEAD_CURVATURE - NECK_CURVATURE) * smoothstep(
        up[..., 1], frame.jaw - 30, frame.jaw + 20
    )
    height = dome(inside, on_face, face_z - middle, curvature, mm)
    normals = _normals(middle + height, matte, mm)
    height, within = _flat_rim(matte, height, on_face, mm)
    outward = normals * np.array([1, 1, 0], np.float32)
    outward /= np.maximum(np.linalg.norm(outward, axis=-1, keepdims=True), 1e-3)
    from_face = distance_within(~on_face) * mm
    height -= ears * EAR_SLANT * np.minimum(from_face, EAR_WIDTH_MM)
    # Hanging hair and shoulders lie no nearer than this, ever flatter towards the neck.
    flat = SIDE_DEPTH_MM + 40 * smoothstep(up[..., 1], frame.jaw - 15, frame.jaw + 110)
    around = middle + height
    hangs = 1 - hair * np.maximum(1 - from_face / LEAVING_MM, 0) ** 2
    around -= hangs * beside_neck(frame, up[..., 0]) * np.maximum(around - flat, 0)
    share, behind = ear_depth(frame, up, ears, matte, from_face, mm)
    around += share * (edge - behind - around)
    depth = np.where(on_face, face_z, around).astype(np.float32)
    lit = shading_normals(frame, triangles, pins, matte, normals, ears * np.sign(up[..., 0]), mm)
    return Grid(
        step, pixels, depth, lit, pins, matte, part, within, outward, colour,
        ears, from_face,
        np.maximum(cv2.GaussianBlur(skin.astype(np.float32), (0, 0), 0.8), on_face),
        _grain(frame, image, alpha, pixels), bare,
    )  # fmt: skip


def _grain(
    frame: HeadFrame, image: np.ndarray, alpha: np.ndarray, pixels: np.ndarray
) -> np.ndarray:
    """(gh, gw) 0..1: how much more detail than the cheeks the picture shows there."""
    k = frame.pixels_per_mm
    grey = image.astype(np.float32).mean(-1)
    detail = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), max(1.2 * k, 0.8))) / (grey + 20)
    # The outline itself is no detail.
    deep = cv2.erode(alpha, np.ones((2 * max(1, round(2 * k)) + 1,) * 2, np.uint8)) + 1e-4
    soft = max(GRAIN_MM * k, 1.0)
    mean = cv2.GaussianBlur(detail * deep, (0, 0), soft) / cv2.GaussianBlur(deep, (0, 0), soft)
    usual = skin_tone(mean[..., None], frame, 1.0)[0, 0]
    return smoothstep(_sampled(mean, pixels) / max(float(usual), 0.004), *GRAINY)


def _grid_pixels(shape: tuple[int, ...], step: float) -> np.ndarray:
    """(gh, gw, 2) px of the grid's points over a picture (H, W), BEYOND cells past its rim."""
    ny, nx = (int(np.ceil((side - 1) / step)) + 1 + 2 * BEYOND for side in shape[:2])
    x = (np.arange(nx) - BEYOND) * step
    y = (np.arange(ny) - BEYOND) * step
    return np.stack(np.meshgrid(x, y), -1).astype(np.float32)


def _sampled(picture: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """The picture (H, W[, C]) at pixels (gh, gw, 2)."""
    mx, my = pixels[..., 0], pixels[..., 1]
    return cv2.remap(picture, mx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def beside_neck(frame: HeadFrame, across: np.ndarray) -> np.ndarray:
    """0 over the neck, 1 beside it, for distances across from the head's axis (mm)."""
    return smoothstep(np.abs(across) / frame.size, 48, 78)


def distance_within(inside: np.ndarray) -> np.ndarray:
    """(h, w) float32 cells from each crossing of inside (h, w) to the nearest one outside it.

    Where nothing lies outside, as in a close crop, it is the grid's own diagonal.
    """
    distance = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
    return np.minimum(distance, np.float32(np.hypot(*inside.shape)))


def whole_face(on_face: np.ndarray) -> np.ndarray:
    """(h, w) uint8: the face's crossings (h, w) bool with the open mouth filled."""
    rings, _ = cv2.findContours(on_face.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(np.zeros(on_face.shape, np.uint8), rings, -1, 1, cv2.FILLED)


def _drawn(
    frame: HeadFrame, triangles: np.ndarray, step: float, shape: tuple[int, ...]
) -> Coverage:
    """The face on a grid of shape (h, w), FINE times finer."""
    screen = frame.screen.copy()
    screen[:, :2] = (screen[:, :2] / step + BEYOND) * FINE
    cover = Coverage(shape[1] * FINE, shape[0] * FINE)
    cover.draw(screen, triangles)
    return cover


def _bare(
    frame: HeadFrame, triangles: np.ndarray, step: float, beside: np.ndarray, above: np.ndarray
) -> np.ndarray:
    """(V,) see `bare_of_hair`: with hair beside and above (h, w) on the grid."""
    place = frame.screen[None, :, :2] / step + BEYOND
    hair = (_sampled(values, place)[0] for values in (beside, above))
    return bare_of_hair(frame, triangles, vertex_normals(frame.points, triangles), *hair)


def _inset(shown: np.ndarray, frame: HeadFrame, step: float) -> np.ndarray:
    """(H, W) uint8: what lies deep enough in the face shown (H, W) bool on the fine grid."""
    radius = EDGE_INSET_MM * frame.pixels_per_mm / step * FINE
    return np.asarray(cv2.erode(shown.astype(np.uint8), _disc(radius)))


def _pin(cover: Coverage, triangles: np.ndarray, whole: np.ndarray) -> Pins:
    """Find the face under each crossing; those near the edge of what shows go onto it.

    cover: from `_drawn`; whole: (H, W) uint8, the part of it that is the face's.
    """
    fine, (ny, nx) = FINE, whole.shape
    rings, _ = cv2.findContours(whole, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = np.zeros(whole.shape, np.uint8)
    cv2.drawContours(contour, rings, -1, 1, 1)
    contour = contour & whole
    distance, label = cv2.distanceTransformWithLabels(
        1 - contour, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    ys, xs = np.nonzero(contour)
    place = np.zeros((label.max() + 1, 2), np.int64)
    place[label[ys, xs]] = np.stack([ys, xs], 1)
    inside = whole[::fine, ::fine] > 0
    edge = distance[::fine, ::fine] < SNAP_CELLS * fine
    row, column = (a.copy() for a in np.mgrid[0:ny:fine, 0:nx:fine])
    target = place[label[::fine, ::fine]]
    row[edge], column[edge] = target[edge].T
    index = cover.index[row, column]
    first = cover.bary[row, column]
    first = np.where((index >= 0)[..., None], first, 0)
    bary = np.concatenate([first, 1 - first.sum(-1, keepdims=True)], -1)
    return Pins(inside, edge & (index >= 0), triangles[np.maximum(index, 0)], bary, inside, inside)


def _border_depth(frame: HeadFrame, border: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Camera z (h, w) mm of the face's border vertex nearest on the picture to each crossing."""
    tree = cKDTree(frame.screen[border, :2])
    return frame.points[border, 2][tree.query(pixels.reshape(-1, 2))[1]].reshape(pixels.shape[:2])


def _flat_rim(
    matte: np.ndarray, height: np.ndarray, on_face: np.ndarray, mm: float
) -> tuple[np.ndarray, np.ndarray]:
    """Flatten the rim along the outline, where few pixels would have to cover much depth.

    Returns the height (h, w) and how far within the outline (h, w) each crossing lies, mm.
    """
    inside = (matte > 0.5).astype(np.uint8)
    solid = np.maximum(cv2.erode(inside, _disc(RIM_MM / mm)), on_face.astype(np.uint8))
    distance, label = cv2.distanceTransformWithLabels(
        1 - solid, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    core = distance == 0
    within = distance_within(inside) * mm
    if not core.any():
        return height, within
    nearest = np.zeros(label.max() + 1, np.float32)
    nearest[label[core]] = height[core]
    flat = np.where(on_face, height, nearest[label]).astype(np.float32)
    blurred = cv2.GaussianBlur(flat, (0, 0), max(2.5 / mm, 0.6))
    mix = np.clip(distance / max(2 / mm, 1.0), 0, 1)
    flat = flat + (blurred - flat) * mix * ~on_face
    return flat, within


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


def skin_like(
    frame: HeadFrame, colour: np.ndarray, spacing: float, tint: float = 0.22, dark: float = 0.45
) -> np.ndarray:
    """(h, w) bool: the colours of the cheeks, lighter or darker.

    tint: how far a colour may be off, in parts of its brightness. dark: the least brightness.
    """
    tone = skin_tone(colour, frame, 1 / spacing, BEYOND)
    off = colour / np.maximum(colour.mean(-1, keepdims=True), 1) - tone / tone.mean()
    light = colour.mean(-1) / tone.mean()
    return (np.abs(off).max(-1) < tint) & (light > dark) & (light < 1.5)


def _hair_beside(
    frame: HeadFrame, pixels: np.ndarray, on_face: np.ndarray, hair: np.ndarray, mm: float
) -> np.ndarray:
    """(h, w) 0..1: how far hair, not an ear, lies beside the cheek; one value for each side."""
    up = frame.upright(pixels) / frame.size
    distance = distance_within(~on_face) * mm
    zone = (up[..., 1] > -50) & (up[..., 1] < 30) & (distance > 0) & (distance < BESIDE_MM)
    right = smoothstep(up[..., 0], -20, 20)
    share = []
    for side in (up[..., 0] < 0, up[..., 0] >= 0):
        part = zone & side
        share.append(float(hair[part].mean()) if part.any() else 0.0)
    left_hair, right_hair = smoothstep(np.array(share), 0.3, 0.5)
    return np.asarray(left_hair + right * (right_hair - left_hair), np.float32)
