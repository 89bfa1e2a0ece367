"""The engine's process: reads requests, answers them in order, shows that it lives."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection

from core import log
from core.engine import messages as m
from core.engine.backend import Backend, PhotoBackend
from core.engine.inspection import Measure, Preview
from core.engine.process import SWITCH_SECONDS
from core.engine.worker import Worker
from core.errors import MienError
from core.log import LOG
from core.settings import load

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

HEARTBEAT_SECONDS = 1.0
REST_SECONDS = 0.3
# Of these only the last one counts.
_NEWEST = (m.Render, m.NewPerson, m.MixPeople)
# These are done when nothing else waits, so that no drag waits for them.
_LATER = (Preview, Measure)


class Mailbox:
    """Requests in order; a newer one of the kinds in _NEWEST pushes the waiting ones out."""

    def __init__(self) -> None:
        self._queue: deque[m.Request] = deque()
        self._ready = threading.Condition()
        self._cancelled: set[int] = set()
        self._stopped = False
        self._last = 0.0

    def put(self, message: m.Request | m.Cancel | m.Stop) -> list[m.Request]:
        """Take a message in; returns the requests that it made pointless."""
        self._last = time.monotonic()
        with self._ready:
            stale: list[m.Request] = []
            if isinstance(message, m.Stop):
                self._stopped = True
            elif isinstance(message, m.Cancel):
                self._cancelled.add(message.id)
            else:
                if isinstance(message, _NEWEST):
                    kind = type(message)
                    stale = [r for r in self._queue if isinstance(r, kind)]
                    self._queue = deque(r for r in self._queue if not isinstance(r, kind))
                self._queue.append(message)
            self._ready.notify()
            return stale

    def get(self) -> m.Request | None:
        """The next request; waits for it. None: the engine shall end."""
        with self._ready:
            self._ready.wait_for(lambda: self._stopped or self._queue)
            if self._stopped:
                return None
            urgent = (i for i, r in enumerate(self._queue) if not isinstance(r, _LATER))
            first = next(urgent, 0)
            chosen = self._queue[first]
            del self._queue[first]
            return chosen

    def poll(self, without: type[m.Request]) -> m.Request | None:
        """The next request of another kind, if one waits."""
        with self._ready:
            found = next((r for r in self._queue if not isinstance(r, without)), None)
            if found is None or self._stopped:
                return None
            self._queue.remove(found)
            return found

    def cancelled(self, request: int) -> bool:
        """Whether the request was given up."""
        return request in self._cancelled

    def rest(self) -> None:
        """Wait until the hand has rested for a while, so that no drag suffers from what follows."""
        while (left := self._last + REST_SECONDS - time.monotonic()) > 0:
            time.sleep(left)


def run(connection: Connection, make_backend: Callable[[], Backend] = PhotoBackend) -> None:
    """The process's main function; it ends the process when the window says Stop or goes away."""
    log.start("engine")
    limit_memory(load().memory_limit)
    # A drag shall not wait long for threads that load or search.
    sys.setswitchinterval(SWITCH_SECONDS)
    # Ctrl+C in the terminal is the window's affair.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    mailbox = Mailbox()
    sending = threading.Lock()

    def send(message: object) -> None:
        with sending, contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.send(message)

    def read() -> None:
        try:
            while True:
                message = connection.recv()
                for stale in mailbox.put(message):
                    send(m.Cancelled(stale.id))
                if isinstance(message, m.Cancel):
                    worker.cancel(message.id)
        except (EOFError, OSError):
            # The window is gone: whatever is under way has no reader.
            os._exit(0)

    def beat() -> None:
        pause = threading.Event()
        while not pause.wait(HEARTBEAT_SECONDS):
            send(m.Heartbeat())

    def meanwhile() -> None:
        while (request := mailbox.poll(m.Animate)) is not None:
            worker.handle(request)

    backend = make_backend()
    worker = Worker(backend, send, mailbox.cancelled, meanwhile)
    threading.Thread(target=read, name="engine-reader", daemon=True).start()
    threading.Thread(target=beat, name="engine-heartbeat", daemon=True).start()
    try:
        _prepare(backend, send)
        threading.Thread(
            target=_warm_up, args=(backend, send, mailbox.rest), name="engine-warm-up", daemon=True
        ).start()
        while (request := mailbox.get()) is not None:
            worker.handle(request)
    finally:
        worker.close()
    # Threads that are still inside PyTorch would abort if Python took itself apart around them.
    os._exit(0)


def limit_memory(gigabytes: int) -> None:
    """Let the process take no more than that, where the system can hold it to it; 0: no limit.

    What goes beyond becomes a MemoryError, which has answers of its own.
    """
    if gigabytes and resource is not None:
        most = resource.getrlimit(resource.RLIMIT_DATA)[1]
        wanted = gigabytes << 30
        if most != resource.RLIM_INFINITY:
            wanted = min(wanted, most)
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, most))


def _prepare(backend: Backend, send: Callable[[object], None]) -> None:
    """A missing file must be told, not end the engine again and again."""
    try:
        backend.prepare()
    except MienError as error:
        send(m.Failed(m.NO_REQUEST, str(error), traceback.format_exc()))
    except Exception as error:  # noqa: BLE001 - whatever it is, the person shall read it
        LOG.exception("The engine could not start:")
        text = f"The engine could not start: {type(error).__name__}: {error}."
        send(m.Failed(m.NO_REQUEST, text, traceback.format_exc()))
    else:
        send(m.Ready(backend.device(), backend.versions()))


def _warm_up(backend: Backend, send: Callable[[object], None], rest: Callable[[], None]) -> None:
    """The generator first, whose pictures a new window shows; then what photos need."""
    try:
        if early := backend.portrait.early():
            send(early)
            rest()
        send(backend.portrait.load())
    except Exception as error:  # noqa: BLE001 - the window goes on without a generator
        LOG.exception("The generator could not be loaded:")
        text = f"The generator could not be loaded: {type(error).__name__}: {error}."
        send(m.GeneratorState(reason=text))
    # Failures are told by the request that needs the part, not here.
    rest()
    with contextlib.suppress(Exception):
        backend.warm_up()
    gc.freeze()
    gc.enable()
