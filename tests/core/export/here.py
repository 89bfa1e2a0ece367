"""Batches without processes, for what `monkeypatch` has changed."""

from __future__ import annotations

from core.export.job import Job
from core.export.records import Result, Task
from core.export.workshop import Workshop


class Here:
    """A batch's worker in this process."""

    def __init__(self, _: int | None) -> None:
        self._workshop: Workshop | None = None
        self._made: list[tuple[int, Result | None]] = []

    def start(self, job: Job, most: int) -> int:
        self._workshop = Workshop(job)
        return 1

    def submit(self, worker: int, task: Task) -> None:
        assert self._workshop is not None
        self._made.append((worker, self._workshop.make(task)))

    def wait(self, seconds: float) -> list[tuple[int, Result | None]]:
        return [self._made.pop()]

    def close(self) -> None:
        """There is nothing to end."""
