"""A journal of named JSON values: what was written last survives any crash of the process.

The file begins with a snapshot, written in one step, and grows by records of what changed. A
record is a line: the CRC-32 of its text (eight hexadecimal digits), a space, and a JSON object
of the values by name, null for those that are gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.document.encoding import from_text, to_text
from core.errors import OutputError, unwritable
from core.files import write_all, write_file

# A journal this long is begun anew with a snapshot.
_LONGEST = 4 << 20


class Journal:
    """Writes one journal. It is for one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None
        self._size = 0
        self._values: dict[str, Any] = {}
        self._texts: dict[str, str] = {}

    def write(self, values: Mapping[str, Any]) -> None:
        """Bring the file to these values; on return they are on the disk. Raises OutputError.

        A value that is the same object as at the last call is taken to be unchanged.
        """
        texts = {name: self._text(name, value) for name, value in values.items()}
        if self._handle is None or self._size > _LONGEST:
            self._begin(texts)
        else:
            self._append(texts)
        self._values, self._texts = dict(values), texts

    def close(self) -> None:
        """Let the file be."""
        handle, self._handle = self._handle, None
        if handle is not None:
            with contextlib.suppress(OSError):
                os.close(handle)

    def _text(self, name: str, value: Any) -> str:
        if name in self._values and self._values[name] is value:
            return self._texts[name]
        return to_text(value)

    def _begin(self, texts: Mapping[str, str]) -> None:
        self.close()
        snapshot = _record(texts)
        write_file(self._path, snapshot, overwrite=True)
        try:
            flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)
            self._handle = os.open(self._path, flags)
        except OSError as error:
            raise OutputError(unwritable(self._path, error)) from error
        self._size = len(snapshot)

    def _append(self, texts: Mapping[str, str]) -> None:
        changed = {name: t for name, t in texts.items() if self._texts.get(name) != t}
        changed.update({name: "null" for name in self._texts if name not in texts})
        if not changed:
            return
        record = _record(changed)
        try:
            assert self._handle is not None
            write_all(self._handle, record)
        except OSError as error:
            # Nothing can follow half a record: the next call begins anew.
            self.close()
            raise OutputError(unwritable(self._path, error)) from error
        self._size += len(record)


def read_journal(path: Path) -> dict[str, Any]:
    """The last values of a journal; a record that is torn or damaged ends the reading.

    Never raises: what cannot be read at all is empty.
    """
    values: dict[str, Any] = {}
    with contextlib.suppress(OSError):
        for line in path.read_bytes().splitlines():
            changed = _changes(line)
            if changed is None:
                break
            values.update(changed)
    return {name: value for name, value in values.items() if value is not None}


def _record(texts: Mapping[str, str]) -> bytes:
    text = ",".join(f"{json.dumps(name)}:{text}" for name, text in texts.items())
    data = f"{{{text}}}".encode()
    return b"%08x %s\n" % (zlib.crc32(data), data)


def _changes(line: bytes) -> dict[str, Any] | None:
    checksum, _, data = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(data):
        return None
    try:
        values = from_text(data)
    except ValueError:
        return None
    return values if isinstance(values, dict) else None
