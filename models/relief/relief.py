"""The relief of a photographed head: geometry under every pixel, and its warp to new parameters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from models.face.camera import Camera
from models.face.fitting import OUTLINE, FaceFit
from models.face.mesh import vertex_normals
from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.face.pose import rotation
from models.matting.fill import push_pull
from models.relief.draw import Coat, lay
from models.relief.eyes import Eyes
from models.relief.farside import far_side
from models.relief.frame import HeadFrame, smoothstep
from models.relief.layers import Textures, decompose, head_share, jaw_reach
from models.relief.mirror import Mirror, mirror_coat
from models.relief.motion import display_gain, shading, turn_between, turn_points
from models.relief.mouth import (
    LIPS,
    OPEN_MM,
    Mouth,
    build_mouth,
    gap_mm,
    photo_mouth,
)
from models.relief.shell import shell_sheet
from models.relief.sheets import (
    BEYOND,
    Sheet,
    border_loop,
    build_grid,
    face_triangles,
    head_sheet,
    torso_sheet,
)

SPACING_MM = 2.7
NORMAL_SEAM_MM = 16.0
# Beyond this angle to the view the cheek's pixels are shared out more evenly.
STEEP, EVEN, CHEEK_MM = np.radians(64), 0.45, 66.0
# Photographed teeth lie this much before drawn ones, mm: less parallax against the lips.
PHOTO_SHIFT = np.array([0, 0, 3.0], np.float32)


@dataclass(frozen=True)
class Layers:
    """A picture taken apart at one scale, with the photo's own mouth when it is open."""

    textures: Textures
    mouth: np.ndarray | None
    scale: float


