"""The project file: what is written is read, and what is not a project is refused."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

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


def _content(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        return dict(json.loads(archive.read("project.json")))


def _rewrite(path: Path, content: object, **more: bytes) -> None:
    """Change what a project file says, and add members."""
    with zipfile.ZipFile(path) as archive:
        kept = {n: archive.read(n) for n in archive.namelist() if n != "project.json"}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "project.json", content if isinstance(content, str) else json.dumps(content)
        )
        for name, data in {**kept, **more}.items():
            archive.writestr(name, data)


def test_sections_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "a.mien"
    sections = {"motion": {"keys": [{"at": 0.5, "yaw": -3.25}]}, "slots": ["A", None, True]}
    write_project(path, replace(_project(), sections=sections))
    assert read_project(path).sections == sections


def test_what_json_cannot_hold_is_a_sentence_and_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.mien"
    write_project(path, _project())
    before = path.read_bytes()
    for odd in (float("nan"), {1, 2}):
        with pytest.raises(OutputError, match="undo the last step"):
            write_project(path, replace(_project(), sections={"motion": odd}))
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["a.mien"]


def test_older_versions_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.mien"
    write_project(path, _project())
    content = _content(path)
    for name in ("minor", "person", "latents", "sections"):
        del content[name]
    del content["edits"]["1"]["method"]
    for version in (1, 2):
        _rewrite(path, {**content, "version": version})
        again = read_project(path)
        assert again.edits[1].method == "photo" and again.sections == {} and again.person is None


def test_what_a_newer_minor_version_wrote_is_kept(tmp_path: Path) -> None:
    path, again = tmp_path / "a.mien", tmp_path / "b.mien"
    project = replace(_project(), latents={1: _found()}, sections={"motion": {"loop": True}})
    write_project(path, project)
    newer = _content(path)
    newer["minor"] = 7
    newer["weather"] = {"rain": [1, 2]}
    newer["sections"]["dreams"] = {"deep": True}
    newer["edits"]["1"]["mask"] = "left half"
    newer["edits"]["1"]["parameters"]["earWiggle"] = 0.5
    newer["faces"][0]["age"] = 40
    newer["latents"]["1"]["scale"] = 2
    _rewrite(path, newer, **{"masks/0": b"\1\2"})
    read = read_project(path)
    edit = replace(read.edits[1], strength=0.25)
    write_project(again, replace(read, edits={1: edit}))
    newer["edits"]["1"]["strength"] = 0.25
    assert _content(again) == newer
    with zipfile.ZipFile(again) as archive:
        assert archive.read("masks/0") == b"\1\2"
    # What belonged to an edit goes with it.
    write_project(again, replace(read, edits={}))
    assert _content(again)["edits"] == {}


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
    _rewrite(path, _content(path), **{"latents/1/noise.npy": buffer.getvalue()})
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
    with pytest.raises(OutputError, match="folder that does not exist"):
        write_project(tmp_path / "no" / "a.mien", _project())
    with pytest.raises(ProjectError, match="does not exist"):
        read_project(tmp_path / "none.mien")


def _npy(shape: tuple[int, ...], data: bytes) -> bytes:
    """A .npy file that claims a shape."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer, {"descr": "<f4", "fortran_order": False, "shape": shape}
    )
    return buffer.getvalue() + data


def test_hostile_content_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.mien"
    write_project(path, replace(_project(), latents={1: _found()}))
    text = json.dumps(_content(path))
    for sound, hostile in (
        ('"strength": 0.75', '"strength": NaN'),
        ('"strength": 0.75', '"strength": 1e999'),
        ('"feather": 0.5', '"feather": 1' + "0" * 400),
        ('"face": 1', '"face": -1'),
        ('"sections": {}', '"sections": {"a": ' + "[" * 100_000 + "]" * 100_000 + "}"),
        ('"sections": {}', '"sections": {"a": Infinity}'),
        ('"muted"', '"mu\0ted"'),
        ('"photo"', ""),
    ):
        assert sound in text
        _rewrite(path, text.replace(sound, hostile))
        with pytest.raises(ProjectError, match="damaged"):
            read_project(path)
    for array in (_npy((10**12,), b"1234"), _npy((-1,), b""), b"\x93NUMPY", b""):
        _rewrite(path, text, **{"latents/1/noise.npy": array})
        with pytest.raises(ProjectError, match="damaged"):
            read_project(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.json", text)
        archive.writestr("../../evil", b"")
    with pytest.raises(ProjectError, match="outside of itself"):
        read_project(path)


def test_a_zip_bomb_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mien"
    monkeypatch.setattr("core.document.project._MAX_BYTES", 1 << 20)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.json", "{}")
        archive.writestr("photo", bytes(2 << 20))
    assert path.stat().st_size < 10_000
    with pytest.raises(ProjectError, match="it is refused"):
        read_project(path)


def test_a_photo_is_named_without_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "a.mien"
    for name in ("../../etc/anna.jpg", "C:\\x\\anna.jpg"):
        write_project(path, replace(_project(), photo_name=name))
        assert read_project(path).photo_name == "anna.jpg"
