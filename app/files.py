"""Files of the window: what may be opened, dialogs, dropped and pasted pictures, projects."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QObject, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from app.settings import Settings
from core.document.lock import ProjectLocks
from core.document.project import SUFFIX, Project, read_project, write_project
from core.document.recovery import Orphan, Unsaved
from core.errors import MienError, OutputError, unreadable
from core.photo.endings import PHOTO_SUFFIXES

if TYPE_CHECKING:
    from core.export.settings_in_file import EmbeddedSettings

Action = tuple[str, Callable[[], object]] | None
SAVE_SUFFIXES = (".png", ".jpg", ".tif", ".webp")


def _patterns(suffixes: tuple[str, ...]) -> str:
    return " ".join(f"*{s}" for s in suffixes)


def ask_open(parent: QWidget, settings: Settings, title: str, projects: bool) -> str:
    """A photo or project to open; "" when the person thinks better of it."""
    photos = f"Photos ({_patterns(PHOTO_SUFFIXES)})"
    both = f"Photos and projects ({_patterns((*PHOTO_SUFFIXES, SUFFIX))})"
    filters = f"{both};;{photos};;Mien projects (*{SUFFIX});;All files (*)"
    path, _ = QFileDialog.getOpenFileName(
        parent, title, settings.folder("open"), filters if projects else f"{photos};;All files (*)"
    )
    if path:
        settings.set_folder("open", path)
    return path


def ask_project(parent: QWidget, settings: Settings, photo: str) -> str:
    """Where to save the project; the dialog asks before an existing file is replaced.

    photo: name or path of what it shows.
    """
    stem = os.path.splitext(os.path.basename(photo))[0] or "face"
    start = os.path.join(settings.folder("project", photo), stem + SUFFIX)
    path, _ = QFileDialog.getSaveFileName(
        parent, "Save project", start, f"Mien projects (*{SUFFIX})"
    )
    if not path:
        return ""
    settings.set_folder("project", path)
    return path if path.endswith(SUFFIX) else path + SUFFIX


def dropped_paths(data: QMimeData) -> list[str]:
    """Photos and projects of dropped files."""
    paths = (url.toLocalFile() for url in data.urls())
    return [path for path in paths if path and not os.path.isdir(path)]


def dropped_batch(data: QMimeData) -> list[str]:
    """The folders of a drop, and the photos dropped with them; nothing without a folder.

    By name, since the order of a drop is anybody's guess.
    """
    paths = sorted({url.toLocalFile() for url in data.urls()})
    folders = [path for path in paths if os.path.isdir(path)]
    photos = [path for path in paths if path.lower().endswith(PHOTO_SUFFIXES)]
    return [*folders, *(p for p in photos if p not in folders)] if folders else []


def drop_invitation(data: QMimeData) -> str:
    """What will happen to what hangs over the window."""
    batch, paths = dropped_batch(data), dropped_paths(data)
    if batch:
        several = sum(map(os.path.isdir, batch)) > 1
        return f"Drop to batch-export the photos of {'these folders' if several else 'this folder'}"
    if len(paths) > 1:
        return f"Drop to open {len(paths)} files, one after the other"
    if paths and paths[0].endswith(SUFFIX):
        return "Drop to open this project"
    return "Drop to open"


def _embedded(path: str, folders: list[Path]) -> Embedded:
    # Pillow is not needed before the first picture is opened.
    from core.export.settings_in_file import SettingsError, read_settings

    try:
        settings = read_settings(Path(path))
    except SettingsError as error:
        return Embedded(path, fault=str(error))
    if settings is None or not settings.photo_sha256:
        return Embedded(path, settings)
    named = [folder / settings.project.photo_name for folder in folders]
    return Embedded(path, settings, settings.original_among(named))


def image_bytes(image: QImage) -> bytes:
    """A pasted picture as the bytes of a file (BMP: quick to write)."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.convertToFormat(QImage.Format.Format_RGB888).save(buffer, "BMP")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


@dataclass(frozen=True)
class Embedded:
    """What a picture's file says of how it was made; fault: why that cannot be read.

    original: the photo that it was made of, where it was found.
    """

    path: str
    settings: EmbeddedSettings | None = None
    original: Path | None = None
    fault: str = ""


class ProjectFiles(QObject):
    """Reads and writes projects, and settings in pictures, on a thread of their own.

    A project that is open here is open in no other window; taken: it is open in another.
    """

    written = Signal(str)
    read = Signal(object, str)
    taken = Signal(str)
    looked = Signal(object)
    failed = Signal(str)
    _finished = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._threads: list[threading.Thread] = []
        self._locks = ProjectLocks()
        self._finished.connect(lambda tell: tell())

    def write(self, project: Project, photo: str | bytes | None, path: str) -> None:
        """Write a project; photo is the path of the photo's file, or its bytes."""

        def work() -> Callable[[], None]:
            if not self._locks.take(path):
                name = os.path.basename(path)
                raise OutputError(f"{name} is open in another window; choose another name.")
            content = Path(photo).read_bytes() if isinstance(photo, str) else photo
            write_project(Path(path), replace(project, photo=content))
            return lambda: self.written.emit(path)

        self.run(work)

    def open(self, path: str, copy: bool = False) -> None:
        """Read a project. copy: as a document of no file, whoever has the project open."""

        def work() -> Callable[[], None]:
            if not copy and not self._locks.take(path):
                return lambda: self.taken.emit(path)
            project = read_project(Path(path))
            return lambda: self.read.emit(project, "" if copy else path)

        self.run(work)

    def recover(self, orphan: Orphan, tell: Callable[[Unsaved | None, str], object]) -> None:
        """Read the document of a window that crashed; tell it, and what is to know of it."""

        def work() -> Callable[[], object]:
            try:
                unsaved, notice = orphan.read()
            except MienError as error:
                return partial(tell, None, str(error))
            if unsaved.path and not self._locks.take(unsaved.path):
                name = os.path.basename(unsaved.path)
                notice = f"{name} is open in another window, so save this under another name."
                unsaved = replace(unsaved, path="")
            return partial(tell, unsaved, notice)

        self.run(work)

    def keep(self, path: str | None) -> None:
        """Let other windows have all projects but this one and the one under way."""
        self._locks.keep(path)

    def look(self, path: str, folders: list[Path]) -> None:
        """Look for settings in a picture, and in the folders for the photo that it was made of."""

        def work() -> Callable[[], None]:
            found = _embedded(path, folders)
            return lambda: self.looked.emit(found)

        self.run(work)

    def compare(
        self, found: Embedded, path: Path, tell: Callable[[Embedded, Path, bool], None]
    ) -> None:
        """Tell whether a file is the photo that a picture was made of."""

        def work() -> Callable[[], None]:
            same = bool(found.settings and found.settings.original_among([path]))
            return lambda: tell(found, path, same)

        self.run(work)

    def close(self) -> None:
        """Finish what is under way, and let the projects go."""
        for thread in self._threads:
            thread.join()
        self._locks.release()

    def run(self, work: Callable[[], Callable[[], object]]) -> None:
        """Do the work on a thread, then call what it returns on the window's."""

        def guarded() -> None:
            try:
                tell = work()
            except MienError as error:
                text = str(error)
                self._finished.emit(lambda: self.failed.emit(text))
            except OSError as error:
                text = unreadable(error.filename or "The file", error)
                self._finished.emit(lambda: self.failed.emit(text))
            else:
                self._finished.emit(tell)

        self._threads = [t for t in self._threads if t.is_alive()]
        self._threads.append(threading.Thread(target=guarded, name="project-files"))
        self._threads[-1].start()
