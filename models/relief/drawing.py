"""Drawing a relief at one set of parameters: posed and lit sheets, laid front to back."""

from __future__ import annotations

from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np

from models.face.camera import Camera
from models.face.fitting import OUTLINE
from models.face.mesh import vertex_normals
from models.face.parameters import FaceParameters
from models.face.pose import rotation
from models.relief.draw import Coat, lay
from models.relief.frame import smoothstep
from models.relief.fringe import Fringe
from models.relief.layers import Layers
from models.relief.mirror import Mirror
from models.relief.motion import display_gain, follow, shading, turn_between, turn_points
from models.relief.mouth import INNER_LIPS, LIPS, gap_mm
from models.relief.rims import Rims
from models.relief.sheets import Sheet
from models.relief.skin import around, skin_gain
from models.relief.stillness import Stillness

if TYPE_CHECKING:
    from models.relief.relief import Relief

# Photographed teeth lie this much before drawn ones, mm: less parallax against the lips.
PHOTO_SHIFT = np.array([0, 0, 3.0], np.float32)
CAVITY_SHIFT = np.array([0, 0, -12.0], np.float32)
# Cells in which moves are noted: no sheet's vertices stand further apart.
CELL_MM, CELL_PX = 4.5, 4.0
# Depths of what faces outward between which it fades, turned to the camera.
FADING = 0.05, 0.25
# Cosines of turns by which a flat rim is seen too much from its side.
CREST = 0.9, 0.68
# Cosines of turns between which the back of the neck comes into view.
NAPE = 0.9, 0.8
# So far off the axis loose hairs would go with the head.
LOOSE_MM = 100.0
# An ear and hair that the photo hid come in their place while their side gains so much depth:
# sines of turns.
MIRRORED, OPENING = ("far", "beside"), (0.02, 0.14)
# A move that leaves nothing of the photo.
FAR_PX = 1e3


