"""The journal gives back what was written last, whatever happened to the writer or the file."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import pytest

from core.document import journal as module
from core.document.journal import Journal, read_journal
from core.errors import OutputError
from tests.core.document.killing import kill_in_a_child
from tests.faults import ERRORS, faults


def test_what_changed_is_appended(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    big = {"numbers": list(range(10_000))}
    journal.write({"a": 1, "big": big, "text": "Zoë\n\r\u2028"})
    size = path.stat().st_size
    journal.write({"a": 2, "big": big})
    journal.write({"a": 2, "big": big})
    assert path.stat().st_size < size + 60
    assert read_journal(path) == {"a": 2, "big": big}
    line = path.read_bytes().splitlines()[-1]
    assert line[9:] == b'{"a":2,"text":null}' and int(line[:8], 16) == zlib.crc32(line[9:])
    # Another process goes on with a snapshot of its own.
    journal.close()
    Journal(path).write({"b": [None, True]})
    assert read_journal(path) == {"b": [None, True]}


def test_a_long_journal_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LONGEST", 1000)
    path = tmp_path / "journal"
    journal = Journal(path)
    for number in range(500):
        journal.write({"number": number, "same": "x" * 100})
        assert path.stat().st_size < 1200
    assert read_journal(path) == {"number": 499, "same": "x" * 100}
    assert os.listdir(tmp_path) == ["journal"]


def test_torn_and_damaged_records_are_ignored(tmp_path: Path) -> None:
    path, torn = tmp_path / "journal", tmp_path / "torn"
    journal = Journal(path)
    for number in range(1, 6):
        journal.write({"number": number, "word": "abc"[number % 3] * number})
    data = path.read_bytes()
    ends = [i + 1 for i, byte in enumerate(data) if byte == ord("\n")]
    for length in range(len(data)):
        torn.write_bytes(data[:length])
        # A record is whole without the end of its line.
        whole = sum(end - 1 <= length for end in ends)
        assert read_journal(torn).get("number", 0) == whole
        torn.write_bytes(data[:length] + bytes([data[length] ^ 0x10]) + data[length + 1 :])
        assert read_journal(torn).get("number", 0) <= 5
    for odd in (b"", b"\0" * 4096, os.urandom(4096), b"00000000 \n"):
        torn.write_bytes(odd)
        assert read_journal(torn) == {}
    assert read_journal(tmp_path / "missing") == {} == read_journal(tmp_path)


@pytest.mark.parametrize("number", ERRORS)
def test_a_disk_that_fails_at_any_call(tmp_path: Path, number: int) -> None:
    path = tmp_path / "journal"
    journal, step = Journal(path), 0
    said: list[str] = []

    def write() -> None:
        nonlocal step
        said.clear()
        step += 1
        try:
            journal.write({"step": step})
        except OutputError as error:
            said.append(str(error))

    for _begun in (False, True):
        before = step
        for _name in faults(number, write):
            # Whole is either the last or the one before, and writing goes on afterwards.
            assert read_journal(path).get("step", 0) in (step, before)
            assert len(said) <= 1 and os.listdir(tmp_path) in ([], ["journal"])
            before = step
            write()
            assert read_journal(path) == {"step": step} and not said
            before = step
        assert read_journal(path) == {"step": step}


def test_kill_9_at_random_moments(tmp_path: Path) -> None:
    killed, written = kill_in_a_child("journal", tmp_path, 110)
    assert killed == 110 and written > 5
