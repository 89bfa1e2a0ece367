"""Original and result on the canvas: alone, split by a line, side by side; A against B."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from app.canvas import painting
from app.theme import Colours

# How far names are from the line, px.
_BESIDE = 16


class Compare(enum.Enum):
    """How original and result are shown, or what is kept as A and B."""

    RESULT = "result"
    SPLIT = "split"
    SIDE = "side"
    AGAINST = "against"


@dataclass
class Pictures:
    """What there is to show. opacity: of the overlay. split: the line, 0 to 1 of the width.

    kept: A and B, but for what is looked at before it is chosen, which takes their place.
    """

    original: QImage | None = None
    result: QImage | None = None
    overlay: QImage | None = None
    mode: Compare = Compare.RESULT
    split: float = 0.5
    opacity: float = 0.85
    original_held: bool = False
    kept: tuple[QImage | None, QImage | None] = (None, None)
    looking: bool = False

    @property
    def divided(self) -> bool:
        """Whether there is a line to move."""
        return self.mode in (Compare.SPLIT, Compare.AGAINST)

    def clear(self) -> None:
        """Another document: no picture of the last one stays."""
        self.original = self.result = self.overlay = None
        self.kept = (None, None)

    def paint(self, painter: QPainter, rect: QRectF, area: QRectF, colours: Colours) -> None:
        """Into the canvas's area; rect is where the result lies."""
        if self.original_held:
            _draw(painter, rect, self.original, colours)
        elif self.mode is Compare.AGAINST and not self.looking:
            _draw(painter, rect, self.kept[1] or self.result, colours)
        else:
            _lay_under(painter, rect, self.result or self.original, colours)
            self.paint_plain(painter, rect)
        if self.original_held:
            _tag(painter, area, area.center().x(), "Original", colours)
        elif self.mode is Compare.SPLIT or (self.divided and not self.looking):
            self._paint_split(painter, rect, area, colours)
        elif self.mode is Compare.SIDE:
            self._paint_side(painter, rect, area, colours)

    def paint_plain(self, painter: QPainter, rect: QRectF) -> None:
        """The result and its overlay, nothing else."""
        if shown := self.result or self.original:
            painter.drawImage(rect, shown)
        if self.overlay:
            painter.setOpacity(self.opacity)
            painter.drawImage(rect, self.overlay)
            painter.setOpacity(1)

    def _paint_split(self, painter: QPainter, rect: QRectF, area: QRectF, colours: Colours) -> None:
        x = rect.left() + self.split * rect.width()
        painter.save()
        painter.setClipRect(QRectF(area.left(), area.top(), x - area.left(), area.height()))
        against = self.mode is Compare.AGAINST
        _draw(painter, rect, (self.kept[0] or self.result) if against else self.original, colours)
        painter.restore()
        painting.paint_handle(painter, x, rect.intersected(area), colours)
        names = ("A", "B") if against else ("Original", "Result")
        for name, side in zip(names, (-1, 1), strict=True):
            away = _BESIDE + painting.tag_width(painter, name) / 2
            _tag(painter, area, x + side * away, name, colours)

    def _paint_side(self, painter: QPainter, rect: QRectF, area: QRectF, colours: Colours) -> None:
        half = QRectF(0, 0, area.width() / 2, area.height())
        painter.save()
        painter.setClipRect(half)
        painter.fillRect(half, QColor(colours.canvas))
        _draw(painter, rect.translated(-area.width() / 2, 0), self.original, colours)
        painter.restore()
        painter.fillRect(QRectF(half.right(), 0, 1, area.height()), QColor(colours.border))
        _tag(painter, area, half.center().x(), "Original", colours)
        _tag(painter, area, half.right() + half.width() / 2, "Result", colours)


def _draw(painter: QPainter, rect: QRectF, image: QImage | None, colours: Colours) -> None:
    if image:
        _lay_under(painter, rect, image, colours)
        painter.drawImage(rect, image)


def _lay_under(painter: QPainter, rect: QRectF, image: QImage | None, colours: Colours) -> None:
    """What shows through a cut-out."""
    if image and image.hasAlphaChannel():
        painting.paint_squares(painter, rect, colours)


def _tag(painter: QPainter, area: QRectF, x: float, text: str, colours: Colours) -> None:
    painting.paint_tag(painter, QPointF(x, area.bottom() - 20), text, colours)
