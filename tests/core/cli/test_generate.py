"""`generate`: one picture a seed, moved by the rig, nothing overwritten."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli import main
from core.portrait import runtime as runtimes
from core.portrait.runtime import Runtime
from tests.core.portrait.small import small_generator


@pytest.fixture(autouse=True)
def generator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtimes, "openvino", lambda: None)
    monkeypatch.setattr(Runtime, "load", lambda **_: Runtime(small_generator()))


def _pictures(out: Path, *options: str) -> dict[str, np.ndarray]:
    assert main(["generate", "--out", str(out), "--overwrite", *options]) == 0
    return {p.name: np.asarray(Image.open(p).convert("RGB")) for p in sorted(out.iterdir())}


def test_seeds_name_the_pictures(tmp_path: Path) -> None:
    several = _pictures(tmp_path / "a", "--seed", "3", "--count", "2")
    assert list(several) == ["seed3.png", "seed4.png"]
    assert np.abs(several["seed3.png"].astype(int) - several["seed4.png"]).max() > 5
    alone = _pictures(tmp_path / "b", "--seed", "4")
    np.testing.assert_array_equal(alone["seed4.png"], several["seed4.png"])
    large = _pictures(tmp_path / "c", "--seed", "4", "--size", "48")
    assert large["seed4.png"].shape == (48, 48, 3)


def test_the_rig_moves_the_same_person(tmp_path: Path) -> None:
    options = ["--seed", "5", "--yaw", "0", "--light", "studio"]
    base = _pictures(tmp_path, *options)["seed5.png"].astype(int)
    turned = _pictures(tmp_path, *options, "--yaw", "30")["seed5.png"]
    opened = _pictures(tmp_path, *options, "--set", "jawOpen=1")["seed5.png"]
    assert np.abs(turned - base).mean() > np.abs(opened - base).mean() > 0.1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--seed", "-1"], "--seed cannot be negative"),
        (["--seed", "1", "--count", "0"], "from 1 to 100,000"),
        (["--seed", "1", "--count", "9" * 12], "from 1 to 100,000"),
        (["--seed", "1", "--truncation", "2"], "from 0 to 1"),
        (["--seed", "1", "--size", "5"], "from 16 to 4096"),
        (["--seed", "1", "--yaw", "95"], "yaw cannot be 95"),
        (["--seed", "1", "--light", "disco"], "choose one of"),
    ],
)
def test_wrong_options_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    out = tmp_path / "out"
    assert main(["generate", "--out", str(out), *options]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1
    assert not out.exists() or not list(out.iterdir())


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "seed2.png").write_bytes(b"mine")
    assert main(["generate", "--out", str(tmp_path), "--seed", "1", "--count", "2"]) == 2
    assert "exists already" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["seed2.png"]
