"""Opens the window."""

from __future__ import annotations

import signal
import sys
import traceback
from types import TracebackType

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.settings import Settings
from app.theme import Theme
from app.widgets.messages import Message
from app.window import MainWindow


def install_excepthook(window: MainWindow) -> None:
    """Show in the window what would otherwise end in the terminal alone."""
    terminal = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        terminal(kind, error, trace)
        details = "".join(traceback.format_exception(kind, error, trace))
        text = f"Something went wrong in the window ({error}); your edit is safe, save it."
        window.messages.show_message(Message(text, "error", details))

    sys.excepthook = hook


def main(paths: list[str] | None = None) -> int:
    """Run the app until its window closes; paths are opened. Returns the exit status."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("Mien")
    application.setOrganizationName("Mien")
    settings = Settings()
    theme = Theme(application, settings.theme)
    window = MainWindow(theme, settings)
    install_excepthook(window)
    window.show()
    if paths:
        window.documents.open_paths(paths)
    # Ctrl+C in the terminal closes the window; Python sees the signal only between Qt's events.
    signal.signal(signal.SIGINT, lambda *_: window.close())
    wake = QTimer()
    wake.start(200)
    wake.timeout.connect(lambda: None)
    return application.exec()
