"""`.ci/setup.py`: broken off at any moment, it goes on at its next run."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).resolve().parents[1] / ".ci" / "setup.py"


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, with an environment in an empty folder and no system libraries to install."""
    spec = importlib.util.spec_from_file_location("mien_setup", FILE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "UNFINISHED", tmp_path / ".venv" / ".mien-unfinished")
    monkeypatch.setattr(module, "install_system_libraries", lambda: None)
    monkeypatch.setattr(sys, "argv", [str(FILE)])
    return module


def _commands(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, stop_at: str = "", status: int = 0
) -> list[str]:
    """What was made and installed; Ctrl+C falls in one command. Takes subprocess.run's place."""
    ran: list[str] = []

    def run(command: list[str | Path], **_: object) -> subprocess.CompletedProcess[bytes]:
        module = str(command[2])
        if module in ("venv", "pip"):
            ran.append(module)
        python = setup.VENV / "bin" / "python"
        if module == "venv":
            python.parent.mkdir(parents=True)
            python.touch()
        if module == stop_at:
            (setup.VENV / "half").touch()
            raise KeyboardInterrupt
        return subprocess.CompletedProcess(command, status if module == "pip" else 0)

    monkeypatch.setattr(subprocess, "run", run)
    return ran


@pytest.mark.parametrize("stop_at", ["venv", "pip"])
def test_a_half_made_environment_is_made_anew(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    stop_at: str,
) -> None:  # fmt: skip
    _commands(setup, monkeypatch, stop_at)
    assert setup.main() == 130
    error = capsys.readouterr().err
    assert error == "\nmien: stopped; run this again to go on.\n"
    ran = _commands(setup, monkeypatch)
    assert setup.main() == 0
    assert ran == ["venv", "pip"] and not (setup.VENV / "half").exists()
    assert "made anew" in capsys.readouterr().out
    ran = _commands(setup, monkeypatch)
    assert setup.main() == 0 and ran == []


def test_what_pip_could_not_install_is_tried_again(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _commands(setup, monkeypatch, status=1)
    assert setup.main() == 2
    assert "failed; see above" in capsys.readouterr().err
    ran = _commands(setup, monkeypatch)
    assert setup.main() == 0 and ran == ["pip"]
