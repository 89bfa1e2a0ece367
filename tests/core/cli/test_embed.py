"""`embed`: the reconstruction in its photo, and the latent beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.cli import main
from core.photo.load import load_photo
from core.portrait import runtime as runtimes
from core.portrait import views
from core.portrait.latent import Latent
from core.portrait.runtime import Runtime
from tests.core.cli.conftest import HEIGHT, WIDTH
from tests.core.portrait.small import small_generator

pytestmark = pytest.mark.usefixtures("known_faces")


@pytest.fixture(autouse=True)
def generator(monkeypatch: pytest.MonkeyPatch) -> Runtime:
    monkeypatch.setattr(runtimes, "openvino", lambda: None)
    runtime = Runtime(small_generator())
    monkeypatch.setattr(Runtime, "load", lambda **_: runtime)
    return runtime


def test_files_beside_each_other(
    photos: Path, tmp_path: Path, generator: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "views_of", lambda *_: [])
    out = tmp_path / "out"
    command = ["embed", str(photos / "a.jpg"), str(photos / "empty.png"), "--out", str(out)]
    assert main([*command, "--steps", "3", "--tune", "2"]) == 1
    assert {p.name for p in out.iterdir()} == {"a.png", "a.safetensors"}
    pixels = load_photo(out / "a.png").pixels
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(pixels.astype(int) - load_photo(photos / "a.jpg").pixels).max() > 10
    latent = Latent.load(out / "a.safetensors", generator.key)
    assert latent.parameters.pose[0] == 10 and latent.tuning
    assert main(["embed", str(photos / "a.jpg"), "--out", str(out), "--steps", "0"]) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--steps", "-1"], "--steps cannot be -1"),
        (["--tune", "99999"], "--tune cannot be 99999"),
        (["--face", "3"], "has 2 faces"),
        (["--face", "0"], "counts from 1"),
    ],
)
def test_wrong_options_are_one_sentence(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    assert main(["embed", str(photos / "b.png"), "--out", str(tmp_path / "out"), *options]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1


def test_edits_take_what_was_embedded(
    photos: Path, tmp_path: Path, generator: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    """And say what is the matter with files of another face, another generator, or none."""
    latents, out = tmp_path / "latents", tmp_path / "out"
    photo, file = str(photos / "b.png"), latents / "b.safetensors"

    def edit(*options: str) -> str:
        method = ["--method", "generator", "--latents", str(latents), "--out", str(out)]
        status = main(["edit", photo, *method, *options])
        error = capsys.readouterr().err
        assert (status, error.count("\n")) in ((0, 0), (2, 1))
        assert status == 0 or not list(out.iterdir())
        return error

    assert "b.safetensors is missing or damaged; make it with `embed`" in edit()
    assert main(["embed", photo, "--out", str(latents), "--steps", "0"]) == 0
    assert "b.safetensors holds another face; embed" in edit("--face", "2")
    kept = file.read_bytes()
    file.write_bytes(kept[:200])
    assert "is missing or damaged" in edit()
    file.write_bytes(kept)
    replace(Latent.load(file, generator.key), generator="other").save(file, overwrite=True)
    assert "was made with another generator; embed the photo again" in edit()
    file.write_bytes(kept)
    assert edit("--yaw", "12") == ""
    assert load_photo(out / "b.png").pixels.shape == (HEIGHT, WIDTH, 3)
