"""Meshes that carry a photo's pixels: the grid over the head's surroundings and the torso."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from scipy.spatial.distance import cdist

from models.face.fitting import OUTLINE
from models.relief.frame import HeadFrame, smoothstep
from models.relief.grid import RIM_MM, Grid, beside_neck, whole_face
from models.relief.jaw import ALONG_MM
from models.relief.rims import wings

# From one half of the face to the other, in the face frame.
FLIP = np.array([-1, 1, 1], np.float32)
NECK_RADIUS, NECK_BACK = 58.0, -25.0
# The outer hair, so wide, gives way to the shell where it turns towards the camera: few pixels
# would have to cover much depth, and the backdrop shines through them.
HAND_MM = 9.0
# Above the jaw's angles lobes begin, and hair.
BELOW_EARS_MM = 20.0, 35.0
# Beside and below the head's origin.
LIGHT_ENDS_MM = 186.0, -222.0


def _none(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.int64)


@dataclass(frozen=True)
class Sheet:
    """A textured mesh in the photo's camera frame.

    points: (V, 3) mm. uv: (V, 2) px of the photo. triangles: (F, 3) int32. normals: (V, 3) unit;
    lit: (V, 3) those under which the pixels were taken. weight: (V,) share of the head's
    rotation. light: (V,) share of a change of light. opacity: (V,). rim: (V,) 1 in the thin rim
    along the outline, which faces outward (V, 3). follow_expression, follow_identity: (V, 36) how
    each vertex follows the face's outline. ears, skin: (V,) 0..1 on an ear, on skin. strange:
    (V,) 1 on what stands beside the jaw and is none of it. stays: (V,) 1 on what fades but stays
    where nothing comes in its place. pinned: (P,) vertices glued to the face,
    between the vertices pins (P, 3) with the weights pin_bary (P, 3).
    tone: (V, 3) factors on display values, or none.
    """

    points: np.ndarray
    uv: np.ndarray
    triangles: np.ndarray
    normals: np.ndarray
    lit: np.ndarray
    weight: np.ndarray
    light: np.ndarray
    opacity: np.ndarray
    rim: np.ndarray
    outward: np.ndarray
    follow_expression: np.ndarray
    follow_identity: np.ndarray
    ears: np.ndarray
    skin: np.ndarray
    strange: np.ndarray
    stays: np.ndarray
    pinned: np.ndarray = field(default_factory=lambda: _none(0))
    pins: np.ndarray = field(default_factory=lambda: _none(0, 3))
    pin_bary: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    tone: np.ndarray | None = None

    @cached_property
    def wings(self) -> np.ndarray:
        """The mesh's edges, see `rims.wings`."""
        return wings(self.triangles)

    @cached_property
    def fading(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """What a turn may fade and lay again, to the left and to the right.

        Of each its vertices (N,) and triangles (F, 3) among them.
        """
        fades = (self.stays > 0)[self.triangles].any(1)
        right = self.points[self.triangles[:, 0], 0] > 0
        parts = [self.triangles[fades & side] for side in (~right, right)]
        found = (np.unique(part, return_inverse=True) for part in parts if len(part))
        return [(some, own.reshape(-1, 3).astype(np.int32)) for some, own in found]

    @classmethod
    def plain(
        cls,
        points: np.ndarray,
        uv: np.ndarray,
        triangles: np.ndarray,
        normals: np.ndarray,
        **others: np.ndarray,
    ) -> Sheet:
        """An opaque sheet that turns with the head and takes all light, but for the others."""
        n = len(points)
        one, zero = np.ones(n, np.float32), np.zeros(n, np.float32)
        still = np.zeros((n, len(OUTLINE)), np.float32)
        parts = {
            "points": points, "uv": uv, "triangles": triangles, "normals": normals,
            "lit": normals, "weight": one, "light": one, "opacity": one, "rim": zero,
            "outward": np.zeros((n, 3), np.float32), "follow_expression": still,
            "follow_identity": still, "ears": zero, "skin": zero, "strange": zero,
            "stays": zero,
        }  # fmt: skip
        parts.update(others)
        for name, values in parts.items():
            if values.dtype == np.float64:
                parts[name] = values.astype(np.float32)
        return cls(**parts)


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


def _side_weight(frame: HeadFrame, height: np.ndarray) -> np.ndarray:
    """Share of the rotation of what hangs beside the neck."""
    return smoothstep(height, frame.chin - 75 * frame.size, frame.jaw + 5)


def _neck_weight(frame: HeadFrame, height: np.ndarray) -> np.ndarray:
    return 0.6 * smoothstep(height, frame.chin - 55 * frame.size, frame.chin + 15)


def followers(frame: HeadFrame, points: np.ndarray, reach: float) -> np.ndarray:
    """(V, 36) weights with which points (V, 3) follow the face's outline, fading over reach mm."""
    outline = frame.points[list(OUTLINE)]
    square = cdist(points, outline, "sqeuclidean").astype(np.float32)
    weight = 1 / (square + 16) ** np.float32(1.5)
    weight /= weight.sum(1, keepdims=True)
    if np.isfinite(reach):
        weight *= np.exp(-square.min(1, keepdims=True) / np.float32(reach**2))
    return weight


def head_sheet(frame: HeadFrame, grid: Grid) -> Sheet:
    """The grid over hair, ears and the face's rim."""
    used, triangles = _grid_triangles(_head_cells(grid))

    def at(values: np.ndarray) -> np.ndarray:
        flat: np.ndarray = values.reshape(grid.depth.size, *values.shape[2:])[used]
        return flat

    pixels = at(grid.pixels).copy()
    points = frame.at_depth(pixels, at(grid.depth))
    edge, free = at(grid.pins.edge), at(grid.pins.free)
    pins, bary = at(grid.pins.corners), at(grid.pins.bary)
    pulled = (frame.points[pins[edge]] * bary[edge][..., None]).sum(1)
    pixels[edge] = frame.camera.project(pulled)[:, :2]
    points[edge] = pulled
    points[free] = frame.at_depth(pixels[free], at(grid.pins.root)[free])
    up = frame.upright(pixels)
    weight = 1 + beside_neck(frame, up[:, 0]) * (_side_weight(frame, up[:, 1]) - 1)
    face = np.flatnonzero((at(grid.on_face) | edge) & ~free)
    # Hair's thin rim gives way to the shell; a sliver beside the cheek to the cheek's own mesh.
    within = at(grid.within)
    hair = smoothstep(within, HAND_MM, 0.4 * HAND_MM) * shell_share(frame, up[:, 1])
    sliver = smoothstep(within, 2.2 * RIM_MM, 1.2 * RIM_MM) * smoothstep(at(grid.from_face), 14, 6)
    low = smoothstep(up[:, 1], frame.jaw + 4, frame.jaw - 8) * smoothstep(np.abs(up[:, 0]), 25, 40)
    strange = low * smoothstep(at(grid.from_face), 14, 8) * at(_strange(grid))
    # What is so narrow before the backdrop is the jaw's own rim: too few pixels to stay.
    broad = smoothstep(within + at(grid.from_face), ALONG_MM, 1.5 * ALONG_MM)
    strange *= broad
    stays = np.maximum(hair * (1 - at(grid.ears)), strange) * (1 - sliver)
    stays *= np.maximum(broad, smoothstep(up[:, 1], *(frame.jaw + mm for mm in BELOW_EARS_MM)))
    sideways = np.sign(up[:, :1]) * np.array([np.cos(frame.roll), -np.sin(frame.roll), 0])
    return Sheet.plain(
        points, pixels, triangles, at(grid.normals),
        weight=weight,
        rim=np.maximum(hair, sliver) * (1 - at(grid.ears)),
        outward=np.where((np.maximum(sliver, strange) > hair)[:, None], sideways, at(grid.outward)),
        follow_expression=followers(frame, points, 38.0) * weight[:, None],
        follow_identity=followers(frame, points, np.inf) * weight[:, None],
        ears=at(grid.ears),
        strange=strange,
        stays=stays,
        skin=at(grid.skin),
        pinned=face,
        pins=pins[face],
        pin_bary=bary[face],
    )  # fmt: skip


def mirrored_part(
    frame: HeadFrame, head: Sheet, used: np.ndarray, triangles: np.ndarray, own: np.ndarray,
    opacity: np.ndarray, side: float,
) -> Sheet:  # fmt: skip
    """Vertices used (N,) of a head's sheet, with triangles among them, on the other half.

    own: (N, 3) mm in the face frame where they come to lie, on the side of this sign of x.
    """
    return Sheet.plain(
        own @ frame.turn.T, head.uv[used], triangles.reshape(-1, 3).astype(np.int32),
        (head.normals[used] @ frame.turn * FLIP) @ frame.turn.T,
        lit=head.normals[used], weight=head.weight[used], opacity=opacity, skin=head.skin[used],
        outward=np.broadcast_to(side * frame.turn[:, 0], own.shape).astype(np.float32),
    )  # fmt: skip


def _strange(grid: Grid) -> np.ndarray:
    """(h, w) 0..1: how far the colours beside the face are none of its own nearby."""
    inner = cv2.erode(whole_face(grid.on_face), np.ones((3, 3), np.uint8))
    _, label = cv2.distanceTransformWithLabels(
        1 - inner, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    own = np.zeros((label.max() + 1, 3), np.float32)
    own[label[inner > 0]] = grid.colour[inner > 0]
    off = np.abs(grid.colour - own[label]).max(-1)
    return cv2.GaussianBlur(smoothstep(off - 0.2 * own[label].mean(-1), 15, 40), (0, 0), 1.0)


def _head_cells(grid: Grid) -> np.ndarray:
    """(h-1, w-1) bool: cells that show head, but for those deep in the face."""
    # The open mouth is a hole of the face, not a part of this sheet.
    inner = cv2.erode(whole_face(grid.on_face), np.ones((5, 5), np.uint8)).astype(bool)
    return _any_corner(_near(grid.matte * grid.share > 0.003)) & _any_corner(~inner)


def _near(shown: np.ndarray) -> np.ndarray:
    """(h, w) bool: in or next to what is shown (h, w)."""
    return cv2.dilate(shown.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0


def torso_sheet(frame: HeadFrame, grid: Grid) -> Sheet:
    """The grid over neck and clothes, continued up behind the jaw."""
    low = frame.upright(grid.pixels)[..., 1] < frame.jaw + 70
    used, triangles = _grid_triangles(_any_corner(low & _near(grid.matte > 0)))
    pixels = grid.pixels.reshape(-1, 2)[used]
    up = frame.upright(pixels)
    side = beside_neck(frame, up[:, 0])
    radius = NECK_RADIUS * frame.size
    neck = NECK_BACK + np.sqrt(radius**2 - np.minimum(np.abs(up[:, 0]), 0.92 * radius) ** 2)
    depth = neck + side * (grid.depth.ravel()[used] - neck)
    points = frame.at_depth(pixels, depth.astype(np.float32))
    weight = _neck_weight(frame, up[:, 1]) * (1 - side) + side * _side_weight(frame, up[:, 1])
    weight *= smoothstep(np.abs(up[:, 0]) / frame.size, 175, 110)
    fade = smoothstep(up[:, 1], frame.chin - 45 * frame.size, frame.chin)
    jaw = followers(frame, points, 60.0) * fade[:, None]
    # A change of light ends where the edited part of the photo does.
    light = smoothstep(up[:, 1], LIGHT_ENDS_MM[1], frame.chin - 20)
    light *= smoothstep(np.abs(up[:, 0]), LIGHT_ENDS_MM[0], LIGHT_ENDS_MM[0] - 70)
    return Sheet.plain(
        points, pixels, triangles, grid.normals.reshape(-1, 3)[used],
        weight=weight, light=light, follow_expression=jaw, follow_identity=jaw,
        skin=grid.skin.ravel()[used],
    )  # fmt: skip


def shell_share(frame: HeadFrame, height: np.ndarray) -> np.ndarray:
    """How far the shell, not the sheet's own rim, makes the turned outline at a height (mm)."""
    return smoothstep(height, frame.jaw, frame.jaw + 20)
