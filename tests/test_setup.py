"""`.ci/setup.py`: broken off at any moment, it goes on at its next run; it leaves all compiled."""

from __future__ import annotations

import importlib.util
import shutil
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


def test_what_qt_would_compile_at_every_start_is_compiled(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On a copy of the bindings' own package, which comes before the one installed."""
    bindings = importlib.util.find_spec("shiboken6")
    assert bindings is not None and bindings.origin is not None
    site, code = tmp_path / "site", tmp_path / "code"
    fresh = shutil.ignore_patterns("files.dir", "__pycache__")
    shutil.copytree(Path(bindings.origin).parent, site / "shiboken6", ignore=fresh)
    code.mkdir()
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "CODE", ("code",))
    monkeypatch.setenv("PYTHONPATH", str(site))
    setup.compile_code(Path(sys.executable))
    look = "import PySide6.QtCore, shibokensupport.signature.loader as it; print(it.__cached__)"
    out = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    compiled = Path(out.stdout.strip())
    assert compiled.is_relative_to(site) and compiled.is_file()
