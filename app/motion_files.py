"""Motion and files: sweeps by dialog, takes of Live Link Face, animations written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.controller import Controller
from app.editor import Editor
from app.engine_link import EngineLink
from app.motion import Motion
from app.motion_camera import Camera, CameraLink
from app.settings import Settings
from app.theme import Theme
from app.widgets.messages import Message, saved
from core.engine import messages as m
from core.errors import MienError, explained
from core.files import write_file
from core.motion.live_link import Take, read_take, write_take
from core.motion.pyav import PYAV_MISSING, has_pyav
from core.motion.timeline import Timeline
from core.rig.table import PARAMETERS

if TYPE_CHECKING:
    from app.dialogs.animation_camera import CameraDialog

_T = TypeVar("_T")
_KINDS = ("MP4 video (*.mp4)", "GIF (*.gif)", "Folder of PNG files (*)")
_ENDINGS = (".mp4", ".gif", "")
# A person of the generator may be enlarged up to this side.
_LARGEST_PERSON = 1024


class _Work(QRunnable):
    """Something slow, away from the window's thread. done: what it returned, or an error."""

    class Signals(QObject):
        """A runnable has none of its own."""

        done = Signal(object)

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__()
        self.signals = self.Signals()
        self._work = work

    def run(self) -> None:
        """On a thread of the pool."""
        try:
            self.signals.done.emit(self._work())
        except (MienError, OSError) as error:
            self.signals.done.emit(error)


