"""Exported pictures that are opened again."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app import projects
from app.window import MainWindow
from core.document.project import Project
from core.document.state import PersonState
from core.export.picture import generated_photo
from core.export.provenance import marked
from core.export.settings_in_file import pack
from core.photo.save import save_photo
from models.face.parameters import FaceParameters
from tests.app.conftest import WAIT_MS, Open
from tests.app.test_documents import choose
from tests.core.photo.pictures import gradient

PHOTO = "400x300, 1 faces.jpg"


def exported(path: Path, window: MainWindow, sha256: str = "", generator: str = "") -> None:
    """A picture with the window's document as its settings."""
    photo = generated_photo(gradient())
    text = pack(projects.settings_text(window.editor), sha256, {"generator": generator})
    marks = marked(photo.metadata, None, text, path.suffix)
    save_photo(replace(photo, metadata=marks), photo.pixels, path)


@pytest.fixture
def edited(window: MainWindow, open_photo: Open, tmp_path: Path) -> Path:
    """The picture of an edit of a photo, which lies in another folder; the window is anew."""
    open_photo("400x300, 1 faces", PHOTO)
    window.editor.set_values({"yaw": 30}, "Yaw")
    window.editor.set_feather(33)
    folder = tmp_path / "out"
    folder.mkdir()
    path = folder / "500x500, 1 faces.png"
    exported(path, window, hashlib.sha256(b"the photo").hexdigest())
    window.editor.clear()
    return path


def said(window: MainWindow, qtbot: QtBot) -> str:
    qtbot.waitUntil(
        lambda: any(m.key == "settings" for m in window.messages.messages()), timeout=WAIT_MS
    )
    return window.messages.messages()[-1].text


def act(window: MainWindow) -> None:
    action = window.messages.messages()[-1].action
    assert action
    action[1]()


def test_a_person_is_a_person_again(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    noise = np.array([5, 0.7], np.float32)
    person = PersonState(FaceParameters(), noise, 5, 0.7)
    window.editor.load(projects.without_photo(Project(person=person)), "Person")
    window.editor.set_values({"jawOpen": 0.4}, "Jaw open")
    path = tmp_path / "500x500, 0 faces.png"
    exported(path, window)
    window.editor.clear()
    window.documents.open_paths([str(path)])
    qtbot.waitUntil(lambda: window.editor.person is not None, timeout=WAIT_MS)
    back = window.editor.person
    assert back and back.seed == 5 and np.array_equal(back.noise, noise)
    assert window.editor.value("jawOpen") == pytest.approx(0.4)
    assert window.editor.default("jawOpen") == 0 and window.editor.photo is None
    assert not window.documents.is_modified() and window.settings.recent == [str(path)]
    window.editor.history.undo()
    assert window.editor.person is None


def test_another_generator_shows_the_picture(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    person = PersonState(FaceParameters(), np.zeros(2, np.float32), 5, 0.7)
    window.editor.load(projects.without_photo(Project(person=person)), "Person")
    path = tmp_path / "500x500, 1 faces.png"
    exported(path, window, generator="old")
    window.editor.clear()
    window.controller.generator_key = "new"
    window.documents.open_path(str(path))
    assert "another generator" in said(window, qtbot)
    qtbot.waitUntil(lambda: window.editor.photo is not None, timeout=WAIT_MS)


def test_an_edit_goes_on_where_its_photo_is(window: MainWindow, qtbot: QtBot, edited: Path) -> None:
    (edited.parent.parent / PHOTO).write_bytes(b"the photo")
    window.documents.open_path(str(edited))
    qtbot.waitUntil(lambda: window.editor.photo is not None, timeout=WAIT_MS)
    assert window.editor.photo and window.editor.photo.name == edited.name
    assert f"edit of {PHOTO}, which is still there" in said(window, qtbot)
    act(window)
    qtbot.waitUntil(lambda: window.documents.title() == PHOTO, timeout=WAIT_MS)
    assert window.editor.value("yaw") == 30 and window.editor.document.feather == 33
    assert window.editor.history.undoText() == f"Restore edit of {PHOTO}"


def test_an_edit_asks_for_its_photo(
    window: MainWindow, qtbot: QtBot, edited: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong, right = tmp_path / PHOTO, tmp_path / "100x100, 1 faces.jpg"
    wrong.write_bytes(b"another photo")
    right.write_bytes(b"the photo")
    window.documents.open_path(str(edited))
    assert "with that photo the edit can go on" in said(window, qtbot)
    choose(monkeypatch, wrong)
    act(window)
    qtbot.waitUntil(lambda: "is not the photo" in said(window, qtbot), timeout=WAIT_MS)
    choose(monkeypatch, right)
    act(window)
    qtbot.waitUntil(lambda: window.documents.title() == right.name, timeout=WAIT_MS)
    assert window.editor.value("yaw") == 30


def test_damaged_settings_leave_a_picture(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    photo = generated_photo(gradient())
    path = tmp_path / "500x500, 1 faces.png"
    marks = marked(photo.metadata, None, "nonsense", ".png")
    save_photo(replace(photo, metadata=marks), photo.pixels, path)
    window.documents.open_path(str(path))
    assert "are damaged" in said(window, qtbot)
    qtbot.waitUntil(lambda: window.editor.photo is not None, timeout=WAIT_MS)


def test_only_the_last_picture_opens(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    for name in ("300x300, 1 faces.png", "400x400, 1 faces.png"):
        (tmp_path / name).touch()
        window.documents.open_path(str(tmp_path / name))
    qtbot.waitUntil(lambda: window.editor.photo is not None, timeout=WAIT_MS)
    assert window.editor.photo and window.editor.photo.name == "400x400, 1 faces.png"
    assert window.editor.history.count() == 1
