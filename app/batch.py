"""A batch beside the window: its run on a thread, its items in processes of their own."""

from __future__ import annotations

import json
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from core.document.project import Project, write_project
from core.errors import MienError
from core.export.executors import Executor, ProcessExecutor
from core.export.job import Job, SavedProject, job_to_json
from core.export.manifest import NAME as MANIFEST
from core.export.plan import Plan
from core.export.run import BatchRun
from core.files import make_folder, write_file

# Beside the results: the job, so that a batch can be gone on with by opening its folder.
JOB_NAME = "batch.json"
SHOWN_NAMES = 3


@dataclass(frozen=True)
class Outlook:
    """What a job would make, or why it cannot: count of items, first names, a sentence.

    done: items of a batch that the folder holds already, None without one; failed: those that
    were left out, each with the name of its input and the reason.
    """

    count: int = 0
    names: tuple[str, ...] = ()
    fault: str = ""
    done: int | None = None
    failed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Order:
    """What to run. document: the window's, to be written to the job's project first.

    photo: its path or the bytes of its file.
    """

    job: Job
    workers: int
    resume: bool = False
    retry: bool = False
    document: Project | None = None
    photo: str | bytes | None = None


class BatchWork(QObject):
    """told: an Event of core.export.records. ended: one sentence when it failed, and details.

    looked: an Outlook; only the newest asked for is told. running: a batch is under way.
    """

    told = Signal(object)
    ended = Signal(str, str)
    looked = Signal(object)

    def __init__(
        self,
        parent: QObject | None = None,
        make_executor: Callable[[int], Executor] = ProcessExecutor,
    ) -> None:
        super().__init__(parent)
        self._make_executor = make_executor
        self._run: BatchRun | None = None
        self._thread: threading.Thread | None = None
        self._looking: list[threading.Thread] = []
        self._numbers = count(1)
        self._newest = 0
        self._cancelled = False
        self.running = False

    def start(self, order: Order) -> None:
        """Run a batch; one at a time."""
        assert not self.running
        self.running, self._cancelled = True, False
        self._thread = threading.Thread(target=self._work, args=(order,), name="batch")
        self._thread.start()

    def cancel(self) -> None:
        """End it; whole files are left."""
        self._cancelled = True
        if self._run:
            self._run.cancel()

    def look(self, job: Job | None, folder: Path | None, fault: str = "") -> None:
        """Ask what a job would make and its folder holds; fault: why there is no job."""
        self._newest = next(self._numbers)
        asked = (self._newest, job, folder, fault)
        thread = threading.Thread(target=self._look, args=asked, name="batch-look")
        self._looking = [t for t in self._looking if t.is_alive()] + [thread]
        thread.start()

    def close(self) -> None:
        """Cancel, and wait for the threads."""
        self.cancel()
        for thread in (*self._looking, *([self._thread] if self._thread else [])):
            thread.join()

    # On threads.

    def _work(self, order: Order) -> None:
        fault = details = ""
        try:
            _prepare(order)
            executor = self._make_executor(order.workers)
            self._run = BatchRun(Plan(order.job), executor, order.resume, order.retry)
            if self._cancelled:
                self._run.cancel()
            for event in self._run.events():
                self.told.emit(event)
        except MienError as error:
            fault = str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the window goes on
            fault = f"The batch failed ({type(error).__name__}); what was made is kept."
            details = traceback.format_exc()
        finally:
            self._run = None
        self.running = False
        self.ended.emit(fault, details)

    def _look(self, number: int, job: Job | None, folder: Path | None, fault: str) -> None:
        outlook = _outlook(job, folder, fault)
        if number == self._newest:
            self.looked.emit(outlook)


def _prepare(order: Order) -> None:
    """The folder with the job, and the window's document where the job expects it."""
    job = order.job
    folder = make_folder(job.out)
    if order.document and isinstance(job.input, SavedProject) and not order.resume:
        photo = order.photo
        content = Path(photo).read_bytes() if isinstance(photo, str) else photo
        write_project(job.input.path, replace(order.document, photo=content))
    if not order.resume and not (folder / MANIFEST).exists():
        text = json.dumps(job_to_json(job), indent=1)
        write_file(folder / JOB_NAME, text.encode(), overwrite=True)


def _outlook(job: Job | None, folder: Path | None, fault: str) -> Outlook:
    found = _found(folder) if folder else Outlook()
    if job is None:
        return replace(found, fault=fault)
    try:
        plan = Plan(job)
        names = tuple(f"{name}.{job.outputs.image}" for name in plan.preview(SHOWN_NAMES))
    except MienError as error:
        return replace(found, fault=str(error))
    return replace(found, count=len(plan), names=names)


def _found(folder: Path) -> Outlook:
    """What a batch in a folder has done."""
    done: set[int] = set()
    failed: dict[int, tuple[str, str]] = {}
    try:
        for record in _records(folder / MANIFEST):
            index = int(record["index"])
            if record["status"] == "done":
                done.add(index)
                failed.pop(index, None)
            else:
                failed[index] = str(record["input"]["name"]), str(record["reason"])
    except (OSError, ValueError, KeyError, TypeError):
        return Outlook()
    return Outlook(done=len(done), failed=tuple(failed[i] for i in sorted(failed)))


def _records(path: Path) -> Iterator[dict[str, Any]]:
    """The items' lines; the last one may be cut off."""
    with open(path, "rb") as lines:
        next(lines, None)
        for line in lines:
            if line.endswith(b"\n"):
                yield json.loads(line)
