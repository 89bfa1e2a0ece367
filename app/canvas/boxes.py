"""Face boxes on the canvas: shown, clicked, and drawn by hand."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from app.canvas import painting
from app.canvas.viewport import Viewport
from app.editor import Editor
from app.theme import Theme

MIN_BOX = 16.0
Point = tuple[float, float]
Box = tuple[float, float, float, float]


class BoxTool:
    """Knows the faces' boxes; `active` while one is being drawn. Points are the photo's px."""

    def __init__(self, editor: Editor, theme: Theme) -> None:
        self._editor = editor
        self._theme = theme
        self.active = False
        self.shown = True
        self._start: Point | None = None
        self._end: Point | None = None
        self._hovered: int | None = None

    def start(self) -> None:
        """Draw a box with the next drag."""
        self.active, self._start, self._end = True, None, None

    def cancel(self) -> bool:
        """Stop drawing; says whether it was."""
        was, self.active = self.active, False
        self._start = self._end = None
        return was

    def press(self, point: Point) -> None:
        """The first corner."""
        self._start = self._end = point

    def move(self, point: Point) -> bool:
        """The mouse is here; says whether to paint anew."""
        if self.active and self._start is not None:
            self._end = point
            return True
        before, self._hovered = self._hovered, self.at(point)
        return before != self._hovered

    def release(self, size: tuple[int, int]) -> Box | None:
        """The box drawn, inside the photo, or None when it is too small to be meant."""
        start, end = self._start, self._end
        self.cancel()
        if start is None or end is None:
            return None
        width, height = size
        x0, x1 = sorted(min(max(p[0], 0.0), float(width)) for p in (start, end))
        y0, y1 = sorted(min(max(p[1], 0.0), float(height)) for p in (start, end))
        return (x0, y0, x1, y1) if min(x1 - x0, y1 - y0) >= MIN_BOX else None

    def at(self, point: Point) -> int | None:
        """The face under a point, when there are several to choose from."""
        photo = self._editor.photo
        if not photo or len(photo.faces) < 2 or not self.shown:
            return None
        for index, face in enumerate(photo.faces):
            x0, y0, x1, y1 = face.box
            if x0 <= point[0] <= x1 and y0 <= point[1] <= y1:
                return index
        return None

    def paint(self, painter: QPainter, viewport: Viewport, area: QRectF) -> None:
        """The boxes, and the one being drawn."""
        photo = self._editor.photo
        colours = self._theme.colours
        if photo and len(photo.faces) > 1 and self.shown and not self._editor.dragging:
            for index, face in enumerate(photo.faces):
                chosen = index == self._editor.document.face
                hovered = index == self._hovered
                label = f"Face {index + 1}" if hovered and not chosen else ""
                rect = _rect(viewport, face.box)
                painting.paint_box(painter, rect, colours, label, chosen, hovered)
        if self.active and self._start and self._end:
            rect = _rect(viewport, (*self._start, *self._end)).normalized()
            painting.paint_box(painter, rect, colours, "", True, True)
        elif self.active:
            # Below the messages.
            centre = QPointF(area.center().x(), area.bottom() - 24)
            painting.paint_tag(painter, centre, "Drag a box around the face; Esc cancels", colours)


def _rect(viewport: Viewport, box: Box) -> QRectF:
    x0, y0 = viewport.to_canvas(box[0], box[1])
    x1, y1 = viewport.to_canvas(box[2], box[3])
    return QRectF(x0, y0, x1 - x0, y1 - y0)
