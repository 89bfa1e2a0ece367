"""Hair that grows on the cheeks before the ears: where a photo shows it, and in which colour."""

from __future__ import annotations

import cv2
import numpy as np
from scipy import sparse
from scipy.ndimage import maximum_filter1d
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from models.face.lighting import linear_to_srgb, srgb_to_linear
from models.face.mesh import mean_around
from models.relief.frame import HeadFrame, colourful, skin_tone, smoothstep
from models.relief.grid import Grid, skin_like

# The surely own colours begin so far within the outline, and are averaged over so much.
WITHIN_MM, SOFT_MM = 0.8, 0.6
# No finer than this, px per mm, are they looked at.
FINEST = 2.0
# Skin that turns away is this much darker from one depth of its normal to the other.
TURNING, USUAL = (0.6, 0.2), 0.75
# Hair has this part of the brightness that skin would have, or of its chroma: where it begins
# and where it surely is. What is brighter than skin shines.
DARKER, GREYER, SHINES = (0.8, 0.55), (0.75, 0.5), (1.25, 1.0)
# It grows down from the temples: it hangs together with hair so far above the eyes' corners.
EYE_CORNERS, TEMPLES_MM, LIKELY = (33, 263), (8.0, 20.0), 0.15
# So far on the way from skin's colour to theirs, and so little off it; which is so long at least.
MOSTLY, OFF, FAINTEST = (0.2, 0.8), (0.25, 0.12), 45.0
# Or with what lies beyond the cheek's border down to so far below them.
ROOTS_MM = 15.0
# The hair beside the temples is looked at between such heights over the head's origin, so far
# beside its middle and off the face, in so many crossings at least.
HEIGHTS_MM, ASIDE_MM, BESIDE_MM, LEAST_FOUND = (28.0, 75.0), 40.0, (4.0, 22.0), 8
# Half hair by its colour is a shadow, unless surer hair grows so near above or below; then so
# much is enough.
SURE, GROWS_MM, ENOUGH = (0.75, 0.9), 20.0, (0.05, 0.5)
# Brows end so far behind the eyes' corners.
BROWS_MM = 6.0, 16.0
# Along the cheek it is looked for in rows so high.
ROW_MM = 2.5
# How often it is averaged over neighbouring vertices: rows make no steps.
SOFTEN_STEPS = 2
# Its colour is that of the surest nearby.
NEIGHBOURS, NEAR_MM = 32, 8.0


def hair_beside(frame: HeadFrame, grid: Grid) -> np.ndarray:
    """(2, 4) colours 0..255 of the hair beside the temples and their weights, left and right."""
    up = frame.upright(grid.pixels) / frame.size
    some = (grid.matte > 0.95) & (grid.ears < 0.2) & ~skin_like(frame, grid.colour, grid.spacing)
    for value, (least, most) in ((up[..., 1], HEIGHTS_MM), (grid.from_face, BESIDE_MM)):
        some &= (value > least) & (value < most)
    out = np.zeros((2, 4))
    for k, half in enumerate((up[..., 0] < -ASIDE_MM, up[..., 0] > ASIDE_MM)):
        found = grid.colour[some & half]
        if len(found) >= LEAST_FOUND:
            out[k] = [*np.median(found, axis=0), LEAST_FOUND]
    return out


