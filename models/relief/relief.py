"""The relief of a photographed head: geometry under every pixel, and its warp to new parameters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from models.face.camera import Camera
from models.face.fitting import FaceFit
from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.matting.fill import push_pull
from models.relief.beside import hidden_side
from models.relief.drawing import Drawing
from models.relief.eyes import Eyes
from models.relief.face import FaceSheet
from models.relief.farside import far_side
from models.relief.frame import HeadFrame
from models.relief.grid import border_loop, build_grid, face_triangles
from models.relief.jaw import Jaw, find_jaw, head_share
from models.relief.join import Join
from models.relief.layers import Layers, decompose
from models.relief.mirror import Mirror, mirror_coat
from models.relief.motion import shading
from models.relief.mouth import OPEN_MM, Mouth, build_mouth, photo_mouth
from models.relief.nape import nape_sheet
from models.relief.neck import COARSE
from models.relief.sheets import Sheet, head_sheet, torso_sheet
from models.relief.shell import shell_sheet
from models.relief.weave import Weave

SPACING_MM = 2.7


@dataclass(frozen=True)
class Relief:
    """A photographed head that can be turned, bent and relit. See `build` and `warp`."""

    model: FaceModel
    fit: FaceFit
    frame: HeadFrame
    face: FaceSheet
    head: Sheet
    torso: Sheet
    shell: Sheet
    weave: Weave
    nape: Sheet
    far: Sheet | None
    # Of the sheets that show ears, by name.
    joins: dict[str, Join | None]
    mouth: Mouth
    mirror: Mirror | None
    eyes: Eyes
    jaw: Jaw
    beside: Sheet | None
    source: tuple[np.ndarray, np.ndarray, np.ndarray | None]
    # (N, 2) px of the built picture where loose hairs are.
    loose: np.ndarray

    @classmethod
    def build(
        cls,
        image: np.ndarray,
        alpha: np.ndarray,
        fit: FaceFit,
        model: FaceModel,
        backdrop: np.ndarray | None = None,
        loose: np.ndarray | None = None,
        spacing_mm: float = SPACING_MM,
    ) -> Relief:
        """Build from an image (H, W, 3) uint8 sRGB, its matte (H, W) 0..1 and the face in it.

        backdrop: (H, W, 3) what lies behind the person; filled smoothly from around when None.
        loose: (H, W) not 0 where it takes the place of hairs beside the matte.
        """
        frame = HeadFrame.of(model, fit)
        alpha = np.ascontiguousarray(alpha, np.float32)
        triangles = face_triangles(model)
        jaw = find_jaw(frame, image, alpha)
        share = head_share(frame, alpha.shape, 1.0, jaw)
        border = border_loop(triangles)
        grid = build_grid(frame, triangles, image, alpha, share, spacing_mm, border)
        head = head_sheet(frame, grid)
        vertices = fit.vertices(model)
        face = FaceSheet.of(
            frame, vertices, triangles, model.mirror, grid, fit.parameters.light, image, alpha,
            jaw.bearded,
        )  # fmt: skip
        far = far_side(frame, grid, head, face, model.mirror, fit.parameters.light)
        joins = {"head": Join.of(frame, grid, head, face)}
        if far is not None:
            joins["far"] = Join.of(frame, grid, far, face, mirrored=True)
        shell, weave = shell_sheet(frame, grid, border, alpha)
        return cls(
            model, fit, frame, face, head, torso_sheet(frame, grid),
            shell, weave, nape_sheet(frame, grid), far, joins, build_mouth(model, fit),
            mirror_coat(model, frame, face, fit.parameters.light),
            Eyes.of(model, vertices), jaw, hidden_side(frame, grid, head), (image, alpha, backdrop),
            np.argwhere(np.zeros((1, 1)) if loose is None else loose)[:, ::-1].astype(np.float32),
        )  # fmt: skip

    @cached_property
    def sheets(self) -> dict[str, Sheet]:
        """All but the face, by name."""
        sheets = {"shell": self.shell, "torso": self.torso, "head": self.head, "nape": self.nape}
        more = {"far": self.far, "beside": self.beside}
        return sheets | {name: sheet for name, sheet in more.items() if sheet is not None}

    @cached_property
    def vertices(self) -> np.ndarray:
        """(V, 3) mm of the fitted face, face frame."""
        return self.fit.vertices(self.model)

    @cached_property
    def shadings(self) -> dict[str, np.ndarray]:
        """(V, 3) of each sheet's vertices, of the face's and of the mirrored ones', as fitted."""
        face = self.face.shading_normals(self.face.normals) @ self.frame.turn.T
        lit = {name: sheet.lit for name, sheet in self.sheets.items()}
        lit["face"] = np.ascontiguousarray(face)
        if self.mirror is not None:
            lit["mirror"] = self.mirror.lit
        light = self.fit.parameters.light.astype(np.float32)
        return {name: shading(normals, light) for name, normals in lit.items()}

    @cached_property
    def rest(self) -> dict[str, np.ndarray]:
        """Where each sheet's vertices (V, 3) lie in the built picture: px, px, mm."""
        out = {name: self.frame.camera.project(s.points) for name, s in self.sheets.items()}
        glued = (self.frame.points[self.head.pins] * self.head.pin_bary[..., None]).sum(1)
        out["head"][self.head.pinned] = self.frame.camera.project(glued)
        return out

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
        share = self._share(alpha.shape, scale)
        if backdrop is None:
            known = (cv2.dilate(alpha, np.ones((5, 5), np.uint8)) < 0.02).astype(np.float32)
            photo = image.astype(np.float32)
            backdrop = push_pull(photo, known) if known.any() else photo
        density = self.frame.pixels_per_mm * scale
        textures = decompose(image, alpha, backdrop, share, self.frame, scale, self.jaw, person)
        mouth = None
        if self.mouth.gap > OPEN_MM:
            mouth = photo_mouth(image, (self.face.uv[:478] + 0.5) * scale - 0.5, density)
        return Layers(textures, mouth, scale, self.face.cheeks, self.weave)

    def _share(self, shape: tuple[int, int], scale: float) -> np.ndarray:
        """The head's share of a picture; its soft edges need no more than COARSE pixels."""
        part = min(1.0, COARSE / max(shape))
        if part == 1:
            return head_share(self.frame, shape, scale, self.jaw)
        small = (round(shape[0] * part), round(shape[1] * part))
        share = head_share(self.frame, small, scale * small[0] / shape[0], self.jaw)
        return cv2.resize(share, shape[::-1], interpolation=cv2.INTER_LINEAR)

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
        valid = Drawing(self, parameters).draw(
            self.layers, camera or self.fit.camera, canvas, alpha
        )
        return np.clip(canvas + 0.5, 0, 255).astype(np.uint8), alpha, valid
