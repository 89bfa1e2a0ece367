"""`edit`: what the options ask of the scene, formats, statuses, nothing overwritten."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.cli import main
from core.photo.detect import Detection
from core.photo.load import load_photo
from core.rig.lights import light_preset
from models.face.fitting import FaceFit
from tests.core.cli.conftest import HEIGHT, WIDTH, fit_at

pytestmark = pytest.mark.usefixtures("known_faces")


def _edit(photos: Path, out: Path, *options: str, name: str = "b.png") -> np.ndarray:
    """The pixels of an edit that must succeed."""
    assert main(["edit", str(photos / name), "--out", str(out), "--overwrite", *options]) == 0
    return load_photo(out / f"{Path(name).stem}.png").pixels


@pytest.mark.parametrize(
    ("options", "yaw"),
    [
        ([], 10),
        (["--yaw", "25"], 25),
        (["--yaw", "-15", "--relative"], -5),
        (["--set", "yaw=-30"], -30),
        (["--frontalize"], 0),
        (["--frontalize", "--yaw", "5"], 5),
        (["--frontalize", "--yaw", "5", "--relative"], 5),
        (["--yaw", "30", "--strength", "0.5"], 20),
        (["--face", "2"], -20),
    ],
)
def test_pose(photos: Path, tmp_path: Path, options: list[str], yaw: float) -> None:
    pixels = _edit(photos, tmp_path, *options)
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    assert pixels[0, 0, 0] == 100 + yaw
    assert pixels[0, 1, 0] == (20 if "--face" in options else 80)
    untouched = load_photo(photos / "b.png").pixels
    np.testing.assert_array_equal(pixels[1:], untouched[1:])


def test_expression_light_and_references(photos: Path, tmp_path: Path) -> None:
    assert _edit(photos, tmp_path, "--set", "jawOpen=0.5")[0, 0, 1] == 50
    assert _edit(photos, tmp_path, "--set", "jawOpen=0.5,mouthClose=0.75")[0, 0, 1] == 75
    assert _edit(photos, tmp_path, "--expression", "eyes-closed")[0, 0, 1] == 100
    expected = light_preset("sunset")[0] * 100
    np.testing.assert_allclose(_edit(photos, tmp_path, "--light", "sunset")[0, 2], expected, atol=1)
    borrowed = _edit(photos, tmp_path, "--expression-from", str(photos / "a.jpg"))
    assert borrowed[0, 0, 1] == 25
    turned = _edit(photos, tmp_path, "--pose-from", str(photos / "a.jpg"), "--face", "2")
    assert turned[0, 0, 0] == 110
    assert _edit(photos, tmp_path, "--feather", "7")[0, 0, 2] == 7
    assert _edit(photos, tmp_path, "--yaw", "5")[0, 0, 2] == 0
    assert _edit(photos, tmp_path, "--light", "left")[0, 0, 2] == 12


def test_a_box_by_hand(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    boxes = []

    def fit_face(_: object, detection: Detection) -> FaceFit:
        boxes.append(detection.box)
        return fit_at(40, yaw=7)

    monkeypatch.setattr("core.photo.analyze.fit_face", fit_face)
    assert _edit(photos, tmp_path, "--box", "20", "30", "60", "50")[0, 0, 0] == 107
    assert boxes == [(20, 20, 60, 60)]


def test_format(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["edit", str(photos / "a.jpg"), "--out", str(out)]) == 0
    assert main(["edit", str(photos / "a.jpg"), "--out", str(out), "--format", "same"]) == 0
    assert {p.name for p in out.iterdir()} == {"a.png", "a.jpg"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--yaw", "95"], "yaw cannot be 95"),
        (["--set", "jawOpen"], "write NAME=VALUE"),
        (["--set", "jawOpen=much"], "write NAME=VALUE"),
        (["--set", "jawOpne=1"], "did you mean jawOpen"),
        (["--light", "disco"], "choose one of"),
        (["--expression", "smug"], "choose one of"),
        (["--strength", "2"], "from 0 to 1"),
        (["--strength", "nan"], "from 0 to 1"),
        (["--face", "0"], "counts from 1"),
        (["--face", "3"], "has 2 faces"),
        (["--feather", "-1"], "0 to 1000"),
        (["--light-from", "nowhere.jpg"], "does not exist"),
        (["--light", "studio", "--light-from", "nowhere.jpg"], "exclude each other"),
        (["--frontalize", "--pose-from", "nowhere.jpg"], "exclude each other"),
        (["--box", "10", "10", "10", "40"], "--box is empty"),
        (["--box", "0", "0", "inf", "40"], "--box is empty"),
        (["--box", "900", "10", "950", "40"], "lies outside"),
        (["--relative", "--yaw", "85"], "yaw cannot be 95"),
        (["--latents", "nowhere"], "--latents is for --method generator and hybrid"),
    ],
)
def test_wrong_options_are_one_sentence(
    photos: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    words: str,
) -> None:
    out = tmp_path / "out"
    assert main(["edit", str(photos / "b.png"), "--out", str(out), *options]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1
    assert not out.exists() or not list(out.iterdir())


def test_nothing_is_overwritten(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (photos / "b.png").read_bytes()
    assert main(["edit", str(photos / "a.jpg"), "--out", str(photos), "--yaw", "5"]) == 0
    assert main(["edit", str(photos / "a.jpg"), "--out", str(photos), "--yaw", "5"]) == 2
    assert "a.png exists already" in capsys.readouterr().err
    assert (photos / "b.png").read_bytes() == before


def test_the_photos_are_never_written_over(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {p: p.read_bytes() for p in photos.iterdir() if p.is_file()}
    same = ["--out", str(photos), "--overwrite", "--yaw", "5"]
    assert main(["edit", str(photos / "a.jpg"), *same, "--format", "same"]) == 2
    # b.png would be another photo's result.
    (photos / "b.jpg").write_bytes(before[photos / "a.jpg"])
    assert main(["edit", str(photos / "b.jpg"), str(photos / "b.png"), *same]) == 1
    said = capsys.readouterr().err
    assert f"{photos / 'a.jpg'} is one of the photos" in said and "choose another --out" in said
    assert all(p.read_bytes() == data for p, data in before.items())
