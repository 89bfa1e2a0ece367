"""Small buttons that follow the theme."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QToolButton, QWidget

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
