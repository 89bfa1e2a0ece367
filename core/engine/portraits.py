"""What the engine asks of the generator; the heavy imports happen on first use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from core.engine.messages import (
    ExportOptions,
    FaceParameters,
    GeneratorState,
    LatentCode,
    Method,
)
from core.errors import AssetError

if TYPE_CHECKING:
    from core.photo.load import Photo
    from core.photo.scene import Scene
    from core.portrait.early import Early
    from core.portrait.inversion import Target
    from core.portrait.latent import Latent
    from core.portrait.people import People
    from core.portrait.runtime import Runtime
    from core.portrait.scenes import EmbeddedScene
    from models.face.camera import Camera
    from models.face.fitting import FaceFit

# Parameters and noise code (N,) of a person.
Someone = tuple[FaceParameters, np.ndarray]
# Report of an embedding: what EmbedStage says after the face's index.
Report = Callable[[str, float, LatentCode | None, float, float | None], None]
_STAGES = {
    "estimate": "First estimate",
    "W": "Finding the person",
    "W+": "Finding the details",
    "weights": "Adapting the generator",
}


class PortraitBackend(Protocol):
    """The generator's side of a backend; tests put a small fake in its place."""

    @property
    def key(self) -> str:
        """Names the generator's weights; "" until they are loaded."""

    def early(self) -> GeneratorState | None:
        """Make people drawable by what former starts left, if that is possible."""

    def load(self) -> GeneratorState:
        """Make the generator ready, or say why it is not there."""

    def news(self) -> list[str]:
        """What was given up since the last call (a full GPU, half precision), in sentences."""

    def person(self, seed: int, truncation: float) -> Someone:
        """The rig's state and the noise code (N,) of a person. Raises AssetError."""

    def mix(self, first: Someone, second: Someone, share: float) -> Someone:
        """A person between two: 0 the first, 1 the second."""

    def draw(self, parameters: FaceParameters, noise: np.ndarray, size: int | None) -> np.ndarray:
        """A person, (size, size, 3) uint8; None: as large as it is made, in full accuracy."""

    def camera(self, size: int) -> Any:
        """The camera of the generator's pictures."""

    def save(
        self,
        path: Path,
        pixels: np.ndarray,
        description: Mapping[str, str],
        options: ExportOptions,
        overwrite: bool,
    ) -> None:
        """Write a generated picture. Raises OutputError."""

    def embed(self, photo: Any, fit: Any, found: LatentCode | None, report: Report) -> None:
        """Find a face in the generator, or adapt it to one found; what report raises ends it."""

    def scene(self, photo: Any, fit: Any, latent: LatentCode, method: Method, scene: Any) -> Any:
        """What renders edits of an embedded face; scene: the photo's own."""


