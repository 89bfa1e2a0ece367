"""The rows of the timeline: a ruler with the playhead, and keys to drag."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QMenu, QToolTip, QWidget

from app.motion import Motion
from app.panels.timeline_painting import NAME_WIDTH, ROW_HEIGHT, RULER_HEIGHT, Look, paint
from app.theme import Theme
from app.widgets.menu import PassingMenu
from core.motion.timeline import EASINGS, Easing
from core.rig.table import PARAMETERS

# Reach of the pointer around a key, px.
_GRASP = 7
_MARGIN = 14
_CLOSEST = 40.0

Key = tuple[str, int]


class TimelineView(QAbstractScrollArea):
    """Ruler: drag to scrub. Keys: click, Ctrl+click or a frame around them choose, dragging moves.

    Double-click on a row adds a key. Keys of the keyboard: see docs/motion.md.
    """

    selectionChanged = Signal()

    def __init__(self, motion: Motion, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._motion = motion
        self._theme = theme
        self._zoom = 1.0
        self._row = 0
        self._selected: set[Key] = set()
        self._scrubbing = False
        # Where a drag began, with which keys, and how far it has come.
        self._drag: tuple[int, set[Key], int] | None = None
        self._band: QRect | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Timeline rows")
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setMinimumHeight(RULER_HEIGHT + 2 * ROW_HEIGHT)
        self.viewport().setMouseTracking(True)
        motion.changed.connect(self.refresh)
        motion.moved.connect(self._moved)
        theme.changed.connect(self.viewport().update)
        self.refresh()

    # Reading.

    @property
    def rows(self) -> list[str]:
        """The animated parameters, in the order of the rig's table."""
        return [name for name in PARAMETERS if name in self._motion.timeline.tracks]

    @property
    def row(self) -> str | None:
        """The parameter of the present row."""
        rows = self.rows
        return rows[self._row] if rows else None

    @property
    def selected(self) -> set[Key]:
        """The chosen keys, each (name, frame)."""
        return self._selected

    def sizeHint(self) -> QSize:
        """Room for a few rows."""
        return QSize(800, RULER_HEIGHT + 6 * ROW_HEIGHT)

    # Where things are.

    def x_of(self, frame: float) -> float:
        """Of a frame, px of the viewport."""
        return NAME_WIDTH + _MARGIN + frame * self._scale() - self.horizontalScrollBar().value()

    def y_of(self, row: int) -> int:
        """The top of a row, px of the viewport."""
        return RULER_HEIGHT + row * ROW_HEIGHT - self.verticalScrollBar().value()

    def frame_at(self, x: float) -> int:
        """The nearest frame, from 0 on."""
        left = NAME_WIDTH + _MARGIN - self.horizontalScrollBar().value()
        return max(0, round((x - left) / self._scale()))

    def _scale(self) -> float:
        room = max(60, self.viewport().width() - NAME_WIDTH - 2 * _MARGIN)
        return room / max(1, self._motion.timeline.length - 1) * self._zoom

    def _row_at(self, y: int) -> int | None:
        row = (y - RULER_HEIGHT + self.verticalScrollBar().value()) // ROW_HEIGHT
        return row if y >= RULER_HEIGHT and 0 <= row < len(self.rows) else None

    def _key_at(self, place: QPoint) -> Key | None:
        row = self._row_at(place.y())
        if row is None or place.x() < NAME_WIDTH:
            return None
        name = self.rows[row]
        frames = [k.frame for k in self._motion.timeline.tracks[name]]
        near = min(frames, key=lambda f: abs(self.x_of(f) - place.x()))
        return (name, near) if abs(self.x_of(near) - place.x()) <= _GRASP else None

    # Following.

    def refresh(self) -> None:
        """Show the timeline as it is now."""
        timeline = self._motion.timeline
        self._selected = {(n, f) for n, f in self._selected if timeline.key_at(n, f)}
        self._row = min(self._row, max(0, len(self.rows) - 1))
        self._set_bars()
        self._moved()
        self.selectionChanged.emit()

    def _set_bars(self) -> None:
        size = self.viewport().size()
        room = max(1, size.height() - RULER_HEIGHT)
        vertical, horizontal = self.verticalScrollBar(), self.horizontalScrollBar()
        vertical.setRange(0, max(0, len(self.rows) * ROW_HEIGHT - room))
        vertical.setPageStep(room)
        vertical.setSingleStep(ROW_HEIGHT)
        width = (self._motion.timeline.length - 1) * self._scale() + 2 * _MARGIN
        room = max(1, size.width() - NAME_WIDTH)
        horizontal.setRange(0, max(0, round(width - room)))
        horizontal.setPageStep(room)

    def _moved(self) -> None:
        name, motion = self.row, self._motion
        told = f"Frame {motion.frame} of {motion.timeline.length}"
        if name:
            key = motion.timeline.key_at(name, motion.frame)
            entry = PARAMETERS[name]
            value = motion.timeline.value(name, motion.frame)
            told += f", {entry.label} {value:.2f}{entry.unit}{', key' if key else ''}"
        self.setAccessibleDescription(told)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The frames fill the width."""
        super().resizeEvent(event)
        self._set_bars()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """The ruler and the names stay, so all is drawn anew."""
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Rows, keys, ruler, playhead."""
        look = Look(
            self._theme.colours, self._motion.timeline, self._motion.frame, self.rows, self._row,
            self._selected, self.hasFocus(), self._band,
        )  # fmt: skip
        paint(self.viewport(), look, self.x_of, self.y_of)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The present row shows it."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The present row shows it."""
        super().focusOutEvent(event)
        self.viewport().update()

    # Mouse.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Scrub on the ruler; choose keys on the rows."""
        place = event.position().toPoint()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if place.y() < RULER_HEIGHT:
            self._scrubbing = True
            self._motion.go(self.frame_at(place.x()))
            return
        row = self._row_at(place.y())
        if row is not None:
            self._row = row
        key = self._key_at(place)
        more = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key and more:
            self._select(self._selected ^ {key})
        elif key:
            self._select(self._selected if key in self._selected else {key})
            self._drag = (place.x(), self._selected, 0)
        else:
            self._select(self._selected if more else set())
            self._band = QRect(place, place)
        self._moved()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub, move the chosen keys, or frame some."""
        place = event.position().toPoint()
        if self._scrubbing:
            self._motion.go(self.frame_at(place.x()))
        elif self._drag:
            start, keys, done = self._drag
            by = max(round((place.x() - start) / self._scale()), -min(f for _, f in keys))
            if by != done:
                if self._selected is keys:
                    self._motion.begin("Move keys" if len(keys) > 1 else "Move key")
                self._drag = (start, keys, by)
                self._move(keys, by)
        elif self._band is not None:
            self._band.setBottomRight(place)
            self.viewport().update()
        else:
            over = self._key_at(place) is not None
            ruler = place.y() < RULER_HEIGHT and place.x() >= NAME_WIDTH
            shape = Qt.CursorShape.SizeHorCursor if over or ruler else Qt.CursorShape.ArrowCursor
            self.viewport().setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The gesture is one step."""
        self._scrubbing = False
        if self._drag:
            self._drag = None
            self._motion.end()
        if self._band is not None:
            band, self._band = self._band.normalized(), None
            self._select(self._selected | self._keys_in(band))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A key where there is none."""
        place = event.position().toPoint()
        row = self._row_at(place.y())
        if row is not None and place.x() >= NAME_WIDTH and not self._key_at(place):
            frame = min(self.frame_at(place.x()), self._motion.timeline.length - 1)
            self._motion.key_row(self.rows[row], frame)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl zooms at the pointer; else the rows scroll."""
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event)
            return
        x = event.position().x()
        frame = (x - self.x_of(0)) / self._scale()
        self._zoom = min(max(self._zoom * 1.2 ** (event.angleDelta().y() / 120), 1.0), _CLOSEST)
        self._set_bars()
        self.horizontalScrollBar().setValue(round(NAME_WIDTH + _MARGIN + frame * self._scale() - x))
        self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        """Keys tell their value."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            key = self._key_at(event.pos())
            found = self._motion.timeline.key_at(*key) if key else None
            if key and found:
                entry = PARAMETERS[key[0]]
                text = f"{entry.label} {found.value:.2f}{entry.unit} at frame {found.frame}"
                QToolTip.showText(event.globalPos(), f"{text}, {found.easing}", self)
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the chosen keys and the row."""
        place = event.pos()
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            key, row = self._key_at(place), self._row_at(place.y())
            self._row = self._row if row is None else row
            if key and key not in self._selected:
                self._select({key})
        menu = self.menu()
        if not menu.isEmpty():
            menu.exec(event.globalPos())

    def menu(self) -> QMenu:
        """The context menu."""
        menu = PassingMenu(self)
        if self._selected:
            easing = menu.addMenu("&Easing")
            for name in EASINGS:
                action = easing.addAction(name.capitalize())
                action.triggered.connect(partial(self._ease, name))
            menu.addAction("&Delete", self._delete)
        if row := self.row:
            label = PARAMETERS[row].label
            menu.addAction(f"&Key {label} Here", partial(self._motion.key_row, row))
            menu.addAction(f"&Remove {label}", partial(self._motion.remove_row, row))
        return menu

    def _ease(self, easing: Easing, _checked: bool = False) -> None:
        self._motion.set_easing(easing, self._selected)

    # Keyboard.

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See docs/motion.md."""
        key, motion = event.key(), self._motion
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            by = (10 if shift else 1) * (-1 if key == Qt.Key.Key_Left else 1)
            if alt and self._selected:
                self._move(self._selected, max(by, -min(f for _, f in self._selected)))
            else:
                motion.step(by)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._go_row(self._row + (-1 if key == Qt.Key.Key_Up else 1))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            motion.go(0 if key == Qt.Key.Key_Home else motion.timeline.length - 1)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self._go_key(-1 if key == Qt.Key.Key_PageUp else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.row:
            motion.key_row(self.row)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._delete()
        elif key == Qt.Key.Key_A and control:
            self._select({(n, k.frame) for n, t in motion.timeline.tracks.items() for k in t})
        elif key == Qt.Key.Key_Escape and (self._drag or self._band is not None):
            self._drag = self._band = None
            motion.cancel()
            self.viewport().update()
        else:
            super().keyPressEvent(event)

    # Inside.

    def _select(self, keys: set[Key]) -> None:
        self._selected = set(keys)
        self.selectionChanged.emit()
        self.viewport().update()

    def _keys_in(self, band: QRect) -> set[Key]:
        found: set[Key] = set()
        for row, name in enumerate(self.rows):
            middle = self.y_of(row) + ROW_HEIGHT // 2
            if band.top() <= middle <= band.bottom():
                for key in self._motion.timeline.tracks[name]:
                    if band.left() <= self.x_of(key.frame) <= band.right():
                        found.add((name, key.frame))
        return found

    def _move(self, keys: set[Key], by: int) -> None:
        # Chosen before they arrive, so that they stay chosen.
        self._selected = {(n, f + by) for n, f in keys}
        self._motion.move(keys, by)

    def _delete(self) -> None:
        name, frame = self.row, self._motion.frame
        keys = self._selected or ({(name, frame)} if name else set())
        self._motion.delete({k for k in keys if self._motion.timeline.key_at(*k)})

    def _go_row(self, row: int) -> None:
        if self.rows:
            self._row = min(max(row, 0), len(self.rows) - 1)
            top, room = self._row * ROW_HEIGHT, self.verticalScrollBar().pageStep()
            bar = self.verticalScrollBar()
            bar.setValue(min(max(bar.value(), top + ROW_HEIGHT - room), top))
            self._moved()

    def _go_key(self, way: int) -> None:
        """To the next key of the row, which is chosen."""
        name = self.row
        if not name:
            return
        frames = [k.frame for k in self._motion.timeline.tracks[name]]
        here = self._motion.frame
        beyond = [f for f in frames if (f - here) * way > 0]
        if beyond:
            frame = min(beyond, key=lambda f: abs(f - here))
            self._motion.go(frame)
            self._select({(name, frame)})
