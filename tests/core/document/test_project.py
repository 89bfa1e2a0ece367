"""The project file: what is written is read, and what is not a project is refused."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.document.project import (
    Project,
    ProjectEdit,
    ProjectError,
    ProjectFace,
    carry_over,
    read_project,
    write_project,
)
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
        {1: ProjectEdit(edit, frozenset({"light"}), 0.75)},
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
