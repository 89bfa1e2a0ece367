"""Opening the window: what is seen first, then all that works behind it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QWidget

from app.window import MainWindow

# What is typed and clicked waits, for nothing could answer yet.
_UNHEARD = QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents
# A window that nobody sees paints nothing.
_LONGEST_MS = 300


class _FirstPaint(QEventLoop):
    """Goes on until a widget is painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._painted = False
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Painting it is what is waited for."""
        if event.type() == QEvent.Type.Paint:
            self._painted = True
            self._widget.removeEventFilter(self)
            self.quit()
        return False

    def wait(self) -> None:
        """Until then, or until it is clear that nobody sees the widget."""
        if not self._painted:
            QTimer.singleShot(_LONGEST_MS, self.quit)
            self.exec(_UNHEARD)


def open_window(window: MainWindow, paths: Sequence[str] = ()) -> None:
    """Show a bare window, give it its parts once it is painted, and open files with them."""
    painting = _FirstPaint(window.canvas)
    window.show()
    painting.wait()
    for _ in window.furnishing(paths):
        painting.processEvents(_UNHEARD)
    painting.deleteLater()
