"""Small buttons that follow the theme."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QToolButton, QWidget

from app.theme import Theme


class IconButton(QToolButton):
    """An icon with a tooltip. checked: the icon's shape when it is on; "" for a plain button."""

    def __init__(
        self,
        theme: Theme,
        icon: str,
        tip: str,
        clicked: Callable[..., object] | None = None,
        checked: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shape = (icon, checked)
        self.setObjectName("mini")
        self.setToolTip(tip)
        self.setAccessibleName(tip.split(":")[0].split(" (")[0])
        self.setIconSize(QSize(16, 16))
        self.setFixedSize(22, 22)
        self.setCheckable(bool(checked))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if clicked:
            self.clicked.connect(clicked)
        theme.changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        self.setIcon(self._theme.quiet_icon(*self._shape))


class ShyButton(QPushButton):
    """An icon and a text, where there is room for both; else the icon alone."""

    def __init__(self, theme: Theme, icon: str, text: str, tip: str) -> None:
        super().__init__(text)
        self._words = text
        self._theme = theme
        self._icon = icon
        self.setToolTip(tip)
        self.setAccessibleName(text.rstrip("…"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._dress)
        self._dress()

    def sizeHint(self) -> QSize:
        """With the text, whether it is shown or not."""
        bare = super().sizeHint()
        missing = "" if self.text() else self._words
        return QSize(bare.width() + self.fontMetrics().horizontalAdvance(missing), bare.height())

    def minimumSizeHint(self) -> QSize:
        """Without the text."""
        bare = super().sizeHint()
        return QSize(
            bare.width() - self.fontMetrics().horizontalAdvance(self.text()), bare.height()
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The text comes or goes."""
        super().resizeEvent(event)
        self.setText(self._words if event.size().width() >= self.sizeHint().width() else "")

    def _dress(self) -> None:
        self.setIcon(self._theme.icon(self._icon))


class SlotButton(QToolButton):
    """A square for what is kept under a name. kind: what that is ("Edit"). side: px.

    menuRequested: where on the screen. pointed: the pointer came, or went.
    """

    menuRequested = Signal(QPoint)
    pointed = Signal(bool)

    def __init__(self, kind: str, name: str, side: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("slot")
        self.setText(name)
        self.setFixedSize(side, side)
        self.setIconSize(QSize(side - 5, side - 5))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(f"{kind} {name}")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_menu)

    def enterEvent(self, event: QEnterEvent) -> None:
        """The pointer comes."""
        super().enterEvent(event)
        self.pointed.emit(True)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer goes elsewhere."""
        super().leaveEvent(event)
        self.pointed.emit(False)

    def _ask_menu(self, at: QPoint) -> None:
        """Its menu speaks of what is here, not of what the pointer would show."""
        self.pointed.emit(False)
        self.menuRequested.emit(self.mapToGlobal(at))