class GeneratorBackend:
    """The real one. Drawing and embedding may happen on two threads."""

    def __init__(self) -> None:
        self._loading = threading.Lock()
        # The runtime draws the rig's maps for whoever holds this.
        self._drawing = threading.Lock()
        self._runtime: Runtime | None = None
        # What draws until the runtime is there.
        self._early: Early | None = None

    @property
    def key(self) -> str:
        """Names the generator's weights; "" until they are loaded."""
        drawer = self._runtime or self._early
        return drawer.key if drawer else ""

    def early(self) -> GeneratorState | None:
        """Load the graph of a former start, if there is one."""
        from core.portrait.early import Early

        self._early = early = Early.load()
        return GeneratorState(early.backend, early.key, complete=False) if early else None

    def load(self) -> GeneratorState:
        """Load the generator; the reason when it cannot be."""
        from core.device import gpus

        try:
            runtime = self._ready()
        except AssetError as error:
            return GeneratorState(reason=str(error))
        return GeneratorState(runtime.backend, runtime.key, "", runtime.notice, gpus())

    def news(self) -> list[str]:
        """What was given up since the last call, in sentences."""
        if self._runtime is None:
            return []
        told = self._runtime.news[:]
        del self._runtime.news[: len(told)]
        return told

    def person(self, seed: int, truncation: float) -> Someone:
        """The person of a seed. Raises AssetError, ParameterError."""
        made = self._people().person(seed, truncation)
        return made.parameters, made.noise

    def mix(self, first: Someone, second: Someone, share: float) -> Someone:
        """A person between two."""
        from core.portrait.people import GROUPS, Person

        ends = Person(*first), Person(*second)
        between = self._people().mixed(*ends, dict.fromkeys(GROUPS, share))
        return between.parameters, between.noise

    def draw(self, parameters: FaceParameters, noise: np.ndarray, size: int | None) -> np.ndarray:
        """A person. Raises AssetError, and ParameterError for another generator's code."""
        import cv2

        from core.engine.policy import MOVING_SIZE

        drawer = self._drawer()
        _check_code(noise, drawer)
        with self._drawing:
            final = size is None or size > MOVING_SIZE
            picture = drawer.draw(parameters, noise, final=final)
        if size is None or size == len(picture):
            return picture
        way = cv2.INTER_AREA if size < len(picture) else cv2.INTER_CUBIC
        return cv2.resize(picture, (size, size), interpolation=way)

    def camera(self, size: int) -> Camera:
        """The camera of the generator's pictures."""
        from models.face.camera import Camera

        return Camera.generator(size)

    def save(
        self,
        path: Path,
        pixels: np.ndarray,
        description: Mapping[str, str],
        options: ExportOptions,
        overwrite: bool,
    ) -> None:
        """Write a generated picture. Raises OutputError."""
        from core.export.picture import export_picture, generated_photo

        photo = generated_photo(pixels, description)
        export_picture(photo, path, options, self.key, overwrite)

    def embed(self, photo: Photo, fit: FaceFit, found: LatentCode | None, report: Report) -> None:
        """Estimate, then W and W+; or, found already, the weights.

        Raises AssetError, FaceError and what report raises.
        """
        from core.errors import FaceError
        from core.photo.scene import Scene
        from core.portrait.inversion import Stage, Target, invert, tune
        from core.portrait.views import views_of

        runtime = self._ready()
        if found is not None:
            _check_found(found, runtime)
        try:
            target = Target.of(photo.pixels, fit.camera, fit.parameters, runtime.spec.size)
        except ValueError as error:
            raise FaceError(str(error)) from error
        measure = _identity_of(target)
        views = views_of(Scene(photo, fit), runtime.spec.size) if found else []
        self._drawing.acquire()
        held = True
        last: list[Any] = []

        def tell(stage: Stage) -> None:
            nonlocal held
            # The maps are drawn by the time of the first report.
            if held:
                self._drawing.release()
                held = False
            last[:] = stage.loss, measure(stage.picture)
            code = None if found else _to_code(stage.latent, last[1])
            report(_STAGES[stage.name], stage.done, code, *last)

        try:
            if found is None:
                latent = invert(runtime, target, report=tell)
            else:
                latent = tune(runtime, target, _from_code(found), report=tell, views=views)
                # Made here, so that the first picture does not wait for it.
                runtime.adapted(latent.tuning)
            report("Done", 1.0, _to_code(latent, last[1]), *last)
        finally:
            if held:
                self._drawing.release()

    def scene(
        self, photo: Photo, fit: FaceFit, latent: LatentCode, method: Method, scene: Scene
    ) -> LockedScene:
        """What renders edits of an embedded face. Raises AssetError."""
        from core.portrait.scenes import EmbeddedScene

        runtime = self._ready()
        _check_found(latent, runtime)
        found = EmbeddedScene(runtime, photo, fit, _from_code(latent), method, scene)
        return LockedScene(found, self._drawing)

    def _ready(self) -> Runtime:
        """The generator, loaded once whoever asks first. Raises AssetError."""
        with self._loading:
            if self._runtime is None:
                from core.portrait.runtime import Runtime

                self._runtime = Runtime.load()
                self._early = None
            return self._runtime

    def _drawer(self) -> Runtime | Early:
        return self._runtime or self._early or self._ready()

    def _people(self) -> People:
        from core.portrait.people import People

        return People(self._drawer().noise_prior)


class LockedScene:
    """An embedded scene that draws when no embedding needs the runtime."""

    def __init__(self, scene: EmbeddedScene, lock: threading.Lock) -> None:
        self._scene = scene
        self._lock = lock

    def render(self, parameters: FaceParameters, max_size: int = 512) -> np.ndarray:
        """The photo at most max_size px, (H, W, 3) uint8."""
        with self._lock:
            return self._scene.render(parameters, max_size)

    def opacity(self, parameters: FaceParameters, max_size: int = 512) -> np.ndarray | None:
        """Of that picture: (h, w) uint8; None: all is opaque."""
        with self._lock:
            return self._scene.opacity(parameters, max_size)

    def edited(self, parameters: FaceParameters, feather: float = 0.0) -> Photo:
        """The photo at full size at other parameters."""
        with self._lock:
            return self._scene.edited(parameters, feather)


Measure = Callable[[np.ndarray], float | None]


def _identity_of(target: Target) -> Measure:
    """Measures how far another picture is from the person of the photo."""
    from models.files.store import StoreError
    from models.networks.perception import PerceptionNetwork, identity_distance

    try:
        network = PerceptionNetwork.load()
    except StoreError:
        return lambda _: None
    mine = network.read(target.picture[None]).identity[0]

    def measure(picture: np.ndarray) -> float | None:
        other = network.read(picture[None]).identity[0]
        return float(identity_distance(mine, other))

    return measure


def _check_code(noise: np.ndarray, drawer: Runtime | Early) -> None:
    if noise.shape != (drawer.spec.noise,):
        raise AssetError("This person was made by another generator than the one installed.")


def _check_found(latent: LatentCode, runtime: Runtime) -> None:
    if latent.generator != runtime.key:
        raise AssetError(
            "This face was found in another generator than the one installed; find it again."
        )


def _to_code(latent: Latent, identity: float | None) -> LatentCode:
    return LatentCode(
        latent.parameters, latent.noise, latent.offset, latent.generator, latent.tuning, identity
    )


def _from_code(code: LatentCode) -> Latent:
    from core.portrait.latent import Latent

    return Latent(code.parameters, code.noise, code.offset, code.generator, dict(code.tuning))
