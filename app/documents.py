"""Opening, saving and leaving documents, with the questions and messages that belong to it."""

from __future__ import annotations

import os
from collections.abc import Callable

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QMessageBox, QWidget

from app import files, projects
from app.controller import OPENING, Controller
from app.editor import Editor
from app.history import PhotoCommand
from app.restoring import Restoring
from app.settings import Settings
from app.states import DocumentState
from app.widgets.messages import Message, saved
from core.document.project import SUFFIX as PROJECT_SUFFIX
from core.document.recovery import Unsaved


class Documents(QObject):
    """What the File menu does. changed: title, queue or recent files may differ now.

    emptied: begin anew. closeRequested: what the window waited for before closing is done.
    """

    changed = Signal()
    emptied = Signal()
    message = Signal(object)
    dismissed = Signal(str)
    closeRequested = Signal()

    def __init__(
        self, window: QWidget, editor: Editor, controller: Controller, settings: Settings
    ) -> None:
        super().__init__(window)
        self._window = window
        self._editor = editor
        self._controller = controller
        self._settings = settings
        self._then: Callable[[], object] | None = None
        self._written: DocumentState | None = None
        self._exported = False
        self.queue: list[str] = []
        self.projects = files.ProjectFiles(self)
        self.projects.read.connect(controller.open_project)
        self.projects.written.connect(self._saved_project)
        self.projects.failed.connect(self._failed)
        self.projects.taken.connect(self._taken)
        editor.awaited.changed.connect(self.changed)
        editor.photoChanged.connect(lambda: self.projects.keep(editor.path))
        self._restoring = Restoring(window, editor, controller, settings, self.projects)
        self._restoring.message.connect(self.message)
        controller.pictureSaved.connect(self._saved_picture)
        controller.photoOpened.connect(self._opened)

    # Opening.

    def ask_open(self) -> None:
        """Choose a photo or a project."""
        path = files.ask_open(self._window, self._settings, "Open photo or project", True)
        if path:
            self.open_path(path)

    def open_path(self, path: str) -> None:
        """Open a photo or a project."""
        if not os.path.exists(path):
            self._settings.forget_recent(path)
            self._say(Message(f"{path} is not there any more; choose another file.", "error"))
            self.changed.emit()
        elif path.endswith(PROJECT_SUFFIX):
            self.leave(lambda: self.projects.open(path))
        else:
            self._restoring.open(path)

    def open_paths(self, paths: list[str]) -> None:
        """Open the first, keep the rest in the queue."""
        # A single photo leaves those that wait.
        self.queue = paths[1:] or self.queue
        self.open_path(paths[0])
        self._offer_next()

    def open_next(self) -> None:
        """The next photo of the queue."""
        if self.queue:
            self.open_path(self.queue.pop(0))
            self._offer_next()

    def paste(self) -> None:
        """Open the clipboard's files or picture."""
        data = QGuiApplication.clipboard().mimeData()
        if data is None or not self.open_data(data, "Pasted picture"):
            self._say(Message("The clipboard holds no picture; copy one first."))

    def open_data(self, data: QMimeData, name: str) -> bool:
        """Open pasted or dropped files, or the picture of that name; says whether there are any."""
        paths = files.dropped_paths(data)
        image = data.imageData() if data.hasImage() else None
        if paths:
            self.open_paths(paths)
        elif isinstance(image, QImage) and not image.isNull():
            self._controller.open_photo(files.image_bytes(image), name)
        else:
            return False
        return True

    def invitation(self, data: QMimeData) -> str:
        """What will happen to what hangs over the window."""
        return files.drop_invitation(data)

    def dropped_batch(self, data: QMimeData) -> list[str]:
        """The folders of a drop, with the photos beside them; nothing without a folder."""
        return files.dropped_batch(data)

    def drop(self, data: QMimeData) -> None:
        """Open dropped files or a dropped picture."""
        if not self.open_data(data, "Dropped picture"):
            self._say(Message("Nothing dropped can be opened; drop photos or a project."))

    def take(self, group: str) -> None:
        """Choose a photo to take a group of parameters from."""
        path = files.ask_open(self._window, self._settings, f"Take {group} from a photo", False)
        if path:
            self._controller.take_from(group, path)

    def new(self) -> None:
        """Another person, or the bare model without a generator."""
        self.leave(self.emptied.emit)

    # Saving.

    def save(self) -> None:
        """Save the project where it was, or ask where."""
        if self._editor.path:
            self._write(self._editor.path)
        else:
            self.save_as()

    def save_as(self) -> None:
        """Ask where, then save the project."""
        photo = self._editor.photo
        shown = photo.source if photo and isinstance(photo.source, str) else self._name()
        path = files.ask_project(self._window, self._settings, shown)
        if path:
            self._write(path)
        else:
            self._then = None

    def is_modified(self) -> bool:
        """Whether there is an edit that no file holds: the one shown, or one that undo shows."""
        history, document = self._editor.history, self._editor.document
        if history.isClean():
            return False
        if document.edits or document.sections:
            return True
        steps = range(*sorted((max(history.cleanIndex(), 0), history.index())))
        return any(not isinstance(history.command(i), PhotoCommand) for i in steps)

    def unsaved(self) -> Unsaved | None:
        """What a crash would lose, if it shall be kept; a picture alone does not keep an edit."""
        editor, history = self._editor, self._editor.history
        exported = self._exported and history.count() > 0
        kept = history.isClean() and not exported and not editor.dragging
        if kept or not self._settings.values.autosave:
            return None
        photo = editor.photo
        source = photo.source if photo and isinstance(photo.source, str) else ""
        if source and not self.is_modified() and not exported:
            # A file that was opened and left as it is.
            return None
        return Unsaved(projects.project_of(editor), self.title(), source, editor.path or "")

    def title(self) -> str:
        """The document's name."""
        return os.path.basename(self._editor.path or "") or self._name() or "Untitled"

    def leave(self, then: Callable[[], object]) -> None:
        """Do what ends this document: now, after it is saved, or not at all, as the person says."""
        if self._may_discard(then):
            then()

    def may_close(self) -> bool:
        """Whether the window can close now; it hears of it when it can later."""
        if self._controller.saving:
            self._then = self.closeRequested.emit
            self._say(Message("The picture is still being written; Mien closes after that."))
            return False
        return self._may_discard(self.closeRequested.emit)

    def close(self) -> None:
        """Finish what is being written."""
        self.projects.close()

    # Inside.

    def _say(self, message: Message) -> None:
        self.message.emit(message)

    def _may_discard(self, then: Callable[[], object]) -> bool:
        if not self.is_modified():
            return True
        text = "The edit is not saved. Save it as a project first?"
        if self._editor.path:
            text = f"Save the changes to {self.title()} first?"
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self._window, "Unsaved edit", text,
            buttons.Save | buttons.Discard | buttons.Cancel, buttons.Save,
        )  # fmt: skip
        if answer == buttons.Save:
            self._then = then
            self.save()
            return False
        return answer == buttons.Discard

    def _failed(self, text: str) -> None:
        self._then = None
        self._say(Message(text, "error"))

    def _taken(self, path: str) -> None:
        text = f"{os.path.basename(path)} is open in another window; a copy can be edited here."
        action = ("Open a copy", lambda: self.projects.open(path, copy=True))
        self._say(Message(text, "warning", action=action, key="taken"))

    def _name(self) -> str:
        shown = self._editor.photo or self._editor.person
        return shown.name if shown else ""

    def _write(self, path: str) -> None:
        photo, self._written = self._editor.photo, self._editor.document
        self.projects.write(
            projects.project_of(self._editor), photo.source if photo else None, path
        )

    def _offer_next(self) -> None:
        if self.queue:
            count, name = len(self.queue), os.path.basename(self.queue[0])
            waits = "photo waits" if count == 1 else "photos wait"
            action = ("Open next", self.open_next)
            self._say(Message(f"{count} more {waits}, next {name}.", action=action, key="queue"))
        self.changed.emit()

    def _opened(self, path: str) -> None:
        if path:
            self._settings.add_recent(path)
        self.dismissed.emit("hint")
        self.dismissed.emit(OPENING)
        self.changed.emit()

    def _saved_picture(self, path: str) -> None:
        self._exported, self._written = True, self._controller.written
        self._say(saved(path))
        self._saved()

    def _saved_project(self, path: str) -> None:
        self._editor.path = path
        self._exported = False
        self.projects.keep(path)
        self._settings.add_recent(path)
        self._saved()

    def _saved(self) -> None:
        """Unless it was edited while it was being written."""
        if self._editor.document is self._written:
            self._editor.history.setClean()
        self.changed.emit()
        then, self._then = self._then, None
        if then:
            then()
