"""The diary of a run: JSON lines that are only ever appended; the last word on an item counts.

The first line says what is being made; every other one is an item, written when all its files
are. So a run killed at any moment goes on where it was.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from io import FileIO
from pathlib import Path
from typing import Any

from core.errors import JobError, OutputError, unwritable

NAME = "manifest.jsonl"


class Manifest:
    """The manifest of an output folder, held open and locked against a second run.

    done, failed: the items' numbers. Raises JobError when the folder cannot be used this way.
    """

    def __init__(self, path: Path, file: FileIO) -> None:
        self.path = path
        self.header: dict[str, Any] = {}
        self.done: set[int] = set()
        self.failed: set[int] = set()
        self._file = file
        self._places: dict[int, tuple[int, int]] = {}
        self._end = 0

    @classmethod
    def begin(cls, folder: Path, header: Mapping[str, Any]) -> Manifest:
        """A new manifest. Raises JobError when there is one, OutputError when it cannot be made."""
        path = folder / NAME
        try:
            manifest = cls(path, open(path, "x+b", buffering=0))  # noqa: SIM115
        except FileExistsError as error:
            raise JobError(
                f"{folder} holds a batch already; resume it, or choose another folder."
            ) from error
        except OSError as error:
            raise OutputError(unwritable(path, error)) from error
        manifest._lock()
        manifest.header = dict(header)
        manifest._append(header)
        return manifest

    @classmethod
    def resume(cls, folder: Path) -> Manifest:
        """The manifest in a folder; a line cut off by a crash is dropped."""
        path = folder / NAME
        try:
            manifest = cls(path, open(path, "r+b", buffering=0))  # noqa: SIM115
        except OSError as error:
            raise JobError(f"{folder} holds no batch to resume; start it anew.") from error
        manifest._lock()
        try:
            manifest._read()
        except (ValueError, KeyError, TypeError) as error:
            manifest.close()
            raise JobError(f"{path} is damaged; start the batch anew in another folder.") from error
        return manifest

    def add(self, record: Mapping[str, Any]) -> None:
        """Append an item's record and bring it to the disk. Raises OutputError."""
        place = self._end
        self._append(record)
        self._note(record, place, self._end - place)

    def record(self, index: int) -> dict[str, Any]:
        """The last record of an item. Raises KeyError."""
        place, length = self._places[index]
        self._file.seek(place)
        return json.loads(self._file.read(length))

    def records(self) -> Iterator[dict[str, Any]]:
        """The last record of each done item, by number."""
        return (self.record(index) for index in sorted(self.done))

    def close(self) -> None:
        """Let go of the file and its lock."""
        self._file.close()

    def _lock(self) -> None:
        try:
            _lock(self._file)
        except OSError as error:
            self.close()
            raise JobError(
                f"Another run works in {self.path.parent}; wait for it, or stop it first."
            ) from error

    def _read(self) -> None:
        with open(self.path, "rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                content = json.loads(line)
                if self._end:
                    self._note(content, self._end, len(line))
                else:
                    self.header = dict(content)
                self._end += len(line)
        self._file.truncate(self._end)

    def _note(self, record: Mapping[str, Any], place: int, length: int) -> None:
        index, done = int(record["index"]), record["status"] == "done"
        (self.done if done else self.failed).add(index)
        (self.failed if done else self.done).discard(index)
        self._places[index] = place, length

    def _append(self, content: Mapping[str, Any]) -> None:
        line = json.dumps(content, ensure_ascii=False).encode() + b"\n"
        try:
            self._file.seek(self._end)
            rest = memoryview(line)
            while rest:
                rest = rest[self._file.write(rest) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            with contextlib.suppress(OSError):
                self._file.truncate(self._end)
            raise OutputError(unwritable(self.path, error)) from error
        self._end += len(line)


def _locker() -> Callable[[FileIO], None]:
    if sys.platform == "win32":
        import msvcrt

        # Locks bytes far behind the end, for locked ones cannot be read.
        def lock(file: FileIO) -> None:
            file.seek(1 << 40)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        def lock(file: FileIO) -> None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    return lock


_lock = _locker()
