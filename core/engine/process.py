"""One life of the engine's process, seen from the window: start, talk, notice its end."""

from __future__ import annotations

import gc
import multiprocessing
import queue
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from core.engine import messages as m
from core.engine.backend import Backend, PhotoBackend

STOP_SECONDS = 1.0
# How long Python lets one thread run while another waits; as it comes, 5 ms.
SWITCH_SECONDS = 0.0001


def _serve(connection: Connection, make_backend: Callable[[], Backend]) -> None:
    """The engine's side; only there its modules are needed."""
    # Until all is loaded nothing is garbage; looking for it took a tenth of the time.
    gc.disable()
    from core.engine import service

    service.run(connection, make_backend)


class EngineProcess:
    """Starts at once and never blocks its caller: starting, reading and writing have threads.

    deliver: called with (life, message) on the reading thread; the last message is Died.
    life: a number that tells one process's messages from the next one's.
    """

    def __init__(
        self,
        deliver: Callable[[int, object], None],
        life: int,
        make_backend: Callable[[], Backend] = PhotoBackend,
    ) -> None:
        self._deliver = deliver
        self._life = life
        self._make_backend = make_backend
        self._out: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._process: BaseProcess | None = None
        self._hung = False
        self._wanted = True
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._live, name="engine-link", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """The process's id, once it has started."""
        return self._process.pid if self._process else None

    def send(self, message: object) -> None:
        """Queue a message; one that can no longer be sent is dropped."""
        self._out.put(message)

    def kill(self, hung: bool = False) -> None:
        """End the process at once; Died follows."""
        with self._lock:
            self._hung = hung
            self._wanted = False
            if self._process is not None:
                self._process.kill()

    def stop(self) -> None:
        """Ask the process to end, wait a little, then end it; no message follows."""
        self._deliver = lambda _life, _message: None
        self.send(m.Stop())
        self._thread.join(STOP_SECONDS)
        if self._thread.is_alive():
            self.kill()
            self._thread.join(STOP_SECONDS)

    def _live(self) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        with self._lock:
            if not self._wanted:
                self._deliver(self._life, m.Died(None, self._hung))
                return
            process = context.Process(
                target=_serve, args=(theirs, self._make_backend), name="engine", daemon=True
            )
            try:
                process.start()
            except (OSError, RuntimeError):
                # No memory or no process left: the window hears of it as of any other death.
                self._deliver(self._life, m.Died(None))
                return
            self._process = process
        theirs.close()
        writer = threading.Thread(
            target=self._write, args=(ours,), name="engine-writer", daemon=True
        )
        writer.start()
        try:
            while True:
                self._deliver(self._life, ours.recv())
        except (EOFError, OSError):
            process.join()
        self._out.put(None)
        writer.join()
        ours.close()
        self._deliver(self._life, m.Died(process.exitcode, self._hung))

    def _write(self, connection: Connection) -> None:
        while (message := self._out.get()) is not None:
            try:
                connection.send(message)
            except OSError:
                return
