"""Opens the window."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, QTimer, QtMsgType, Signal
from PySide6.QtCore import qInstallMessageHandler as install_message_handler
from PySide6.QtWidgets import QApplication

from app.opening import open_window
from app.settings import Settings
from app.theme import Theme
from app.window import MainWindow
from core import log


class ExceptionCards(QObject):
    """Shows in the window what would otherwise end in the terminal alone, from any thread."""

    caught = Signal(str, str)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.caught.connect(self._show)
        self._terminal, self._thread = sys.excepthook, threading.excepthook
        sys.excepthook, threading.excepthook = self._hook, self._thread_hook

    def _hook(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        self._terminal(kind, error, trace)
        self._tell(kind, error, trace)

    def _thread_hook(self, args: threading.ExceptHookArgs) -> None:
        self._thread(args)
        if args.exc_value is not None:
            self._tell(args.exc_type, args.exc_value, args.exc_traceback)

    def _tell(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        self.caught.emit(str(error), "".join(traceback.format_exception(kind, error, trace)))

    def _show(self, error: str, details: str) -> None:
        from app.widgets.messages import Message

        text = f"Something went wrong in the window ({error}); your edit is safe, save it."
        self._window.messages.show_message(Message(text, "error", details))


def _log_qt(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    (log.LOG.info if kind is QtMsgType.QtInfoMsg else log.LOG.warning)("Qt: %s", text)


def main(paths: list[str] | None = None) -> int:
    """Run the app until its window closes; paths are opened. Returns the exit status."""
    log.start("window")
    install_message_handler(_log_qt)
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("Mien")
    application.setOrganizationName("Mien")
    settings = Settings()
    theme = Theme(application, settings.theme)
    paths = paths or []
    awaited = next((os.path.basename(path) for path in paths[:1] if os.path.exists(path)), "")
    window = MainWindow(theme, settings, bare=True, awaited=awaited)
    open_window(window, paths)
    ExceptionCards(window)
    window.recovery.look()
    # Ctrl+C in the terminal closes the window; Python sees the signal only between Qt's events.
    signal.signal(signal.SIGINT, lambda *_: window.close())
    wake = QTimer()
    wake.start(200)
    wake.timeout.connect(lambda: None)
    # What is there now stays: later collections need not look at it.
    gc.freeze()
    gc.enable()
    status = application.exec()
    settings.flush()
    return status
