"""What batch workers are told and what they answer; what a run tells whoever watches it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.export.plan import Item, Source


@dataclass(frozen=True)
class Task:
    """One item to make."""

    item: Item
    source: Source


@dataclass(frozen=True)
class Result:
    """How a task ended.

    files: SHA-256 of each file written, by name. reason: why the item failed, "" when it is
    done. input: SHA-256 of the photo or project, "" for people and what cannot be read. stop:
    why no other item can be written either (a full disk), "" otherwise.
    """

    index: int
    files: Mapping[str, str] = field(default_factory=dict)
    input: str = ""
    reason: str = ""
    stop: str = ""

    def record(self, task: Task, model: str) -> dict[str, Any]:
        """The line of the manifest. model: names the weights."""
        record: dict[str, Any] = {
            "index": self.index,
            "name": task.item.name,
            "status": "failed" if self.reason else "done",
            "input": {"name": task.source.name, "sha256": self.input},
            "seed": task.item.seed,
            "parameters": dict(task.item.controls),
            "model": model,
        }
        return record | ({"reason": self.reason} if self.reason else {"outputs": dict(self.files)})


@dataclass(frozen=True)
class Progress:
    """How far a run is. done and failed count earlier runs too; rate: items a second in this run.

    seconds_left: None before anybody can tell.
    """

    total: int
    done: int = 0
    failed: int = 0
    rate: float = 0.0
    seconds_left: float | None = None

    @property
    def fraction(self) -> float:
        """0 to 1."""
        return (self.done + self.failed) / self.total if self.total else 1.0


@dataclass(frozen=True)
class Event:
    """Base of what a run tells."""

    progress: Progress


@dataclass(frozen=True)
class Started(Event):
    """The run begins or goes on. workers: processes that make items."""

    workers: int


@dataclass(frozen=True)
class ItemDone(Event):
    """An item's files are written and recorded. image: the picture's file name."""

    index: int
    image: str


@dataclass(frozen=True)
class ItemFailed(Event):
    """An item was left out; reason is one sentence. source: the name of its input."""

    index: int
    source: str
    reason: str


@dataclass(frozen=True)
class WritingData(Event):
    """The items are through; a data-set file is being written. name: the file's."""

    name: str


@dataclass(frozen=True)
class Finished(Event):
    """All items are done or failed, the data sets are written."""


@dataclass(frozen=True)
class Stopped(Event):
    """The run ended early and can be resumed. reason: one sentence; "" when it was cancelled."""

    reason: str