class Drawing:
    """The relief at one set of parameters: posed and lit vertices, drawable at any scale."""

    def __init__(self, relief: Relief, parameters: FaceParameters) -> None:
        self.relief = relief
        fit, model = relief.fit, relief.model
        old = fit.parameters
        extra = fit.displacement if len(fit.displacement) else None
        self.turn = rotation(parameters.pose)
        self.axis, self.angle = turn_between(relief.frame.turn, self.turn)
        facing = np.cos(self.angle) + self.axis[2] ** 2 * (1 - np.cos(self.angle))
        # From so far on the thin rim stands on its edge: a crest on the head.
        self.crest = relief.head.rim * smoothstep(facing, *CREST)
        self.shares = {"head": 1 - self.crest, "nape": smoothstep(facing, *NAPE)}
        self.shares |= {name: self._opened(relief.sheets.get(name)) for name in MIRRORED}
        base = shaped = relief.vertices
        if not np.array_equal(parameters.identity, old.identity):
            shaped = model.vertices(parameters.identity, old.expression, extra)
        self.vertices = shaped
        if not np.array_equal(parameters.expression, old.expression):
            self.vertices = fit.vertices(model, parameters)
        outline = list(OUTLINE)
        self.by_identity = (shaped - base)[outline] @ relief.frame.turn.T
        self.by_expression = (self.vertices - shaped)[outline] @ relief.frame.turn.T
        self.bent = bool(np.abs(self.vertices - base).max() > 1e-4)
        whole = np.ones(len(base), np.float32)
        bent = relief.frame.points + (self.vertices - base) @ relief.frame.turn.T
        face = turn_points(bent.astype(np.float32), whole, self.axis, self.angle)
        self.face = face
        pinned = face[relief.head.pins] * relief.head.pin_bary[..., None]
        self.points = {name: self._posed(sheet) for name, sheet in relief.sheets.items()}
        self.points["head"][relief.head.pinned] = pinned.sum(1)
        self._light(parameters)

    def _opened(self, sheet: Sheet | None) -> float:
        """How far what the photo hid is there: only as its side turns to the camera."""
        if sheet is None:
            return 0.0
        aside = sheet.outward[:1]
        turned = turn_points(aside, np.ones(1, np.float32), self.axis, self.angle)
        return float(smoothstep((turned - aside)[0, 2], *OPENING))

    def _light(self, parameters: FaceParameters) -> None:
        """Take over light and skin."""
        relief, old = self.relief, self.relief.fit.parameters
        self.parameters = parameters
        self.before, self.after = old.light.astype(np.float32), parameters.light.astype(np.float32)
        self.unlit = np.array_equal(self.before, self.after)
        self.skin = None
        if not np.array_equal(old.albedo, parameters.albedo):
            eyes = relief.eyes.share.sum(0)
            self.skin = skin_gain(relief.model, old.albedo, parameters.albedo, eyes)
        self.face_gain = self._face_gain()
        self.gains = {name: self._gain(name, sheet) for name, sheet in relief.sheets.items()}

    @cached_property
    def _depths(self) -> np.ndarray:
        """(V,) depths of the face's fitted normals after the turn."""
        return np.asarray((self.relief.face.normals @ self.turn.T)[:, 2])

    def at(self, parameters: FaceParameters) -> Drawing:
        """The same relief at other parameters; when light and skin alone differ, at less cost."""
        for name in ("pose", "identity", "expression"):
            if not np.array_equal(getattr(parameters, name), getattr(self.parameters, name)):
                return Drawing(self.relief, parameters)
        lit = copy(self)
        lit._light(parameters)
        return lit

    @property
    def recoloured(self) -> bool:
        """Whether light or skin change."""
        return not self.unlit or self.skin is not None

    @cached_property
    def stillness(self) -> Stillness:
        """How far the edit moves what the picture shows, px of the frame."""
        r, camera = self.relief, self.relief.frame.camera
        out = Stillness.over(r.source[0].shape, max(CELL_MM * r.frame.pixels_per_mm, CELL_PX))
        face = camera.project(self.face)
        out.mark(r.frame.screen[r.face.shown], face[r.face.shown])
        lips = list(LIPS)
        out.mark_within(r.frame.screen[lips, :2], face[lips, :2])
        for name, points in self.points.items():
            hidden = name in (*MIRRORED, "nape")
            if hidden and not self.shares[name]:
                continue
            # What only a turn brings into view was not there before.
            floor = FAR_PX if hidden else 0.0
            out.mark(r.rest[name], camera.project(points), floor)
        around = camera.project(self.fringe.points)
        out.mark(around, around, FAR_PX)
        # Loose hairs are gone as soon as the head turns: nothing tells how they fly.
        out.mark(r.loose, r.loose, self.angle * LOOSE_MM * r.frame.pixels_per_mm)
        return out

    @cached_property
    def fringe(self) -> Fringe:
        """What stands out of the outline of the head's back."""
        shell = self.relief.shell
        outward = turn_points(shell.outward, shell.weight, self.axis, self.angle)
        return Fringe.of(self.relief.weave, shell, self.points["shell"], outward)

    def _posed(self, sheet: Sheet) -> np.ndarray:
        points = sheet.points
        for weights, moves in (
            (sheet.follow_expression, self.by_expression),
            (sheet.follow_identity, self.by_identity),
        ):
            if np.abs(moves).max() > 1e-4:
                points = follow(points, weights, moves)
        return turn_points(points, sheet.weight, self.axis, self.angle)

    @cached_property
    def _normals(self) -> dict[str, np.ndarray]:
        return {
            name: turn_points(sheet.normals, sheet.weight, self.axis, self.angle)
            for name, sheet in self.relief.sheets.items()
        }

    @cached_property
    def _face_normals(self) -> np.ndarray:
        face = self.relief.face
        normals = vertex_normals(self.vertices, face.triangles) if self.bent else face.normals
        return np.ascontiguousarray(face.shading_normals(normals) @ self.turn.T)

    def _gain(self, name: str, sheet: Sheet) -> np.ndarray:
        gain = np.ones_like(sheet.normals)
        if not self.unlit or self.angle > 1e-6:
            lit = shading(self._normals[name], self.after)
            gain = display_gain(self.relief.shadings[name], lit, sheet.light)
        if sheet.tone is not None:
            gain *= sheet.tone
        join = self.relief.joins.get(name)
        if join is not None and self.angle > 1e-3:
            gain = join.met(gain, self.relief.face, self.lit_after, self._depths)
        if self.skin is not None and sheet.skin.any():
            gain *= around(self.skin, sheet.follow_identity, sheet.skin * sheet.light)
        return gain

    def _face_gain(self) -> np.ndarray:
        face = self.relief.face
        self.lit_after = shading(self._face_normals, self.after)
        if self.unlit and self.angle < 1e-6 and not self.bent:
            return np.ones_like(self.lit_after)
        before = self.relief.shadings["face"]
        whole = np.ones(len(before), np.float32)
        gain = face.softened(display_gain(before, self.lit_after, whole))
        return self.relief.eyes.shadow(self.vertices, gain) if self.bent else gain

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
        coats, melted = self._face_coats(layers)
        rims = Rims()
        screen = camera.project(self.face)
        # Through an open mouth the far cheek must not show from within.
        window, index = lay(
            screen, r.face.triangles, [c.faded(melted) for c in coats],
            canvas, alpha, rims, r.face.wings, one_sided=True,
        )  # fmt: skip
        valid[window] |= index >= 0
        self._draw_mouth(layers, camera, canvas, alpha)
        # The face goes before its surroundings: what is transparent there must not hide it.
        # A mirrored ear goes before the sliver that the photo shows of the hidden one.
        window, index = self._layer("far", t.head, scale, camera, canvas, alpha, rims)
        mirrored = window, (index < 0) | valid[window]
        window, index = self._layer("head", t.head, scale, camera, canvas, alpha, rims)
        valid[window] |= index >= 0
        self._layer("beside", t.head, scale, camera, canvas, alpha, rims)
        # Where neither ear nor hair lies beside it, what melted is there after all.
        border = r.face.triangles[(melted < 1)[r.face.triangles].any(1)]
        if len(border):
            some, own = np.unique(border, return_inverse=True)
            border, parts = own.reshape(-1, 3).astype(np.int32), [c.part(some) for c in coats]
            lay(screen[some], border, parts, canvas, alpha, one_sided=True)
        valid[mirrored[0]] &= mirrored[1]
        self._layer("torso", t.torso, scale, camera, canvas, alpha)
        self._draw_shell(layers, camera, canvas, alpha, rims)
        self._layer("nape", *layers.skin, camera, canvas, alpha, rims)
        self._lay_faded(t.head, scale, camera, canvas, alpha)
        rims.blend(canvas, alpha)
        return valid

    def _face_coats(self, layers: Layers) -> tuple[list[Coat], np.ndarray]:
        """What to paint on the face, the outermost first; (V,) opacity as its border melts."""
        r, t, scale = self.relief, layers.textures, layers.scale
        face, density = r.face, r.frame.pixels_per_mm * scale
        uv = (face.uv + 0.5) * scale - 0.5
        turned = self._depths
        own = uv + face.slide(turned) * density
        if self.bent:
            up = np.array([np.sin(r.frame.roll), -np.cos(r.frame.roll)], np.float32)
            own += (r.eyes.lashes(self.vertices) * density)[:, None].astype(np.float32) * up
        gain, skin = self.face_gain, 1.0 if self.skin is None else self.skin
        mirrored = [] if r.mirror is None else [self._mirrored(r.mirror, t.head, scale)]
        if self.angle <= 1e-3:
            coats = [*mirrored, Coat(t.head, own, gain * skin, face.bare)]
            return coats, np.ones_like(face.bare)
        gain = face.evened(gain, self.lit_after, turned, (own + 0.5) / scale - 0.5)
        texture, finest = layers.skin
        stretched = face.stretched(turned, gain)
        plain = face.plain(self.lit_after, turned, stretched) * skin
        coats = [
            *mirrored,
            Coat(texture, face.cheeks.places * np.float32(finest), plain, stretched),
            Coat(t.head, own, gain * skin, face.bare),
            Coat(t.shell, uv, gain * skin, face.closing(turned)),
        ]
        return coats, face.melted(turned)

    def _fading(self, sheet: Sheet, share: np.ndarray) -> np.ndarray:
        """(V,) opacity of a share (V,) of a sheet that fades where it turns to the camera."""
        if not share.any() or self.angle < 1e-6:
            return np.ones_like(share)
        turned = turn_points(sheet.outward, sheet.weight, self.axis, self.angle)
        return 1 - share * smoothstep(turned[:, 2], *FADING)

    def _layer(
        self, name: str, texture: np.ndarray, scale: float,
        camera: Camera, canvas: np.ndarray, alpha: np.ndarray, rims: Rims | None = None,
    ) -> tuple[tuple[slice, slice], np.ndarray]:  # fmt: skip
        sheet = self.relief.sheets.get(name)
        if sheet is None or not len(sheet.triangles) or not np.any(self.shares.get(name, 1.0)):
            return (slice(0, 0), slice(0, 0)), np.zeros((0, 0), np.int32)
        # The thin rim fades: the shell is its continuation. What is strange goes behind the neck.
        opacity = sheet.opacity * self._fading(sheet, np.maximum(sheet.rim, sheet.strange))
        opacity = opacity * self.shares.get(name, 1.0)
        coat = Coat(texture, (sheet.uv + 0.5) * scale - 0.5, self.gains[name], opacity)
        screen = camera.project(self.points[name])
        wing = None if rims is None else sheet.wings
        return lay(screen, sheet.triangles, [coat], canvas, alpha, rims, wing)

    def _draw_shell(
        self, layers: Layers, camera: Camera, canvas: np.ndarray, alpha: np.ndarray, rims: Rims
    ) -> None:
        """Paint what goes on behind the outline."""
        sheet = self.relief.shell
        turned = turn_points(sheet.outward, sheet.weight, self.axis, self.angle)[:, 2]
        texture, finest = layers.back
        uv, opacity = self.relief.weave.seen(sheet.uv, turned)
        opacity *= sheet.opacity
        coat = Coat(texture, uv * np.float32(finest), self.gains["shell"], opacity)
        screen = camera.project(self.points["shell"])
        lay(screen, sheet.triangles, [coat], canvas, alpha, rims, sheet.wings)
        fringe = self.fringe
        if len(fringe.triangles):
            uv, gain = (fringe.uv + 0.5) * layers.scale - 0.5, fringe.like(self.gains["shell"])
            coat = Coat(layers.textures.head, uv, gain, fringe.opacity)
            lay(camera.project(fringe.points), fringe.triangles, [coat], canvas, alpha)

    def _lay_faded(
        self, texture: np.ndarray, scale: float,
        camera: Camera, canvas: np.ndarray, alpha: np.ndarray,
    ) -> None:  # fmt: skip
        """Lay what faded once more where nothing came in its place: no hole may show."""
        head = self.relief.head
        for some, triangles in head.fading if self.angle > 1e-3 else ():
            turned = turn_points(head.outward[some], head.weight[some], self.axis, self.angle)
            faded = triangles[(turned[:, 2] > FADING[0])[triangles].any(1)]
            if len(faded):
                uv = (head.uv[some] + 0.5) * scale - 0.5
                away = smoothstep(turned[:, 2], *FADING[::-1])
                opacity = head.stays[some] > 0
                opacity = opacity * head.opacity[some] * (1 - self.crest[some] * away)
                coat = Coat(texture, uv, self.gains["head"][some], opacity)
                lay(camera.project(self.points["head"][some]), faded, [coat], canvas, alpha)

    def _mirrored(self, mirror: Mirror, texture: np.ndarray, scale: float) -> Coat:
        """The other half's skin, for what the photo's own pose hid."""
        shaded, whole = self.relief.shadings["mirror"], np.ones(len(mirror.uv), np.float32)
        gain = mirror.tied * display_gain(shaded, self.lit_after, whole)
        if self.skin is not None:
            gain *= self.skin
        opacity = mirror.weight * self.relief.face.clear
        return Coat(texture, (mirror.uv + 0.5) * scale - 0.5, gain, opacity)

    def _draw_mouth(
        self, layers: Layers, camera: Camera, canvas: np.ndarray, alpha: np.ndarray
    ) -> None:
        """Paint what shows between the lips."""
        if gap_mm(self.vertices) < 0.4:
            return
        r, mouth = self.relief, self.relief.mouth
        full = np.ones(len(mouth.points), np.float32)
        ahead = np.array([[0, 0, 1.0]], np.float32)
        gain = display_gain(
            shading(ahead, self.before), shading(ahead, self.after), np.ones(1, np.float32)
        )
        gain = np.ascontiguousarray(np.broadcast_to(gain, mouth.points.shape))
        lips = camera.project(self.face[list(LIPS)])[:, :2]
        low = np.clip(np.floor(lips.min(0)).astype(int) - 1, 0, alpha.shape[::-1])
        high = np.clip(np.ceil(lips.max(0)).astype(int) + 2, low, alpha.shape[::-1])
        window = (slice(low[1], high[1]), slice(low[0], high[0]))
        inner, cover = np.zeros_like(canvas[window]), np.zeros_like(alpha[window])
        if cover.size == 0:
            return
        for texture, shift, uv, share in self._mouth_parts(layers):
            points = turn_points(r.frame.placed(mouth.points + shift), full, self.axis, self.angle)
            screen = camera.project(points) - np.array([*low, 0], np.float32)
            coat = Coat(texture, uv.astype(np.float32), gain, share * full)
            lay(screen, mouth.triangles, [coat], inner, cover)
        # Beyond the rows of teeth it is as dark as in the corners of the mouth.
        ring = camera.project(self.face[list(INNER_LIPS)])[:, :2]
        deep = (1 - cover) * _within(ring - low, cover.shape)
        inner += deep[..., None] * mouth.dark * gain[0]
        cover += deep
        room = (1 - alpha[window]) * _within(lips - low, cover.shape)
        canvas[window] += room[..., None] * inner
        alpha[window] += room * cover

    def _mouth_parts(
        self, layers: Layers
    ) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
        """Front to back: texture, shift (3,) mm, uv (N, 2) px of the texture, opacity ()."""
        r, mouth = self.relief, self.relief.mouth
        lower, shown = mouth.lower_row(self.vertices, layers.mouth is not None)
        one = np.ones((), np.float32)
        if layers.mouth is None:
            teeth = (mouth.upper, np.zeros(3, np.float32), mouth.uv, one)
        else:
            photo = r.frame.camera.project(r.frame.placed(mouth.points + PHOTO_SHIFT))[:, :2]
            teeth = (layers.mouth, PHOTO_SHIFT, (photo + 0.5) * layers.scale - 0.5, one)
        return [
            teeth,
            (mouth.lower, lower, mouth.uv, shown),
            (mouth.cavity, CAVITY_SHIFT, mouth.uv, one),
        ]


def _within(ring: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """(h, w) float32: how much of each pixel lies within a polygon (N, 2) px."""
    stencil = np.zeros(shape, np.uint8)
    cv2.fillPoly(stencil, [np.rint(ring * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return stencil / np.float32(255)
