"""`mien animate` draws what the options ask for, and says what it will not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli import main
from core.motion.live_link import write_take
from core.motion.timeline import Timeline
from core.photo.load import Photo
from models.face.fitting import FaceFit
from models.face.parameters import FaceParameters


@dataclass
class MovingScene:
    """Writes pose and jaw into the first pixels, at any size."""

    photo: Photo
    fit: FaceFit

    def render(self, parameters: FaceParameters, max_size: int = 512) -> np.ndarray:
        picture = np.zeros((max_size * 3 // 4, max_size, 3), np.uint8)
        picture[0, 0] = np.round(100 + parameters.pose)
        picture[0, 1] = round(100 * float(parameters.expression.max()))
        return picture

    def edited(self, parameters: FaceParameters, feather: float = 0.0) -> Photo:
        return Photo(self.render(parameters, max(self.photo.size)))


@pytest.fixture
def photo(photos: Path, known_faces: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """A photo whose face is known, of a scene that says what was asked of it."""
    monkeypatch.setattr("core.photo.scene.Scene", MovingScene)
    return str(photos / "a.jpg")


def shown(folder: Path) -> np.ndarray:
    """The first two pixels of each frame: (T, 2, 3)."""
    return np.array([np.asarray(Image.open(f))[0, :2] for f in sorted(folder.iterdir())])


def test_sweeps_start_from_the_fit(photo: str, tmp_path: Path) -> None:
    out = tmp_path / "turn"
    options = ("--sweep", "yaw=-20:20", "--sweep", "jawOpen=0:1", "--frames", "5")
    assert main(["animate", photo, "--out", str(out), *options]) == 0
    pixels = shown(out)
    np.testing.assert_array_equal(pixels[:, 0, 0], [80, 90, 100, 110, 120])
    np.testing.assert_array_equal(pixels[:, 0, 1], 102)  # the fitted pitch
    np.testing.assert_array_equal(pixels[:, 1, 0], [0, 25, 50, 75, 100])
    assert Image.open(out / "0001.png").size == (160, 120)


def test_keyframes_and_size(photo: str, tmp_path: Path) -> None:
    file = tmp_path / "nod.json"
    file.write_bytes(Timeline(10, 3).with_key("pitch", 0, -5).with_key("pitch", 2, 5).to_bytes())
    out = tmp_path / "nod.gif"
    options = ("--timeline", str(file), "--size", "64", "--roll", "9")
    assert main(["animate", photo, "--out", str(out), *options]) == 0
    image = Image.open(out)
    assert image.size == (64, 48)
    assert image.n_frames == 3 and image.info["duration"] == 100  # type: ignore[attr-defined]


def test_a_take_of_live_link(photo: str, tmp_path: Path) -> None:
    file = tmp_path / "take.csv"
    take = Timeline(30, 4).swept("yaw", 10, 40)
    file.write_bytes(write_take(take, FaceParameters()))
    for name, options, yaws in (
        ("plain", (), [110, 120, 130, 140]),
        ("mirror", ("--mirror",), [90, 80, 70, 60]),
        ("recentred", ("--recentre", "--frames", "3"), [100, 110, 120]),
    ):
        out = tmp_path / name
        assert main(["animate", photo, "--out", str(out), "--live-link", str(file), *options]) == 0
        np.testing.assert_array_equal(shown(out)[:, 0, 0], yaws)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "Nothing moves"),
        (["--sweep", "yaw"], "write NAME=A:B"),
        (["--sweep", "yaw=1:x"], "write NAME=A:B"),
        (["--sweep", "yow=1:2"], "did you mean yaw"),
        (["--sweep", "yaw=0:400"], "yaw cannot be 400"),
        (["--sweep", "yaw=0:4", "--frames", "1"], "2 frames or more"),
        (["--sweep", "yaw=0:4", "--fps", "0.5"], "0.5 frames a second"),
        (["--sweep", "yaw=0:4", "--fps", "0"], "0 frames a second"),
        (["--sweep", "yaw=0:4", "--out", "gone/out.gif"], "gone is not a folder"),
        (["--sweep", "yaw=0:4", "--size", "3"], "--size cannot be 3"),
        (["--timeline", "gone.json"], "gone.json does not exist"),
        (["--timeline", "a", "--live-link", "b"], "exclude each other"),
        (["--seed", "3", "--sweep", "yaw=0:4"], "Give one to animate"),
    ],
)
def test_bad_input_is_one_sentence(
    photo: str, options: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["animate", photo, "--out", str(tmp_path / "out.gif"), *options]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.startswith("mien: ") and len(error.splitlines()) == 1
    assert not (tmp_path / "out.gif").exists()