@dataclass(frozen=True)
class Relief:
    """A photographed head that can be turned, bent and relit. See `build` and `warp`."""

    model: FaceModel
    fit: FaceFit
    frame: HeadFrame
    head: Sheet
    torso: Sheet
    shell: Sheet
    far: Sheet | None
    bare: np.ndarray
    triangles: np.ndarray
    face_normals: np.ndarray
    seam: np.ndarray
    seam_normals: np.ndarray
    face_uv: np.ndarray
    mouth: Mouth
    mirror: Mirror | None
    eyes: Eyes
    jaw: np.ndarray
    source: tuple[np.ndarray, np.ndarray, np.ndarray | None]

    @classmethod
    def build(
        cls,
        image: np.ndarray,
        alpha: np.ndarray,
        fit: FaceFit,
        model: FaceModel,
        backdrop: np.ndarray | None = None,
        spacing_mm: float = SPACING_MM,
        depth_gain: float = 1.0,
    ) -> Relief:
        """Build from an image (H, W, 3) uint8 sRGB, its matte (H, W) 0..1 and the face in it.

        backdrop: (H, W, 3) what lies behind the person; filled smoothly from around when None.
        depth_gain: see `HeadFrame.of`.
        """
        frame = HeadFrame.of(model, fit, depth_gain)
        alpha = np.ascontiguousarray(alpha, np.float32)
        triangles = face_triangles(model)
        jaw = jaw_reach(frame, image, alpha)
        share = head_share(frame, alpha.shape, 1.0, jaw)
        border = border_loop(triangles)
        grid = build_grid(frame, triangles, image, alpha, share, spacing_mm, border)
        head = head_sheet(frame, grid)
        vertices = fit.vertices(model)
        outline = vertices[list(OUTLINE)]
        reach = np.linalg.norm(vertices[:, None] - outline[None], axis=-1).min(1)
        seam = 1 - smoothstep(reach, 1.0, NORMAL_SEAM_MM)
        cell = (frame.screen[:, :2] / grid.spacing + BEYOND).astype(np.float32)
        around = cv2.remap(
            grid.normals, cell[:, 0][None], cell[:, 1][None], cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )[0]  # fmt: skip
        beside = cv2.remap(
            grid.hair, cell[:, 0][None], cell[:, 1][None], cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )[0]  # fmt: skip
        used = np.unique(triangles)
        seam_full = np.zeros(len(vertices), np.float32)
        seam_full[used] = seam[used]
        normals = vertex_normals(vertices, triangles)
        return cls(
            model, fit, frame, head, torso_sheet(frame, grid), shell_sheet(frame, grid, border),
            far_side(frame, head), _bare(normals @ frame.turn.T, beside * smoothstep(np.abs(vertices[:, 0]), 46.0, 56.0)),
            triangles.astype(np.int32),
            normals, seam_full, around @ frame.turn, frame.screen[:, :2].copy(),
            build_mouth(model, fit), mirror_coat(model, frame, normals @ frame.turn.T, alpha),
            Eyes.of(model, vertices), jaw, (image, alpha, backdrop),
        )  # fmt: skip

    @cached_property
    def layers(self) -> Layers:
        """The built picture taken apart at its own scale."""
        return self.take_apart(*self.source, 1.0)

    def take_apart(
        self,
        image: np.ndarray,
        alpha: np.ndarray,
        backdrop: np.ndarray | None,
        scale: float,
        person: np.ndarray | None = None,
    ) -> Layers:
        """Layers of the built picture at another scale (image pixels per pixel of the first).

        person: see `layers.decompose`.
        """
        share = head_share(self.frame, alpha.shape, scale, self.jaw)
        if backdrop is None:
            known = (cv2.dilate(alpha, np.ones((5, 5), np.uint8)) < 0.02).astype(np.float32)
            photo = image.astype(np.float32)
            backdrop = push_pull(photo, known) if known.any() else photo
        density = self.frame.pixels_per_mm * scale
        textures = decompose(image, alpha, backdrop, share, self.frame, scale, person)
        mouth = None
        if self.mouth.gap > OPEN_MM:
            mouth = photo_mouth(image, (self.face_uv[:478] + 0.5) * scale - 0.5, density)
        return Layers(textures, mouth, scale)

    def warp(
        self,
        parameters: FaceParameters,
        camera: Camera | None = None,
        size: tuple[int, int] | None = None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw the head at other parameters, seen by a camera, over black.

        size: width, height of the result. Returns rgb (H, W, 3) uint8 (premultiplied), alpha
        (H, W) float32 0..1 and valid (H, W) bool: pixels that the photo really showed.
        """
        height, width = self.layers.textures.head.shape[:2]
        width, height = size or (width, height)
        canvas = np.zeros((height, width, 3), np.float32)
        alpha = np.zeros((height, width), np.float32)
        valid = Drawing(self, parameters).draw(self.layers, camera or self.fit.camera, canvas, alpha)
        return np.clip(canvas + 0.5, 0, 255).astype(np.uint8), alpha, valid


class Drawing:
    """The relief at one set of parameters: posed and lit vertices, drawable at any scale."""

    def __init__(self, relief: Relief, parameters: FaceParameters) -> None:
        self.relief = relief
        fit, model = relief.fit, relief.model
        old = fit.parameters
        extra = fit.displacement if len(fit.displacement) else None
        self.vertices = fit.vertices(model, parameters)
        self.turn = rotation(parameters.pose)
        self.axis, self.angle = turn_between(relief.frame.turn, self.turn)
        outline = list(OUTLINE)
        base = fit.vertices(model)
        shaped = model.vertices(parameters.identity, old.expression, extra)
        self.by_identity = (shaped - base)[outline] @ relief.frame.turn.T
        self.by_expression = (self.vertices - shaped)[outline] @ relief.frame.turn.T
        self.bent = bool(np.abs(self.vertices - base).max() > 1e-4)
        self.before, self.after = old.light.astype(np.float32), parameters.light.astype(np.float32)
        self.unlit = np.array_equal(self.before, self.after)
        whole = np.ones(len(base), np.float32)
        bent = relief.frame.points + (self.vertices - base) @ relief.frame.turn.T
        face = turn_points(bent.astype(np.float32), whole, self.axis, self.angle)
        self.face = face
        head = self._posed(relief.head)
        pinned = face[relief.head.pins] * relief.head.pin_bary[..., None]
        head[relief.head.pinned] = pinned.sum(1)
        sheets = {"shell": relief.shell, "torso": relief.torso}
        if relief.far is not None:
            sheets["far"] = relief.far
        self.points = {name: self._posed(sheet) for name, sheet in sheets.items()} | {
            "head": head,
        }
        self.gains = {name: self._gain(sheet) for name, sheet in sheets.items()} | {
            "head": self._gain(relief.head)
        }
        self.face_gain = self._face_gain()

    def moved_mm(self) -> float:
        """How far the edit moves the head at most, mm."""
        relief = self.relief
        return float(np.abs(self.face - relief.frame.points).max())

    def _posed(self, sheet: Sheet) -> np.ndarray:
        points = sheet.points
        if self.bent:
            points = (
                points
                + sheet.follow_expression @ self.by_expression
                + sheet.follow_identity @ self.by_identity
            ).astype(np.float32)
        return turn_points(points, sheet.weight, self.axis, self.angle)

    def _gain(self, sheet: Sheet) -> np.ndarray:
        if self.unlit and self.angle < 1e-6:
            return np.ones_like(sheet.normals)
        turned = turn_points(sheet.normals, sheet.weight, self.axis, self.angle)
        return display_gain(
            shading(sheet.lit, self.before), shading(turned, self.after), sheet.light
        )

    def _face_gain(self) -> np.ndarray:
        relief = self.relief
        blend = relief.seam[:, None]
        old = relief.face_normals * (1 - blend) + relief.seam_normals * blend
        now = vertex_normals(self.vertices, relief.triangles) if self.bent else relief.face_normals
        new = now * (1 - blend) + relief.seam_normals * blend
        before = _unit(old) @ relief.frame.turn.T
        after = _unit(new) @ self.turn.T
        self.lit_after = shading(np.ascontiguousarray(after), self.after)
        if self.unlit and self.angle < 1e-6 and not self.bent:
            return np.ones((len(self.vertices), 3), np.float32)
        gain = display_gain(
            shading(np.ascontiguousarray(before), self.before), self.lit_after,
            np.ones(len(old), np.float32),
        )  # fmt: skip
        return relief.eyes.shadow(self.vertices, gain) if self.bent else gain

    def draw(
        self, layers: Layers, camera: Camera, canvas: np.ndarray, alpha: np.ndarray
    ) -> np.ndarray:
        """Paint all layers, front to back, under canvas (H, W, 3) float32 and alpha (H, W).

        Returns (H, W) bool, the pixels that show what the photo showed.
        """
        r = self.relief
        t = layers.textures
        valid = np.zeros(alpha.shape, bool)
        scale = layers.scale
        uv = (r.face_uv + 0.5) * scale - 0.5
        own = uv + self._slide() * (r.frame.pixels_per_mm * scale)
        coats = [Coat(t.head, own, self.face_gain, r.bare)]
        if r.mirror is not None:
            coats.insert(0, self._mirrored(r.mirror, t.head, scale))
        if self.angle > 1e-3:
            coats.append(Coat(t.shell, uv, self.face_gain, self._under()))
        window, index = lay(camera.project(self.face), r.triangles, coats, canvas, alpha)
        valid[window] |= index >= 0
        self._draw_mouth(layers, camera, canvas, alpha)
        # The face goes before its surroundings: what is transparent there must not hide it.
        window, index = self._layer("head", r.head, t.head, scale, camera, canvas, alpha)
        valid[window] |= index >= 0
        self._layer("torso", r.torso, t.torso, scale, camera, canvas, alpha)
        if r.far is not None and self.angle > 1e-3:
            self._layer("far", r.far, t.head, scale, camera, canvas, alpha)
        self._layer("shell", r.shell, t.shell, scale, camera, canvas, alpha)
        return valid

    def _opacity(self, sheet: Sheet) -> np.ndarray:
        """The thin rim fades where it turns towards the camera: the shell is its continuation."""
        if not sheet.rim.any() or self.angle < 1e-6:
            return sheet.opacity
        turned = turn_points(sheet.outward, sheet.weight, self.axis, self.angle)
        return sheet.opacity * (1 - sheet.rim * smoothstep(turned[:, 2], 0.05, 0.25))

    def _layer(
        self, name: str, sheet: Sheet, texture: np.ndarray, scale: float,
        camera: Camera, canvas: np.ndarray, alpha: np.ndarray,
    ) -> tuple[tuple[slice, slice], np.ndarray]:  # fmt: skip
        uv = (sheet.uv + 0.5) * scale - 0.5
        coat = Coat(texture, uv, self.gains[name], self._opacity(sheet))
        return lay(camera.project(self.points[name]), sheet.triangles, [coat], canvas, alpha)

    def _under(self) -> np.ndarray:
        """(V,) where the face's own rim turns into view: skin must close it, not the matte."""
        source = (self.relief.face_normals @ self.relief.frame.turn.T)[:, 2]
        toward = (self.relief.face_normals @ self.turn.T)[:, 2] - source
        return smoothstep(toward, 0.05, 0.2) * smoothstep(source, 0.6, 0.4) * self.relief.bare

    def _slide(self) -> np.ndarray:
        """(V, 2) mm of picture by which the cheek's pixels move as its rim turns into view.

        The few pixels seen at grazing angles would smear; pixels from further in share the way.
        """
        normals = self.relief.face_normals @ self.relief.frame.turn.T
        toward = (self.relief.face_normals @ self.turn.T)[:, 2] - normals[:, 2]
        angle = np.arccos(np.clip(normals[:, 2], -0.6, 1))
        evened = np.where(angle > STEEP, STEEP + (angle - STEEP) * EVEN, angle)
        way = CHEEK_MM * (np.sin(evened) - np.sin(angle)) * smoothstep(toward, 0.05, 0.35)
        out = normals[:, :2] / np.maximum(np.linalg.norm(normals[:, :2], axis=1, keepdims=True), 0.05)
        # Only the face's sides: the nose's flanks are steep too, but small.
        side = smoothstep(np.abs(self.vertices[:, 0]), 42.0, 56.0)
        return ((way * side)[:, None] * out * [1, -1]).astype(np.float32)

    def _mirrored(self, mirror: Mirror, texture: np.ndarray, scale: float) -> Coat:
        """The other half's skin, for what the photo's own pose hid."""
        whole = np.ones(len(mirror.uv), np.float32)
        gain = display_gain(shading(mirror.lit, self.before), self.lit_after, whole)
        return Coat(texture, (mirror.uv + 0.5) * scale - 0.5, gain, mirror.weight * self.relief.bare)

    def _draw_mouth(
        self, layers: Layers, camera: Camera, canvas: np.ndarray, alpha: np.ndarray
    ) -> None:
        """Paint what shows between the lips."""
        if gap_mm(self.vertices) < 0.4:
            return
        r, mouth = self.relief, self.relief.mouth
        gain = np.broadcast_to(
            display_gain(
                shading(np.array([[0, 0, 1.0]], np.float32), self.before),
                shading(np.array([[0, 0, 1.0]], np.float32), self.after),
                np.ones(1, np.float32),
            ), mouth.points.shape,
        )  # fmt: skip
        full = np.ones(len(mouth.points), np.float32)
        lower, shown = mouth.lower_row(self.vertices, layers.mouth is not None)
        still = np.zeros(3, np.float32)
        if layers.mouth is None:
            parts = [(mouth.upper, still, mouth.uv, 1.0)]
        else:
            photo = r.frame.camera.project(r.frame.placed(mouth.points + PHOTO_SHIFT))[:, :2]
            parts = [(layers.mouth, PHOTO_SHIFT, (photo + 0.5) * layers.scale - 0.5, 1.0)]
        parts.append((mouth.lower, lower, mouth.uv, shown))
        parts.append((mouth.cavity, np.array([0, 0, -12.0]), mouth.uv, 1.0))
        lips = camera.project(self.face[list(LIPS)])[:, :2]
        low = np.clip(np.floor(lips.min(0)).astype(int) - 1, 0, alpha.shape[::-1])
        high = np.clip(np.ceil(lips.max(0)).astype(int) + 2, low, alpha.shape[::-1])
        window = (slice(low[1], high[1]), slice(low[0], high[0]))
        inner, cover = np.zeros_like(canvas[window]), np.zeros_like(alpha[window])
        if cover.size == 0:
            return
        for texture, shift, uv, share in parts:
            points = turn_points(r.frame.placed(mouth.points + shift), full, self.axis, self.angle)
            screen = camera.project(points) - np.array([*low, 0], np.float32)
            coat = Coat(texture, uv.astype(np.float32), np.ascontiguousarray(gain), share * full)
            lay(screen, mouth.triangles, [coat], inner, cover)
        stencil = np.zeros(cover.shape, np.uint8)
        cv2.fillPoly(stencil, [np.rint((lips - low) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        room = (1 - alpha[window]) * (stencil / np.float32(255))
        canvas[window] += room[..., None] * inner
        alpha[window] += room * cover


def _bare(normals: np.ndarray, hair: np.ndarray) -> np.ndarray:
    """(V,) opacity of the face: 0 where it turns away from the photo under hair (V,) 0..1."""
    covered = smoothstep(hair, 0.3, 0.7) * smoothstep(normals[:, 2], 0.45, 0.25)
    return (1 - covered).astype(np.float32)


def _unit(v: np.ndarray) -> np.ndarray:
    return (v / np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-6)).astype(np.float32)
