"""Looking at a preset before it is chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from core.engine.messages import FaceParameters

if TYPE_CHECKING:
    from app.editor import Editor

# A pointer that only passes by shows nothing.
_REST_MS = 80


class Trial(QObject):
    """Parameters that the picture shows and the document does not hold; any change ends it.

    changed: the picture is of others now.
    """

    changed = Signal()

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._editor = editor
        self._parameters: FaceParameters | None = None
        self._wanted: FaceParameters | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REST_MS)
        self._timer.timeout.connect(self._show)
        editor.changed.connect(self._end)

    @property
    def shown(self) -> FaceParameters:
        """What is to be rendered."""
        editor = self._editor
        if self._parameters is None:
            return editor.effective
        return replace(editor.state, parameters=self._parameters).shown(editor.baseline)

    def look(self, parameters: FaceParameters | None) -> None:
        """Show the face at parameters as soon as the pointer rests; None: as it is."""
        editor = self._editor
        busy = editor.dragging or editor.playing or not editor.editable
        self._wanted = None if busy else parameters
        self._timer.start()

    def _show(self) -> None:
        if self._parameters is not self._wanted:
            self._parameters = self._wanted
            self.changed.emit()

    def _end(self) -> None:
        self._parameters = self._wanted = None
