"""Batch Export: the dialog, the window's document as its input, the end of the window."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app import projects
from app.editor import Editor
from app.settings import Settings
from app.theme import Theme
from app.widgets.messages import Message

if TYPE_CHECKING:
    from app.dialogs.batch import BatchDialog
    from app.dialogs.batch_form import Document

# What the dialog needs of everything but Qt, whose classes may be made in the window's thread
# alone. NumPy imports the second only when something is drawn: the first names of a job.
_NEEDED = ("core.export.run", "numpy.random")


class Batching(QObject):
    """dialog: made when it is first wanted; it stays, so that a run can be looked at again."""

    message = Signal(object)

    def __init__(self, window: QWidget, editor: Editor, theme: Theme, settings: Settings) -> None:
        super().__init__(window)
        self._window = window
        self._editor = editor
        self._theme = theme
        self._settings = settings
        self.dialog: BatchDialog | None = None

    def show(self) -> None:
        """Open the dialog."""
        self.open_photos(())

    def open_photos(self, paths: Sequence[str]) -> None:
        """Open the dialog on folders of photos, the first of all, and photos."""
        if self.dialog is None:
            from app.batch import BatchWork
            from app.dialogs.batch import BatchDialog

            work = BatchWork(self)
            self.dialog = BatchDialog(
                work, self._theme, self._settings, self._document, self._window
            )
            self.dialog.runEnded.connect(self._ended)
        self.dialog.open_with(paths)

    def may_close(self) -> bool:
        """Whether the window can close now."""
        return self.dialog is None or self.dialog.may_close()

    def warm(self) -> None:
        """Import most of what the dialog needs, which would hold the window up when it opens."""
        # Not a daemon: Python would end in the middle of an import.
        threading.Thread(target=lambda: [import_module(name) for name in _NEEDED]).start()

    def close(self) -> None:
        """End the run, if there is one."""
        if self.dialog:
            self.dialog.work.close()

    # Inside.

    def _document(self) -> Document | None:
        photo, person = self._editor.photo, self._editor.person
        shown = photo or person
        if shown is None:
            return None
        return shown.name, projects.project_of(self._editor), photo.source if photo else None

    def _ended(self, text: str) -> None:
        if self.dialog and not self.dialog.isVisible():
            self.message.emit(Message(text, action=("Show", self.show), key="batch"))
