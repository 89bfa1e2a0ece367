"""A camera or a video in a process of its own, whose face drives the rig.

The window starts `run`; the heavy imports happen there. What is asked: messages of the window's
side. What is told: Tracked for each picture, then Ended.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.motion.tracker import FaceTracker

# A camera's number, or the path of a video.
Source = int | str
_PREVIEW_SIDE = 200
# A camera that gives no picture for so long is gone.
_PATIENCE = 5.0
_MARK = (79, 156, 240)


@dataclass(frozen=True)
class Calibrate:
    """Take the face as it is now for neutral."""


@dataclass(frozen=True)
class StopCapture:
    """End the process."""


@dataclass(frozen=True, eq=False)
class Tracked:
    """One picture. seconds: when it was taken.

    found: whether a face is seen. pose: (3,) degrees and expression: (51,) weights as they differ
    from neutral; None without a face and while it is calibrated. preview: (h, w, 3) uint8 RGB.
    rate: pictures a second.
    """

    seconds: float
    found: bool
    pose: np.ndarray | None
    expression: np.ndarray | None
    preview: np.ndarray
    rate: float


@dataclass(frozen=True)
class Ended:
    """No more pictures. reason: one sentence; "" at the end of a video."""

    reason: str = ""


def run(connection: Connection, source: Source, mirror: bool, pace: bool = True) -> None:
    """The process's main function. mirror: swap left and right. pace: play videos in their time."""
    try:
        import cv2

        from core.motion.tracker import FaceTracker

        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        tracker = FaceTracker()
        before, rate = time.monotonic(), 0.0
        for seconds, image in _pictures(source, pace):
            if not _heard(connection, tracker):
                return
            image = np.ascontiguousarray(image[:, ::-1] if mirror else image)
            motion = tracker.follow(image, seconds)
            now = time.monotonic()
            fresh = 1 / max(now - before, 1e-6)
            before, rate = now, fresh if not rate else rate + 0.1 * (fresh - rate)
            connection.send(
                Tracked(
                    seconds, tracker.points is not None,
                    motion.pose if motion else None, motion.expression if motion else None,
                    _preview(image, tracker.points), rate,
                )
            )  # fmt: skip
        connection.send(Ended())
    except (BrokenPipeError, EOFError):
        return  # the window is gone
    except Exception as error:  # noqa: BLE001 - whatever it is, the person shall read it
        from core.errors import explained

        connection.send(Ended(explained(error)))


def _heard(connection: Connection, tracker: FaceTracker) -> bool:
    """Answer the window; False when it says stop."""
    while connection.poll():
        message = connection.recv()
        if isinstance(message, StopCapture):
            return False
        if isinstance(message, Calibrate):
            tracker.calibrate()
    return True


def _pictures(source: Source, pace: bool) -> Iterator[tuple[float, np.ndarray]]:
    """Times and pictures (H, W, 3) uint8 RGB. Raises PhotoError when there are none."""
    import cv2

    from core.errors import PhotoError

    capture = cv2.VideoCapture(source)
    try:
        if not capture.isOpened():
            raise PhotoError(_missing(source))
        frames = _live(capture) if isinstance(source, int) else _played(capture, pace)
        seconds = None
        for seconds, frame in frames:
            yield seconds, cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
        if seconds is None or isinstance(source, int):
            raise PhotoError(_missing(source) if seconds is None else "The camera was unplugged.")
    finally:
        capture.release()


def _missing(source: Source) -> str:
    if isinstance(source, str):
        return f"{os.path.basename(source)} cannot be played; choose another video."
    return f"There is no camera {source + 1}; plug one in, allow Mien to use it, or choose another."


def _played(capture: object, pace: bool) -> Iterator[tuple[float, np.ndarray]]:
    """A video's pictures; those that come too late are left out."""
    import cv2

    assert isinstance(capture, cv2.VideoCapture)
    rate = capture.get(cv2.CAP_PROP_FPS) or 30.0
    start, index = 0.0, 0
    while capture.grab():
        due = index / rate
        index += 1
        # The first picture takes its time, while the networks are loaded.
        start = start if index > 2 else time.monotonic() - due
        late = time.monotonic() - start - due
        if pace and late > 1 / rate:
            continue
        if pace and late < 0:
            time.sleep(-late)
        fine, frame = capture.retrieve()
        if fine:
            yield due, frame


def _live(capture: object) -> Iterator[tuple[float, np.ndarray]]:
    """A camera's newest pictures: a thread takes them as they come, so that none is old."""
    import cv2

    assert isinstance(capture, cv2.VideoCapture)
    fresh = threading.Condition()
    latest: list[tuple[float, np.ndarray]] = []
    done = threading.Event()

    def take() -> None:
        while not done.is_set():
            fine, frame = capture.read()
            with fresh:
                latest[:] = [(time.monotonic(), frame)] if fine else []
                fresh.notify()
            if not fine:
                done.set()

    thread = threading.Thread(target=take, name="camera", daemon=True)
    thread.start()
    try:
        while not done.is_set():
            with fresh:
                if not fresh.wait_for(lambda: latest or done.is_set(), _PATIENCE):
                    return
                picture = latest.pop() if latest else None
            if picture:
                yield picture
    finally:
        done.set()
        thread.join(1.0)


def _preview(image: np.ndarray, points: np.ndarray | None) -> np.ndarray:
    """The picture small, with the landmarks on it."""
    import cv2

    scale = _PREVIEW_SIDE / max(image.shape[:2])
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    if points is not None:
        for x, y in np.rint(points[:468:3, :2] * scale).astype(int):
            if 0 <= x < size[0] and 0 <= y < size[1]:
                small[y, x] = _MARK
    return small
