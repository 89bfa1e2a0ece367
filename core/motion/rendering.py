"""The frames of a timeline, drawn one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.motion.timeline import Timeline
from models.face.parameters import FaceParameters

if TYPE_CHECKING:
    from core.photo.load import Photo

# Long side in pixels, when nothing else is asked for.
LONG_SIDE = 1080
SMALLEST, LARGEST = 16, 8192


class Scene(Protocol):
    """What draws one face at any parameters: see core.photo.scene and core.portrait.scenes."""

    def render(self, parameters: FaceParameters, max_size: int = ...) -> np.ndarray:
        """At most max_size px wide and high, (H, W, 3) uint8."""

    def edited(self, parameters: FaceParameters, feather: float = ...) -> Photo:
        """As large as it is."""


def frames(
    timeline: Timeline,
    base: FaceParameters,
    draw: Callable[[FaceParameters], np.ndarray],
    report: Callable[[int], None] = lambda _: None,
) -> Iterator[np.ndarray]:
    """The pictures of all frames. base: what is not animated.

    report: told how many frames are done before each; what it raises ends the work.
    """
    for frame in range(timeline.length):
        report(frame)
        yield draw(timeline.at(base, frame))
    report(timeline.length)


def drawer(scene: Scene, long_side: int, size: int) -> Callable[[FaceParameters], np.ndarray]:
    """Draws a scene of a photo so large at size px, in full quality either way."""
    if size >= long_side:
        return lambda parameters: scene.edited(parameters).pixels
    return lambda parameters: scene.render(parameters, size)


class Pace:
    """How fast work goes, and when it will be done. now: a clock in seconds."""

    def __init__(self, total: int, now: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._now = now
        self._start = now()

    def text(self, done: int) -> str:
        """Such as "12 of 48 frames, 3.1 a second, 12 s left"."""
        spent = self._now() - self._start
        if not done or spent <= 0:
            return f"{done} of {self._total} frames"
        rate = done / spent
        left = (self._total - done) / rate
        minutes, seconds = divmod(round(left), 60)
        wait = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
        return f"{done} of {self._total} frames, {rate:.1f} a second, {wait} left"
