"""A heading that folds what is below it, made on first opening."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.theme import Theme

# The dot of what is changed: its radius, and how far behind the title, px.
_DOT, _MARK = 2.0, 5.0


class Fold(QWidget):
    """title with a chevron; `build` fills the body when it is first shown."""

    opened = Signal()

    def __init__(
        self,
        title: str,
        theme: Theme,
        build: Callable[[QVBoxLayout], None],
        strong: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._build = build
        self._built = self._marked = False
        self._strong = strong
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.header = QHBoxLayout()
        self.header.setContentsMargins(6, 3 if strong else 0, 8, 3 if strong else 0)
        self.header.setSpacing(1)
        self._title = QToolButton()
        self._title.setObjectName("fold")
        self._title.setText(title)
        self._title.setCheckable(True)
        self._title.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._title.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._title.setAccessibleName(title)
        font = QFont(self.font())
        if strong:
            font.setPixelSize(13)
            font.setWeight(QFont.Weight.DemiBold)
        self._title.setFont(font)
        self._title.toggled.connect(self.set_open)
        self.header.addWidget(self._title)
        self.header.addStretch(1)
        column.addLayout(self.header)
        self.body = QWidget()
        self._body_layout = QVBoxLayout(self.body)
        self._body_layout.setContentsMargins(0, 0, 0, 8 if strong else 2)
        self._body_layout.setSpacing(0)
        self.body.hide()
        column.addWidget(self.body)
        theme.changed.connect(self._dress)
        self._dress()

    def is_open(self) -> bool:
        """Whether the body is shown."""
        return self._title.isChecked()

    def set_open(self, opened: bool) -> None:
        """Fold or unfold."""
        if opened and not self._built:
            self._built = True
            self._build(self._body_layout)
            direct = Qt.FindChildOption.FindDirectChildrenOnly
            follow(self.findChildren(QToolButton, options=direct)[-1], self.body)
        self._title.setChecked(opened)
        self.body.setVisible(opened)
        self._dress()
        if opened:
            self.opened.emit()

    def set_marked(self, marked: bool) -> None:
        """Whether something in it is changed, which a dot says as long as it is folded."""
        if marked != self._marked:
            self._marked = marked
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The dot, behind the title."""
        super().paintEvent(event)
        if self._marked and not self.is_open():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.colours.accent))
            title = QRectF(self._title.geometry())
            painter.drawEllipse(QPointF(title.right() + _MARK, title.center().y()), _DOT, _DOT)

    def _dress(self) -> None:
        c = self._theme.colours
        name = "chevron-down" if self._title.isChecked() else "chevron-right"
        self._title.setIcon(self._theme.still_icon(name))
        colour = c.text if self._strong else c.muted
        self._title.setStyleSheet(
            f"QToolButton {{ color: {colour}; background: transparent; border: 1px solid "
            "transparent; padding: 2px 4px 2px 0; border-radius: 4px; }"
            f"QToolButton:hover {{ color: {c.text}; }} QToolButton:focus "
            f"{{ border-color: {c.accent}; }}"
        )
        self.update()


def rule() -> QFrame:
    """A line between groups."""
    line = QFrame()
    line.setObjectName("rule")
    line.setFixedHeight(1)
    return line


def follow(before: QWidget, holder: QWidget) -> None:
    """Let Tab go on from a control to those in a holder, which were made after all others."""
    for control in holder.findChildren(QWidget):
        here = control.window() is holder.window() and not control.focusProxy()
        if here and control.focusPolicy() & Qt.FocusPolicy.TabFocus:
            QWidget.setTabOrder(before, control)
            before = control
