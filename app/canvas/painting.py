"""Drawing on the canvas: backdrop, boxes, labels, the figures of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QPen,
    QPixmap,
    QRadialGradient,
)

from app import icons
from app.theme import Colours

if TYPE_CHECKING:
    import numpy as np

# Of letters, in pixels.
_SMALLEST = 9
# Side, in pixels, of the squares behind a cut-out.
_SQUARE = 9


def to_image(pixels: np.ndarray) -> QImage:
    """A picture (H, W, 3 or 4) uint8 as QImage; one of four channels keeps the array alive."""
    pixels = pixels if pixels.flags.c_contiguous else pixels.copy()
    height, width, channels = pixels.shape
    kind = QImage.Format.Format_RGB888 if channels == 3 else QImage.Format.Format_RGBA8888
    image = QImage(pixels.data, width, height, width * channels, kind)
    if channels == 3:
        # Painted in half the time.
        return image.convertToFormat(QImage.Format.Format_RGB32)
    image.pixels = pixels  # type: ignore[attr-defined]
    return image


def paint_studio(painter: QPainter, area: QRectF, colours: Colours) -> None:
    """A soft backdrop behind the bare model."""
    middle = QPointF(area.center().x(), area.top() + area.height() * 0.42)
    glow = QRadialGradient(middle, max(area.width(), area.height()) * 0.62)
    centre = QColor(colours.canvas).lighter(168) if colours.dark else QColor("#e6e8eb")
    glow.setColorAt(0, centre)
    glow.setColorAt(1, QColor(colours.canvas))
    painter.fillRect(area, glow)


def paint_squares(painter: QPainter, rect: QRectF, colours: Colours) -> None:
    """Squares of two greys, as they stand for nothing behind a picture."""
    tile = QPixmap(2 * _SQUARE, 2 * _SQUARE)
    tile.fill(QColor(colours.raised))
    corner = QPainter(tile)
    for at in (0, _SQUARE):
        corner.fillRect(at, at, _SQUARE, _SQUARE, QColor(colours.hover))
    corner.end()
    painter.setBrushOrigin(rect.topLeft())
    painter.fillRect(rect, QBrush(tile))


def paint_guide(painter: QPainter, area: QRectF, colours: Colours, title: str, hint: str) -> None:
    """The sentences that say what to do without a photo; as small as a narrow area needs."""
    painter.save()
    font = QFont(painter.font())
    line = QRectF(area.left() + 8, area.bottom() - 72, area.width() - 16, 40)
    flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
    # The hint may take two lines, which break where words do, and so may small titles.
    for text, pixels, weight, colour, room in (
        (title, 17, QFont.Weight.DemiBold, colours.text, line.width()),
        (hint, 12, QFont.Weight.Normal, colours.muted, 1.8 * line.width()),
    ):
        font.setPixelSize(pixels)
        font.setWeight(weight)
        needed = QFontMetricsF(font).horizontalAdvance(text)
        if needed > room:
            font.setPixelSize(max(_SMALLEST, int(pixels * room / needed)))
        painter.setFont(font)
        painter.setPen(QColor(colour))
        painter.drawText(line, flags, text)
        line.translate(0, 27)
    painter.restore()


def paint_drop_target(painter: QPainter, area: QRectF, colours: Colours, text: str) -> None:
    """The highlight while a file hangs over the window."""
    painter.save()
    veil = QColor(colours.canvas)
    veil.setAlphaF(0.72)
    painter.fillRect(area, veil)
    frame = area.adjusted(18, 18, -18, -18)
    tint = QColor(colours.accent)
    tint.setAlphaF(0.12)
    painter.setBrush(tint)
    painter.setPen(QPen(QColor(colours.accent), 2, Qt.PenStyle.DashLine))
    painter.drawRoundedRect(frame, 12, 12)
    font = QFont(painter.font())
    font.setPixelSize(18)
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    painter.setPen(QColor(colours.text))
    icon = icons.pixmap("photo", colours.accent, 40, 2.0)
    centre = frame.center()
    painter.drawPixmap(QPointF(centre.x() - 20, centre.y() - 46), icon)
    lines = QRectF(frame.left() + 12, centre.y() + 8, frame.width() - 24, 90)
    flags = Qt.AlignmentFlag
    painter.drawText(lines, flags.AlignHCenter | flags.AlignTop | Qt.TextFlag.TextWordWrap, text)
    painter.restore()


def paint_box(
    painter: QPainter, box: QRectF, colours: Colours, label: str, chosen: bool, hovered: bool
) -> None:
    """A face's box: corners only, so that the face stays visible."""
    painter.save()
    colour = QColor(colours.accent if chosen or hovered else "#ffffff")
    colour.setAlphaF(1.0 if chosen or hovered else 0.8)
    length = min(box.width(), box.height()) * 0.18
    for pen in (QPen(QColor(0, 0, 0, 90), 4), QPen(colour, 2)):
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        for x, sx in ((box.left(), 1), (box.right(), -1)):
            for y, sy in ((box.top(), 1), (box.bottom(), -1)):
                painter.drawLine(QPointF(x, y), QPointF(x + sx * length, y))
                painter.drawLine(QPointF(x, y), QPointF(x, y + sy * length))
    if label:
        paint_tag(painter, QPointF(box.center().x(), box.top() - 14), label, colours)
    painter.restore()


def tag_width(painter: QPainter, text: str) -> float:
    """How wide such a label is, px."""
    return painter.fontMetrics().horizontalAdvance(text) + 14


def paint_tag(painter: QPainter, centre: QPointF, text: str, colours: Colours) -> None:
    """A small dark label around a point."""
    painter.save()
    width = tag_width(painter, text)
    box = QRectF(centre.x() - width / 2, centre.y() - 10, width, 20)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(15, 16, 18, 190))
    painter.drawRoundedRect(box, 5, 5)
    painter.setPen(QColor("#f0f1f3"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def paint_handle(painter: QPainter, x: float, area: QRectF, colours: Colours) -> None:
    """The line and knob of the split view."""
    painter.save()
    painter.setPen(QPen(QColor(0, 0, 0, 110), 3))
    painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
    painter.setPen(QPen(QColor("#ffffff"), 1.4))
    painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
    centre = QPointF(x, area.center().y())
    painter.setBrush(QColor("#ffffff"))
    painter.setPen(QPen(QColor(0, 0, 0, 90), 1))
    painter.drawEllipse(centre, 11, 11)
    painter.setPen(QPen(QColor("#33363b"), 1.8))
    for side in (-1, 1):
        tip = QPointF(x + side * 6.5, centre.y())
        painter.drawLine(tip, QPointF(x + side * 3.5, centre.y() - 3.2))
        painter.drawLine(tip, QPointF(x + side * 3.5, centre.y() + 3.2))
    painter.restore()


def paint_lines(
    painter: QPainter, corner: QPointF, lines: list[tuple[str, bool]], colours: Colours
) -> None:
    """The figures on demand; a true second entry makes a line red."""
    painter.save()
    metrics = painter.fontMetrics()
    width = max(metrics.horizontalAdvance(t) for t, _ in lines) + 22
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(15, 16, 18, 190))
    painter.drawRoundedRect(QRectF(corner.x(), corner.y(), width, 17 * len(lines) + 12), 6, 6)
    for row, (text, bad) in enumerate(lines):
        painter.setPen(QColor(colours.error if bad else "#e6e8ea"))
        painter.drawText(QPointF(corner.x() + 11, corner.y() + 19 + 17 * row), text)
    painter.restore()
