"""`fit`: the JSON's contract, overlay and mesh, statuses, nothing overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.cli import main
from core.photo.load import load_photo
from models.face.parameters import EXPRESSION_NAMES
from tests.core.cli.conftest import HEIGHT, WIDTH, fit_at

pytestmark = pytest.mark.usefixtures("known_faces")


def test_json_has_everything_promised(photos: Path, tmp_path: Path) -> None:
    assert main(["fit", str(photos / "a.jpg"), "--out", str(tmp_path / "new" / "out")]) == 0
    document = json.loads((tmp_path / "new" / "out" / "a.json").read_text())
    assert (document["width"], document["height"]) == (WIDTH, HEIGHT)
    first, second = document["faces"]
    assert first["box"] == [80, 40, 120, 80]
    assert first["confidence"] == 0.9
    assert first["pose"] == {"yaw": 10, "pitch": 2, "roll": -3}
    assert second["pose"]["yaw"] == -20
    np.testing.assert_allclose(first["landmarks"], fit_at(100).landmarks[:468], atol=0.006)
    assert np.shape(first["lighting"]) == (9, 3)
    assert len(first["identity"]) == len(first["albedo"]) == 80
    assert set(first["expression"]) == set(EXPRESSION_NAMES)
    assert first["expression"]["jawOpen"] == 0.25


def test_overlay_and_meshes(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ["fit", str(photos / "a.jpg"), "--out", str(out), "--overlay", "--mesh"]
    assert main([*command, "obj"]) == 0
    names = {p.name for p in out.iterdir()}
    assert names == {"a.json", "a-overlay.png", "a.obj", "a-face2.obj"}
    overlay, photo = load_photo(out / "a-overlay.png"), load_photo(photos / "a.jpg")
    different = (overlay.pixels != photo.pixels).any(-1)
    assert different[60, 100] and different[60, 40]
    assert not different[:, -5:].any()
    assert main([*command, "glb"]) == 2  # a.json is there
    assert main([*command, "glb", "--overwrite"]) == 0
    assert (out / "a.glb").read_bytes()[:4] == b"glTF"


def test_failures_are_listed_and_the_rest_written(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["a.jpg", "broken.jpg", "empty.png", "missing.jpg", "b.png", "other", "other/a.png"]
    out = tmp_path / "out"
    assert main(["fit", *(str(photos / n) for n in names), "--out", str(out)]) == 1
    assert {p.name for p in out.iterdir()} == {"a.json", "b.json", "a-2.json"}
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 5
    for line, (name, words) in zip(
        lines,
        [("broken.jpg", "truncated"), ("empty.png", "No face"), ("missing.jpg", "not exist"),
         ("other", "is a folder"), ("", "4 of 7 photos were left out")],
        strict=True,
    ):  # fmt: skip
        assert line.startswith("mien: ") and line.endswith(".") and words in line
        assert not name or str(photos / name) in line


def test_one_bad_photo_is_status_2(photos: Path, tmp_path: Path) -> None:
    for name in ("broken.jpg", "empty.png", "missing.jpg"):
        assert main(["fit", str(photos / name), "--out", str(tmp_path / "out")]) == 2
    assert list((tmp_path / "out").iterdir()) == []


def test_unwritable_output(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(b"precious")
    for folder in (tmp_path / "file", tmp_path / "file" / "out", Path("/proc/mien")):
        assert main(["fit", str(photos / "a.jpg"), "--out", str(folder)]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1 and str(folder) in error
    assert (tmp_path / "file").read_bytes() == b"precious"


def test_a_bug_in_one_photo_does_not_stop_the_others(
    photos: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import core.photo.analyze

    whole = core.photo.analyze.analyze

    def analyze(photo: object) -> object:
        if getattr(photo, "name", "").endswith("a.jpg"):
            raise ZeroDivisionError("surprise")
        return whole(photo)  # type: ignore[arg-type]

    monkeypatch.setattr("core.photo.analyze.analyze", analyze)
    paths = [str(photos / n) for n in ("a.jpg", "b.png")]
    assert main(["fit", *paths, "--out", str(tmp_path / "out")]) == 1
    assert "ZeroDivisionError surprise" in capsys.readouterr().err
    assert (tmp_path / "out" / "b.json").exists()
