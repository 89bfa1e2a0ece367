"""The number beside a slider."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QWheelEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.widgets.slider import Spec

_SUFFIXES = {"°": "°", "%": " %", "px": " px"}
_WHOLE_UNITS = ("%", "px")
_UNDO, _REDO = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo


class NumberBox(QLineEdit):
    """Enter or leaving commits, Esc reverts; typing reaches the hard range and is cut there."""

    committed = Signal(float)

    def __init__(self, spec: Spec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = spec
        self._value = 0.0
        whole = spec.unit in _WHOLE_UNITS
        self._decimals = 0 if whole else 1 if spec.step >= 0.5 else 2
        self.setObjectName("number")
        self.setFixedWidth(58)
        self.setFixedHeight(20)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        low, high = spec.hard
        self.setToolTip(f"{spec.label}: type a value from {low:g} to {high:g}")
        self.setAccessibleName(f"{spec.label}, value")
        # A photo dropped here belongs to the window.
        self.setAcceptDrops(False)
        self.editingFinished.connect(self._commit)

    def value(self) -> float:
        """The value shown."""
        return self._value

    def set_value(self, value: float, changed: bool) -> None:
        """Show a value, and whether it differs from its default."""
        self._value = value
        outside = not self._spec.soft[0] - 1e-6 <= value <= self._spec.soft[1] + 1e-6
        if not self.hasFocus() or not self.isModified():
            text = self._text(value)
            if text != self.text():
                self.setText(text)
        if (self.property("changed"), self.property("outside")) != (changed, outside):
            self.setProperty("changed", changed)
            self.setProperty("outside", outside)
            self.style().polish(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc reverts."""
        if event.key() == Qt.Key.Key_Escape:
            self._show()
            self.selectAll()
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Undo belongs to the window unless a number is being typed."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and not self.isModified()
            and (event.matches(_UNDO) or event.matches(_REDO))
        ):
            event.ignore()
            return False
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Coming by Tab selects the number for typing."""
        super().focusInEvent(event)
        self.selectAll()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel scrolls the panel."""
        event.ignore()

    def _text(self, value: float) -> str:
        text = f"{value:.{self._decimals}f}"
        # A rounded −0.00 reads as a change where there is none.
        text = text.removeprefix("-") if not float(text) else text
        return text.replace("-", "−") + _SUFFIXES.get(self._spec.unit, "")

    def _show(self) -> None:
        self.setText(self._text(self._value))
        self.setModified(False)

    def _commit(self) -> None:
        if not self.isModified():
            return
        typed = self.text().strip().rstrip("°σ%px").strip().replace("−", "-").replace(",", ".")
        try:
            value = float(typed)
        except ValueError:
            self._show()
            return
        self.setModified(False)
        if not math.isfinite(value):
            self._show()
            return
        low, high = self._spec.hard
        self.committed.emit(min(max(value, low), high))
        self._show()
        if self.hasFocus():
            self.selectAll()
