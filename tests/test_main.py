"""`main.py` chooses between the window and the command line, and says what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import main

ROOT = Path(__file__).resolve().parent.parent


def test_photos_open_the_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"")
    opened: list[list[str]] = []

    def open_app(paths: list[str]) -> int:
        opened.append(paths)
        return 0

    monkeypatch.setattr("app.main.main", open_app)
    assert main.main([]) == 0
    assert main.main([str(photo)]) == 0
    assert opened == [[], [str(photo)]]
    with pytest.raises(SystemExit):
        main.main([str(tmp_path / "missing.jpg")])


def test_without_a_screen_there_is_a_sentence() -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {k: v for k, v in os.environ.items() if k not in hidden}
    if sys.platform != "linux":
        pytest.skip("only Linux has no screen")
    done = subprocess.run(
        [sys.executable, ROOT / "main.py"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "no screen" in done.stderr and done.stderr.count("\n") == 1


def test_without_packages_there_is_a_sentence() -> None:
    # -S: without site-packages.
    done = subprocess.run(
        [sys.executable, "-S", ROOT / "main.py", "fit", "x.jpg", "--out", "x"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert "is not installed; run `python3 .ci/setup.py`" in done.stderr
