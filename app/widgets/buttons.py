"""Small buttons that follow the theme."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
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
