"""The side of the head that the photo's own turn hid: its ear mirrored from the near side."""

from __future__ import annotations

import cv2
import numpy as np

from models.face.lighting import srgb_to_linear
from models.relief.ears import MISSING, ROOTS, SURELY, ear_place, standing
from models.relief.face import FaceSheet
from models.relief.frame import HeadFrame, smoothstep
from models.relief.grid import BEYOND, Grid
from models.relief.motion import FILL, shading
from models.relief.outline import sampled
from models.relief.sheets import FLIP, Sheet, mirrored_part

# The near side is copied from this far out, mm in the face frame.
INNER_MM = 56.0
# Less than this is no ear. Hair that fills this part of an ear's place hides it; where it leaves
# the other ear this bare it is none, but the ear in shadow.
EAR_AREA_MM2, HIDDEN, BARE = 350.0, 0.5, 0.3
# So much of it goes under the face.
ROOT_MM = 4.0
# Landmarks before the ears.
TEMPLES = (127, 234, 93, 356, 454, 323)
# Cheeks beside the ears: at least so far out, so far above and below their roots, so broad.
CHEEK_MM, BESIDE_MM, BROAD_MM = 40.0, 25.0, 12.0
# An ear of so much less albedo than the cheek is one in shadow.
DARKEST = 0.36
# It stands off by such parts of what the other one does, until so much of it lies within what the
# photo shows of its side.
PRESSED, WITHIN = np.linspace(1, 0.1, 10), 0.93


def far_side(
    frame: HeadFrame, grid: Grid, head: Sheet, face: FaceSheet, mirror: np.ndarray,
    light: np.ndarray,
) -> Sheet | None:  # fmt: skip
    """An ear beside the far cheek; None when the photo shows both, or none, or hair there.

    mirror: (V,) each face vertex's counterpart on the other half. light: (9, 3).
    """
    up = frame.upright(grid.pixels)
    place = ear_place(frame, up) & ~grid.on_face
    surely = place & (grid.ears > SURELY) & (grid.matte > 0.5)
    cell = (grid.spacing / frame.pixels_per_mm) ** 2
    left, right = up[..., 0] < 0, up[..., 0] > 0
    areas = [float((surely & side).sum() * cell) for side in (left, right)]
    near, this, other = (1, right, left) if areas[1] > areas[0] else (-1, left, right)
    hair = (grid.matte > 0.5) & (grid.ears < 0.5)
    covered, usual = (float(hair[place & side].mean()) for side in (other, this))
    # Two ears on one side, or half of one through another, are worse than a narrow one.
    if max(areas) < EAR_AREA_MM2 or min(areas) > MISSING * max(areas):
        return None
    if covered > HIDDEN and usual > BARE:
        return None
    # Of an ear in half shadow a part is found: it fills its place as the other one does.
    filled = float(((grid.matte > 0.5) & place & other).sum() * cell)
    if min(areas) > 0 and filled > max(areas):
        return None
    cheek = _cheek(frame, face, mirror, near)
    if cheek is None or _too_dark(grid, surely & this, cheek, light):
        return None
    own = head.points @ frame.turn
    ear = _largest(standing(grid.ears, grid.matte, grid.spacing / frame.pixels_per_mm) * this)
    ear = sampled(ear, head.uv / grid.spacing + BEYOND)
    wanted = (own[:, 0] * near > INNER_MM * frame.size) & (ear > 0)
    used, compact = np.unique(head.triangles[wanted[head.triangles].all(1)], return_inverse=True)
    opacity = smoothstep(ear[used], 0.15, 0.5)
    own = own[used]
    if not (opacity > 0.5).any():
        return None
    # Its root joins the far side of the face, as broad there as the near side.
    root = np.percentile(own[opacity > 0.5, 0] * near, 10) + ROOT_MM
    side = np.abs((frame.points[list(TEMPLES)] @ frame.turn)[:, 0]).mean()
    own[:, 0] -= near * max(float(root - side), 0.0)
    own = _pressed(frame, grid, own * FLIP, opacity > 0.5, near * (ROOT_MM - min(root, side)))
    return mirrored_part(frame, head, used, compact, own, opacity, -near)


def _pressed(
    frame: HeadFrame, grid: Grid, ear: np.ndarray, shown: np.ndarray, root: float
) -> np.ndarray:
    """An ear (N, 3), face frame, so near to the head that its photo hides what is shown (N,) of it.

    root: how far across the face it begins.
    """
    for share in PRESSED:
        out = np.stack([root + share * (ear[:, 0] - root), ear[:, 1], ear[:, 2]], 1)
        pixels = frame.camera.project(frame.placed(out[shown]).astype(np.float32))[:, :2]
        if (sampled(grid.matte, pixels / grid.spacing + BEYOND) > 0.5).mean() > WITHIN:
            break
    return out


def _largest(ears: np.ndarray) -> np.ndarray:
    """Of ears (h, w) 0..1 the largest one."""
    _, label, stats, _ = cv2.connectedComponentsWithStats((ears > 0).astype(np.uint8))
    return ears * (label == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()) if len(stats) > 1 else ears


def _cheek(frame: HeadFrame, face: FaceSheet, mirror: np.ndarray, near: int) -> np.ndarray | None:
    """Albedo (3,) of the far cheek where the near one's mirror image lies beside its ear."""
    points = (frame.points @ frame.turn) / frame.size
    beside = np.abs(points[:, 1] - points[list(ROOTS), 1].mean()) < BESIDE_MM
    beside &= (points[:, 0] * near > CHEEK_MM) & (face.bare > 1) & (face.bare[mirror] > 1)
    some = face.shown[beside[face.shown]]
    if not len(some):
        return None
    out = points[some, 0] * near
    some = some[out > out.max() - BROAD_MM]
    return np.asarray(np.median(face.reflected(mirror[some], face.view[:, 2]), axis=0))


def _too_dark(grid: Grid, ear: np.ndarray, cheek: np.ndarray, light: np.ndarray) -> bool:
    """Whether an ear (h, w) bool lies in such shadow that it cannot stand beside a cheek (3,)."""
    lit = shading(grid.normals[ear].astype(np.float32), light.astype(np.float32))
    albedo = np.median(srgb_to_linear(grid.colour[ear] / 255) / (lit + FILL), axis=0)
    return bool(albedo.mean() < DARKEST * cheek.mean())
