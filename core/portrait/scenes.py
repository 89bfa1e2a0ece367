"""What the engine draws when the generator makes pixels; as core.photo.scene.Scene in use."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import cv2
import numpy as np

from core.errors import ParameterError
from core.photo.box import Box
from core.photo.load import Photo
from core.photo.scene import Scene
from core.portrait.align import Alignment
from core.portrait.hybrid import NOTHING, Unseen, patched
from core.portrait.latent import Latent
from core.portrait.people import Person
from core.portrait.runtime import Runtime
from models.face.camera import DISTANCE, GENERATOR_SPAN, Camera
from models.face.fitting import FaceFit
from models.face.model import LANDMARK_COUNT, FaceModel
from models.face.parameters import FaceParameters
from models.face.pose import rotation

METHODS = ("generator", "hybrid")
# What reaches beyond the face's mesh and still belongs to the head.
HAIR_MM = 34.0


class GeneratedScene:
    """A person who does not exist, ready to be drawn at any rig parameters.

    fit: the person's own parameters before the generator's camera, as if a photo had been
    fitted. Pictures are as large as the generator makes them, spec.size px, never larger.
    """

    def __init__(self, runtime: Runtime, person: Person) -> None:
        self.runtime = runtime
        self.person = person
        self.fit = drawn_fit(person.parameters, runtime.spec.size)

    @cached_property
    def photo(self) -> np.ndarray:
        """The person at its own parameters, (S, S, 3) uint8 sRGB."""
        return self.render_full(self.person.parameters)

    @property
    def edited_box(self) -> Box:
        """The whole picture."""
        return Box(0, 0, self.runtime.spec.size, self.runtime.spec.size)

    def render(self, parameters: FaceParameters, max_size: int = 512) -> np.ndarray:
        """The person at parameters, its side at most max_size px: uint8 RGB."""
        picture = self.runtime.draw(parameters, self.person.noise)
        if max_size >= len(picture):
            return picture
        return cv2.resize(picture, (max_size, max_size), interpolation=cv2.INTER_AREA)

    def render_full(self, parameters: FaceParameters, feather: float = 0.0) -> np.ndarray:
        """The person at parameters in full accuracy, (S, S, 3) uint8; feather means nothing."""
        return self.runtime.draw(parameters, self.person.noise, final=True)


def drawn_fit(parameters: FaceParameters, size: int) -> FaceFit:
    """The exact fit of a face drawn before Camera.generator(size)."""
    model, camera = FaceModel.load(level=0), Camera.generator(size)
    points = model.vertices(parameters.identity, parameters.expression)[:LANDMARK_COUNT]
    landmarks = camera.project(points @ rotation(parameters.pose).T)[:, :2]
    (x0, y0), (x1, y1) = landmarks[:468].min(0), landmarks[:468].max(0)
    return FaceFit(parameters, camera, landmarks, (float(x0), float(y0), float(x1), float(y1)), 1.0)


class EmbeddedScene:
    """A photo of which the generator makes pixels, pasted back; for use as a Scene.

    photo: a Photo or its pixels (H, W, 3) uint8. latent: see `inversion.invert`. method: one of
    METHODS. "generator" draws the head anew: without an edit it shows the reconstruction.
    "hybrid" draws only what the photo never showed: without an edit it is the photo. scene: the
    photo's own Scene, which hybrid needs and makes when it is None.
    """

    def __init__(
        self, runtime: Runtime, photo: Photo | np.ndarray, fit: FaceFit, latent: Latent,
        method: str = "hybrid", scene: Scene | None = None,
    ) -> None:  # fmt: skip
        if method not in METHODS:
            raise ParameterError(f"There is no method {method!r}; choose {' or '.join(METHODS)}.")
        self._source = Photo(photo) if isinstance(photo, np.ndarray) else photo
        self.photo = self._source.pixels
        self.fit, self.latent, self.method = fit, latent, method
        self.runtime = runtime.adapted(latent.tuning)
        self._align = Alignment.of(fit.camera, runtime.spec.size)
        self._scene = (scene or Scene(photo, fit)) if method == "hybrid" else None
        self._unseen = Unseen(fit, self._scene.relief) if self._scene else None

    @property
    def edited_box(self) -> Box:
        """The part of the photo that edits may touch."""
        if self._scene is not None:
            return self._scene.edited_box
        return self._align.box(self.photo.shape[1], self.photo.shape[0])

    @cached_property
    def reconstruction(self) -> np.ndarray:
        """The photo's head as the generator draws it, aligned: (S, S, 3) uint8."""
        return self._drawn(self.latent.parameters, final=True)

    def render(self, parameters: FaceParameters, max_size: int = 512) -> np.ndarray:
        """The whole photo, its long side at most max_size px, at other parameters: uint8 RGB."""
        if self._scene is not None:
            return self._patched(self._scene.render(parameters, max_size), parameters, False)
        return self._pasted(_within(self.photo, max_size), parameters, 0.0, False)

    def render_full(self, parameters: FaceParameters, feather: float = 0.0) -> np.ndarray:
        """The photo at full size at other parameters: (H, W, 3) uint8.

        feather: px of the seam's melting; 0 leaves it to the method.
        """
        if self._scene is not None:
            return self._patched(self._scene.render_full(parameters, feather), parameters, True)
        return self._pasted(self.photo, parameters, feather, True)

    def edited(self, parameters: FaceParameters, feather: float = 0.0) -> Photo:
        """As `render_full`, with the photo's transparency: it follows the person in "hybrid"."""
        if self._scene is None:
            return replace(self._source, pixels=self.render_full(parameters, feather))
        photo = self._scene.edited(parameters, feather)
        return replace(photo, pixels=self._patched(photo.pixels, parameters, True))

    def opacity(self, parameters: FaceParameters, max_size: int = 512) -> np.ndarray | None:
        """Of what `render` gives: (h, w) uint8 as in `edited`; None: all is opaque."""
        if self._scene is not None:
            return self._scene.opacity(parameters, max_size)
        alpha = self._source.alpha
        return None if alpha is None else _within(alpha, max_size)

    def _drawn(self, parameters: FaceParameters, final: bool) -> np.ndarray:
        return self.runtime.draw(parameters, self.latent.noise, self.latent.offset, final)

    def _camera(self, picture: np.ndarray) -> Camera:
        return self.fit.camera.scaled(picture.shape[1] / self.photo.shape[1])

    def _pasted(
        self, photo: np.ndarray, parameters: FaceParameters, feather: float, final: bool
    ) -> np.ndarray:
        """The drawn head in the photo; around it the photo, changed as the drawing changes."""
        align = Alignment.of(self._camera(photo), self._align.size)
        box = align.box(photo.shape[1], photo.shape[0])
        part = align.placed(self._drawn(parameters, final), box)
        around = photo[box.rows, box.columns] - align.placed(self.reconstruction, box)
        part += (1 - align.placed(self._head(parameters), box)[..., None]) * around
        return align.melted(photo, part, box, feather)

    def _head(self, parameters: FaceParameters) -> np.ndarray:
        """(S, S) 0..1: the head before and after an edit, hair included."""
        size = self._align.size
        masks = [
            self.runtime.maps.render(p, size)[..., 6] for p in (self.fit.parameters, parameters)
        ]
        reach = round(HAIR_MM / GENERATOR_SPAN * size)
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        near = cv2.dilate(np.maximum(*masks), disc).astype(np.float32) / 255
        return cv2.GaussianBlur(near, (0, 0), reach / 2)

    def _patched(self, picture: np.ndarray, parameters: FaceParameters, final: bool) -> np.ndarray:
        """What the photo's own pixels make, with the generator's where it never showed any."""
        assert self._unseen is not None
        camera = self._camera(picture)
        height, width = picture.shape[:2]
        weight, skin = self._unseen.weights(parameters, camera, width, height)
        if weight.max() < NOTHING:
            return picture
        align = Alignment.of(camera, self._align.size)
        made = picture.copy()
        box = align.box(width, height)
        made[box.rows, box.columns] = np.clip(
            align.placed(self._drawn(parameters, final), box) + 0.5, 0, 255
        )
        return patched(picture, made, weight, skin, camera.focal / DISTANCE)


def _within(pixels: np.ndarray, max_size: int) -> np.ndarray:
    """The pixels (H, W[, C]) uint8, their long side at most max_size px."""
    height, width = pixels.shape[:2]
    scale = min(1.0, max_size / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
