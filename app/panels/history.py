"""The list of steps: a click, or an arrow key, goes to one; a disk marks the saved one."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QUndoView

from app.editor import Editor
from app.theme import Dresser, Theme

ICON = 16


class HistoryPanel(QUndoView):
    """Qt's own list over the editor's history."""

    def __init__(self, editor: Editor, theme: Theme) -> None:
        super().__init__(editor.history)
        self._editor = editor
        self.setAccessibleName("Steps")
        self.setToolTip("Click a step to go back or forward to it; the disk marks the saved one")
        self.setEmptyLabel("Start")
        self.setIconSize(QSize(ICON, ICON))
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setUniformItemSizes(True)
        Dresser(theme, self, lambda: self.setCleanIcon(theme.icon("save")))

    def showEvent(self, event: QShowEvent) -> None:
        """The rows were laid out before the sheet said how high they are."""
        super().showEvent(event)
        self.scheduleDelayedItemsLayout()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to a step; a drag that goes on becomes one first."""
        self._end_drags()
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The same with arrows, Home and End."""
        self._end_drags()
        super().keyPressEvent(event)

    def _end_drags(self) -> None:
        self._editor.end()
        self._editor.end_document()
