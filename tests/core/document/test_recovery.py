"""Unsaved documents outlive their window, and nobody else takes them while it lives."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.document.lock import project_lock, try_lock
from core.document.project import Project, ProjectFace, project_to_json
from core.document.recovery import RecoveryError, Session, Unsaved, find_orphans
from core.document.state import EditState, PersonState
from core.engine.messages import LatentCode
from core.errors import MienError, OutputError
from tests.conftest import ROOT
from tests.core.engine.fake import smiling
from tests.faults import ERRORS, faults


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder that nobody else has."""
    folder = tmp_path / "state"
    monkeypatch.setenv("MIEN_STATE", str(folder))
    return folder


def _project() -> Project:
    rng = np.random.default_rng(3)
    latent = LatentCode(
        smiling(0.1), rng.normal(size=64).astype(np.float32),
        rng.normal(size=(11, 256)).astype(np.float32), "0123abcd",
        {"to_rgb": rng.normal(size=(3, 4)).astype(np.float16)}, 0.31,
    )  # fmt: skip
    person = PersonState(smiling(0.3), rng.normal(size=8).astype(np.float32), None, 0.7)
    return Project(
        "Pasted picture", b"pasted" * 1000, (ProjectFace((1, 2, 3, 4), smiling(0.2)),),
        {0: EditState(smiling(0.9), frozenset({"light"}), 0.5, "hybrid")}, 0, 3.0, person,
        {0: latent}, {"motion": {"keys": [1, 2]}},
    )  # fmt: skip


def _crash(session: Session) -> None:
    """What the system does for a process that dies."""
    assert session._lock
    session._lock.release()


def test_all_of_a_document_comes_back(state: Path) -> None:
    session, project = Session(), _project()
    session.write(Unsaved(project, "a.mien", "", "/projects/a.mien"))
    session.write(Unsaved(replace(project, feather=4.0), "a.mien", "", "/projects/a.mien"))
    assert find_orphans() == [], "it lives"
    _crash(session)
    (orphan,) = find_orphans()
    assert find_orphans() == [], "it was found already"
    assert orphan.name == "a.mien"
    unsaved, notice = orphan.read()
    assert (unsaved.name, unsaved.path, unsaved.source, notice) == (
        "a.mien", "/projects/a.mien", "", "",
    )  # fmt: skip
    again = unsaved.project
    assert project_to_json(again) == project_to_json(replace(project, feather=4.0))
    assert again.photo == project.photo
    for name in ("noise", "offset"):
        there, here = getattr(again.latents[0], name), getattr(project.latents[0], name)
        assert np.array_equal(there, here) and there.dtype == here.dtype
    assert np.array_equal(again.latents[0].tuning["to_rgb"], project.latents[0].tuning["to_rgb"])
    # The window that takes it goes on in its place; a clean end leaves nothing.
    mine = orphan.adopt()
    mine.write(Unsaved(replace(project, photo=None, latents={}), "a.mien"))
    (folder,) = (f for f in (state / "unsaved").iterdir() if f.is_dir())
    assert [f.name for f in folder.iterdir()] == ["journal"]
    mine.clear()
    assert list((state / "unsaved").iterdir()) == []


def test_a_photo_is_known_by_its_path_and_content(tmp_path: Path) -> None:
    photo = tmp_path / "anna.jpg"
    photo.write_bytes(b"one")
    session = Session()
    session.write(Unsaved(replace(_project(), photo=None), "anna.jpg", str(photo)))
    _crash(session)
    (orphan,) = find_orphans()
    unsaved, notice = orphan.read()
    assert unsaved.source == str(photo) and unsaved.project.photo is None and not notice
    photo.write_bytes(b"another")
    assert "anna.jpg was changed since" in orphan.read()[1]
    photo.unlink()
    with pytest.raises(RecoveryError, match="put it back"):
        orphan.read()
    orphan.release()
    (orphan,) = find_orphans()
    orphan.discard()
    assert find_orphans() == []


def test_damage_is_a_sentence_or_nothing(state: Path) -> None:
    session = Session()
    session.write(Unsaved(_project(), "a.mien"))
    _crash(session)
    (folder,) = (f for f in (state / "unsaved").iterdir() if f.is_dir())
    journal = (folder / "journal").read_bytes()
    for path in folder.iterdir():
        if path.name != "journal":
            path.write_bytes(b"damaged")
    (orphan,) = find_orphans()
    with pytest.raises(MienError, match="The unsaved a"):
        orphan.read()
    orphan.release()
    (folder / "journal").write_bytes(journal[: len(journal) // 2])
    assert find_orphans() == [] and not folder.exists()


@pytest.mark.parametrize("number", ERRORS)
def test_a_full_disk_is_a_sentence_and_the_next_try_succeeds(number: int) -> None:
    session, project = Session(), _project()
    said: list[str] = []

    def write() -> None:
        said.clear()
        try:
            session.write(Unsaved(project, "a.mien"))
        except OutputError as error:
            said.append(str(error))

    for _name in faults(number, write):
        assert len(said) <= 1 and all(text.endswith(".") for text in said)
    assert not said
    _crash(session)
    (orphan,) = find_orphans()
    assert orphan.read()[0].project.photo == project.photo
    orphan.discard()


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    path = project_lock(tmp_path / "a.mien")
    (tmp_path / "link").symlink_to(tmp_path)
    assert project_lock(tmp_path / "link" / "a.mien") == path != project_lock(tmp_path / "b.mien")
    code = (
        "import sys, time; from pathlib import Path; from core.document.lock import try_lock\n"
        "lock = try_lock(Path(sys.argv[1])); print(lock is not None, flush=True); time.sleep(60)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], cwd=ROOT, stdout=subprocess.PIPE, env=os.environ
    )
    assert child.stdout and child.stdout.readline() == b"True\n"
    assert try_lock(path) is None
    child.kill()
    child.wait()
    child.stdout.close()
    lock = try_lock(path)
    assert lock
    lock.release()
