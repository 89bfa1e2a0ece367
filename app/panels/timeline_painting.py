"""How the timeline looks."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.theme import Colours
from core.motion.timeline import Keyframe, Timeline
from core.rig.table import PARAMETERS

NAME_WIDTH = 190
RULER_HEIGHT = 26
ROW_HEIGHT = 24
_KEY = 5.5
_CLOSE = 3.0
# Numbers on the ruler are at least so far apart, px.
_APART = 56
_EMPTY = "Move a slider and press K to set a key, or sweep a slider."


@dataclass(frozen=True)
class Look:
    """What is to be seen. band: the frame drawn to choose keys."""

    colours: Colours
    timeline: Timeline
    frame: int
    rows: list[str]
    row: int
    selected: set[tuple[str, int]]
    focused: bool
    band: QRect | None


def paint(
    widget: QWidget, look: Look, x_of: Callable[[float], float], y_of: Callable[[int], int]
) -> None:
    """Draw the timeline. x_of, y_of: px of a frame and of a row's top."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    width, height = widget.width(), widget.height()
    painter.fillRect(widget.rect(), QColor(look.colours.field))
    painter.setClipRect(0, RULER_HEIGHT, width, height)
    for row, name in enumerate(look.rows):
        top = y_of(row)
        if -ROW_HEIGHT < top < height:
            _row(painter, look, name, QRect(0, top, width, ROW_HEIGHT), row == look.row, x_of)
    if not look.rows:
        painter.setPen(QColor(look.colours.muted))
        where = QRect(NAME_WIDTH, RULER_HEIGHT, width - NAME_WIDTH, height - RULER_HEIGHT)
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter, _EMPTY)
    painter.setClipping(False)
    _ruler(painter, look, width, x_of)
    _playhead(painter, look, x_of(look.frame), height)
    if look.band is not None:
        painter.setPen(QPen(QColor(look.colours.accent), 1, Qt.PenStyle.DashLine))
        painter.drawRect(look.band.normalized())
    painter.end()


def _row(
    painter: QPainter, look: Look, name: str, box: QRect, present: bool,
    x_of: Callable[[float], float],
) -> None:  # fmt: skip
    c, track = look.colours, look.timeline.tracks[name]
    middle = box.top() + ROW_HEIGHT / 2
    painter.setPen(QPen(QColor(c.border), 1))
    painter.drawLine(NAME_WIDTH, box.bottom(), box.right(), box.bottom())
    painter.save()
    painter.setClipRect(NAME_WIDTH, RULER_HEIGHT, box.width(), 100_000)
    painter.setPen(QPen(QColor(c.muted), 1.4))
    drawn = -_CLOSE
    for a, b in itertools.pairwise(track):
        left, right = x_of(a.frame), x_of(b.frame)
        if a.value != b.value and right > NAME_WIDTH and left < box.right():
            painter.drawLine(QPointF(left, middle), QPointF(right, middle))
    for key in track:
        x, chosen = x_of(key.frame), (name, key.frame) in look.selected
        # Of keys that cover each other one is enough.
        if NAME_WIDTH - 9 < x < box.right() + 9 and (chosen or x - drawn >= _CLOSE):
            drawn = x
            _key(painter, c, key, QPointF(x, middle), chosen)
    painter.restore()
    painter.fillRect(0, box.top(), NAME_WIDTH, ROW_HEIGHT, QColor(c.hover if present else c.panel))
    if present and look.focused:
        painter.setPen(QPen(QColor(c.accent), 1))
        painter.drawRect(QRectF(0.5, box.top() + 0.5, NAME_WIDTH - 1, ROW_HEIGHT - 1))
    entry = PARAMETERS[name]
    value = look.timeline.value(name, look.frame) or 0.0
    shown = f"{value:.{1 if entry.step >= 0.5 else 2}f}{entry.unit}".replace("-", "−")
    words = box.adjusted(10, 0, 0, 0)
    words.setWidth(NAME_WIDTH - 66)
    painter.setPen(QColor(c.text))
    label = QFontMetrics(painter.font()).elidedText(
        entry.label, Qt.TextElideMode.ElideRight, words.width()
    )
    painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, label)
    painter.setPen(QColor(c.muted))
    number = QRect(NAME_WIDTH - 66, box.top(), 58, ROW_HEIGHT)
    painter.drawText(number, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, shown)


def _key(painter: QPainter, c: Colours, key: Keyframe, at: QPointF, chosen: bool) -> None:
    """A diamond; a square where the value holds until the next key."""
    painter.setPen(QPen(QColor(c.field), 1.2))
    painter.setBrush(QColor(c.accent if chosen else c.text))
    if key.easing == "hold":
        painter.drawRect(QRectF(at.x() - _KEY + 1, at.y() - _KEY + 1, 2 * _KEY - 2, 2 * _KEY - 2))
        return
    ends = ((0, -_KEY), (_KEY, 0), (0, _KEY), (-_KEY, 0))
    painter.drawPolygon(QPolygonF([at + QPointF(x, y) for x, y in ends]))


def _ruler(painter: QPainter, look: Look, width: int, x_of: Callable[[float], float]) -> None:
    c = look.colours
    painter.fillRect(0, 0, width, RULER_HEIGHT, QColor(c.panel))
    painter.setPen(QPen(QColor(c.border), 1))
    painter.drawLine(0, RULER_HEIGHT, width, RULER_HEIGHT)
    painter.drawLine(NAME_WIDTH, 0, NAME_WIDTH, painter.device().height())
    painter.setPen(QColor(c.muted))
    minutes, seconds = divmod(look.frame / look.timeline.fps, 60)
    told = f"Frame {look.frame}   {int(minutes)}:{seconds:05.2f}"
    corner = QRect(10, 0, NAME_WIDTH - 18, RULER_HEIGHT)
    painter.drawText(corner, Qt.AlignmentFlag.AlignVCenter, told)
    painter.setClipRect(NAME_WIDTH, 0, width, RULER_HEIGHT)
    scale = x_of(1) - x_of(0)
    step = next(s for s in _steps() if s * scale >= _APART)
    frame = max(0, int((NAME_WIDTH - x_of(0)) / scale) // step * step)
    while frame < look.timeline.length and x_of(frame) < width + _APART:
        x = x_of(frame)
        painter.drawLine(QPointF(x, RULER_HEIGHT - 6), QPointF(x, RULER_HEIGHT - 1))
        where = QRectF(x - _APART / 2, 2, _APART, RULER_HEIGHT - 8)
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter, str(frame))
        frame += step
    painter.setClipping(False)


def _steps() -> itertools.chain[int]:
    return itertools.chain.from_iterable(
        (10**power, 2 * 10**power, 5 * 10**power) for power in range(7)
    )


def _playhead(painter: QPainter, look: Look, x: float, height: int) -> None:
    if x < NAME_WIDTH:
        return
    accent = QColor(look.colours.accent)
    painter.setPen(QPen(accent, 1.4))
    painter.drawLine(QPointF(x, 8), QPointF(x, height))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(accent)
    head = ((-6, 3), (6, 3), (6, 9), (0, 15), (-6, 9))
    painter.drawPolygon(QPolygonF([QPointF(x + dx, dy) for dx, dy in head]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