class MotionFiles(QObject):
    """What the Motion menu does with dialogs."""

    message = Signal(object)

    def __init__(
        self, window: QWidget, motion: Motion, editor: Editor, controller: Controller,
        link: EngineLink, settings: Settings, theme: Theme,
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._window = window
        self._motion = motion
        self._editor = editor
        self._controller = controller
        self._client = link.client
        self._settings = settings
        self._theme = theme
        self._works: set[_Work] = set()
        self.camera = Camera(editor, motion, CameraLink(), self)
        self.camera.message.connect(self.message)
        self._camera_dialog: CameraDialog | None = None
        self._writing: set[int] = set()
        link.arrived.connect(self._arrived)

    def sweep(self) -> None:
        """Ask for a parameter and its way."""
        from app.dialogs.animation import SweepDialog

        dialog = SweepDialog(self._theme, self._motion.timeline.length, self._window)
        if dialog.exec():
            self.sweep_by(*dialog.values())

    def sweep_by(self, name: str, start: float, end: float, frames: int) -> None:
        """A parameter from start to end over so many frames."""
        swept = self._motion.timeline.swept(name, start, end, frames)
        self._motion.set_timeline(swept, f"Sweep {PARAMETERS[name].label}")

    def webcam(self) -> None:
        """Show the webcam's small window."""
        from app.dialogs.animation_camera import CameraDialog

        if self._camera_dialog is None:
            self._camera_dialog = CameraDialog(
                self.camera, self._settings, self._theme, self._window
            )
        self._camera_dialog.show()
        self._camera_dialog.raise_()

    def import_take(self) -> None:
        """Ask for a take, and how to read it."""
        from app.dialogs.animation import TakeDialog

        path, _ = QFileDialog.getOpenFileName(
            self._window, "Open a Live Link Face take", self._settings.folder("motion"),
            "Live Link Face takes (*.csv);;Timelines (*.json);;All files (*)",
        )  # fmt: skip
        if not path:
            return
        self._settings.set_folder("motion", path)
        if path.lower().endswith(".json"):
            self.read(path)
            return
        dialog = TakeDialog(self._theme, os.path.basename(path), self._window)
        if dialog.exec():
            self.read(path, dialog.mirror.isChecked(), dialog.recentre.isChecked())

    def read(self, path: str, mirror: bool = False, recentre: bool = False) -> None:
        """Take a timeline from a file, on another thread."""

        def work() -> tuple[Timeline, tuple[str, ...]]:
            data, name = Path(path).read_bytes(), os.path.basename(path)
            if path.lower().endswith(".json"):
                return Timeline.from_bytes(data, name), ()
            take: Take = read_take(data, name)
            take = take.mirrored() if mirror else take
            return (take.recentred() if recentre else take).timeline(), take.notes

        self._run(work, self._have_read)

    def export_take(self) -> None:
        """Ask where to write the frames as a take."""
        start = os.path.join(self._settings.folder("motion"), "take.csv")
        path, chosen = QFileDialog.getSaveFileName(
            self._window, "Write motion", start,
            "Live Link Face take (*.csv);;Timeline (*.json)",
        )  # fmt: skip
        if path:
            ending = ".json" if "json" in chosen else ".csv"
            path = path if os.path.splitext(path)[1] else path + ending
            self._settings.set_folder("motion", path)
            self.write(path)

    def write(self, path: str) -> None:
        """Write the timeline: all frames as a take (.csv), or its keys (.json)."""
        timeline, base = self._motion.timeline, self._editor.effective

        def work() -> Path:
            plain = path.lower().endswith(".json")
            data = timeline.to_bytes() if plain else write_take(timeline, base)
            return write_file(path, data, overwrite=True)

        self._run(work, self._have_written)

    def export(self) -> None:
        """Ask for size and file of an animation."""
        from app.dialogs.animation import AnimationDialog

        photo, timeline = self._editor.photo, self._motion.timeline
        largest = max(photo.width, photo.height) if photo else _LARGEST_PERSON
        dialog = AnimationDialog(timeline.length, timeline.fps, largest, self._window)
        if not dialog.exec():
            return
        # The next dialog's loop deletes this one.
        size = dialog.size_.value()
        kinds = [k for k, e in zip(_KINDS, _ENDINGS, strict=True) if e != ".mp4" or has_pyav()]
        source = photo.source if photo and isinstance(photo.source, str) else ""
        start = os.path.join(self._settings.folder("animation", source), "animation")
        path, chosen = QFileDialog.getSaveFileName(
            self._window, "Export animation", start, ";;".join(kinds)
        )
        if path:
            ending = _ENDINGS[_KINDS.index(chosen)] if chosen in _KINDS else ""
            path = path if os.path.splitext(path)[1] else path + ending
            self._settings.set_folder("animation", path)
            self.export_to(path, size)
        if len(kinds) < len(_KINDS):
            self.message.emit(Message(PYAV_MISSING, key="pyav"))

    def export_to(self, path: str, size: int) -> None:
        """Write all frames at a long side of size px; the engine tells how far it is."""
        self._motion.play(False)
        editor = self._editor
        noise = editor.person.noise if editor.person else None
        request = self._client.animate(path, self._motion.timeline, editor.effective, size, noise)
        self._writing.add(request)
        self._controller.track(request, "animation")

    def may_close(self) -> bool:
        """Ask before the window takes an animation with it that is being written."""
        if not self._writing:
            return True
        answer = QMessageBox.question(
            self._window, "Export animation",
            "The animation is still being written. Give it up and close?",
        )  # fmt: skip
        given_up = answer == QMessageBox.StandardButton.Yes
        for request in self._writing if given_up else ():
            self._client.cancel(request)
        return given_up

    # Inside.

    def _arrived(self, reply: object) -> None:
        if isinstance(reply, m.Saved | m.Failed | m.Cancelled) and reply.id in self._writing:
            self._writing.discard(reply.id)
            if isinstance(reply, m.Saved):
                self._have_written(Path(reply.path))

    def _run(self, work: Callable[[], _T], done: Callable[[_T], None]) -> None:
        job = _Work(work)
        self._works.add(job)
        job.setAutoDelete(False)

        def finished(result: _T | Exception) -> None:
            self._works.discard(job)
            if isinstance(result, Exception):
                self.message.emit(Message(explained(result), "error"))
            else:
                done(result)

        job.signals.done.connect(finished)
        QThreadPool.globalInstance().start(job)

    def _have_read(self, result: tuple[Timeline, tuple[str, ...]]) -> None:
        timeline, notes = result
        self._motion.set_timeline(timeline, "Read motion")
        for note in notes:
            self.message.emit(Message(note, key=note))

    def _have_written(self, path: Path) -> None:
        self.message.emit(saved(str(path)))
