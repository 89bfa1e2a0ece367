"""Looking closer at a face: small pictures for presets, and what an edited picture measures.

Both are done when nothing else waits, so that no drag waits for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.engine.messages import FaceParameters, Reply, Request
from core.engine.policy import MOVING_SIZE, REST_SIZES, Wish
from core.engine.thumbnails import shrink, thumbnail, with_alpha
from core.errors import FaceError

if TYPE_CHECKING:
    from core.engine.backend import Backend

# Faces are measured at least this high, px, in pictures no larger than LARGEST.
FACE_SIDE = 320.0
LARGEST = REST_SIZES[2]


@dataclass(frozen=True)
class Preview(Request):
    """A small square of the chosen face, the person or the model; answered by Previewed.

    size: its side, px. noise: (N,), the person's. whole: the whole picture instead, its long side
    at most size px.
    """

    parameters: FaceParameters
    size: int
    noise: np.ndarray | None = None
    whole: bool = False


@dataclass(frozen=True)
class Previewed(Reply):
    """picture: (S, S, 3 or 4) uint8, a whole one (H, W, 3 or 4)."""

    picture: np.ndarray


@dataclass(frozen=True)
class Measure(Request):
    """Read back what the picture of these parameters shows; answered by Measured.

    fitted: the face without an edit. noise: (N,), the person's.
    """

    parameters: FaceParameters
    fitted: FaceParameters
    noise: np.ndarray | None = None


@dataclass(frozen=True)
class Measured(Reply):
    """What the picture shows. parameters: None when it cannot be read; reason says why.

    identity: similarity to the face without an edit (cosine), 1 for one person to about 0 for
    strangers; None when it was not measured.
    """

    parameters: FaceParameters | None
    identity: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Drawn:
    """A picture of a face. camera: None when no photo was fitted and no person made.

    box: the face's place in the picture, px; None: all of it. rigged: the rig's state is in it.
    alpha: (h, w) uint8 of a photo with transparency. shown: the picture with it.
    """

    picture: np.ndarray
    camera: Any = None
    displacement: np.ndarray | None = None
    box: tuple[float, float, float, float] | None = None
    rigged: bool = True
    alpha: np.ndarray | None = None

    @property
    def shown(self) -> np.ndarray:
        return with_alpha(self.picture, self.alpha)


# Parameters, the person's noise, the long side in px.
Draw = Callable[[FaceParameters, np.ndarray | None, int], Drawn]


def preview(request: Preview, draw: Draw, photo: bool) -> Previewed:
    """A photo is drawn as in a drag, for which all is prepared; others as small as asked."""
    if request.whole:
        return Previewed(request.id, draw(request.parameters, request.noise, request.size).shown)
    drawn = draw(request.parameters, request.noise, MOVING_SIZE if photo else request.size)
    if drawn.box:
        return Previewed(request.id, thumbnail(drawn.shown, drawn.box, request.size))
    return Previewed(request.id, shrink(drawn.shown, request.size))


class Measuring:
    """Answers Measure; keeps whose face the unedited one is."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._original: tuple[tuple[object, ...], np.ndarray | None] | None = None

    def forget(self) -> None:
        """Another photo or face."""
        self._original = None

    def answer(self, request: Measure, draw: Draw, original: Draw, size: int) -> Measured:
        """draw: the edited face. original: the unedited one. size: of the pictures, px."""
        drawn = draw(request.parameters, request.noise, size)
        if drawn.camera is None:
            return Measured(request.id, None, None, "There is no photo or person to measure.")
        try:
            found = self._backend.measure(
                drawn.picture, drawn.camera, request.parameters, drawn.displacement
            )
            seen = self._backend.identity(drawn.picture, drawn.camera)
            same = self._similarity(request, seen, original, size)
        except FaceError as error:
            return Measured(request.id, None, None, str(error))
        return Measured(request.id, found, same)

    def _similarity(
        self, request: Measure, seen: np.ndarray | None, original: Draw, size: int
    ) -> float | None:
        key = Wish(request.fitted, noise=request.noise).key()
        if self._original is None or self._original[0] != key:
            drawn = original(request.fitted, request.noise, size)
            self._original = (key, self._backend.identity(drawn.picture, drawn.camera))
        mine = self._original[1]
        return None if seen is None or mine is None else float(mine @ seen)


def measuring_size(photo: tuple[int, int], box: tuple[float, float, float, float]) -> int:
    """Long side, px, at which a face in a box of a photo (width, height) is large enough."""
    side = max(box[2] - box[0], box[3] - box[1], 1.0)
    wanted = FACE_SIDE * max(photo) / side
    return next((s for s in REST_SIZES if wanted <= s <= LARGEST), LARGEST)
