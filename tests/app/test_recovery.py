"""Unsaved work outlives the window; what is open in one window is open in no other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from app import recovery
from app.settings import Settings
from app.theme import Theme
from app.widgets.messages import Message
from app.window import MainWindow
from core.document.recovery import Session, find_orphans
from core.engine.messages import ExportOptions
from tests.app.conftest import WAIT_MS, Open
from tests.app.test_documents import answer, choose
from tests.conftest import ROOT
from tests.core.engine.fake import FakeBackend, PeopleBackend

# A window of its own process that edits, waits for a sign of life on the disk and is killed.
CHILD = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.settings import Settings
from app.theme import Theme
from app.window import MainWindow
from tests.core.engine.fake import FakeBackend

if __name__ == "__main__":
    app = QApplication([])
    settings = Settings(Path(sys.argv[1]) / "child.json")
    window = MainWindow(Theme(app), settings, FakeBackend)
    window.show()
    photo = sys.argv[2]
    window.controller.open_photo(photo if Path(photo).exists() else photo.encode(), "anna.jpg")
    def edit():
        if window.editor.photo is None:
            return
        timer.stop()
        window.editor.set_values({"yaw": 31.5, "jawOpen": 0.25}, "Edit")
        window.editor.set_strength(0.75)
        window.editor.set_section("motion", [1, {"two": 2.5}], "Add keyframe")
        window.editor.set_feather(21.0)
        print("edited", flush=True)
    timer = QTimer()
    timer.timeout.connect(edit)
    timer.start(20)
    app.exec()
"""


def crash(tmp_path: Path, photo: str) -> None:
    """Run a window, edit in it, and kill it two seconds after the edit."""
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    child = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path), photo],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout and child.stdout.readline() == b"edited\n"
    time.sleep(2)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()


def card(window: MainWindow, qtbot: QtBot) -> Message:
    """The card that offers to recover."""
    window.recovery.look()
    found: list[Message] = []

    def shown() -> bool:
        found[:] = [m for m in window.messages.messages() if m.key == "recovery"]
        return bool(found)

    qtbot.waitUntil(shown, timeout=WAIT_MS)
    return found[0]


@pytest.mark.parametrize("on_disk", [True, False])
def test_kill_9_of_the_window_loses_nothing(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, on_disk: bool
) -> None:
    name = "400x300, 2 faces"
    photo = tmp_path / f"{name}.jpg"
    photo.write_bytes(b"as it was")
    crash(tmp_path, str(photo) if on_disk else name)
    message = card(window, qtbot)
    assert message.text.startswith("anna.jpg was not saved when Mien ended at ")
    assert message.action and message.action[0] == "Recover"
    assert message.other and message.other[0] == "Discard"
    message.action[1]()
    qtbot.waitUntil(lambda: window.editor.photo is not None, timeout=WAIT_MS)
    editor = window.editor
    assert editor.value("yaw") == 31.5 and editor.value("jawOpen") == 0.25
    assert editor.state.strength == 0.75 and editor.document.feather == 21.0
    assert editor.document.sections == {"motion": [1, {"two": 2.5}]}
    assert editor.photo and editor.photo.source == (str(photo) if on_disk else name.encode())
    assert window.isWindowModified() and editor.path is None
    # This window has it now; a clean end leaves nothing.
    qtbot.wait(2 * recovery.WRITE_AFTER_MS)
    assert find_orphans() == []
    editor.history.setClean()
    window.close()
    unsaved = Path(os.environ["MIEN_STATE"]) / "unsaved"
    assert list(unsaved.iterdir()) == []


def abandon(window: MainWindow) -> None:
    """End a window as a crash does: its document stays, its locks go."""
    sessions: list[Session] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "clear", lambda session: sessions.append(session))
        window.autosave.write()
        while not window.autosave._jobs.empty():
            time.sleep(0.01)
        window.autosave.close()
    for session in sessions:
        if session._lock:
            session._lock.release()
    window.editor.history.setClean()
    window.close()


