"""The real generator's side of the engine, on a small generator with random weights."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.engine.messages import ExportOptions, LatentCode
from core.engine.portraits import GeneratorBackend
from core.errors import AssetError, CancelledError
from core.photo.load import load_photo
from core.portrait import inversion, runtime
from core.portrait.scenes import drawn_fit
from models.face.parameters import FaceParameters
from models.networks import generator_store
from models.networks.generator_store import NoisePrior, save_generator
from tests.core.portrait.small import small_generator


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A loaded backend."""
    folder = tmp_path_factory.mktemp("generator")
    loaded = small_generator()
    prior = NoisePrior(
        np.zeros((8, 160), np.float32), np.zeros(8, np.float32), np.eye(8, dtype=np.float32)
    )
    path = folder / "small.safetensors"
    save_generator(path, loaded.generator, loaded.encoder, prior, "test")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIEN_GENERATOR", str(path))
        patch.setenv("MIEN_CACHE", str(folder / "cache"))
        it = GeneratorBackend()
        state = it.load()
        assert state.reason == "" and len(state.key) == 16
        yield it


def test_missing_weights_are_a_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(generator_store, "DEFAULT_WEIGHTS", tmp_path / "none.safetensors")
    monkeypatch.delenv("MIEN_GENERATOR", raising=False)
    state = GeneratorBackend().load()
    assert "none.safetensors" in state.reason and state.key == ""
    with pytest.raises(AssetError):
        GeneratorBackend().person(1, 0.7)


def test_a_second_start_draws_people_before_the_networks_are_there(
    backend: GeneratorBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openvino")
    early = GeneratorBackend()
    state = early.early()
    assert state is not None and state.key == early.key == backend.key
    monkeypatch.setattr(runtime.Runtime, "load", lambda: pytest.fail("the networks were loaded"))
    person = early.person(5, 0.7)
    assert np.array_equal(person[1], backend.person(5, 0.7)[1])
    drawn, whole = early.draw(*person, None), backend.draw(*person, None)
    assert np.abs(drawn.astype(int) - whole).max() <= 1


def test_only_what_was_kept_is_early(
    backend: GeneratorBackend, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path))
    assert GeneratorBackend().early() is None
    monkeypatch.setenv("MIEN_GENERATOR", str(tmp_path / "none.safetensors"))
    assert GeneratorBackend().early() is None
    code = "import sys, core.portrait.early; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_seed_is_a_person(backend: GeneratorBackend) -> None:
    first, again = backend.person(5, 0.7), backend.person(5, 0.7)
    assert np.array_equal(first[1], again[1])
    assert np.array_equal(first[0].identity, again[0].identity)
    assert not np.array_equal(first[1], backend.person(6, 0.7)[1])
    own = backend.draw(*first, None)
    assert own.shape == (32, 32, 3) and backend.draw(*first, 512).shape == (512, 512, 3)
    with pytest.raises(AssetError, match="another generator"):
        backend.draw(first[0], np.zeros(3, np.float32), 512)


def test_the_file_says_what_made_it(backend: GeneratorBackend, tmp_path: Path) -> None:
    picture = backend.draw(*backend.person(5, 0.7), None)
    path = tmp_path / "a.png"
    backend.save(path, picture, {"Seed": "5"}, ExportOptions(), False)
    with Image.open(path) as image:
        assert np.array_equal(np.asarray(image), picture)
        assert image.text["Seed"] == "5"  # type: ignore[attr-defined]
        assert "trainedAlgorithmicMedia" in str(image.info["xmp"])


def test_embedding_reports_stages_and_stops_when_told(
    backend: GeneratorBackend, tmp_path: Path
) -> None:
    parameters = FaceParameters()
    drawn = backend.draw(parameters, backend.person(5, 0.7)[1], None)
    Image.fromarray(np.tile(drawn, (4, 4, 1)).repeat(2, 0).repeat(2, 1)).save(tmp_path / "p.png")
    photo = load_photo(tmp_path / "p.png")
    fit = drawn_fit(parameters, 256)
    stages: list[tuple[Any, ...]] = []

    def report(*stage: Any) -> None:
        stages.append(stage)
        if len(stages) == 3:
            raise CancelledError("Enough.")

    with pytest.raises(CancelledError):
        backend.embed(photo, fit, None, report)
    assert [s[0] for s in stages] == ["First estimate", "Finding the person", "Finding the person"]
    assert [s[1] for s in stages] == sorted(s[1] for s in stages)
    # Drawing goes on after the end, however it came.
    latent: LatentCode = stages[-1][2]
    assert latent.identity == stages[-1][4] and stages[-1][3] < stages[0][3]
    scene = backend.scene(photo, fit, latent, "generator", None)  # type: ignore[arg-type]
    assert scene.render(parameters, 128).shape == (128, 128, 3)
    with pytest.raises(AssetError, match="another generator"):
        backend.scene(photo, fit, replace(latent, generator="x"), "generator", None)  # type: ignore[arg-type]


def test_weights_are_adapted_to_a_face_that_is_found(
    backend: GeneratorBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inversion, "TUNE_STEPS", 20)
    parameters, noise = FaceParameters(), backend.person(5, 0.7)[1]
    drawn = backend.draw(parameters, noise, None)
    Image.fromarray(drawn.repeat(8, 0).repeat(8, 1)).save(tmp_path / "p.png")
    photo, fit = load_photo(tmp_path / "p.png"), drawn_fit(parameters, 256)
    key = backend.load().key
    found = LatentCode(parameters, noise + 0.5, np.zeros((7, 16), np.float32), key)
    stages: list[tuple[Any, ...]] = []
    backend.embed(photo, fit, found, lambda *stage: stages.append(stage))
    assert [s[2] is None for s in stages] == [True] * (len(stages) - 1) + [False]
    adapted: LatentCode = stages[-1][2]
    assert adapted.tuning and stages[-1][3] < stages[0][3]
    scene = backend.scene(photo, fit, adapted, "generator", None)  # type: ignore[arg-type]
    assert scene.render(parameters, 128).shape == (128, 128, 3)
    with pytest.raises(AssetError, match="another generator"):
        backend.embed(photo, fit, replace(found, generator="x"), lambda *_: None)
