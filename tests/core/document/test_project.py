"""The project file: what is written is read, and what is not a project is refused."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.document.project import (
    Project,
    ProjectError,
    ProjectFace,
    carry_over,
    read_project,
    write_project,
)
from core.document.state import EditState, PersonState
from core.engine.messages import LatentCode
from core.errors import OutputError
from models.face.parameters import FaceParameters
from tests.core.engine.fake import smiling


def _project() -> Project:
    rng = np.random.default_rng(1)
    edit = FaceParameters(
        pose=np.array([20, -3, 4], np.float32),
        identity=rng.normal(size=80).astype(np.float32),
        light=rng.normal(size=(9, 3)).astype(np.float32),
    )
    return Project(
        "anna.jpg",
        bytes(range(256)),
        (ProjectFace((1, 2, 3.5, 4), smiling(0.4)), ProjectFace((5, 6, 7, 8), smiling(0), True)),
        {1: EditState(edit, frozenset({"light"}), 0.75)},
        1,
        0.5,
    )


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "a.mien"
    project = _project()
    write_project(path, project)
    again = read_project(path)
    assert (again.photo_name, again.photo, again.face, again.feather) == (
        "anna.jpg", bytes(range(256)), 1, 0.5,
    )  # fmt: skip
    assert again.faces[1].manual and again.faces[0].box == (1, 2, 3.5, 4)
    edit = again.edits[1]
    assert edit.muted == {"light"} and edit.strength == 0.75
    for name in ("pose", "identity", "expression", "albedo", "light"):
        was = getattr(project.edits[1].parameters, name)
        assert np.array_equal(getattr(edit.parameters, name), was)
    assert [p.name for p in tmp_path.iterdir()] == ["a.mien"]


def _version(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        return int(json.loads(archive.read("project.json"))["version"])


def test_version_1_is_written_as_long_as_it_holds_everything(tmp_path: Path) -> None:
    path = tmp_path / "a.mien"
    write_project(path, _project())
    assert _version(path) == 1
    edit = replace(_project().edits[1], method="hybrid")
    write_project(path, replace(_project(), edits={1: edit}))
    assert _version(path) == 2 and read_project(path).edits[1].method == "hybrid"


def test_person_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "a.mien"
    noise = np.random.default_rng(2).normal(size=64).astype(np.float32)
    edits = {0: EditState(smiling(0.8))}
    for seed in (4711, None):
        write_project(
            path, Project(person=PersonState(smiling(0.3), noise, seed, 0.7), edits=edits)
        )
        person = read_project(path).person
        assert person and person.seed == seed and person.truncation == 0.7
        assert np.array_equal(person.noise, noise)
        assert np.array_equal(person.parameters.expression, smiling(0.3).expression)


def _found() -> LatentCode:
    rng = np.random.default_rng(3)
    tuning = {"to_rgb.3.weight": rng.normal(size=(3, 4)).astype(np.float16)}
    noise = rng.normal(size=64).astype(np.float32)
    offset = rng.normal(size=(11, 256)).astype(np.float32)
    return LatentCode(smiling(0.1), noise, offset, "0123abcd", tuning, 0.31)


def test_latents_round_trip(tmp_path: Path) -> None:
    path, code = tmp_path / "a.mien", _found()
    write_project(path, replace(_project(), latents={1: code}))
    again = read_project(path).latents[1]
    assert np.array_equal(again.noise, code.noise) and np.array_equal(again.offset, code.offset)
    assert again.offset.dtype == np.float32 and again.generator == "0123abcd"
    assert again.identity == 0.31 and np.array_equal(
        again.tuning["to_rgb.3.weight"], code.tuning["to_rgb.3.weight"]
    )


def test_a_pickle_in_a_project_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mien"
    write_project(path, replace(_project(), latents={1: _found()}))
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"not": "numbers"}], object), allow_pickle=True)
    with zipfile.ZipFile(path) as archive:
        kept = {n: archive.read(n) for n in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in kept.items():
            archive.writestr(name, buffer.getvalue() if name.endswith("noise.npy") else data)
    with pytest.raises(ProjectError, match="damaged"):
        read_project(path)


def test_carry_over_is_exact_for_the_same_fit() -> None:
    edit, stored = smiling(0.9, yaw=20), smiling(0.2)
    assert np.allclose(carry_over(edit, stored, stored).pose, edit.pose)
    moved = carry_over(edit, stored, smiling(0.2, yaw=6))
    assert moved.pose[0] == pytest.approx(21)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"PK not a zip", "damaged"),
        ({"format": "other"}, "not a Mien project"),
        ({"format": "mien-project", "version": 99}, "update Mien"),
        ({"format": "mien-project", "version": 1, "faces": 3}, "damaged"),
    ],
)
def test_refused(tmp_path: Path, content: object, word: str) -> None:
    path = tmp_path / "bad.mien"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("project.json", json.dumps(content))
    with pytest.raises(ProjectError, match=word):
        read_project(path)


def test_unwritable_and_missing(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="another folder"):
        write_project(tmp_path / "no" / "a.mien", _project())
    with pytest.raises(ProjectError, match="does not exist"):
        read_project(tmp_path / "none.mien")
