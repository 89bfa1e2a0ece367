"""A check box whose tick follows the theme."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QStyle, QStyleOptionButton, QWidget

from app.theme import Theme

_SIDE = 13.0


class CheckBox(QCheckBox):
    """The system's own can hardly be seen on dark ground."""

    def __init__(self, theme: Theme, text: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self.setToolTip(tip)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A frame, a tick and the text."""
        c = self._theme.colours
        option = QStyleOptionButton()
        self.initStyleOption(option)
        area = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxContents, option, self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(1.5, (self.height() - _SIDE) / 2, _SIDE, _SIDE)
        on, enabled = self.isChecked(), self.isEnabled()
        edge = c.accent if self.hasFocus() or (on and enabled) else c.muted if enabled else c.border
        painter.setPen(QPen(QColor(edge), 1.2))
        painter.setBrush(QColor(c.accent if on and enabled else c.field))
        painter.drawRoundedRect(box, 3, 3)
        if on:
            painter.setPen(QPen(QColor(c.on_accent if enabled else c.disabled), 1.8))
            x, y = box.x(), box.y()
            tick = (QPointF(x + 3, y + 6.8), QPointF(x + 5.6, y + 9.4), QPointF(x + 10, y + 3.8))
            painter.drawPolyline(list(tick))
        painter.setPen(QColor(c.text if enabled else c.disabled))
        painter.drawText(
            area.adjusted(4, 0, 4, 0),
            Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic,
            self.text(),
        )
