"""Photos become a portrait folder: what training reads of it is what the pictures show."""

from __future__ import annotations

import argparse
import importlib
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.cli.own_generator import run as train_own
from core.cli.portrait_folder import make_portraits
from core.cli.train import TRAINERS
from core.errors import ParameterError
from core.portrait.people import People
from core.portrait.runtime import Runtime
from models.face.fitting import fit_landmarks
from models.face.model import FaceModel
from models.training import generator_pool
from models.training.portraits import EYES, load_portraits

YAW = 12.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated person, whose rig is known, and a file that is no photo."""
    out = tmp_path_factory.mktemp("photos")
    runtime = Runtime.load()
    person = People(runtime.loaded).person(1, 0.7)
    pose = np.array([YAW, 0, 0], np.float32)
    picture = runtime.draw(replace(person.parameters, pose=pose), person.noise, final=True)
    large = cv2.resize(picture, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(out / "person.png"), large[..., ::-1])
    (out / "broken.jpg").write_bytes(b"no photo")
    return out


def test_landmarks_mask_and_mesh(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make_portraits([folder], tmp_path) == 1
    assert "broken.jpg" in capsys.readouterr().err
    sets = load_portraits([tmp_path])
    (portrait,) = sets.portraits
    assert portrait.image().shape[:2] == portrait.mask().shape == portrait.size
    fit = fit_landmarks(FaceModel.load(), portrait.landmarks)
    assert abs(float(fit.parameters.pose[0]) - YAW) < 4
    x, y = portrait.landmarks[:468, :2].mean(0)
    mask = portrait.mask()
    assert mask[round(y), round(x)] > 0.9 and mask[2, 2] < 0.1
    left, right = portrait.landmarks[EYES[0]], portrait.landmarks[EYES[1]]
    assert left[0] < right[0] and portrait.eye_distance > 60
    # MediaPipe's 852 triangles and the 40 that close the eyes.
    assert len(sets.triangles) + len(sets.eye_triangles) == 892
    assert (sets.mirror_index[sets.mirror_index] == np.arange(478)).all()


def test_a_second_call_goes_on(folder: Path, tmp_path: Path) -> None:
    make_portraits([folder], tmp_path)
    first = next((tmp_path / "train").iterdir()).stat().st_mtime_ns
    assert make_portraits([folder, folder / "person.png"], tmp_path) == 1
    assert next((tmp_path / "train").iterdir()).stat().st_mtime_ns == first


def _train_own(*options: str) -> int:
    parser = argparse.ArgumentParser()
    importlib.import_module(TRAINERS["from-photos"][0]).add_arguments(parser)
    return train_own(parser.parse_args(options))


def test_too_few_people_are_refused_before_training(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="Only 1 usable"):
        _train_own(str(folder), "--out", str(tmp_path))
    assert not (tmp_path / "pool").exists()


@pytest.mark.parametrize(("measured", "pools"), [(1, ["pool"]), (2, ["pool", "held"])])
def test_one_held_out_person_is_too_few_to_measure_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, measured: int, pools: list[str]
) -> None:
    made: list[str] = []

    def call(module: object, options: list[str]) -> None:
        if module is generator_pool:
            made.append(Path(options[options.index("--out") + 1]).name)

    def portraits(_: object, folder: Path) -> int:
        (folder / "train").mkdir(parents=True)
        for i in range(30):
            (folder / "train" / f"{'held' if i < measured else 'other'}{i}.jpg").touch()
        return 30

    monkeypatch.setattr("core.cli.own_generator.make_portraits", portraits)
    monkeypatch.setattr("core.cli.own_generator.held_out", lambda name: name.startswith("held"))
    monkeypatch.setattr("core.cli.own_generator._call", call)
    assert _train_own("photos", "--out", str(tmp_path)) == 0
    assert made == pools
