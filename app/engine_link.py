"""The engine as Qt sees it: signals on the window's thread."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from core.engine.backend import Backend, PhotoBackend
from core.engine.client import EngineClient
from core.engine.process import SWITCH_SECONDS

CHECK_MS = 1000


class EngineLink(QObject):
    """Owns the client; from `listen` on its events arrive as `arrived` on this object's thread."""

    arrived = Signal(object)
    _delivered = Signal(int, object)

    def __init__(
        self,
        parent: QObject | None = None,
        make_backend: Callable[[], Backend] | None = None,
    ) -> None:
        super().__init__(parent)
        self._stopped = False
        self._listening = threading.Event()
        self.client = EngineClient(self._deliver, make_backend or PhotoBackend)
        self._delivered.connect(self._handle, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self)
        self._timer.setInterval(CHECK_MS)
        self._timer.timeout.connect(self.client.check)

    def start(self) -> None:
        """Start the engine; returns at once."""
        # A drag's request shall not wait until the panels have followed the slider.
        sys.setswitchinterval(SWITCH_SECONDS)
        self.client.start()
        self._timer.start()

    def listen(self) -> None:
        """Let its events arrive, those that have waited first."""
        self._listening.set()

    def stop(self) -> None:
        """End the engine; no event follows."""
        self._stopped = True
        self._listening.set()
        self._timer.stop()
        self.client.stop()

    def _deliver(self, life: int, message: object) -> None:
        # On the reading thread: a queued signal carries it over, unless the window is gone.
        self._listening.wait()
        with contextlib.suppress(RuntimeError):
            if not self._stopped:
                self._delivered.emit(life, message)

    def _handle(self, life: int, message: object) -> None:
        if not self._stopped:
            for event in self.client.handle(life, message):
                self.arrived.emit(event)
