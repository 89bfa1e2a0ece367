"""A run of a batch: hands out items, records what is made, goes on after a break.

Files are written first and recorded then, so a run killed at any moment makes at most one item
for each worker again, byte by byte the same. Nothing here imports the models.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from core.errors import CancelledError, MienError, OutputError
from core.export import datasets
from core.export.executors import Executor, ProcessExecutor
from core.export.manifest import NAME, Manifest
from core.export.plan import Plan
from core.export.queueing import Queue
from core.export.readiness import check_ready
from core.export.records import (
    Event,
    Finished,
    ItemDone,
    ItemFailed,
    Progress,
    Result,
    Started,
    Stopped,
    Task,
    WritingData,
)
from core.export.sameness import check_same, header_of, model_key
from core.files import make_folder

# How long a run may be deaf to `cancel`.
_TICK_SECONDS = 0.05
# The rate is that of the last so many items.
_RATE_ITEMS = 64
_DIED = "The process that worked on it died twice, as it does without memory; use a smaller photo."


class BatchRun:
    """One run of a plan; `events` does the work, `cancel` may be called on any thread.

    resume: go on with what the output folder holds. retry_failed: when resuming, try the items
    again that failed. executor: processes on this machine when None.
    """

    def __init__(
        self,
        plan: Plan,
        executor: Executor | None = None,
        resume: bool = False,
        retry_failed: bool = False,
    ) -> None:
        self.plan = plan
        self._executor = executor or ProcessExecutor()
        self._resume, self._retry = resume, retry_failed
        self._cancelled = threading.Event()
        self._deaths: set[int] = set()
        self._times: deque[float] = deque(maxlen=_RATE_ITEMS)

    def cancel(self) -> None:
        """End the run within a quarter of a second; whole files are left, and `resume` goes on."""
        self._cancelled.set()

    def events(self) -> Iterator[Event]:
        """Do the work, telling what happens; the last event is Finished or Stopped.

        Raises MienError when the run cannot begin. Closing the iterator ends the run too.
        """
        check_ready(self.plan.job)
        folder = make_folder(self.plan.job.out)
        manifest = self._opened(folder)
        begun = self._resume
        try:
            for event in self._run(manifest):
                begun = True
                yield event
        finally:
            self._executor.close()
            manifest.close()
            _sweep(folder)
            if not begun:  # without workers there is nothing to resume
                manifest.path.unlink(missing_ok=True)

    def _opened(self, folder: Path) -> Manifest:
        header = header_of(self.plan)
        if not self._resume:
            found = None if (folder / NAME).exists() else self.plan.existing()
            if found is not None:
                raise OutputError(f"{found} exists already; choose another folder.")
            return Manifest.begin(folder, header)
        manifest = Manifest.resume(folder)
        try:
            check_same(manifest, header, self.plan)
        except MienError:
            manifest.close()
            raise
        _sweep(folder)
        if self._retry:
            manifest.failed.clear()
        return manifest

    def _run(self, manifest: Manifest) -> Iterator[Event]:
        waiting = Queue(self.plan, manifest.done | manifest.failed)
        workers = self._executor.start(self.plan.job, len(waiting)) if waiting else 0
        yield Started(self._progress(manifest), workers)
        try:
            yield from self._make(manifest, waiting, workers)
            for name in datasets.write(self.plan, manifest, self._check):
                yield WritingData(self._progress(manifest), name)
        except CancelledError:
            yield Stopped(self._progress(manifest), "")
        except OutputError as error:
            yield Stopped(self._progress(manifest), str(error))
        else:
            yield Finished(self._progress(manifest))

    def _make(self, manifest: Manifest, waiting: Queue, workers: int) -> Iterator[Event]:
        """Keep the workers busy until nothing is left. Raises CancelledError, OutputError."""
        model = model_key(manifest.header["weights"])
        active: dict[int, Task] = {}
        idle = list(range(workers))
        told: list[Event] = []
        while active or waiting:
            while idle and (index := waiting.take(idle[-1])) is not None:
                item = self.plan.item(index)
                active[idle[-1]] = Task(item, self.plan.sources[item.source])
                self._executor.submit(idle[-1], active[idle.pop()])
            # Told only when the workers are at work again: whoever listens may be slow.
            yield from told
            self._check()
            told = []
            for worker, result in self._executor.wait(_TICK_SECONDS):
                task = active.pop(worker)
                idle.append(worker)
                settled = self._settled(task, result)
                if settled is None:
                    waiting.put_back(task.item.index)
                    continue
                manifest.add(settled.record(task, model))
                self._times.append(time.monotonic())
                told.append(self._told(task, settled, manifest))
        yield from told

    def _settled(self, task: Task, result: Result | None) -> Result | None:
        """What is to be recorded; None: try once more. Raises OutputError for a full disk."""
        index = task.item.index
        if result is None and index not in self._deaths:
            self._deaths.add(index)
            return None
        if result is None:
            return Result(index, reason=f"{task.source.name}: {_DIED}")
        if result.stop:
            raise OutputError(result.stop)
        return result

    def _told(self, task: Task, result: Result, manifest: Manifest) -> Event:
        progress = self._progress(manifest)
        if result.reason:
            return ItemFailed(progress, result.index, task.source.name, result.reason)
        return ItemDone(progress, result.index, f"{task.item.name}.{self.plan.job.outputs.image}")

    def _check(self) -> None:
        if self._cancelled.is_set():
            raise CancelledError("The batch was cancelled.")

    def _progress(self, manifest: Manifest) -> Progress:
        total, done, failed = len(self.plan), len(manifest.done), len(manifest.failed)
        if len(self._times) < 2:
            return Progress(total, done, failed)
        rate = (len(self._times) - 1) / max(time.monotonic() - self._times[0], 1e-6)
        return Progress(total, done, failed, rate, (total - done - failed) / rate)


def _sweep(folder: Path) -> None:
    """Remove what processes left unfinished when they were killed."""
    for part in folder.rglob(".mien-*.part"):
        with contextlib.suppress(OSError):
            part.unlink()
