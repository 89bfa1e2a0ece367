"""The batch dialog as the window opens it: by key, by folders dropped or chosen; odd names."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.window import MainWindow
from core.export.job import Job, People, Photos, SavedProject
from tests.app.conftest import WAIT_MS


def drop(window: MainWindow, *paths: Path) -> Job:
    """The batch that a drop opens."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    window.dropEvent(event)
    dialog = window.batching.dialog
    assert dialog and dialog.isVisible() and window.editor.photo is None
    return dialog.form.job()


def test_dropped_folders_open_it(window: MainWindow, tmp_path: Path) -> None:
    faces, more, photo = tmp_path / "faces; old", tmp_path / "more", tmp_path / "a.jpg"
    for folder in (faces, more):
        folder.mkdir()
        (folder / "400x300, 1 faces.jpg").touch()
    photo.touch()
    (tmp_path / "notes.txt").touch()
    job = drop(window, faces)
    assert job.input == Photos((faces,)) and job.out == tmp_path / "faces; old-batch"
    faces = faces.rename(tmp_path / "faces")
    job = drop(window, photo, more, tmp_path / "notes.txt", faces, faces)
    assert job.input == Photos((faces, more, photo)) and job.out == tmp_path / "faces-batch"


def test_a_form_that_nobody_has_touched_hints_and_does_not_complain(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.actions_["batch"].trigger()
    dialog = window.batching.dialog
    assert dialog

    def said(kind: str) -> None:
        line = dialog.form.shown
        qtbot.waitUntil(lambda: line.property("kind") == kind, timeout=WAIT_MS)
        assert line.text() == "Choose a folder to write to."

    said("muted")
    dialog.start.click()
    said("error")
    assert not dialog.work.running and not dialog.start.isEnabled()
    dialog.close()
    window.actions_["batch"].trigger()
    said("muted")
    assert dialog.start.isEnabled()
    dialog.form.names.setText("{index}")
    said("error")
    assert not dialog.start.isEnabled()


def test_folders_are_added_one_by_one(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.batching.show()
    assert window.batching.dialog
    form = window.batching.dialog.form
    form.input.kind.setCurrentIndex(0)
    assert not form.input.add.isEnabled()
    folders = [tmp_path / name for name in ("b", "a", "c")]
    for folder in folders:
        folder.mkdir()
    chosen = iter(str(folder) for folder in folders)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: next(chosen))
    form.input.browse.click()
    form.input.add.click()
    form.input.add.click()
    assert form.input.input(tmp_path) == Photos(tuple(folders))


def test_names_that_no_file_can_have_are_refused(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.actions_["batch"].trigger()
    dialog, name = window.batching.dialog, Path("x" * 5000)
    assert dialog
    for given in (Photos((name,)), SavedProject(name)):
        dialog.form.show_job(Job(given, tmp_path / "out"))
        qtbot.waitUntil(lambda: "There is no" in dialog.form.shown.text(), timeout=WAIT_MS)
        dialog.form.say("", "muted")
    dialog.form.show_job(Job(People(1), name))
    dialog.resume.click()
    qtbot.waitUntil(lambda: "too long" in dialog.progress.line.text(), timeout=WAIT_MS)
    dialog.close()
