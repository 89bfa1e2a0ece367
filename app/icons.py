"""Mien's icons: strokes on a 24 px grid, drawn in any colour."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_FRAME = "M4 4h16v16H4z"
_FILLED = "<circle cx='{}' cy='{}' r='1.5' fill='currentColor' stroke='none'/>"


def _dots(*centres: tuple[float, float]) -> str:
    return "".join(_FILLED.format(x, y) for x, y in centres)


def _path(data: str) -> str:
    return f"<path d='{data}'/>"


_SHAPES: dict[str, str] = {
    "open": _path("M3 7.5V18a1.5 1.5 0 0 0 1.5 1.5h15A1.5 1.5 0 0 0 21 18V9a1.5 1.5 0 0 0-1.5-1.5"
                  "H12L10 4.5H4.5A1.5 1.5 0 0 0 3 6z"),
    "save": _path("M5 4h11l4 4v11a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1zM8 4v5h7V4"
                  "M7.5 20v-6h9v6"),
    "export": _path("M12 15.5V4M7.5 8.5L12 4l4.5 4.5M4 14.5V19a1 1 0 0 0 1 1h14a1 1 0 0 0"
                    " 1-1v-4.5"),
    "undo": _path("M8 5L3.5 9.5 8 14M4 9.5h10.5a5 5 0 0 1 0 10H11"),
    "redo": _path("M16 5l4.5 4.5L16 14M20 9.5H9.5a5 5 0 0 0 0 10H13"),
    "reset": _path("M5 4.5v5h5M5.3 9.3a7.5 7.5 0 1 1-.9 5.2"),
    "dice": _path("M6 4h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z")
    + _dots((8.5, 8.5), (15.5, 15.5), (12, 12), (15.5, 8.5), (8.5, 15.5)),
    "lock": _path("M6.5 11h11a1 1 0 0 1 1 1v7.5a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1V12a1 1 0 0 1"
                  " 1-1zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11"),
    "unlock": _path("M6.5 11h11a1 1 0 0 1 1 1v7.5a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1V12a1 1 0 0 1"
                    " 1-1zM8.5 11V7a3.5 3.5 0 0 1 6.7-1.5"),
    "eye": _path("M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z")
    + "<circle cx='12' cy='12' r='2.8'/>",
    "eye-off": _path("M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5"
                     " 12zM4.5 4.5l15 15"),
    "link": _path("M10 7.5H7.5a4.5 4.5 0 0 0 0 9H10M14 7.5h2.5a4.5 4.5 0 0 1 0 9H14"
                  "M8.5 12h7"),
    "overlay": _path("M12 3l7 4.5v7.5L12 21l-7-6V7.5zM12 3v18M5 7.5l7 4 7-4"
                     "M5 15l7-3.5 7 3.5"),
    "single": _path(_FRAME),
    "split": _path(f"{_FRAME}M12 2.5v19M9 10l-2 2 2 2M15 10l2 2-2 2"),
    "side": _path("M3.5 5H11v14H3.5zM13 5h7.5v14H13z"),
    "against": _path("M12 2.5v19M2.8 17l3-10 3 10M4 13.5h3.6M15.5 7v10h2.8a2.6 2.6 0 0 0 0-5.2h-2.8"
                     "h2.4a2.4 2.4 0 0 0 0-4.8z"),
    "fit": _path("M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"),
    "chevron-right": _path("M9.5 6.5L15 12l-5.5 5.5"),
    "chevron-down": _path("M6.5 9.5L12 15l5.5-5.5"),
    "close": _path("M6.5 6.5l11 11M17.5 6.5l-11 11"),
    "search": "<circle cx='10.5' cy='10.5' r='6'/>" + _path("M15 15l5 5"),
    "more": _dots((5.5, 12), (12, 12), (18.5, 12)),
    "light": "<circle cx='12' cy='12' r='4'/>"
    + _path("M12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3M5.3 5.3l2.1 2.1M16.6 16.6l2.1 2.1"
            "M5.3 18.7l2.1-2.1M16.6 7.4l2.1-2.1"),
    "face": "<circle cx='12' cy='12' r='8.5'/>"
    + _dots((9, 10), (15, 10)) + _path("M8.5 15c2 1.8 5 1.8 7 0"),
    "neutral": "<circle cx='12' cy='12' r='8.5'/>"
    + _dots((9, 10), (15, 10)) + _path("M9 15.2h6"),
    "front": "<circle cx='12' cy='12' r='5.5'/>" + _path("M12 2.5v5M12 16.5v5M2.5 12h5"
                                                       "M16.5 12h5"),
    "box": _path("M4 8V5a1 1 0 0 1 1-1h3M11 4h2M16 4h3a1 1 0 0 1 1 1v3M20 11v2M20 16v3"
                 "a1 1 0 0 1-1 1h-3M13 20h-2M8 20H5a1 1 0 0 1-1-1v-3M4 13v-2"),
    "gauge": _path("M4.8 18.5a9 9 0 1 1 14.4 0M12 14.5l4-5.5"),
    "warning": _path("M12 4l9 16H3zM12 10v4.5M12 17v.3"),
    "info": "<circle cx='12' cy='12' r='8.5'/>" + _path("M12 11v5.5M12 7.5v.3"),
    "play": _path("M7.5 5l11 7-11 7z"),
    "pause": _path("M8.5 5.5v13M15.5 5.5v13"),
    "first": _path("M6.5 5.5v13M18 5.5L9.5 12l8.5 6.5z"),
    "loop": _path("M4 11a6 6 0 0 1 6-5h9M16 3l3 3-3 3M20 13a6 6 0 0 1-6 5H5M8 21l-3-3 3-3"),
    "key": _path("M12 4.5l7.5 7.5-7.5 7.5L4.5 12z"),
    "record": "<circle cx='12' cy='12' r='8.5'/>"
    + "<circle cx='12' cy='12' r='4' fill='currentColor'/>",
    "sweep": _path("M4 18L20 6M4 18h4M4 18v-4M20 6h-4M20 6v4"),
    "camera": _path("M3.5 7h11a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1z"
                    "M15.5 11l6-3.5v9l-6-3.5"),
    "film": _path("M4 4.5h16v15H4zM8 4.5v15M16 4.5v15M4 9.5h4M4 14.5h4M16 9.5h4M16 14.5h4"),
    "take_in": _path("M12 4v11.5M7.5 11L12 15.5l4.5-4.5M4 14.5V19a1 1 0 0 0 1 1h14a1 1 0 0 0"
                     " 1-1v-4.5"),
    "photo": _path("M4 5h16a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1z"
                   "M3.5 17l5-5 4 4 3-3 5 4.5") + "<circle cx='15.5' cy='9.3' r='1.5'/>",
}  # fmt: skip

NAMES: tuple[str, ...] = tuple(_SHAPES)

# The window's own: half a face as a photo, half as a model.
_APPLICATION = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 64 64'>"
    "<rect x='1' y='1' width='62' height='62' rx='14' fill='#1d2733'/>"
    "<g transform='translate(-7 -7) scale(1.22)'>"
    "<path d='M32 10C21 10 15 18 15 30c0 13 8 24 17 24z' fill='#f1dfd2'/>"
    "<path d='M32 10c11 0 17 8 17 20 0 13-8 24-17 24z' fill='#4f9cf0'/>"
    "<path d='M32 10c11 0 17 8 17 20 0 13-8 24-17 24M32 24l8-9M32 24l16 2M32 40l16-14M32 40l9 7'"
    " fill='none' stroke='#1d2733' stroke-width='1.6'/>"
    "<circle cx='24.5' cy='29' r='2.6' fill='#1d2733'/>"
    "<path d='M25 42c2 2 4.5 2.6 7 2.6' fill='none' stroke='#1d2733' stroke-width='2.4'"
    " stroke-linecap='round'/></g></svg>"
)


@lru_cache(maxsize=256)
def pixmap(name: str, colour: str, size: int = 18, ratio: float = 1.0) -> QPixmap:
    """One icon in one colour ("#rrggbb"), size × size logical pixels. Raises KeyError."""
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' "
        "stroke='currentColor' stroke-width='1.7' stroke-linecap='round' "
        f"stroke-linejoin='round'>{_SHAPES[name]}</svg>"
    ).replace("currentColor", colour)
    return _drawn(svg, size, ratio)


class _Engine(QIconEngine):
    """Draws an icon when it is shown, at the size and the ratio of that screen."""

    def __init__(self, off: str, on: str, normal: str, active: str, disabled: str) -> None:
        super().__init__()
        self._looks = (off, on, normal, active, disabled)

    def clone(self) -> QIconEngine:
        """Another one."""
        return _Engine(*self._looks)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Into a rectangle."""
        # Asking for the device would make PySide look up all kinds of devices and widgets.
        ratio = painter.deviceTransform().m11()
        painter.drawPixmap(rect, self._drawn(min(rect.width(), rect.height()), ratio, mode, state))

    def scaledPixmap(
        self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float
    ) -> QPixmap:
        """As a picture of a size in logical pixels (since Qt 6.8), sharp at a scale."""
        return self._drawn(min(size.width(), size.height()), scale, mode, state)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """As a picture of a size in pixels."""
        return self._drawn(min(size.width(), size.height()), 1.0, mode, state)

    def _drawn(self, side: int, ratio: float, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        off, on, normal, active, disabled = self._looks
        lit = state is QIcon.State.On
        colour = disabled if mode is QIcon.Mode.Disabled else active if lit else normal
        return pixmap(on if lit else off, colour, side, ratio)


def icon(name: str, normal: str, active: str, disabled: str, checked: str = "") -> QIcon:
    """An icon for buttons: normal and active colour, `checked` names the shape when on."""
    return QIcon(_Engine(name, checked or name, normal, active, disabled))


def application() -> QIcon:
    """The application's own icon, for title bars and task bars."""
    out = QIcon()
    for size in (16, 32, 64, 128):
        out.addPixmap(_drawn(_APPLICATION, size))
    return out


def _drawn(svg: str, size: int, ratio: float = 1.0) -> QPixmap:
    picture = QPixmap(round(size * ratio), round(size * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture
