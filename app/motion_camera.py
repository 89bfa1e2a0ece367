"""A webcam, or a video of a face, drives the rig and may be recorded."""

from __future__ import annotations

import contextlib
import multiprocessing
import threading
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection

from PySide6.QtCore import QObject, Qt, Signal

from app.editor import Editor
from app.motion import Motion
from app.widgets.messages import Message
from core.motion import capture
from core.motion.capture import Calibrate, Ended, Source, StopCapture, Tracked
from core.motion.driving import Recording, driven

# The process's main function; tests put one in its place that needs no face.
Run = Callable[[Connection, Source, bool], None]
_STOP_SECONDS = 2.0
_LOOK_SECONDS = 0.2


class CameraLink(QObject):
    """One process at a time, that reads a camera; its words arrive as signals on this thread.

    Starting, reading and ending happen on a thread: the window never waits. Python waits for that
    thread at its end, which comes soon after `stop`.
    """

    tracked = Signal(object)
    ended = Signal(str)
    _said = Signal(int, object)

    def __init__(self, run: Run = capture.run, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self._life = 0
        self._connection: Connection | None = None
        self._stopping = threading.Event()
        self._said.connect(self._hear, Qt.ConnectionType.QueuedConnection)

    @property
    def running(self) -> bool:
        """Whether a camera is read."""
        return self._connection is not None

    def start(self, source: Source, mirror: bool) -> None:
        """Read a camera, or play a video."""
        self.stop()
        self._life += 1
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        process = context.Process(
            target=self._run, args=(theirs, source, mirror), name="camera", daemon=True
        )
        life, ours = self._life, self._connection
        stopping = self._stopping = threading.Event()

        def live() -> None:
            said = False
            try:
                process.start()
                theirs.close()
                while not stopping.is_set():
                    if ours.poll(_LOOK_SECONDS):
                        message = ours.recv()
                        said = said or isinstance(message, Ended)
                        self._tell(life, message)
            except (EOFError, OSError):
                if not said:
                    self._tell(life, Ended("The camera's process stopped; start it again."))
            # One that still sends pictures finds nobody to take them, and ends.
            ours.close()
            if process.pid is not None:
                process.join(_STOP_SECONDS)
                if process.is_alive():
                    process.kill()
                    process.join()

        threading.Thread(target=live, name="camera-link").start()

    def stop(self) -> None:
        """End it; nothing more is heard."""
        self._send(StopCapture())
        self._stopping.set()
        self._connection = None

    def calibrate(self) -> None:
        """Take the face as it is now for neutral."""
        self._send(Calibrate())

    def _send(self, message: object) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.send(message)

    def _tell(self, life: int, message: object) -> None:
        # On the reading thread: a queued signal carries it over, unless the window is gone.
        with contextlib.suppress(RuntimeError):
            self._said.emit(life, message)

    def _hear(self, life: int, message: object) -> None:
        if life != self._life or self._connection is None:
            return
        if isinstance(message, Tracked):
            self.tracked.emit(message)
        elif isinstance(message, Ended):
            self.stop()
            self.ended.emit(message.reason)


class Camera(QObject):
    """Moves the document's face by the one before the camera, as one step.

    seen: a Tracked for whoever shows it. changed: it started or stopped.
    """

    seen = Signal(object)
    changed = Signal()
    message = Signal(object)

    def __init__(
        self, editor: Editor, motion: Motion, link: CameraLink, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._editor = editor
        self._motion = motion
        self._link = link
        self._state = editor.state
        self._recording: Recording | None = None
        self._driving = False
        link.setParent(self)
        link.tracked.connect(self._tracked)
        link.ended.connect(self._ended)
        editor.photoChanged.connect(self.stop)

    @property
    def running(self) -> bool:
        """Whether the camera drives the rig."""
        return self._driving

    def start(self, source: Source, mirror: bool, record: bool) -> None:
        """Let the face before a camera, or in a video, move this one.

        record: from the playhead on into the timeline.
        """
        self.stop()
        self._motion.play(False)
        if not self._editor.editable:
            return
        self._state = self._editor.state
        self._recording = Recording(self._motion.frame, self._editor.parameters) if record else None
        self._driving = True
        self._link.start(source, mirror)
        self.changed.emit()

    def calibrate(self) -> None:
        """Take the face as it is now for neutral."""
        self._link.calibrate()

    def stop(self) -> None:
        """Keep the face as it is, and what was recorded."""
        if not self._driving:
            return
        self._driving = False
        self._link.stop()
        self._editor.end()
        recording, self._recording = self._recording, None
        if recording:
            timeline = recording.onto(self._motion.timeline)
            self._motion.set_timeline(timeline, "Record webcam")
        self.changed.emit()

    def _tracked(self, tracked: Tracked) -> None:
        if not self._driving:
            return
        if tracked.pose is not None and tracked.expression is not None:
            if not self._editor.dragging:
                self._editor.begin("Webcam")
            base = self._state.parameters
            parameters = driven(base, tracked.pose, tracked.expression)
            face = self._editor.document.face
            self._editor.apply(face, replace(self._state, parameters=parameters))
            if self._recording:
                self._recording.add(tracked.seconds, parameters)
        self.seen.emit(tracked)

    def _ended(self, reason: str) -> None:
        self.stop()
        if reason:
            self.message.emit(Message(reason, "error", key="camera"))
