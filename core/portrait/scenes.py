"""What the engine draws when the generator makes pixels; as core.photo.scene.Scene in use."""

from __future__ import annotations

from functools import cached_property

import cv2
import numpy as np

from core.errors import ParameterError
from core.photo.composite import Box
from core.photo.load import Photo
from core.portrait.align import Alignment
from core.portrait.inversion import tuned
from core.portrait.latent import Latent
from core.portrait.people import Person
from core.portrait.runtime import Runtime
from models.face.camera import Camera
from models.face.fitting import FaceFit
from models.face.model import LANDMARK_COUNT, FaceModel
from models.face.parameters import FaceParameters
from models.face.pose import rotation

METHODS = ("generator", "hybrid")


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
    """A photo whose face the generator draws, pasted back; for use as a Scene.

    photo: a Photo or its pixels (H, W, 3) uint8. latent: see `inversion.invert`. method: one of
    METHODS. "generator" draws the whole head anew: without an edit it shows the reconstruction.
    """

    def __init__(
        self, runtime: Runtime, photo: Photo | np.ndarray, fit: FaceFit, latent: Latent,
        method: str = "hybrid",
    ) -> None:  # fmt: skip
        if method not in METHODS:
            raise ParameterError(f"There is no method {method!r}; choose {' or '.join(METHODS)}.")
        self.photo = photo if isinstance(photo, np.ndarray) else photo.pixels
        self.fit = fit
        self.latent = latent
        self.method = method
        self.runtime = (
            Runtime(tuned(runtime.loaded, latent), keep=False) if latent.tuning else runtime
        )
        self._align = Alignment.of(fit.camera, runtime.spec.size)

    @property
    def edited_box(self) -> Box:
        """The part of the photo that edits may touch."""
        return self._align.box(self.photo.shape[1], self.photo.shape[0])

    def render(self, parameters: FaceParameters, max_size: int = 512) -> np.ndarray:
        """The whole photo, its long side at most max_size px, at other parameters: uint8 RGB."""
        height, width = self.photo.shape[:2]
        scale = min(1.0, max_size / max(height, width))
        if scale == 1:
            return self._pasted(self.photo, self._align, parameters, None, False)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(self.photo, size, interpolation=cv2.INTER_AREA)
        align = Alignment.of(self.fit.camera.scaled(scale), self._align.size)
        return self._pasted(small, align, parameters, None, False)

    def render_full(self, parameters: FaceParameters, feather: float = 0.0) -> np.ndarray:
        """The photo at full size at other parameters: (H, W, 3) uint8.

        feather: px of the seam's melting; 0 leaves it to the method.
        """
        return self._pasted(self.photo, self._align, parameters, feather or None, True)

    def _pasted(
        self, photo: np.ndarray, align: Alignment, parameters: FaceParameters,
        feather: float | None, final: bool,
    ) -> np.ndarray:  # fmt: skip
        latent = self.latent
        picture = self.runtime.draw(parameters, latent.noise, latent.offset, final)
        return align.put_back(photo, picture, feather)
