"""Where a run's items are made: processes on this machine; `cluster` has machines elsewhere."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Protocol

from core.export.job import Job
from core.export.records import Result, Task

_CLOSE_SECONDS = 1.0
_WORKERS_PER_CORE = 4


class Executor(Protocol):
    """Workers that make one item at a time each. Only one thread talks to them."""

    def start(self, job: Job, most: int) -> int:
        """Start the workers of a job, no more than `most`; returns how many. Raises MienError."""

    def submit(self, worker: int, task: Task) -> None:
        """Give an idle worker, counted from 0, a task."""

    def wait(self, seconds: float) -> list[tuple[int, Result | None]]:
        """The workers that are through, waiting for the first one so long at most.

        None: the worker died over its task; another has taken its place.
        """

    def close(self) -> None:
        """End all workers at once, whatever they do."""


def core_count() -> int:
    """The cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def most_workers() -> int:
    """How many processes may share this machine: each takes some 300 MB."""
    return _WORKERS_PER_CORE * core_count()


class ProcessExecutor:
    """Processes started afresh (spawn), each ended when this process dies."""

    def __init__(self, workers: int | None = None) -> None:
        self._count = workers or core_count()
        self._context = multiprocessing.get_context("spawn")
        self._job: Job | None = None
        self._workers: list[tuple[BaseProcess, Connection]] = []
        self._busy: set[int] = set()

    def start(self, job: Job, most: int) -> int:
        """Start the processes."""
        self._job = job
        self._workers = [self._spawn() for _ in range(min(self._count, most))]
        return len(self._workers)

    def submit(self, worker: int, task: Task) -> None:
        """Send the task."""
        self._busy.add(worker)
        try:
            self._workers[worker][1].send(task)
        except OSError:
            return  # it died while idle; `wait` finds the closed pipe

    def wait(self, seconds: float) -> list[tuple[int, Result | None]]:
        """Read what has arrived."""
        pipes = {self._workers[worker][1]: worker for worker in self._busy}
        found: list[tuple[int, Result | None]] = []
        for pipe in wait(list(pipes), seconds):
            assert isinstance(pipe, Connection)
            worker = pipes[pipe]
            self._busy.discard(worker)
            try:
                found.append((worker, pipe.recv()))
            except (EOFError, OSError):
                self._replace(worker)
                found.append((worker, None))
        return found

    def close(self) -> None:
        """Kill the processes."""
        for process, _ in self._workers:
            process.kill()
        for process, pipe in self._workers:
            process.join(_CLOSE_SECONDS)
            pipe.close()
        self._workers, self._busy = [], set()

    def _spawn(self) -> tuple[BaseProcess, Connection]:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_work, args=(theirs, self._job, max(1, core_count() // self._count)),
            name="batch-worker", daemon=True,
        )  # fmt: skip
        process.start()
        theirs.close()
        return process, ours

    def _replace(self, worker: int) -> None:
        process, pipe = self._workers[worker]
        process.kill()
        process.join(_CLOSE_SECONDS)
        pipe.close()
        self._workers[worker] = self._spawn()


def _work(pipe: Connection, job: Job, threads: int) -> None:
    """A worker's life: tasks in, results out, until the other side closes."""
    # Ctrl+C reaches the whole group; the parent decides what becomes of us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Several workers must not fight for the cores.
    os.environ.setdefault("MIEN_RENDER_THREADS", str(threads))
    threading.Thread(target=_die_with_parent, name="parent-watch", daemon=True).start()
    from core.export.workshop import Workshop

    workshop = Workshop(job)
    while True:
        try:
            task = pipe.recv()
            pipe.send(workshop.make(task))
        except (EOFError, OSError):
            return


def _die_with_parent() -> None:
    """End the process when its parent does, even amid an item: a resumed run will make it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
