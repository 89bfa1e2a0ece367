"""An editable photo: one fitted face of it, drawn at any rig parameters over the rest."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from core.document.state import same_parameters
from core.photo.backdrop import apart, clean_foreground, inpaint_backdrop
from core.photo.beyond import continued
from core.photo.box import Box
from core.photo.composite import STILL, begin, finish, lay_over, paste
from core.photo.detail import with_detail
from core.photo.load import Photo
from core.photo.margins import Margins
from core.photo.matte import person_matte, veil
from core.photo.sizes import coarser, crop, fitted, resized, sized
from models.face.camera import DISTANCE, Camera
from models.face.fitting import FaceFit
from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.matting.fill import push_pull
from models.relief.drawing import Drawing
from models.relief.layers import Layers
from models.relief.mouth import photo_mouth
from models.relief.relief import Relief

# The part of the photo that can move, mm around the head's origin: left, up, right, down.
REACH_MM = (190.0, 230.0, 190.0, 235.0)
WORK_SIDE = 640
# Faces smaller than this, px per mm, are built and drawn as many times larger as it takes:
# their edges would be steps, and their geometry coarser than an ear.
LEAST_DENSITY = 0.75
# Layers are made at most this large; their finest detail comes from the photo itself.
LAYER_SIDE = 1000
# Large pictures are drawn in strips of about so many pixels.
STRIP_PIXELS = 1_500_000
# Where things move by less than this, in pixels, what the layers could not reproduce stays.
RESIDUAL_PIXELS = 1.5
CLEAR_MM = 4.0
# Rims of sheets take colours from as many pixels around.
RIM = 2
# A change of light fades over this much towards the edited part's rim.
LIGHT_FADE_MM = 30.0


@dataclass(frozen=True)
class _Stage:
    """The photo at one scale, the moving part's box in it, and image, matte and layers there.

    Those of a close crop go on beyond the photo: inner is the photo's own part of them. The
    layers are so many times finer than the rest, scale is that of the rest.
    """

    picture: np.ndarray
    box: Box
    inner: Box
    alpha: np.ndarray
    layers: Layers
    scale: float
    finer: int
    remainders: dict[int, np.ndarray] = field(default_factory=dict)
    cut: _CutOut | None = None

    def shown(self, window: Box) -> np.ndarray:
        """What the photo shows in a window of the part, (h, w, 3) uint8."""
        rows, columns = self.inner.part(window)
        return self.picture[self.box.rows, self.box.columns][rows, columns]


@dataclass(frozen=True)
class _CutOut:
    """What a photo with transparency shows at one scale.

    alpha: (H, W) uint8. covered: (h, w) float32, how much of each pixel of the moving part the
    person covers. gain: (h, w) float32, the alpha that a pixel gains when they cover it all.
    """

    alpha: np.ndarray
    covered: np.ndarray
    gain: np.ndarray


class Scene:
    """A photo with one fitted face, ready to be drawn at other parameters.

    photo: a Photo or its pixels, (H, W, 3) uint8 sRGB. matte: (H, W) 0..1, 1 = person (found by
    the matte network when None). backdrop: (H, W, 3) what lies behind the person (inpainted when
    None). The attributes matte and relief hold the matte used and the head built. Raises
    AssetError when a network's weights are missing.
    """

    def __init__(
        self,
        photo: np.ndarray | Photo,
        fit: FaceFit,
        matte: np.ndarray | None = None,
        backdrop: np.ndarray | None = None,
        model: FaceModel | None = None,
    ) -> None:
        self._source = Photo(photo) if isinstance(photo, np.ndarray) else photo
        self.photo = self._source.pixels
        self.fit = fit
        if matte is None:
            matte = person_matte(self.photo, fit.box, self._source.alpha, fit.others)
        self.matte = matte.astype(np.float32, copy=False)
        self.model = model or FaceModel.load()
        self.box = Box.around(fit.camera, REACH_MM, self.photo.shape)
        self._beyond = continued(self.photo, self.matte, fit, self.model)
        self._margins = Margins(0, 0, 0, 0) if self._beyond is None else self._beyond.margins
        whole, cover = self._continued(self.photo, self.matte, self._margins)
        moved = self._margins.moved(fit)
        part = self._part = Box.around(moved.camera, REACH_MM, whole.shape)
        self._work = WORK_SIDE / max(part.width, part.height)
        if self._work >= 1:
            self._work = float(self._finer(1.0))
        image, alpha = crop(whole, part, self._work), crop(cover, part, self._work)
        given = None
        if backdrop is not None:
            given = crop(self._continued(backdrop, self.matte, self._margins)[0], part, self._work)
        behind = inpaint_backdrop(image, alpha) if given is None else given
        self._backdrop = behind
        fit = _moved(moved, part, self._work)
        # Backdrop made up so far from the person stands for hairs that no matte takes.
        loose = (image != behind).any(-1) & apart(alpha, CLEAR_MM * fit.camera.focal / DISTANCE)
        self._loose = (loose & (given is None)).astype(np.float32)
        self.relief = Relief.build(image, alpha, fit, self.model, behind, self._loose)
        self._last = Drawing(self.relief, fit.parameters)
        self._stages: dict[float, _Stage] = {}
        # What the person covers of a cut-out's last picture: scale, parameters, (h, w) float32.
        self._covered = 0.0, fit.parameters, np.zeros((0, 0), np.float32)
        self._staging = threading.Lock()

    @property
    def edited_box(self) -> Box:
        """The part of the photo that edits may touch."""
        return self.box

    def render(self, parameters: FaceParameters, max_size: int = 512) -> np.ndarray:
        """The whole photo, its long side at most max_size px, at other parameters: uint8 RGB."""
        if same_parameters(parameters, self.fit.parameters):
            return sized(self.photo, self._size(self._scale(max_size))).copy()
        return self._pasted(self._stage_within(max_size), parameters, 0.0)

    def prepare(self, max_size: int) -> None:
        """Make what the first edit at a size would wait for. May be called on any thread."""
        stage = self._stage_within(max_size)
        if stage.alpha.size <= STRIP_PIXELS:
            for strip in _strips(stage.inner):
                wide = strip.grown(RIM, stage.inner)
                self._remainder(stage, wide, wide)
            own = self.fit.parameters
            trial = replace(own, pose=own.pose + 1, identity=own.identity + np.float32(0.01))
            self.render(trial, max_size)

    def opacity(self, parameters: FaceParameters, max_size: int = 512) -> np.ndarray | None:
        """Of what `render` gives: (h, w) uint8, following the person; None: all is opaque."""
        if self._source.alpha is None:
            return None
        if same_parameters(parameters, self.fit.parameters):
            return sized(self._source.alpha, self._size(self._scale(max_size))).copy()
        return self._opacity(self._stage_within(max_size), parameters)

    def render_full(self, parameters: FaceParameters, feather: float = 0.0) -> np.ndarray:
        """The photo at full size at other parameters: (H, W, 3) uint8.

        feather: px over which the edit melts into the photo at the edited part's rim; a change
        of light does so over LIGHT_FADE_MM at least. Pixels outside the edited part are the
        photo's own.
        """
        return self._pasted(self._stage(1.0), parameters, feather)

    def edited(self, parameters: FaceParameters, feather: float = 0.0) -> Photo:
        """The photo at full size at other parameters: its pixels, see `render_full`, and alpha.

        Where the photo is a cut-out, the transparency follows the person.
        """
        if self._source.alpha is None:
            return replace(self._source, pixels=self.render_full(parameters, feather))
        stage = self._stage(1.0)
        pixels = self._pasted(stage, parameters, feather)
        photo = replace(self._source, pixels=pixels)
        alpha, deep = self._opacity(stage, parameters), photo.native_alpha
        if deep is not None:
            deep = np.where(alpha == photo.alpha, deep, alpha.astype(np.uint16) * 257)
        return replace(photo, alpha=alpha, native_alpha=deep)

    def _scale(self, max_size: int) -> float:
        return min(1.0, max_size / max(self.photo.shape[:2]))

    def _size(self, scale: float) -> tuple[int, int]:
        h, w = self.photo.shape[:2]
        return max(1, round(w * scale)), max(1, round(h * scale))

    def _stage_within(self, max_size: int) -> _Stage:
        """The photo, its long side at most max_size px."""
        scale = self._scale(max_size)
        if found := self._stages.get(scale):
            return found
        with self._staging:
            if scale not in self._stages:
                made = self._stage(scale)
                if len(self._stages) > 2:
                    self._stages.pop(next(iter(self._stages)))
                self._stages[scale] = made
            return self._stages[scale]

    def _opacity(self, stage: _Stage, parameters: FaceParameters) -> np.ndarray:
        """(H, W) uint8, of a cut-out."""
        assert stage.cut is not None
        alpha = stage.cut.alpha.copy()
        part = alpha[stage.box.rows, stage.box.columns]
        scale, at, cover = self._covered
        if scale != stage.scale or at is not parameters:
            cover = self._cover(stage, parameters)
        gained = (cover - stage.cut.covered) * stage.cut.gain
        part[...] = np.clip(part + gained + 0.5, 0, 255)
        return alpha

    def _cut_out(self, stage: _Stage) -> _CutOut | None:
        alpha = self._source.alpha
        if alpha is None:
            return None
        gain = 255 * veil(alpha / np.float32(255), self.fit.box) - self._behind(alpha, stage)
        covered = self._cover(stage, self.fit.parameters)
        return _CutOut(sized(alpha, stage.picture.shape[1::-1]), covered, gain)

    def _continued(
        self, photo: np.ndarray, matte: np.ndarray, margins: Margins
    ) -> tuple[np.ndarray, np.ndarray]:
        """A picture of the photo and its matte, with what lies beyond a close crop."""
        if self._beyond is None:
            return photo, matte
        return self._beyond.around(photo, matte, margins)

    def _cover(self, stage: _Stage, parameters: FaceParameters) -> np.ndarray:
        """(h, w) float32: how much of each pixel of the moving part the person covers."""
        drawing, inner, n = Drawing(self.relief, parameters), stage.inner, stage.finer
        cover = np.zeros((n * inner.height, n * inner.width), np.float32)
        camera = self._camera(stage, inner)
        drawing.draw(stage.layers, camera, np.zeros((*cover.shape, 3), np.float32), cover)
        return coarser(cover, n)

    def _finer(self, scale: float) -> int:
        """How many times finer than the photo at a scale its face is drawn."""
        return int(np.ceil(LEAST_DENSITY * DISTANCE / (self.fit.camera.focal * scale)))

    def _camera(self, stage: _Stage, window: Box) -> Camera:
        """The camera of a window of the moving part, in the layers' pixels."""
        camera = self.relief.fit.camera.scaled(stage.scale / self._work)
        camera = replace(camera, cx=camera.cx - window.left, cy=camera.cy - window.top)
        return camera.scaled(stage.finer)

    def _behind(self, whole: np.ndarray, stage: _Stage) -> np.ndarray:
        """(h, w) 0..255: the photo's alpha, continued where the person hides what it was."""
        alpha = crop(whole, self.box, self._work)
        matte = crop(self.matte, self.box, self._work)
        clear = cv2.dilate(matte, np.ones((5, 5), np.uint8)) < 0.02
        filled = push_pull(alpha[..., None], clear.astype(np.float32))
        return fitted(filled, (stage.inner.height, stage.inner.width))

    def _pasted(self, stage: _Stage, parameters: FaceParameters, feather: float) -> np.ndarray:
        if not np.array_equal(parameters.light, self.fit.parameters.light):
            fade = LIGHT_FADE_MM * self.relief.frame.pixels_per_mm * stage.scale / self._work
            feather = max(feather, fade)
        part, picture, box = self._draw(stage, parameters), stage.picture, stage.box
        del stage  # a huge photo is not copied beside its layers
        return paste(picture, part, box, feather)

    def _stage(self, scale: float) -> _Stage:
        h, w = self.photo.shape[:2]
        size = self._size(scale)
        x, y = size[0] / w, size[1] / h
        box = self.box.scaled(x, y).within(*size)
        margins, n = self._margins.scaled(x, y), self._finer(scale)
        place = margins.around(*size)
        whole = (place.right + margins.right, place.bottom + margins.bottom)
        part = self._part.scaled(x, y).within(*whole)
        left, top = box.left + place.left - part.left, box.top + place.top - part.top
        inner = Box(left, top, left + box.width, top + box.height)
        fine = (n * size[0], n * size[1])
        image, cover = self._continued(
            sized(self.photo, fine), sized(self.matte, fine), margins.scaled(n, n)
        )
        place = part.scaled(n, n)
        image = np.ascontiguousarray(image[place.rows, place.columns])
        alpha = np.ascontiguousarray(cover[place.rows, place.columns])
        layers = self._layers(image, alpha, n * scale)
        small = sized(self.photo, size)
        stage = _Stage(small, box, inner, coarser(alpha, n), layers, scale, n)
        return replace(stage, cut=self._cut_out(stage))

    def _layers(self, image: np.ndarray, alpha: np.ndarray, scale: float) -> Layers:
        """The moving part taken apart, the photo being drawn at scale."""
        part = min(1.0, LAYER_SIDE / max(alpha.shape))
        few, cover = (image, alpha) if part == 1 else (resized(image, part), resized(alpha, part))
        behind = fitted(self._backdrop, cover.shape)
        # Single hairs beside the matte must not stay behind when the head moves.
        density = self.relief.frame.pixels_per_mm * part * scale / self._work
        clear = apart(cover, CLEAR_MM * density) & (fitted(self._loose, cover.shape) == 0)
        clear = np.where(clear, np.uint8(255), np.uint8(0))
        np.copyto(behind, few, where=clear[..., None] > 127)
        person = clean_foreground(few, cover, behind)
        layers = self.relief.take_apart(few, cover, behind, part * scale / self._work, person)
        if part == 1:
            return layers
        behind = fitted(self._backdrop, alpha.shape)
        np.copyto(behind, image, where=fitted(clear, alpha.shape)[..., None] > 127)
        textures = with_detail(layers.textures, image, alpha, behind)
        size, mouth = scale / self._work, None
        if layers.mouth is not None:
            points = (self.relief.face.uv[:478] + 0.5) * size - 0.5
            mouth = photo_mouth(image, points, self.relief.frame.pixels_per_mm * size)
        return Layers(textures, mouth, size, layers.cheeks, layers.weave)

    def _paint(
        self, stage: _Stage, drawing: Drawing, window: Box, done: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """A window of the moving part, (h, w, 3) float32: the photo where it is done (h, w).

        And what the person covers of it, (h, w) times the stage's fineness.
        """
        n, fine = stage.finer, window.scaled(stage.finer, stage.finer)
        canvas, alpha = begin(done, stage.shown(window), n)
        drawing.draw(stage.layers, self._camera(stage, window), canvas, alpha)
        lay_over(canvas, alpha, stage.layers.textures.backdrop[fine.rows, fine.columns])
        return coarser(canvas, n), alpha

    def _draw(self, stage: _Stage, parameters: FaceParameters) -> np.ndarray:
        """The moving part (h, w, 3) uint8 at parameters."""
        drawing, inner = self._last.at(parameters), stage.inner
        self._last, scale = drawing, stage.scale / self._work
        out = stage.shown(inner).copy()
        cover = stage.cut.covered.copy() if stage.cut else None
        for strip in _strips(inner):
            wide = strip.grown(RIM, inner)
            still = drawing.stillness.share(scale, wide.rows, wide.columns, RESIDUAL_PIXELS)
            if drawing.recoloured:
                still *= 1 - stage.alpha[wide.rows, wide.columns]
            done = cv2.erode((still > STILL).astype(np.uint8), np.ones((2 * RIM + 1,) * 2))
            window = wide.without(done)
            if window is None:
                continue
            done = done[wide.part(window)]
            canvas, alpha = self._paint(stage, drawing, window, done)
            if cover is not None:
                fresh = coarser(alpha, stage.finer)
                np.copyto(cover[inner.part(window)], fresh, where=done == 0)
            lacking = self._remainder(stage, wide, window)
            still, part = still[wide.part(window)], window.grown(0, strip)
            own = window.part(part)
            finish(out[inner.part(part)], canvas[own], still[own], lacking[own])
        if cover is not None:
            self._covered = stage.scale, parameters, cover
        return out

    def _remainder(self, stage: _Stage, strip: Box, window: Box) -> np.ndarray:
        """What the layers could not reproduce of a window of a strip; kept for small pictures."""
        left = stage.remainders.get(strip.top)
        if left is None:
            small = stage.alpha.size <= STRIP_PIXELS
            whole = strip if small else window
            nothing = np.zeros((whole.height, whole.width), np.uint8)
            plain = Drawing(self.relief, self.fit.parameters)
            left = stage.shown(whole) - self._paint(stage, plain, whole, nothing)[0]
            if not small:
                return left
            stage.remainders[strip.top] = left
        return left[strip.part(window)]


def _strips(part: Box) -> Iterator[Box]:
    """A part in strips small enough to be drawn in one go."""
    step = max(1, STRIP_PIXELS // part.width)
    for first in range(part.top, part.bottom, step):
        yield replace(part, top=first, bottom=min(first + step, part.bottom))


def _moved(fit: FaceFit, box: Box, scale: float) -> FaceFit:
    """The fit in the pixels of a resized crop."""
    offset = np.array([box.left, box.top], np.float32)
    landmarks = (fit.landmarks[:, :2] - offset + 0.5) * scale - 0.5
    camera = replace(fit.camera, cx=fit.camera.cx - box.left, cy=fit.camera.cy - box.top)
    corners = (np.array(fit.box, np.float32).reshape(2, 2) - offset + 0.5) * scale - 0.5
    x0, y0, x1, y1 = map(float, corners.ravel())
    return replace(fit, camera=camera.scaled(scale), landmarks=landmarks, box=(x0, y0, x1, y1))
