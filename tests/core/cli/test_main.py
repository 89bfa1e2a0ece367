"""The command line as a whole: help, unknown commands, info, no tracebacks."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from unittest.mock import Mock

import pytest

from core.cli import COMMANDS, main
from core.cli.train import TRAINERS

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert "usage: main.py " + command in capsys.readouterr().out


@pytest.mark.parametrize("trainer", TRAINERS)
def test_every_trainer_explains_itself(trainer: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["train", trainer, "--help"])
    assert stop.value.code == 0
    assert f"usage: main.py train {trainer}" in capsys.readouterr().out


def test_a_terminal_without_our_letters() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "main.py", "edit", "--help"],
        env=os.environ | {"PYTHONIOENCODING": "ascii"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0 and "--yaw" in done.stdout


def test_info_hashes_what_is_shipped(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {"mien", "python", "torch"} <= set(document["versions"])
    assert "cpu" in document["devices"]
    assert document["assets"]
    for asset in document["assets"]:
        data = (ROOT / asset["file"]).read_bytes()
        assert asset["sha256"] == hashlib.sha256(data).hexdigest()
        assert asset["bytes"] == len(data)
        assert "damaged" not in asset
        assert "CC BY" in asset["licence"]


def test_the_version_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert ended.value.code == 0 and capsys.readouterr().out == f"Mien {project['version']}\n"


def test_info_lists_the_rig(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "--rig"]) == 0
    assert "jawOpen" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fitt", "a.jpg"], "'fitt' is neither a command nor a file; did you mean fit?"),
        (["gone.jpg"], "'gone.jpg' is neither a command nor a file; see"),
        ([__file__, "gone.jpg"], "'gone.jpg' is neither"),
        (["info", "--rigg", "7"], "There is no --rigg 7; see `main.py info --help`."),
    ],
)
def test_what_is_not_known_is_named(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert words in capsys.readouterr().err


def test_training_never_writes_over_weights_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = Mock(return_value=0)
    monkeypatch.setattr("models.training.face_model.build.run", done)
    out = tmp_path / "face.safetensors"
    command = ["train", "face-model", "--portraits", "DIR", "--out", str(out)]
    assert main(command) == 0
    out.touch()
    assert main(command) == 2
    assert f"{out} exists already" in capsys.readouterr().err
    assert main(command[:4]) == 2  # the shipped one
    assert main([*command, "--overwrite"]) == 0
    assert done.call_count == 2


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["fit"], ["train", "matte"], ["fit", "x.jpg"],
     ["edit", "x.jpg", "--out", "o", "--yaw", "much"],
     ["fit", "no\nsuch.jpg", "--out", "{tmp}"], ["fit", "", "--out", "{tmp}"]],
)  # fmt: skip
def test_a_real_process_never_shows_a_traceback(arguments: list[str], tmp_path: Path) -> None:
    arguments = [a.format(tmp=tmp_path) for a in arguments]
    done = subprocess.run(
        [sys.executable, ROOT / "main.py", *arguments],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("mien: ")
    assert "Traceback" not in done.stderr and "usage:" not in done.stderr


def test_the_sheets_are_not_replaced_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "generator.jpg").write_text("mine")
    assert main(["pictures", "--out", str(tmp_path)]) == 2
    assert "generator.jpg exists already" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["generator.jpg"]
