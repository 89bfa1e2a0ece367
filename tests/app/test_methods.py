"""Photo, generator or both: switching, finding the face, cancelling, death, files."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.projects import project_of
from app.window import MainWindow
from core.document.project import read_project
from tests.app.conftest import WAIT_MS, settled
from tests.app.test_people import people as people

PATIENT = "400x300, 1 faces, patient"


def opened(window: MainWindow, qtbot: QtBot, kind: str = "400x300, 1 faces") -> None:
    """Open a pretended photo and turn its face."""
    before = window.editor.photo
    window.controller.open_photo(kind.encode(), "anna.jpg")
    qtbot.waitUntil(lambda: window.editor.photo is not before, timeout=WAIT_MS)
    window.editor.set_values({"yaw": 20}, "Yaw")
    settled(window, qtbot)


def red(window: MainWindow) -> int:
    """The pixel that tells what was drawn."""
    result = window.canvas.result()
    assert result
    return result.pixelColor(5, 5).red()


def found(window: MainWindow, qtbot: QtBot) -> None:
    """Wait until the face is found and shown."""
    qtbot.waitUntil(lambda: window.editor.latent is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.link.client.idle, timeout=WAIT_MS)
    settled(window, qtbot)


def test_switching_keeps_the_edit_and_is_undoable(people: MainWindow, qtbot: QtBot) -> None:
    assert not people.actions_["generator"].isEnabled()
    opened(people, qtbot)
    assert people.actions_["photo"].isChecked() and people.toolbar.methods.isVisible()
    people.actions_["generator"].trigger()
    found(people, qtbot)
    assert people.actions_["generator"].isChecked() and not people.actions_["photo"].isChecked()
    assert red(people) == 120 - 40 and people.editor.value("yaw") == 20
    assert people.status.method.text() == "Identity distance 0.10"
    people.actions_["hybrid"].trigger()
    found(people, qtbot)
    assert red(people) == 120 - 20
    people.editor.set_values({"yaw": 30}, "Yaw")
    settled(people, qtbot)
    assert red(people) == 130 - 20
    people.actions_["photo"].trigger()
    settled(people, qtbot)
    assert red(people) == 130 and people.editor.history.undoText() == "Source: Photo"
    for _ in range(4):
        people.actions_["undo"].trigger()
    assert people.actions_["photo"].isChecked() and people.editor.value("yaw") == 20


def test_editable_from_the_first_estimate_on(people: MainWindow, qtbot: QtBot) -> None:
    opened(people, qtbot, PATIENT)
    people.actions_["generator"].trigger()
    qtbot.waitUntil(lambda: people.editor.latent is not None, timeout=WAIT_MS)
    people.editor.set_values({"yaw": 30}, "Yaw")
    qtbot.waitUntil(lambda: red(people) in (130 - 10, 130 - 20), timeout=WAIT_MS)
    assert not people.link.client.idle
    qtbot.waitUntil(lambda: people.messages.progress.isVisible(), timeout=WAIT_MS)
    assert "identity distance" in people.messages.progress.text()
    found(people, qtbot)
    assert red(people) == 130 - 40


def test_cancel_keeps_what_was_found(people: MainWindow, qtbot: QtBot) -> None:
    opened(people, qtbot, PATIENT)
    people.actions_["generator"].trigger()
    qtbot.waitUntil(lambda: people.editor.latent is not None, timeout=WAIT_MS)
    people.controller.cancel()
    qtbot.waitUntil(lambda: people.link.client.idle, timeout=WAIT_MS)
    settled(people, qtbot)
    assert people.editor.state.method == "generator" and red(people) < 120 - 5
    assert people.link.client.life == 1


def test_cancel_before_the_first_estimate_gives_the_photo_back(
    people: MainWindow, qtbot: QtBot
) -> None:
    opened(people, qtbot)
    people.actions_["generator"].trigger()
    people.controller.cancel()
    qtbot.waitUntil(lambda: people.link.client.idle, timeout=WAIT_MS)
    if people.editor.latent is None:
        assert people.editor.state.method == "photo"


def test_kill_9_while_a_face_is_looked_for(people: MainWindow, qtbot: QtBot) -> None:
    opened(people, qtbot, PATIENT)
    people.actions_["hybrid"].trigger()
    qtbot.waitUntil(lambda: people.editor.latent is not None, timeout=WAIT_MS)
    pid = people.link.client.pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: people.link.client.pid not in (None, pid), timeout=WAIT_MS)
    found(people, qtbot)
    assert red(people) == 120 - 20 and people.editor.value("yaw") == 20


def test_method_and_latent_are_kept_in_the_project(
    people: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(people, qtbot)
    people.actions_["generator"].trigger()
    found(people, qtbot)
    target = tmp_path / "anna.mien"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    people.documents.save_as()
    qtbot.waitUntil(lambda: people.editor.path is not None, timeout=WAIT_MS)
    stored = read_project(target)
    assert stored.edits[0].method == "generator" and stored.latents[0].identity
    people.documents.new()
    embeds: list[int] = []
    monkeypatch.setattr(people.link.client, "embed", embeds.append)
    people.documents.open_path(str(target))
    qtbot.waitUntil(lambda: people.editor.photo is not None, timeout=WAIT_MS)
    settled(people, qtbot)
    assert red(people) == 120 - 40 and embeds == []


def test_each_face_has_its_method(people: MainWindow, qtbot: QtBot) -> None:
    opened(people, qtbot, "400x300, 2 faces")
    people.actions_["generator"].trigger()
    found(people, qtbot)
    people.editor.select_face(1)
    settled(people, qtbot)
    assert people.actions_["photo"].isChecked()
    # The first face's edit lies under the second's.
    assert red(people) == 120 - 40 + 5


def test_tuning_leaves_the_face_editable_and_ends_in_the_project(
    people: MainWindow, qtbot: QtBot
) -> None:
    assert not people.actions_["tune"].isEnabled()
    opened(people, qtbot, PATIENT)
    people.actions_["generator"].trigger()
    found(people, qtbot)
    people.actions_["tune"].trigger()
    assert not people.actions_["tune"].isEnabled()
    people.editor.set_values({"yaw": 30}, "Yaw")
    qtbot.waitUntil(lambda: red(people) == 130 - 40, timeout=WAIT_MS)
    assert not people.link.client.idle
    found(people, qtbot)
    assert red(people) == 130 - 60 and people.actions_["tune"].isEnabled()
    assert people.status.method.text() == "Identity distance 0.02"
    assert project_of(people.editor).latents[0].tuning


def test_tuning_that_is_cancelled_changes_nothing(people: MainWindow, qtbot: QtBot) -> None:
    opened(people, qtbot, PATIENT)
    people.actions_["generator"].trigger()
    found(people, qtbot)
    before = people.editor.latent
    people.actions_["tune"].trigger()
    qtbot.waitUntil(lambda: people.messages.progress.isVisible(), timeout=WAIT_MS)
    people.controller.cancel()
    qtbot.waitUntil(lambda: people.link.client.idle, timeout=WAIT_MS)
    assert people.editor.latent is before and people.actions_["tune"].isEnabled()
