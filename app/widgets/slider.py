"""A slider with its label, painted by hand: quiet until changed, exact under the hand."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QCursor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import Theme

ROW_HEIGHT = 24
LABEL_WIDTH = 132
_MARGIN = 8
_FINE = 0.1
_PAGE = 10


class Spec(Protocol):
    """What a slider must know; the rig's table entries do."""

    @property
    def label(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def soft(self) -> tuple[float, float]: ...
    @property
    def hard(self) -> tuple[float, float]: ...
    @property
    def step(self) -> float: ...
    @property
    def tooltip(self) -> str: ...


class Slider(QWidget):
    """Drag anywhere on it: the value moves as far as the pointer does.

    Shift drags finely, Ctrl snaps to steps. Double-click and Backspace ask for a reset. The plain
    wheel is left to the panel. dragStarted, dragged and dragEnded frame one gesture; stepped is a
    change by keys or Ctrl+wheel.
    """

    dragStarted = Signal()
    dragged = Signal(float)
    dragEnded = Signal()
    dragCancelled = Signal()
    stepped = Signal(float)
    resetRequested = Signal()
    menuRequested = Signal(object)

    def __init__(self, spec: Spec, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = spec
        self._theme = theme
        self._value = 0.0
        self._default = 0.0
        self._dimmed = False
        self._press: tuple[float, float] | None = None
        self._moving = self._by_mouse = False
        self._raw = 0.0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(spec.tooltip)
        self.setAccessibleName(spec.label)
        self.setAccessibleDescription(spec.tooltip)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Wide enough for a label and a track."""
        return QSize(LABEL_WIDTH + 110, ROW_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Narrow panels shorten the track."""
        return QSize(LABEL_WIDTH + 50, ROW_HEIGHT)

    def value(self) -> float:
        """The value shown."""
        return self._value

    def set_value(self, value: float, default: float, dimmed: bool = False) -> None:
        """Show a value, where its default lies, and whether it has no effect now."""
        if (value, default, dimmed) != (self._value, self._default, self._dimmed):
            self._value, self._default, self._dimmed = value, default, dimmed
            self.update()

    def is_changed(self) -> bool:
        """Whether the value differs from its default."""
        return abs(self._value - self._default) > 1e-5

    # Hands.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a drag would start; a click alone changes nothing."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._press = (event.position().x(), self._value)
            self._raw = self._value
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag."""
        if self._press is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        if not self._moving:
            if abs(x - self._press[0]) < 2:
                return
            self._moving = True
            self.dragStarted.emit()
        low, high = self._range()
        modifiers = event.modifiers()
        fine = _FINE if modifiers & Qt.KeyboardModifier.ShiftModifier else 1.0
        self._raw += (x - self._press[0]) / max(self._track().width(), 1) * (high - low) * fine
        self._press = (x, self._press[1])
        shown = min(max(self._raw, low), high)
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            shown = self._snapped(shown)
        if shown != self._value:
            self.dragged.emit(shown)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._finish(self.dragEnded)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Reset."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.resetRequested.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl+wheel steps; the plain wheel scrolls the panel."""
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        turns = event.angleDelta().y() or event.angleDelta().x()
        if turns:
            self._step(1 if turns > 0 else -1)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows step, Page keys step by ten, Home and End go to the ends."""
        steps = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1,
            Qt.Key.Key_PageDown: -_PAGE, Qt.Key.Key_PageUp: _PAGE,
        }  # fmt: skip
        key = Qt.Key(event.key())
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key == Qt.Key.Key_Escape and self._moving:
            self._finish(self.dragCancelled)
        elif key in steps:
            self._step(steps[key] * (_FINE if fine else 1))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.stepped.emit(self._spec.soft[key == Qt.Key.Key_End])
        elif key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            pointed = under_pointer(self.window()) if self._by_mouse else None
            (pointed or self).resetRequested.emit()
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The row makes the menu."""
        self.menuRequested.emit(event.globalPos())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Reached with the mouse, keys are meant for the slider under it."""
        self._by_mouse = event.reason() == Qt.FocusReason.MouseFocusReason
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A drag cannot outlive the focus."""
        self._finish(self.dragEnded)
        super().focusOutEvent(event)

    def _finish(self, how: object) -> None:
        moving, self._moving, self._press = self._moving, False, None
        if moving:
            how.emit()  # type: ignore[attr-defined]
            self.update()

    def _step(self, steps: float) -> None:
        low, high = self._range()
        wanted = self._value + steps * self._spec.step
        self.stepped.emit(round(min(max(wanted, low), high), 6))

    def _snapped(self, value: float) -> float:
        low, high = self._range()
        step = self._spec.step
        return min(max(round(value / step) * step, low), high)

    def _range(self) -> tuple[float, float]:
        """The soft range, widened to a value that was typed outside."""
        low, high = self._spec.soft
        return min(low, self._value), max(high, self._value)

    # Paint.

    def _track(self) -> QRectF:
        left = LABEL_WIDTH + _MARGIN
        return QRectF(left, self.height() / 2 - 1.5, self.width() - left - _MARGIN, 3)

    def _x(self, value: float) -> float:
        low, high = self._spec.soft
        t = min(max((value - low) / (high - low), 0.0), 1.0)
        track = self._track()
        return track.left() + t * track.width()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Label, track, the part from default to value, the handle."""
        c = self._theme.colours
        enabled = self.isEnabled() and not self._dimmed
        changed = self.is_changed()
        outside = not self._spec.soft[0] - 1e-6 <= self._value <= self._spec.soft[1] + 1e-6
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_label(painter, enabled, changed)
        track = self._track()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(c.track))
        painter.drawRoundedRect(track, 1.5, 1.5)
        x, origin = self._x(self._value), self._x(self._default)
        accent = QColor(c.warning if outside else c.accent if enabled else c.disabled)
        if changed:
            painter.setBrush(accent)
            part = QRectF(min(x, origin), track.top(), abs(x - origin), track.height())
            painter.drawRoundedRect(part, 1.5, 1.5)
        painter.setBrush(QColor(c.muted if enabled else c.disabled))
        painter.drawRect(QRectF(origin - 0.5, track.top() - 2.5, 1, 8))
        active = self._moving or self.underMouse()
        radius = 5.5 if active and enabled else 4.5
        if self.hasFocus():
            ring = QColor(c.accent)
            ring.setAlphaF(0.35)
            painter.setBrush(ring)
            painter.drawEllipse(QPointF(x, self.height() / 2), radius + 3, radius + 3)
        painter.setPen(QColor(0, 0, 0, 70))
        painter.setBrush(QColor(c.handle if enabled else c.disabled))
        painter.drawEllipse(QPointF(x, self.height() / 2), radius, radius)
        if outside:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(c.warning))
            painter.drawEllipse(QPointF(x, self.height() / 2), 2, 2)

    def _paint_label(self, painter: QPainter, enabled: bool, changed: bool) -> None:
        c = self._theme.colours
        if changed:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(c.accent if enabled else c.disabled))
            painter.drawEllipse(QPointF(6, self.height() / 2), 2, 2)
        colour = c.text if changed else c.muted
        painter.setPen(QColor(colour if enabled else c.disabled))
        box = QRectF(14, 0, LABEL_WIDTH - 14, self.height())
        text = painter.fontMetrics().elidedText(
            self._spec.label, Qt.TextElideMode.ElideMiddle, int(box.width())
        )
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


def under_pointer(window: QWidget) -> Slider | None:
    """The window's slider that the mouse points at, unless it is disabled."""
    widget = window.childAt(window.mapFromGlobal(QCursor.pos()))
    return widget if isinstance(widget, Slider) and widget.isEnabled() else None
