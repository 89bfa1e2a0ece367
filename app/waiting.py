"""For programs that use the window as a person would: let it live until something is so."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtWidgets import QApplication

from app.window import MainWindow


def wait(done: Callable[[], bool], seconds: float = 60.0) -> None:
    """Let the window live until something is so. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not done():
        QApplication.processEvents()
        time.sleep(0.005)
        if time.monotonic() > end:
            raise TimeoutError("The window did not get there; is the engine all right?")


def settle(window: MainWindow) -> None:
    """Wait until all pictures have arrived."""
    window.controller.render()
    wait(lambda: window.link.client.idle)
    end = time.monotonic() + 0.4
    wait(lambda: time.monotonic() > end)
