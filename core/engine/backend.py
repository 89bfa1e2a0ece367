"""What the engine asks of Mien's headless parts; the heavy imports happen on first use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from core.engine.messages import ExportOptions, FaceParameters, Source
from core.engine.portraits import GeneratorBackend, PortraitBackend
from core.errors import FaceError

if TYPE_CHECKING:
    from core.photo.load import Photo
    from core.photo.scene import Scene
    from models.face.camera import Camera
    from models.face.fitting import FaceFit
    from models.face.renderer import FaceRenderer

_VERSIONS = ("numpy", "numba", "torch", "openvino", "PySide6-Essentials")


class Backend(Protocol):
    """The calls of a worker; tests put a small fake in its place."""

    @property
    def portrait(self) -> PortraitBackend:
        """The generator's side."""

    def prepare(self) -> None:
        """Load what the model view needs."""

    def warm_up(self) -> None:
        """Load the rest, in the background."""

    def load(self, source: Source) -> Any:
        """A photo from a path or from the bytes of its file."""

    def analyze(self, photo: Any) -> list[Any]:
        """Its faces, largest first."""

    def fit_box(self, photo: Any, box: tuple[float, float, float, float]) -> Any:
        """The face inside a box."""

    def scene(self, photo: Any, fit: Any) -> Any:
        """What renders edits of one face."""

    def save(self, path: Path, photo: Any, options: ExportOptions, overwrite: bool) -> None:
        """Write an edited photo with its metadata and profile."""

    def model(
        self,
        parameters: FaceParameters,
        camera: Any,
        size: tuple[int, int],
        mode: str,
        displacement: np.ndarray | None = None,
    ) -> np.ndarray:
        """The face model, (H, W, 4) uint8; camera None: a portrait of the model."""

    def measure(
        self,
        picture: np.ndarray,
        camera: Any,
        expected: FaceParameters,
        displacement: np.ndarray | None = None,
    ) -> FaceParameters:
        """What a picture shows of the rig. Raises FaceError."""

    def identity(self, picture: np.ndarray, camera: Any) -> np.ndarray | None:
        """Whose face a picture shows, a unit vector; None when that cannot be measured."""

    def versions(self) -> dict[str, str]:
        """Versions by name."""

    def device(self) -> str:
        """Where the pixels are made, in words."""


# Up to this side, px, pictures of the model are drawn with a quarter of the triangles.
COARSE_SIDE = 640
# The model's picture that warms the photo path up, px: large enough for the detector.
SAMPLE_SIDE = 192


class PhotoBackend:
    """The real one."""

    def __init__(self) -> None:
        self.portrait: PortraitBackend = GeneratorBackend()
        self._renderers: dict[int, FaceRenderer] = {}
        # A picture of the model, until a photo is opened.
        self._sample: np.ndarray | None = None

    def _renderer(self, size: tuple[int, int]) -> FaceRenderer:
        """Small pictures take the coarser mesh: they look alike in two thirds of the time."""
        from models.face.model import FaceModel
        from models.face.renderer import FaceRenderer

        level = 1 if max(size) <= COARSE_SIDE else 2
        if level not in self._renderers:
            self._renderers[level] = FaceRenderer(FaceModel.load(level=level))
        return self._renderers[level]

    def prepare(self) -> None:
        """Load the face model and compile its renderer."""
        size = (SAMPLE_SIDE, SAMPLE_SIDE)
        self._sample = self.model(FaceParameters(), None, size, "textured")

    def warm_up(self) -> None:
        """Go a photo's way with a picture of the model, so that the first photo need not wait.

        One that was opened meanwhile has done so itself.
        """
        import cv2

        picture, self._sample = self._sample, None
        if picture is not None:
            _, file = cv2.imencode(".png", picture[..., :3])
            photo = self.load(file.tobytes())
            fit = self.analyze(photo)[0]
            self.scene(photo, fit).prepare(SAMPLE_SIDE)

    def load(self, source: Source) -> Photo:
        """A photo. Raises PhotoError."""
        from core.photo.load import load_photo

        self._sample = None
        return load_photo(Path(source) if isinstance(source, str) else source)

    def analyze(self, photo: Photo) -> list[FaceFit]:
        """Its faces. Raises FaceError."""
        from core.photo.analyze import analyze

        with _fitting(photo):
            return analyze(photo)

    def fit_box(self, photo: Photo, box: tuple[float, float, float, float]) -> FaceFit:
        """The face inside a box drawn by hand. Raises FaceError."""
        from core.photo.analyze import fit_face
        from core.photo.detect import Detection

        # The detector's boxes are squares; a drawn one becomes the square around it.
        half = max(box[2] - box[0], box[3] - box[1]) / 2
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        with _fitting(photo):
            return fit_face(photo, Detection((x - half, y - half, x + half, y + half), 0.0, 1.0))

    def scene(self, photo: Photo, fit: FaceFit) -> Scene:
        """What renders edits of one face."""
        from core.photo.scene import Scene

        return Scene(photo, fit)

    def save(self, path: Path, photo: Photo, options: ExportOptions, overwrite: bool) -> None:
        """Write an edited photo with its metadata and profile. Raises OutputError."""
        from core.export.picture import export_picture

        export_picture(photo, path, options, self.portrait.key, overwrite)

    def model(
        self,
        parameters: FaceParameters,
        camera: Camera | None,
        size: tuple[int, int],
        mode: str,
        displacement: np.ndarray | None = None,
    ) -> np.ndarray:
        """The face model over a photo of size (width, height), or a portrait of it."""
        from models.face.camera import Camera

        view = camera or Camera.portrait(max(size))
        return self._renderer(size).render(
            parameters, view, size[0], size[1], mode=mode, displacement=displacement
        )

    def measure(
        self,
        picture: np.ndarray,
        camera: Camera,
        expected: FaceParameters,
        displacement: np.ndarray | None = None,
    ) -> FaceParameters:
        """What a picture shows, by the fit that photos get. Raises FaceError, AssetError."""
        from core.photo.measure import measured

        return measured(picture, camera, expected, displacement)

    def identity(self, picture: np.ndarray, camera: Camera) -> np.ndarray | None:
        """Whose face a picture shows, by the perception network. Raises FaceError."""
        from core.photo.measure import identity

        return identity(picture, camera)

    def versions(self) -> dict[str, str]:
        """Versions of Python and of the libraries that are installed."""
        import importlib.metadata
        import platform

        found = {"Python": platform.python_version()}
        for name in _VERSIONS:
            try:
                found[name] = importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                continue
        return found

    def device(self) -> str:
        """Pixels are made by compiled code on the processor."""
        import os

        return f"CPU, {os.cpu_count()} cores"


@contextmanager
def _fitting(photo: Photo) -> Iterator[None]:
    """Arithmetic that fails on a face is a face that cannot be fitted. Raises FaceError."""
    try:
        yield
    except (ValueError, ArithmeticError, IndexError) as error:
        raise FaceError(
            f"A face in {photo.name} cannot be fitted; use a clearer photo of it."
        ) from error
