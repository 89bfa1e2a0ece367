"""An editable photo: one fitted face of it, drawn at any rig parameters over the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from core.photo.backdrop import clean_foreground, inpaint_backdrop
from core.photo.composite import Box, paste
from core.photo.load import Photo
from core.photo.matte import person_matte
from models.face.fitting import FaceFit
from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.relief.drawing import Drawing
from models.relief.layers import Layers
from models.relief.relief import Relief

# The part of the photo that can move, mm around the head's origin: left, up, right, down.
REACH_MM = (190.0, 230.0, 190.0, 235.0)
WORK_SIDE = 640
# Edits smaller than this, in pixels, fade out what the layers could not reproduce.
RESIDUAL_PIXELS = 1.5
CLEAR_MM = 4.0
# A change of light fades over this much towards the edited part's rim.
LIGHT_FADE_MM = 30.0


@dataclass(frozen=True)
class _Stage:
    """The photo at one scale: its pixels, the moving part's box in them, layers and remainder."""

    picture: np.ndarray
    box: Box
    layers: Layers
    scale: float
    remainder: np.ndarray
    open_part: np.ndarray


class Scene:
    """A photo with one fitted face, ready to be drawn at other parameters.

    photo: a Photo or its pixels, (H, W, 3) uint8 sRGB. matte: (H, W) 0..1, 1 = person (found by
    the matte network when None). backdrop: (H, W, 3) what lies behind the person (inpainted when
    None). Raises AssetError when a network's weights are missing.
    """

    def __init__(
        self,
        photo: np.ndarray | Photo,
        fit: FaceFit,
        matte: np.ndarray | None = None,
        backdrop: np.ndarray | None = None,
        model: FaceModel | None = None,
    ) -> None:
        self.photo = photo if isinstance(photo, np.ndarray) else photo.pixels
        self.fit = fit
        if matte is None:
            own = None if isinstance(photo, np.ndarray) else photo.alpha
            matte = person_matte(self.photo, fit.box, own)
        self.matte = matte
        self.model = model or FaceModel.load()
        self.box = Box.around(fit.camera, REACH_MM, self.photo.shape)
        side = max(self.box.width, self.box.height)
        self._work = min(1.0, WORK_SIDE / side)
        image = self._crop(self.photo, self._work)
        alpha = self._crop(matte.astype(np.float32), self._work)
        given = None if backdrop is None else self._crop(backdrop, self._work)
        behind = inpaint_backdrop(image, alpha) if given is None else given
        self._backdrop = behind
        self._relief = Relief.build(
            image, alpha, _moved(fit, self.box, self._work), self.model, behind
        )
        self._stages: dict[float, _Stage] = {}

    @property
    def edited_box(self) -> Box:
        """The part of the photo that edits may touch."""
        return self.box

    def alpha(self) -> np.ndarray:
        """(H, W) float32: the person's matte."""
        return self.matte

    def render(self, parameters: FaceParameters, max_size: int = 512) -> np.ndarray:
        """The whole photo, its long side at most max_size px, at other parameters: uint8 RGB."""
        scale = min(1.0, max_size / max(self.photo.shape[:2]))
        if scale not in self._stages:
            if len(self._stages) > 2:
                self._stages.pop(next(iter(self._stages)))
            self._stages[scale] = self._stage(scale)
        stage = self._stages[scale]
        return self._pasted(stage, parameters, 0.0)

    def render_full(self, parameters: FaceParameters, feather: float = 0.0) -> np.ndarray:
        """The photo at full size at other parameters: (H, W, 3) uint8.

        feather: px over which the edit melts into the photo at the edited part's rim; a change
        of light does so over LIGHT_FADE_MM at least. Pixels outside the edited part are the
        photo's own.
        """
        stage = self._stage(1.0)
        return self._pasted(stage, parameters, feather)

    def _pasted(self, stage: _Stage, parameters: FaceParameters, feather: float) -> np.ndarray:
        if not np.array_equal(parameters.light, self.fit.parameters.light):
            fade = LIGHT_FADE_MM * self._relief.frame.pixels_per_mm * stage.scale
            feather = max(feather, fade)
        return paste(stage.picture, self._draw(stage, parameters), stage.box, feather)

    def _crop(self, pixels: np.ndarray, scale: float) -> np.ndarray:
        """The moving part of a picture of the photo's size, made smaller."""
        b = self.box
        part = pixels[b.top : b.bottom, b.left : b.right]
        if scale >= 1:
            return np.ascontiguousarray(part)
        size = (max(1, round(b.width * scale)), max(1, round(b.height * scale)))
        return cv2.resize(part, size, interpolation=cv2.INTER_AREA)

    def _stage(self, scale: float) -> _Stage:
        h, w = self.photo.shape[:2]
        size = (max(1, round(w * scale)), max(1, round(h * scale)))
        picture = (
            self.photo if scale == 1 else cv2.resize(self.photo, size, interpolation=cv2.INTER_AREA)
        )
        box = self.box.scaled(size[0] / w, size[1] / h).within(*size)
        window = (slice(box.top, box.bottom), slice(box.left, box.right))
        fitted = (box.width, box.height)
        alpha = cv2.resize(self._crop(self.matte.astype(np.float32), scale), fitted)
        behind = cv2.resize(self._backdrop, fitted, interpolation=cv2.INTER_LINEAR)
        image = np.ascontiguousarray(picture[window])
        # Single hairs beside the matte must not stay behind when the head moves.
        reach = max(1, round(CLEAR_MM * self._relief.frame.pixels_per_mm * scale / self._work))
        near = cv2.dilate(alpha, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
        behind = np.where(near[..., None] < 0.01, image, behind)
        person = clean_foreground(image, alpha, behind)
        layers = self._relief.take_apart(image, alpha, behind, scale / self._work, person)
        nothing = np.zeros((1, 1, 1), np.float32)
        open_part = (1 - alpha)[..., None]
        stage = _Stage(picture, box, layers, scale / self._work, nothing, open_part)
        plain = self._paint(stage, Drawing(self._relief, self.fit.parameters))
        return replace(stage, remainder=image - plain)

    def _paint(self, stage: _Stage, drawing: Drawing) -> np.ndarray:
        backdrop = stage.layers.textures.backdrop
        canvas = np.zeros_like(backdrop)
        alpha = np.zeros(canvas.shape[:2], np.float32)
        camera = self._relief.fit.camera.scaled(stage.scale)
        drawing.draw(stage.layers, camera, canvas, alpha)
        canvas += (1 - alpha[..., None]) * backdrop
        return canvas

    def _draw(self, stage: _Stage, parameters: FaceParameters) -> np.ndarray:
        drawing = Drawing(self._relief, parameters)
        canvas = self._paint(stage, drawing)
        moved = drawing.moved_mm() * self._relief.frame.pixels_per_mm * stage.scale
        keep = float(np.exp(-((moved / RESIDUAL_PIXELS) ** 2)))
        if keep > 0.004:
            canvas += keep * stage.remainder * (1.0 if drawing.unlit else stage.open_part)
        return np.clip(canvas + 0.5, 0, 255).astype(np.uint8)


def _moved(fit: FaceFit, box: Box, scale: float) -> FaceFit:
    """The fit in the pixels of a resized crop."""
    offset = np.array([box.left, box.top], np.float32)
    landmarks = (fit.landmarks[:, :2] - offset + 0.5) * scale - 0.5
    camera = replace(fit.camera, cx=fit.camera.cx - box.left, cy=fit.camera.cy - box.top)
    corners = (np.array(fit.box, np.float32).reshape(2, 2) - offset + 0.5) * scale - 0.5
    x0, y0, x1, y1 = map(float, corners.ravel())
    return replace(fit, camera=camera.scaled(scale), landmarks=landmarks, box=(x0, y0, x1, y1))