def hair_on_cheeks(
    frame: HeadFrame,
    vertices: np.ndarray,
    triangles: np.ndarray,
    view: np.ndarray,
    beside: np.ndarray,
    border: np.ndarray,
    wanted: np.ndarray,
    temples: np.ndarray,
    image: np.ndarray,
    alpha: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """(V,) 0..1: how far the vertices show hair; and (V, 3) its linear colour, without detail.

    vertices: (V, 3) mm, face frame; view: (V,) depths of their normals. beside: (V,) 1 on the
    cheeks, border: (V,) 1 at the mesh's border. wanted: (V, 3) linear colour of skin there.
    temples: see `hair_beside`. image: (H, W, 3) uint8, the frame's own; alpha: (H, W) its matte.
    """
    own = _own_colours(frame, image, alpha)
    usual = USUAL + (1 - USUAL) * smoothstep(view, TURNING[1], TURNING[0])
    skin = wanted * usual[:, None]
    corners = vertices[list(EYE_CORNERS)]
    high = smoothstep(vertices[:, 1] - corners[:, 1].mean(), *TEMPLES_MM)
    cheek = beside * smoothstep(corners[:, 2].mean() - vertices[:, 2], *BROWS_MM)
    tone = skin_tone(image, frame, 1.0)[0]
    at_temples = _not_skin(own, skin, tone) * cheek
    theirs = _mean(vertices, at_temples * high, own, temples)
    below = _alike(own, linear_to_srgb(skin) * 255, theirs)
    hair = at_temples * high + below * cheek * (1 - high)
    near = triangles[(cheek > 0)[triangles].any(1)]
    beyond = (border > 0.5) & (vertices[:, 1] - corners[:, 1].mean() > -ROOTS_MM)
    hair *= _reached(near, hair > LIKELY, (high > 0.5) | beyond)
    hair = _up_to_ears(vertices, hair)
    mean = mean_around(near, len(hair))
    for _ in range(SOFTEN_STEPS):
        hair = mean @ hair
    hair = np.asarray(hair * beside, np.float32)
    return hair, _carried(vertices, hair, srgb_to_linear(own / 255))


def _not_skin(own: np.ndarray, skin: np.ndarray, tone: np.ndarray) -> np.ndarray:
    """(V,) 0..1: how far colours (V, 3) 0..255 are darker or greyer than skin (V, 3), linear.

    tone: (3,) 0..255 of the cheeks.
    """
    level = srgb_to_linear(own / 255).mean(1) / np.maximum(skin.mean(1), 1e-3)
    grey = smoothstep(colourful(own, tone), *GREYER) * smoothstep(level, *SHINES)
    return np.maximum(smoothstep(level, *DARKER), grey)


def _mean(
    vertices: np.ndarray, hair: np.ndarray, own: np.ndarray, beside: np.ndarray
) -> np.ndarray:
    """(V, 3) mean colour of the hair (V,) on each vertex' half of the face and beside it (2, 4).

    beside: see `hair_beside`.
    """
    out = np.zeros_like(own)
    for half, (*colour, count) in zip(
        (vertices[:, 0] < 0, vertices[:, 0] >= 0), beside, strict=True
    ):
        weight = (hair * half)[:, None] ** 2
        total = (own * weight).sum(0) + count * np.array(colour)
        out[half] = total / np.maximum(weight.sum() + count, 1e-3)
    return out


def _alike(own: np.ndarray, skin: np.ndarray, hair: np.ndarray) -> np.ndarray:
    """(V,) 0..1: how far colours (V, 3) 0..255 lie on the way from skin's to hair's, near its end.

    A shadow on skin leads away from it, unless the hair is as brown.
    """
    way = hair - skin
    length = np.linalg.norm(way, axis=1)
    share = ((own - skin) * way).sum(1) / np.maximum(length, FAINTEST) ** 2
    off = np.linalg.norm(own - skin - share[:, None] * way, axis=1) / np.maximum(length, FAINTEST)
    return smoothstep(share, *MOSTLY) * smoothstep(off, *OFF)


def _own_colours(frame: HeadFrame, image: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """(V, 3) 0..255 under the vertices: beyond what is surely the person's, the nearest."""
    place = frame.screen[:, :2]
    first = np.clip(np.floor(place.min(0)).astype(int), 0, np.array(alpha.shape[::-1]) - 2)
    last = np.maximum(np.ceil(place.max(0)).astype(int) + 1, first + 2)
    part = (slice(first[1], last[1]), slice(first[0], last[0]))
    scale = min(1.0, FINEST / frame.pixels_per_mm)
    photo, matte = (
        cv2.resize(a[part], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        for a in (image, alpha)
    )
    k = frame.pixels_per_mm * scale
    margin = 2 * max(1, round(WITHIN_MM * k)) + 1
    sure = cv2.erode((matte > 0.95).astype(np.uint8), np.ones((margin, margin), np.uint8))
    soft = max(SOFT_MM * k, 0.6)
    weight = np.maximum(cv2.GaussianBlur(sure.astype(np.float32), (0, 0), soft), 1e-3)
    total = cv2.GaussianBlur(photo.astype(np.float32) * sure[..., None], (0, 0), soft)
    mean = np.asarray(total) / weight[..., None]
    label = cv2.distanceTransformWithLabels(
        1 - sure, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )[1]
    nearest = np.full((label.max() + 1, 3), np.float32(255))
    nearest[label[sure > 0]] = mean[sure > 0]
    x, y = ((place - first + 0.5) * scale - 0.5).T.astype(np.float32)
    return cv2.remap(
        nearest[label], x[None], y[None], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )[0]  # fmt: skip


def _reached(triangles: np.ndarray, likely: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """(V,) bool: likely ones (V,) that hang together with likely seeds (V,) along the mesh."""
    a, b = triangles.T[:, likely[triangles].all(1)][[[0, 1, 2], [1, 2, 0]]].reshape(2, -1)
    n = len(likely)
    graph = sparse.coo_matrix((np.ones(len(a)), (a, b)), (n, n))
    part = connected_components(graph, directed=False)[1]
    return np.asarray(likely & np.isin(part, part[likely & seeds]))


def _up_to_ears(vertices: np.ndarray, hair: np.ndarray) -> np.ndarray:
    """(V,) hair (V,) carried back along the cheeks, where it surely grows.

    Behind it there is only the ear.
    """
    out = np.zeros_like(hair)
    row = np.floor((vertices[:, 1] - vertices[:, 1].min()) / ROW_MM).astype(int)
    for half in (vertices[:, 0] < 0, vertices[:, 0] >= 0):
        most = np.zeros(row.max() + 1)
        np.maximum.at(most, row[half], hair[half])
        sure = smoothstep(maximum_filter1d(most, 2 * round(GROWS_MM / ROW_MM) + 1), *SURE)
        for at in np.flatnonzero(most * sure):
            some = np.flatnonzero(half & (row == at))
            back = some[np.argsort(-vertices[some, 2])]
            out[back] = sure[at] * smoothstep(np.maximum.accumulate(hair[back]), *ENOUGH)
    return out


def _carried(vertices: np.ndarray, hair: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """(V, 3) colours (V, 3) of the hair (V,) nearby."""
    out, some, sure = colour.copy(), np.flatnonzero(hair), np.flatnonzero(hair > 0.5 * hair.max())
    if len(some):
        away, which = cKDTree(vertices[sure]).query(vertices[some], min(NEIGHBOURS, len(sure)))
        weight = (hair[sure] ** 2)[which] / (away**2 + NEAR_MM**2) ** 2
        total = weight.sum(1, keepdims=True)
        out[some] = (colour[sure[which]] * weight[..., None]).sum(1) / total
    return out
