"""Kills writers at random moments and looks at what they left.

    python -m tests.core.document.killing saves|journal FOLDER TIMES SEED

The children are forks of a process that has no threads; they share a page with their parent, in
which they note what they have finished. Prints how many were killed, and how many had written.
"""

from __future__ import annotations

import mmap
import os
import random
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.document.journal import Journal, read_journal
from core.files import write_file
from tests.conftest import ROOT

LONGEST_WAIT_S = 0.05
_SIZES = (1, 500, 20_000)


def _content(number: int) -> bytes:
    """The number-th file: it says so from end to end."""
    return struct.pack("<q", number) * _SIZES[number % len(_SIZES)]


def _save(path: Path, note: Callable[[int], None]) -> None:
    number = struct.unpack("<q", path.read_bytes()[:8])[0] if path.exists() else 0
    while True:
        number += 1
        write_file(path, _content(number), overwrite=True)
        note(number)


def _check_save(path: Path, noted: int) -> None:
    data = path.read_bytes() if path.exists() else _content(0)
    number = struct.unpack("<q", data[:8])[0]
    assert data == _content(number), f"{len(data)} bytes of file {number} are mixed"
    assert number in (noted, noted + 1), f"file {number}, though {noted} was finished"


def _record(path: Path, note: Callable[[int], None]) -> None:
    number = int(read_journal(path).get("number", 0))
    journal = Journal(path)
    while True:
        number += 1
        journal.write({"number": number, "text": "x" * (number * 97 % 5000), str(number): number})
        note(number)


def _check_record(path: Path, noted: int) -> None:
    values = read_journal(path)
    number = values.get("number", 0)
    assert number in (noted, noted + 1), f"record {number}, though {noted} was finished"
    if number:
        wanted = {"number": number, "text": "x" * (number * 97 % 5000), str(number): number}
        assert values == wanted, "a record is mixed with another"


def kill(what: str, folder: Path, times: int, seed: int) -> tuple[int, int]:
    """Numbers of children killed, and of writes that they finished."""
    write, check = {"saves": (_save, _check_save), "journal": (_record, _check_record)}[what]
    path, page, chance = folder / what, mmap.mmap(-1, 8), random.Random(seed)

    def note(number: int) -> None:
        page[:8] = struct.pack("<q", number)

    for _ in range(times):
        child = os.fork()
        if child == 0:
            write(path, note)
        time.sleep(chance.uniform(0, LONGEST_WAIT_S))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        noted = struct.unpack("<q", page[:8])[0]
        check(path, noted)
        # What was finished but not noted counts from now on.
        found = read_journal(path).get("number", 0) if what == "journal" else None
        if found is None:
            found = struct.unpack("<q", path.read_bytes()[:8])[0] if path.exists() else 0
        note(int(found))
    return times, struct.unpack("<q", page[:8])[0]


def kill_in_a_child(what: str, folder: Path, times: int, seed: int = 1) -> tuple[int, int]:
    """The same in a process that has no threads."""
    if not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")
    done = subprocess.run(
        [sys.executable, "-m", __name__, what, str(folder), str(times), str(seed)],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    killed, written = map(int, done.stdout.split())
    return killed, written


if __name__ == "__main__":
    print(*kill(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
