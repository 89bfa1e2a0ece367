"""Steps of undo: the list of them, and what features keep with a document."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.panels.history import HistoryPanel
from app.window import MainWindow
from core.document.project import read_project
from tests.app.conftest import WAIT_MS, Open
from tests.app.test_documents import choose

KEYS = [{"frame": 0, "yaw": 5.0}]


def test_sections_are_undoable_and_survive_another_photo(
    window: MainWindow, open_photo: Open
) -> None:
    editor, seen = window.editor, []
    editor.sectionsChanged.connect(lambda: seen.append(dict(editor.document.sections)))
    editor.set_section("motion", KEYS, "Add keyframe")
    assert editor.history.undoText() == "Add keyframe" and window.isWindowModified()
    editor.set_section("motion", KEYS, "Add keyframe")
    assert editor.history.count() == 1
    open_photo()
    assert editor.document.sections == {"motion": KEYS}
    editor.set_section("motion", None, "Delete timeline")
    assert editor.document.sections == {} and editor.history.undoText() == "Delete timeline"
    for _ in range(3):
        editor.history.undo()
    assert editor.document.sections == {} and editor.photo is None
    assert seen == [{"motion": KEYS}, {}, {"motion": KEYS}, {}]


def test_a_drag_of_a_section_is_one_step(window: MainWindow) -> None:
    editor = window.editor
    editor.begin_document("Move keyframe")
    for frame in range(5):
        editor.set_section("motion", [{"frame": frame}], "not shown")
    editor.end_document()
    assert editor.history.count() == 1 and editor.history.undoText() == "Move keyframe"
    for name in "ab":
        editor.set_section("note", name, "Type", merge="note")
    assert editor.history.count() == 2
    editor.history.undo()
    assert editor.document.sections == {"motion": [{"frame": 4}]}
    editor.begin_document("Move keyframe")
    editor.set_section("motion", [], "not shown")
    editor.cancel()
    assert editor.document.sections == {"motion": [{"frame": 4}]}


def test_sections_are_kept_in_the_project(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "a.mien"
    choose(monkeypatch, path)
    window.editor.set_section("motion", KEYS, "Add keyframe")
    window.actions_["save"].trigger()
    qtbot.waitUntil(lambda: not window.isWindowModified(), timeout=WAIT_MS)
    assert read_project(path).sections == {"motion": KEYS}
    window.editor.clear()
    window.documents.open_path(str(path))
    qtbot.waitUntil(lambda: bool(window.editor.document.sections), timeout=WAIT_MS)
    assert window.editor.document.sections == {"motion": KEYS}


def test_undo_waits_for_the_end_of_a_drag(window: MainWindow) -> None:
    editor, undo = window.editor, window.actions_["undo"]
    editor.set_values({"yaw": 10}, "Yaw")
    editor.begin("Drag")
    editor.set_values({"yaw": 20}, "Drag")
    undo.trigger()
    assert editor.value("yaw") == 20 and editor.dragging
    editor.end()
    undo.trigger()
    assert editor.value("yaw") == 10 and undo.text() == "Undo Yaw"


def test_an_edit_under_another_photo_is_still_unsaved(
    window: MainWindow, open_photo: Open, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot,
    tmp_path: Path,
) -> None:  # fmt: skip
    open_photo()
    assert not window.isWindowModified()
    window.editor.set_values({"yaw": 20}, "Yaw")
    open_photo("600x600, 1 faces", "bela.jpg")
    assert window.isWindowModified()
    window.editor.history.undo()
    choose(monkeypatch, tmp_path / "a.mien")
    window.actions_["save"].trigger()
    qtbot.waitUntil(lambda: not window.isWindowModified(), timeout=WAIT_MS)
    window.editor.history.redo()
    assert not window.isWindowModified()


def test_the_list_goes_to_a_step_by_mouse_and_keyboard(window: MainWindow) -> None:
    window.actions_["dock_history"].trigger()
    panel = window.workspace.docks["history"].widget()
    assert isinstance(panel, HistoryPanel) and panel.accessibleName() == "Steps"
    editor, model = window.editor, panel.model()
    for step in range(1, 5):
        editor.set_values({"yaw": 3 * step}, f"Step {step}")
        if step == 2:
            editor.history.setClean()
    texts = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert texts == ["Start", "Step 1", "Step 2", "Step 3", "Step 4"]
    marks = [model.index(row, 0).data(Qt.ItemDataRole.DecorationRole) for row in range(5)]
    assert [bool(m and not m.isNull()) for m in marks] == [False, False, True, False, False]
    editor.begin("Drag")
    editor.set_values({"yaw": 30}, "Drag")
    middle = panel.visualRect(model.index(1, 0)).center()
    QTest.mouseClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert editor.value("yaw") == 3 and not editor.dragging and editor.history.count() == 5
    QTest.keyClick(panel, Qt.Key.Key_Down)
    assert editor.value("yaw") == 6 and not window.isWindowModified()
    QTest.keyClick(panel, Qt.Key.Key_Home)
    assert editor.value("yaw") == 0
    QTest.keyClick(panel, Qt.Key.Key_End)
    assert editor.value("yaw") == 30


def test_steps_have_room_from_the_first_look_on(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_["dock_history"].trigger()
    panel = window.workspace.docks["history"].widget()
    assert isinstance(panel, HistoryPanel)
    row = panel.model().index(0, 0)
    qtbot.waitUntil(lambda: panel.visualRect(row).height() == panel.sizeHintForRow(0) > 20)
