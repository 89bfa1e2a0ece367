"""The bar over the canvas: files, history, view, overlay, zoom."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QToolButton,
    QWidget,
)

from app.theme import Theme
from app.widgets.combo import Combo
from core.engine.terms import METHODS, OVERLAYS

_SPACING = 3
METHOD_LABELS = ("Photo", "Generator", "Hybrid")


class Toolbar(QFrame):
    """Buttons of the window's actions, and the overlay's mode and opacity."""

    modeChanged = Signal(str)
    opacityChanged = Signal(float)

    def __init__(
        self, actions: dict[str, QAction], theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("toolbar")
        self._theme = theme
        self._giving: tuple[QWidget, ...] = ()
        self.setFixedHeight(44)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 10, 0)
        row.setSpacing(_SPACING)
        files = self._group(actions, "open", "save", gap=True)
        history = self._group(actions, "undo", "redo", gap=True)
        row.addWidget(files)
        row.addWidget(history)
        self.methods = self._segments(actions, (*METHODS, "tune"), (*METHOD_LABELS, "Tune"))
        row.addWidget(self.methods)
        row.addStretch(1)
        views = self._group(actions, "result", "split", "side", "against", kind="segment")
        row.addWidget(views)
        row.addWidget(_gap())
        row.addWidget(self._button(actions["overlay"]))
        self.mode = Combo(theme, "Overlay mode", "What the overlay shows")
        self.mode.addItems([name.capitalize() for name in OVERLAYS])
        self.mode.setMinimumWidth(84)
        self.mode.setMaximumWidth(108)
        self.mode.currentIndexChanged.connect(lambda i: self.modeChanged.emit(OVERLAYS[i]))
        row.addWidget(self.mode)
        self.opacity = self._opacity()
        row.addWidget(self.opacity)
        row.addStretch(1)
        self._zoom = QLabel("100 %")
        self._zoom.setObjectName("muted")
        self._zoom.setFixedWidth(52)
        self._zoom.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._zoom)
        row.addSpacing(4)
        looks = self._group(actions, "fit", "figures", gap=True)
        row.addWidget(looks)
        export = QPushButton("Export…")
        export.setObjectName("primary")
        export.setToolTip(actions["export"].toolTip())
        export.clicked.connect(actions["export"].trigger)
        actions["export"].enabledChanged.connect(export.setEnabled)
        export.setEnabled(actions["export"].isEnabled())
        row.addWidget(export)
        # What a narrow window leaves to menus and keys, in this order.
        self._giving = (self._zoom, looks, files, history, views)

    def minimumSizeHint(self) -> QSize:
        """Without all that gives way."""
        needed = super().minimumSizeHint()
        kept = [part for part in self._giving if not part.isHidden()]
        return QSize(needed.width() - sum(map(self._room, kept)), needed.height())

    def event(self, event: QEvent) -> bool:
        """There may be more room now, or less."""
        done = super().event(event)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            room = self.width() - self.minimumSizeHint().width()
            for part in reversed(self._giving):
                room -= self._room(part)
                part.setVisible(room >= 0)
        return done

    def _room(self, part: QWidget) -> int:
        """What showing a part takes, px."""
        return max(part.minimumSizeHint().width(), part.minimumWidth()) + _SPACING

    def _opacity(self) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, 100)
        slider.setValue(85)
        slider.setMinimumWidth(40)
        slider.setMaximumWidth(84)
        slider.setAccessibleName("Overlay opacity")
        slider.setToolTip("Opacity of the overlay, 0 to 100 %")
        slider.valueChanged.connect(lambda v: self.opacityChanged.emit(v / 100))
        return slider

    def set_zoom(self, scale: float | None) -> None:
        """Show the zoom; None without a photo."""
        self._zoom.setText(f"{scale * 100:.0f} %" if scale else "")

    def _segments(
        self, actions: dict[str, QAction], names: Sequence[str], labels: Sequence[str]
    ) -> QWidget:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for name, label in zip(names, labels, strict=True):
            button = self._button(actions[name])
            button.setObjectName("method")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            actions[name].setIconText(label)
            if name not in METHODS:  # a thing to do, not a choice
                row.addSpacing(6)
            row.addWidget(button)
        return box

    def _group(
        self, actions: dict[str, QAction], *names: str, gap: bool = False, kind: str = ""
    ) -> QWidget:
        """Buttons that come and go together. gap: a line behind them. kind: their look."""
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0 if kind else _SPACING)
        for name in names:
            button = self._button(actions[name])
            if kind:
                button.setObjectName(kind)
            row.addWidget(button)
        if gap:
            row.addWidget(_gap())
        return box

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setIconSize(QSize(18, 18))
        button.setFixedHeight(30)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(action.text().replace("&", "").rstrip("…"))
        return button


def _gap() -> QFrame:
    gap = QFrame()
    gap.setObjectName("rule")
    gap.setFixedSize(1, 20)
    box = QFrame()
    row = QHBoxLayout(box)
    row.setContentsMargins(5, 0, 5, 0)
    row.addWidget(gap)
    return box
