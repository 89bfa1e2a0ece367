"""The command line as a whole: help, unknown commands, info, no tracebacks."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

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


def test_info_lists_the_rig(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "--rig"]) == 0
    assert "jawOpen" in capsys.readouterr().out


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
