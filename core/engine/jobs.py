"""Work that may fail: on the worker's thread, or on one of its own while pictures go on."""

from __future__ import annotations

import re
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.engine import messages as m
from core.errors import CancelledError, MienError
from core.log import LOG

Send = Callable[[m.Reply], None]
AHEAD_SECONDS = 0.3
# PyTorch's, OpenCV's and C++'s words for it.
_SHORT = re.compile(r"can't allocate memory|Insufficient memory|bad_alloc|Failed to allocate")


def run_job(request: int, send: Send, work: Callable[[], None]) -> None:
    """Do it; whatever goes wrong becomes a Failed or Cancelled reply to the request."""
    try:
        with memory_errors():
            work()
    except CancelledError:
        send(m.Cancelled(request))
    except MienError as error:
        send(m.Failed(request, str(error), traceback.format_exc()))
    except MemoryError:
        LOG.exception("Memory was short:")
        text = "There is not enough memory for this; close other programs or use a smaller photo."
        send(m.Failed(request, text, traceback.format_exc()))
    except Exception as error:  # noqa: BLE001 - the engine must outlive any one request
        LOG.exception("An unexpected error stopped the work:")
        text = f"An unexpected error stopped the work: {type(error).__name__}: {error}."
        send(m.Failed(request, text, traceback.format_exc()))


@contextmanager
def memory_errors() -> Iterator[None]:
    """Raises MemoryError for what libraries raise of their own when memory is short."""
    try:
        yield
    except Exception as error:
        if _SHORT.search(str(error)):
            raise MemoryError(str(error)) from error
        raise


@dataclass
class _Job:
    """One job under way. quiet: it was given up, and nobody waits for its replies."""

    request: int
    quiet: bool = False


class BackgroundJob:
    """At most one job on a thread of its own; a newer one takes the older's place."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._lock = threading.Lock()
        self._job: _Job | None = None
        self._thread: threading.Thread | None = None

    def start(self, request: int, work: Callable[[Send], None]) -> None:
        """Run work(send); its `send` raises CancelledError once the job was given up."""
        self.cancel()
        before, job = self._thread, _Job(request)

        def send(reply: m.Reply) -> None:
            with self._lock:
                if job.quiet:
                    raise CancelledError("The work was cancelled.")
                self._send(reply)

        def tell(reply: m.Reply) -> None:
            """The last word, unless it was said already."""
            with self._lock:
                if not job.quiet:
                    job.quiet = True
                    self._send(reply)

        def run() -> None:
            if before:
                before.join()
            run_job(request, tell, lambda: work(send))
            tell(m.Done(request))

        self._job = job
        self._thread = threading.Thread(target=run, name="engine-job", daemon=True)
        self._thread.start()

    def cancel(self, request: int | None = None) -> None:
        """Give the job up, if it is that request's; it is told at once, and ends soon after."""
        with self._lock:
            job = self._job
            if job and not job.quiet and request in (None, job.request):
                job.quiet = True
                self._send(m.Cancelled(job.request))


class Ahead:
    """What the next picture may need, made on a thread of its own once the hand rests."""

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None
        self._work: Callable[[], None] | None = None

    def soon(self, work: Callable[[], None]) -> None:
        """Do work, in place of what waits, once nothing was put off for AHEAD_SECONDS."""
        self._work = work
        self.put_off()

    def put_off(self) -> None:
        """What waits goes on waiting."""
        if self._timer:
            self._timer.cancel()
        if self._work:
            self._timer = threading.Timer(AHEAD_SECONDS, self._begin)
            self._timer.daemon = True
            self._timer.start()

    def cancel(self) -> None:
        """Forget what has not begun."""
        self._work = None
        self.put_off()

    def _begin(self) -> None:
        work, self._work = self._work, None
        if work:
            work()
