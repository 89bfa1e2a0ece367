"""One item after the other: photos and projects, bad inputs, full disks."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.document.project import Project, ProjectFace, write_project
from core.document.state import EditState, PersonState
from core.export.job import Control, Job, Outputs, People, Photos, SavedProject
from core.export.plan import Plan
from core.export.records import Result, Task
from core.export.settings_in_file import read_settings
from core.export.workshop import Workshop
from core.portrait import runtime as runtimes
from core.portrait.people import People as Drawn
from core.portrait.runtime import Runtime
from core.rig.table import set_values
from tests.core.cli.conftest import fit_at, known_faces, photos
from tests.core.portrait.small import small_generator

__all__ = ["known_faces", "photos"]


def _made(job: Job) -> list[Result]:
    job.out.mkdir()
    plan, workshop = Plan(job), Workshop(job)
    items = (plan.item(i) for i in range(len(plan)))
    return [workshop.make(Task(item, plan.sources[item.source])) for item in items]


def _sidecar(job: Job, index: int = 0) -> dict[str, Any]:
    return json.loads((job.out / f"{Plan(job).names[index]}.json").read_text())


def _picture(job: Job, index: int = 0) -> np.ndarray:
    path = job.out / f"{Plan(job).names[index]}.png"
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


@pytest.mark.usefixtures("known_faces")
def test_photos_are_edited_and_bad_ones_told_one_by_one(photos: Path, tmp_path: Path) -> None:
    edits = {"yaw": Control("grid", (-5.0, 20.0)), "frontalise": Control("fixed", (True,))}
    job = Job(Photos((photos,)), tmp_path / "out", edits=edits)
    results = _made(job)
    assert [bool(r.reason) for r in results] == [False] * 2 + [False] * 2 + [True] * 4
    assert "broken.jpg is truncated or damaged" in results[4].reason
    assert "No face was found" in results[6].reason
    assert results[0].input == results[1].input != results[2].input
    assert _picture(job, 2)[0, 0, 0] == 95 and _picture(job, 3)[0, 0, 0] == 120
    sidecar = _sidecar(job, 3)
    assert sidecar["coefficients"]["yaw"] == 20 and sidecar["coefficients"]["pitch"] == 0
    assert sidecar["coefficients"]["jawOpen"] == 0.25 and sidecar["person"] is None
    settings = read_settings(job.out / f"{Plan(job).names[3]}.png")
    assert settings is not None and settings.photo_sha256 == results[3].input
    assert float(settings.project.edits[0].parameters.pose[0]) == 20


@pytest.mark.usefixtures("known_faces")
def test_relative_numbers_and_strength_start_at_the_photo(photos: Path, tmp_path: Path) -> None:
    edits = {"yaw": Control("fixed", (6.0,)), "strength": Control("fixed", (0.5,))}
    job = Job(Photos((photos / "b.png",)), tmp_path / "out", edits=edits, relative=True)
    _made(job)
    assert _sidecar(job)["coefficients"]["yaw"] == pytest.approx(13)


@pytest.mark.usefixtures("known_faces")
@pytest.mark.parametrize("outputs", [Outputs(size=80), Outputs(aligned=True, size=64)])
def test_the_crop_leads_from_the_photo_to_the_picture(
    photos: Path, tmp_path: Path, outputs: Outputs
) -> None:
    whole = Job(Photos((photos / "b.png",)), tmp_path / "whole")
    small = replace(whole, out=tmp_path / "small", outputs=outputs)
    _made(whole)
    _made(small)
    large, less = _sidecar(whole), _sidecar(small)
    points = np.column_stack([large["landmarks_2d"], np.ones(478)]) @ np.array(less["crop"]).T
    np.testing.assert_allclose(points, less["landmarks_2d"], atol=0.01)
    side = (64, 64, 3) if outputs.aligned else (60, 80, 3)
    assert _picture(small).shape == side == (less["height"], less["width"], 3)


@pytest.mark.usefixtures("known_faces")
def test_a_project_goes_on_from_its_edits(photos: Path, tmp_path: Path) -> None:
    fits = [fit_at(100, yaw=10), fit_at(40, yaw=-20)]
    turned = [set_values(f.parameters, {"yaw": y}) for f, y in zip(fits, (33, 5), strict=True)]
    project = Project(
        "b.png", (photos / "b.png").read_bytes(),
        tuple(ProjectFace(f.box, f.parameters) for f in fits),
        {0: EditState(turned[0]), 1: EditState(turned[1])}, face=0,
    )  # fmt: skip
    write_project(tmp_path / "p.mien", project)
    edits = {"jawOpen": Control("grid", (0.5, 1.0))}
    job = Job(SavedProject(tmp_path / "p.mien"), tmp_path / "out", edits=edits)
    assert [r.reason for r in _made(job)] == ["", ""]
    assert _sidecar(job, 1)["coefficients"]["yaw"] == 33
    assert _picture(job, 1)[0, 0, :2].tolist() == [133, 100]


def test_a_persons_project_is_drawn_again(tmp_path: Path, generator: Runtime) -> None:
    made = Drawn(generator.loaded.noise_prior).person(4)
    edit = EditState(set_values(made.parameters, {"yaw": 12}))
    state = PersonState(made.parameters, made.noise, 4)
    write_project(tmp_path / "p.mien", Project(edits={0: edit}, person=state))
    job = Job(SavedProject(tmp_path / "p.mien"), tmp_path / "out")
    assert [r.reason for r in _made(job)] == [""]
    truth = generator.draw(edit.parameters, made.noise, final=True)
    np.testing.assert_array_equal(_picture(job), truth)


@pytest.fixture
def generator(monkeypatch: pytest.MonkeyPatch) -> Runtime:
    monkeypatch.setattr(runtimes, "openvino", lambda: None)
    runtime = Runtime(small_generator())
    monkeypatch.setattr(Runtime, "load", lambda **_: runtime)
    return runtime


def test_people_are_those_of_their_seeds(tmp_path: Path, generator: Runtime) -> None:
    edits = {"truncation": Control("grid", (0.0, 1.0)), "yaw": Control("fixed", (5.0,))}
    job = Job(People(seeds=(3, 4)), tmp_path / "out", edits=edits)
    assert [r.reason for r in _made(job)] == [""] * 4
    person = Drawn(generator.loaded.noise_prior).person(4, 1.0)
    rig = set_values(person.parameters, {"yaw": 5})
    np.testing.assert_array_equal(_picture(job, 3), generator.draw(rig, person.noise, final=True))
    assert len(_sidecar(job, 3)["person"]["noise"]) == generator.spec.noise


def test_a_full_disk_is_told_and_leaves_nothing_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edits = {"method": Control("fixed", ("model",))}
    job = Job(People(1), tmp_path / "out", edits=edits, outputs=Outputs(size=32, mask=True))
    write, sizes = os.write, iter([4096, 4096, 10])

    def short(handle: int, data: bytes) -> int:
        room = next(sizes, None)
        if room is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(handle, data[:room])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", short)
        (result,) = _made(job)
    assert "make room" in result.stop and not result.files
    assert list(job.out.iterdir()) == []
