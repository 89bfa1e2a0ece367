"""Photos become a portrait folder: what training reads of it is what the pictures show."""

from __future__ import annotations

import argparse
import importlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.cli import own_generator, portrait_folder
from core.cli.own_generator import run as train_own
from core.cli.portrait_folder import Table, make_portraits, person_id
from core.cli.train import TRAINERS
from core.errors import ParameterError
from core.portrait.people import People
from core.portrait.runtime import Runtime
from models.face.fitting import fit_landmarks
from models.face.model import FaceModel
from models.training import generator_pool
from models.training.portraits import EYES, load_portraits
from models.training.split import held_out

YAW = 12.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated person, whose rig is known, and a file that is no photo."""
    out = tmp_path_factory.mktemp("photos")
    runtime = Runtime.load()
    person = People(runtime.loaded.noise_prior).person(1, 0.7)
    pose = np.array([YAW, 0, 0], np.float32)
    picture = runtime.draw(replace(person.parameters, pose=pose), person.noise, final=True)
    large = cv2.resize(picture, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(out / "person.png"), large[..., ::-1])
    (out / "broken.jpg").write_bytes(b"no photo")
    return out


def test_landmarks_mask_and_mesh(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(make_portraits([folder], tmp_path)) == 1
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
    assert len(make_portraits([folder, folder / "person.png"], tmp_path)) == 1
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
            pool = Path(options[options.index("--out") + 1])
            pool.mkdir()
            made.append(pool.name)

    def portraits(*_: object) -> list[str]:
        return [f"{'held' if i < measured else 'other'}{i}" for i in range(30)]

    monkeypatch.setattr("core.cli.own_generator.make_portraits", portraits)
    monkeypatch.setattr("core.cli.own_generator.held_out", lambda name: name.startswith("held"))
    monkeypatch.setattr("core.cli.own_generator._call", call)
    assert _train_own("photos", "--out", str(tmp_path)) == 0
    assert made == pools


@dataclass
class OwnRun:
    """`train from-photos` whose fits, pools and trainings are only noted."""

    photos: Path
    out: Path
    fitted: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)

    def add(self, path: Path, name: str, folder: Path, table: Table) -> None:
        self.fitted.append(path.name)
        for part in (f"train/{name}.jpg", f"masks/{name}.png"):
            (folder / part).touch()
        table.ids.append(name)
        table.points.append(np.zeros((478, 3), np.float32))
        table.sizes.append((8, 8))

    def call(self, module: object, options: list[str]) -> None:
        out = Path(options[options.index("--out") + 1])
        if module is generator_pool:
            assert not (out / generator_pool.POOL_FILE).exists()
            out.mkdir(exist_ok=True)
            (out / generator_pool.POOL_FILE).touch()
            self.made.append(out.name)
        else:
            (out / "checkpoint").mkdir(parents=True, exist_ok=True)
            self.made.append("--held" if "--held" in options else "train")

    def run(self) -> None:
        self.fitted.clear()
        self.made.clear()
        assert _train_own(str(self.photos), "--out", str(self.out)) == 0


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OwnRun:
    """Sixty photos of sixty people."""
    it = OwnRun(tmp_path / "photos", tmp_path / "run")
    monkeypatch.setattr(portrait_folder, "_add", it.add)
    monkeypatch.setattr(own_generator, "_call", it.call)
    monkeypatch.setattr(own_generator, "checkpoint_size", lambda path: 64 * path.is_dir())
    it.photos.mkdir()
    for number in range(60):
        (it.photos / f"{number}.jpg").write_bytes(bytes([number]))
    return it


def test_photos_that_come_and_go_are_noticed(
    own: OwnRun, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only new ones are fitted; pools are made anew when their people change, and only then."""
    own.run()
    assert len(own.fitted) == 60 and own.made == ["pool", "held", "--held", "--held"]
    own.run()
    said = capsys.readouterr().out
    assert not own.fitted and own.made == ["--held", "--held"]
    assert "anew" not in said and "left out now" not in said
    ids = {p: person_id(p) for p in own.photos.iterdir()}
    gone = [p for p in ids if not held_out(ids[p])][:2]
    for path in gone:
        path.unlink()
    own.run()
    said = capsys.readouterr().out
    assert "2 people are left out now" in said and "more --minutes, or delete" in said
    assert not own.fitted and own.made == ["pool", "--held", "--held"]
    portraits = own.out / "portraits"
    left = {p.stem for p in (portraits / "train").iterdir()}
    assert left == set(ids.values()) - {ids[p] for p in gone}
    assert set(Table.read(portraits / "landmarks.npz").ids) == left
    gone[0].write_bytes(b"another person")
    own.run()
    assert "made anew" in capsys.readouterr().out and own.fitted == [gone[0].name]


def test_without_held_out_people_or_photos(own: OwnRun) -> None:
    """What is measured on goes with its people; a disk that is away costs nothing."""
    own.run()
    for path in own.photos.iterdir():
        if held_out(person_id(path)):
            path.unlink()
    own.run()
    assert own.made[-2:] == ["train", "train"]
    assert not (own.out / "held" / generator_pool.POOL_FILE).exists()
    for path in own.photos.iterdir():
        path.unlink()
    before = sorted(own.out.rglob("*"))
    with pytest.raises(ParameterError, match="Only 0 usable"):
        own.run()
    assert sorted(own.out.rglob("*")) == before
