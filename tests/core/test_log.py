"""The log takes in what nothing caught, wherever it was raised."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import log

_CODE = """
import threading
from core import log
log.start("test")
def work(): raise KeyError("on a thread")
thread = threading.Thread(target=work, name="worker")
thread.start()
thread.join()
{end}
"""


def _run(folder: Path, end: str) -> str:
    environment = dict(os.environ, MIEN_LOGS=str(folder))
    code = _CODE.format(end=end)
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    return done.stderr


def test_uncaught_exceptions_are_logged_and_still_shown(tmp_path: Path) -> None:
    shown = _run(tmp_path / "new", "raise ValueError('at the end')")
    text = (tmp_path / "new" / "test.log").read_text()
    assert "test started: Python" in text
    for words in ("KeyError: 'on a thread'", "worker", "ValueError: at the end"):
        assert words in text
    assert "ValueError: at the end" in shown


def test_native_crashes_leave_a_trace(tmp_path: Path) -> None:
    _run(tmp_path, "import ctypes; ctypes.string_at(0)")
    assert "Fatal" in (tmp_path / "test.crash").read_text()


def test_without_a_folder_there_is_no_log_and_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "at the end" in _run(tmp_path / "file", "raise ValueError('at the end')")


def test_tail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIEN_LOGS", str(tmp_path))
    assert log.tail("none") == ""
    (tmp_path / "some.log").write_text("\n".join(map(str, range(1000))))
    assert log.tail("some", 2) == "998\n999"