def test_a_person_a_path_and_discard(
    theme: Theme, settings: Settings, qtbot: QtBot, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    windows = [MainWindow(theme, settings, PeopleBackend) for _ in range(3)]
    first, second, third = windows
    for window in windows:
        qtbot.addWidget(window)
        qtbot.waitUntil(lambda w=window: w.editor.person is not None, timeout=WAIT_MS)  # type: ignore[misc]
    path = tmp_path / "a.mien"
    choose(monkeypatch, path)
    first.people.take_seed(77)
    qtbot.waitUntil(lambda: first.editor.history.count() == 1, timeout=WAIT_MS)
    first.actions_["save"].trigger()
    qtbot.waitUntil(lambda: first.editor.path is not None, timeout=WAIT_MS)
    first.editor.set_values({"yaw": 12.5}, "Yaw")
    values, noise = first.editor.parameters.pose, first.editor.person.noise  # type: ignore[union-attr]
    abandon(first)
    message = card(second, qtbot)
    assert message.text.startswith("a.mien was not saved") and message.action
    message.action[1]()
    qtbot.waitUntil(lambda: second.editor.path == str(path), timeout=WAIT_MS)
    assert np.array_equal(second.editor.parameters.pose, values)
    assert second.editor.person and np.array_equal(second.editor.person.noise, noise)
    assert second.windowTitle() == "a.mien[*] – Mien" and second.isWindowModified()
    # A third window is not offered what the second has, until that one crashes too.
    third.recovery.look()
    qtbot.wait(200)
    assert not third.messages.messages()
    abandon(second)
    message = card(third, qtbot)
    assert message.other
    message.other[1]()
    assert find_orphans() == []
    third.close()


def test_what_is_saved_is_not_kept(
    window: MainWindow, open_photo: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    unsaved = Path(os.environ["MIEN_STATE"]) / "unsaved"

    def kept() -> bool:
        return unsaved.exists() and any(unsaved.glob("*/journal"))

    open_photo()
    window.editor.begin("Yaw")
    window.editor.set_values({"yaw": 20}, "Yaw")
    qtbot.waitUntil(kept, timeout=2000)
    window.editor.end()
    window.controller.save_picture(str(tmp_path / "out.png"), ExportOptions())
    qtbot.waitUntil(lambda: not window.isWindowModified(), timeout=WAIT_MS)
    qtbot.wait(2 * recovery.WRITE_AFTER_MS)
    assert kept(), "a picture keeps no edit"
    choose(monkeypatch, tmp_path / "a.mien")
    window.actions_["save"].trigger()
    qtbot.waitUntil(lambda: not kept(), timeout=WAIT_MS)


def test_a_full_disk_warns_once(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_bytes(b"")
    monkeypatch.setenv("MIEN_STATE", str(blocked))
    for yaw in (10, 20):
        window.editor.set_values({"yaw": yaw}, "Yaw")
        qtbot.wait(2 * recovery.WRITE_AFTER_MS)
    (message,) = window.messages.messages()
    assert message.text.startswith("A crash would lose your edit: ") and message.text.endswith(".")


def test_a_project_open_in_one_window_is_a_copy_in_another(
    window: MainWindow, open_photo: Open, theme: Theme, settings: Settings, qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    open_photo()
    window.editor.set_values({"yaw": 33}, "Yaw")
    path = tmp_path / "a.mien"
    choose(monkeypatch, path)
    window.actions_["save"].trigger()
    qtbot.waitUntil(lambda: window.editor.path == str(path), timeout=WAIT_MS)
    answer(monkeypatch, QMessageBox.StandardButton.Discard)
    other = MainWindow(theme, settings, FakeBackend)
    qtbot.addWidget(other)
    other.documents.open_path(str(path))
    qtbot.waitUntil(lambda: bool(other.messages.messages()), timeout=WAIT_MS)
    (message,) = other.messages.messages()
    assert "a.mien is open in another window" in message.text and other.editor.photo is None
    assert message.action
    message.action[1]()
    qtbot.waitUntil(lambda: other.editor.photo is not None, timeout=WAIT_MS)
    assert other.editor.value("yaw") == 33 and other.editor.path is None
    # It cannot be saved over the first one's either.
    other.editor.set_values({"yaw": 34}, "Yaw")
    before = path.read_bytes()
    other.actions_["save"].trigger()
    text = "choose another name"
    qtbot.waitUntil(lambda: any(text in m.text for m in other.messages.messages()), timeout=WAIT_MS)
    assert path.read_bytes() == before and other.isWindowModified()
    # Once the first leaves it, it is free.
    window.editor.clear()
    other.actions_["save"].trigger()
    qtbot.waitUntil(lambda: other.editor.path == str(path), timeout=WAIT_MS)
    other.close()


@pytest.mark.parametrize("route", ["quit", "new", "open", "drop"])
def test_every_way_out_asks_and_goes_on_after_saving(
    window: MainWindow, open_photo: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path, route: str,
) -> None:  # fmt: skip
    other = tmp_path / "other.mien"
    choose(monkeypatch, other)
    window.actions_["save"].trigger()
    qtbot.waitUntil(other.exists, timeout=WAIT_MS)
    ways: dict[str, Callable[[], object]] = {
        "quit": window.close,
        "new": window.documents.new,
        "open": lambda: window.documents.open_path(str(other)),
        "drop": lambda: window.documents.open_paths([str(other)]),
    }
    open_photo()
    qtbot.waitUntil(lambda: window.editor.path == str(other), timeout=WAIT_MS)
    window.editor.path = None
    window.editor.set_values({"yaw": 20}, "Yaw")
    asked = answer(monkeypatch, QMessageBox.StandardButton.Cancel)
    ways[route]()
    qtbot.wait(100)
    assert asked == ["Unsaved edit"] and window.isVisible() and window.editor.value("yaw") == 20
    mine = tmp_path / "mine.mien"
    choose(monkeypatch, mine)
    answer(monkeypatch, QMessageBox.StandardButton.Save)
    ways[route]()
    gone = (lambda: not window.isVisible()) if route == "quit" else lambda: not window.editor.photo
    qtbot.waitUntil(gone, timeout=WAIT_MS)
    assert mine.exists()


def test_a_recent_file_that_vanished(window: MainWindow, tmp_path: Path) -> None:
    gone = tmp_path / "gone.mien"
    window.settings.add_recent(str(gone))
    window.menus.refresh_recent()
    window.menus.recent.actions()[0].trigger()
    (message,) = window.messages.messages()
    assert "gone.mien is not there any more" in message.text
    assert window.menus.recent.actions() == []
