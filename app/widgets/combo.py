"""A drop-down list that leaves the wheel to the panel."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyledItemDelegate, QWidget

from app.theme import Theme


class Combo(QComboBox):
    """Opened by click or keys; its arrow follows the theme. closed: its list has gone."""

    closed = Signal()

    def __init__(self, theme: Theme, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # Its own delegate draws a menu, whatever the sheet says of lists.
        self.setItemDelegate(QStyledItemDelegate(self))
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def showPopup(self) -> None:
        """Open the list, which a click elsewhere closes without a word to the box."""
        self.view().installEventFilter(self)
        super().showPopup()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hear of the list's end."""
        if event.type() == QEvent.Type.Hide and watched is self.view():
            self.closed.emit()
        return super().eventFilter(watched, event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel scrolls the panel."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The list's own look and an arrow."""
        super().paintEvent(event)
        c = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(c.muted if self.isEnabled() else c.disabled), 1.4))
        x, y = self.width() - 13.0, self.height() / 2
        painter.drawPolyline(
            [QPointF(x - 3.5, y - 2), QPointF(x, y + 1.5), QPointF(x + 3.5, y - 2)]
        )
