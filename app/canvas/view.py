"""The canvas: shows pictures from the engine and turns the mouse into gestures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.canvas import painting
from app.canvas.boxes import BoxTool
from app.canvas.compare import Compare, Pictures
from app.canvas.figures import Figures
from app.canvas.gestures import EDITED, Gesture, Pan, edit_gesture
from app.canvas.guides import MODEL_GUIDE, Guide
from app.canvas.viewport import Viewport
from app.editor import Editor
from app.theme import Theme
from core.engine.terms import View

if TYPE_CHECKING:
    import numpy as np

MODEL_SIZE = 1000
PERSON_SIZE = 1024
EMPTY_TEXT_HEIGHT = 76
_ZOOM_STEP = 1.2
_CLICK = 4
_SPLIT_GRAB = 10


class Canvas(QWidget):
    """Paints the picture of the document; coordinates inside are the photo's pixels."""

    viewChanged = Signal()
    faceClicked = Signal(int)
    boxDrawn = Signal(tuple)
    hint = Signal(str)
    spaceTapped = Signal()

    def __init__(self, editor: Editor, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._theme = theme
        self.viewport = Viewport()
        self.figures = Figures()
        self.boxes = BoxTool(editor, theme)
        self._size = (MODEL_SIZE, MODEL_SIZE)
        self._kind: View = "model"
        self.pictures = Pictures()
        self._grabbed_split = False
        self._fitted = True
        self._space = self._tap = False
        self._show_figures = False
        self._drop = ""
        self.guide: Guide = MODEL_GUIDE
        self._gesture: Gesture | None = None
        self._press: tuple[QPointF, Qt.MouseButton] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(200, 200)
        self.setAccessibleName("Canvas")
        self.setAccessibleDescription(
            "The picture; drag turns the head, right-drag moves the light"
        )
        theme.changed.connect(self.update)

    # Pictures.

    def show_model(self) -> None:
        """No photo: the face model in a square."""
        self._kind = "model"
        self.pictures.clear()
        self._set_size((MODEL_SIZE, MODEL_SIZE))

    def show_person(self) -> None:
        """A generated person in a square; the last one stays until their picture comes."""
        self.pictures.original = None
        if self._kind != "person":
            self._kind = "person"
            self.pictures.clear()
            self._set_size((MODEL_SIZE, MODEL_SIZE))

    def show_still(self, picture: QImage) -> None:
        """The person of the last start, until the engine draws one."""
        self.show_person()
        self.pictures.result = picture
        self.update()

    def set_original(self, picture: np.ndarray) -> None:
        """The picture without the edit, (H, W, 3) uint8."""
        self.pictures.original = painting.to_image(picture)
        self.update()

    def show_photo(self, size: tuple[int, int], preview: np.ndarray) -> None:
        """Another photo: its size in px, and its unedited pixels (RGB, RGBA) at any size."""
        self._kind = "photo"
        self.pictures.clear()
        self.pictures.original = painting.to_image(preview)
        self._set_size(size)

    def show_result(self, picture: np.ndarray, overlay: np.ndarray | None) -> None:
        """The edited picture (H, W, 3 or 4) and the overlay (H, W, 4), at any size."""
        self.pictures.result = painting.to_image(picture)
        self.pictures.overlay = painting.to_image(overlay) if overlay is not None else None
        self.update()

    def forget_result(self) -> None:
        """Nothing is edited: the original alone."""
        self.pictures.result = self.pictures.overlay = None
        self.update()

    def result(self) -> QImage | None:
        """What is shown, without the overlay."""
        return self.pictures.result

    def overlay(self) -> QImage | None:
        """The overlay shown, if any."""
        return self.pictures.overlay

    def wanted_size(self) -> int:
        """Long side in device pixels that the screen can use for the whole picture."""
        shown = round(max(self._size) * self.viewport.scale * self.devicePixelRatioF())
        # A generated picture holds no more detail however large it is drawn.
        most = {"photo": max(self._size), "person": PERSON_SIZE}
        return min(shown, most.get(self._kind, shown))

    # View.

    def fit(self) -> None:
        """The whole picture."""
        self.set_viewport(Viewport.fitted(self._size, self._area()))
        self._fitted = True

    def actual_size(self) -> None:
        """One pixel of the photo on one of the screen, about the canvas's centre."""
        self.zoom(1 / (self.viewport.scale * self.devicePixelRatioF()))

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom about a canvas point, or about the centre."""
        point = at or QPointF(self.rect().center())
        self.set_viewport(self.viewport.zoomed(factor, point.x(), point.y()))

    def set_viewport(self, viewport: Viewport) -> None:
        """Zoom and pan; not part of the history."""
        self.viewport = viewport
        self._fitted = False
        self.viewChanged.emit()
        self.update()

    def compare(self) -> Compare:
        """How original and result are shown."""
        return self.pictures.mode

    def set_compare(self, mode: Compare) -> None:
        """Result only, split by a line, or side by side."""
        self.pictures.mode = mode
        if self._fitted:
            self.fit()
        self.update()

    def split(self) -> float:
        """Where the split line is, 0 to 1 of the picture's width."""
        return self.pictures.split

    def set_split(self, split: float) -> None:
        """Move the split line."""
        self.pictures.split = min(max(split, 0.0), 1.0)
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """Of the overlay, 0 to 1."""
        self.pictures.opacity = opacity
        self.update()

    def set_figures_shown(self, shown: bool) -> None:
        """Latency and frame rate."""
        self._show_figures = shown
        self.update()

    def set_original_held(self, held: bool) -> None:
        """While the key is down, the unedited photo."""
        if held != self.pictures.original_held:
            self.pictures.original_held = held
            self.update()

    def set_drop_target(self, text: str) -> None:
        """The highlight while a file hangs over the window, and what a drop does; "" ends it."""
        self._drop = text
        self.update()

    def cancel_gesture(self) -> bool:
        """Give the gesture up; says whether there was one."""
        if self.boxes.cancel():
            self._refresh_cursor()
            self.update()
            return True
        if self._gesture is None:
            return False
        self._gesture.cancelled()
        self._gesture = self._press = None
        return True

    def draw_box(self) -> None:
        """Let the person draw a box around a face."""
        self.boxes.start()
        self._refresh_cursor()
        self.setFocus()
        self.update()

    def picture_rect(self) -> QRectF:
        """Where the result lies on the canvas."""
        x, y = self.viewport.to_canvas(0, 0)
        scale = self.viewport.scale
        return QRectF(x, y, self._size[0] * scale, self._size[1] * scale)

    # Mouse and keys.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start a gesture."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._tap = False
        if self._gesture is not None or self._press is not None:
            return
        point, button = event.position(), event.button()
        if self.boxes.active and button == Qt.MouseButton.LeftButton:
            self.boxes.press(self.viewport.to_picture(point.x(), point.y()))
            return
        self._press = (point, button)
        if button == Qt.MouseButton.MiddleButton or (
            button == Qt.MouseButton.LeftButton and self._space
        ):
            self._gesture = Pan(self)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif button == Qt.MouseButton.LeftButton and self._on_split(point):
            self._grabbed_split = True

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse."""
        point = event.position()
        if self.boxes.move(self.viewport.to_picture(point.x(), point.y())):
            self.update()
        if self._press is None:
            if not self.boxes.active:
                self._refresh_cursor(point)
            return
        start, button = self._press
        if self._grabbed_split:
            rect = self.picture_rect()
            self.set_split((point.x() - rect.left()) / max(rect.width(), 1))
            return
        away = point - start
        if self._gesture is None and max(abs(away.x()), abs(away.y())) >= _CLICK:
            self._gesture = self._edit_gesture(button)
        if self._gesture is not None:
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._gesture.moved(away.x(), away.y(), shift)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a gesture, or click."""
        if self.boxes.active and event.button() == Qt.MouseButton.LeftButton:
            box = self.boxes.release(self._size)
            self._refresh_cursor()
            self.update()
            if box:
                self.boxDrawn.emit(box)
            return
        if self._press is None or event.button() != self._press[1]:
            return
        start, button = self._press
        gesture, grabbed = self._gesture, self._grabbed_split
        self._press, self._gesture, self._grabbed_split = None, None, False
        if gesture is not None:
            gesture.finished()
        elif button == Qt.MouseButton.LeftButton and not grabbed:
            face = self.boxes.at(self.viewport.to_picture(start.x(), start.y()))
            if face is not None:
                self.faceClicked.emit(face)
        self._refresh_cursor()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the cursor."""
        if turns := event.angleDelta().y() / 120:
            self.zoom(_ZOOM_STEP**turns, event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space pans while held, backslash shows the original, Esc cancels a gesture."""
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._space = self._tap = True
                self._refresh_cursor()
        elif event.key() == Qt.Key.Key_Backslash:
            self.set_original_held(True)
        elif event.key() == Qt.Key.Key_Escape:
            self.cancel_gesture()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Keys that act while held."""
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Space:
            self._space = False
            self._refresh_cursor()
            if self._tap:
                self.spaceTapped.emit()
        elif event.key() == Qt.Key.Key_Backslash:
            self.set_original_held(False)
        else:
            super().keyReleaseEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The right button moves the light."""
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A fitted picture stays fitted."""
        if self._fitted:
            self.fit()
        else:
            self.viewChanged.emit()

    # Inside.

    def _set_size(self, size: tuple[int, int]) -> None:
        self._size = size
        self.cancel_gesture()
        self.fit()

    def _area(self) -> tuple[float, float, float, float]:
        width, height = float(self.width()), float(self.height())
        if self._kind != "photo":
            # The sentences below need room.
            height -= EMPTY_TEXT_HEIGHT
        if self.pictures.mode is Compare.SIDE and self._kind != "model":
            return width / 2, 0.0, width / 2, height
        return 0.0, 0.0, width, height

    def _edit_gesture(self, button: Qt.MouseButton) -> Gesture | None:
        group = EDITED.get(button)
        if group and group in self._editor.locked:
            self.hint.emit(f"{group.capitalize()} is locked; unlock it in the panel to change it.")
        elif group and self._editor.editable:
            return edit_gesture(group, self._editor)
        return None

    def _on_split(self, point: QPointF) -> bool:
        if not self.pictures.divided or self._kind == "model":
            return False
        rect = self.picture_rect()
        return abs(point.x() - rect.left() - self.pictures.split * rect.width()) < _SPLIT_GRAB

    def _refresh_cursor(self, point: QPointF | None = None) -> None:
        shape = Qt.CursorShape.ArrowCursor
        if self.boxes.active:
            shape = Qt.CursorShape.CrossCursor
        elif self._space:
            shape = Qt.CursorShape.OpenHandCursor
        elif point is not None and self._on_split(point):
            shape = Qt.CursorShape.SplitHCursor
        self.setCursor(shape)

    # Paint.

    def paintEvent(self, event: QPaintEvent) -> None:
        """Original and result, overlay, boxes, figures."""
        c = self._theme.colours
        area = QRectF(self.rect())
        painter = QPainter(self)
        painter.fillRect(area, QColor(c.canvas))
        smooth = self.viewport.scale * self.devicePixelRatioF() < 6
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = self.picture_rect()
        self.pictures.looking = self._editor.trial.active
        if self._kind == "model":
            painting.paint_studio(painter, area, c)
            self.pictures.paint_plain(painter, rect)
        else:
            self.pictures.paint(painter, rect, area, c)
        if self._kind != "photo" and self.pictures.mode is Compare.RESULT:
            painting.paint_guide(painter, area, c, *self.guide)
        self.boxes.paint(painter, self.viewport, area)
        if self._show_figures:
            painting.paint_lines(painter, QPointF(12, 12), self.figures.lines(), c)
        if self._drop:
            painting.paint_drop_target(painter, area, c, self._drop)
