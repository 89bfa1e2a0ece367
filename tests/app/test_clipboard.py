"""Copying and pasting edits between faces, windows and texts."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QCheckBox
from pytestqt.qtbot import QtBot

from app.clipboard import copy_groups
from app.window import MainWindow
from tests.app.conftest import WAIT_MS, Open


def _text() -> str:
    return QGuiApplication.clipboard().text()


def _menu(window: MainWindow, group: str, entry: str) -> None:
    actions = {a.text(): a for a in window.panel.groups[group].menu().actions()}
    assert actions[entry].isEnabled()
    actions[entry].trigger()


def test_one_group_goes_to_another_photo(window: MainWindow, open_photo: Open) -> None:
    open_photo()
    window.editor.set_values({"yaw": 21, "jawOpen": 0.4}, "Edit")
    _menu(window, "expression", "Copy Expression")
    assert json.loads(_text())["values"]["expression"]["jawOpen"] == pytest.approx(0.4)
    open_photo("400x300, 2 faces", "bert.jpg")
    entries = {a.text(): a for a in window.panel.groups["pose"].menu().actions()}
    assert not entries["Paste Pose"].isEnabled()
    _menu(window, "expression", "Paste Expression")
    assert window.editor.value("jawOpen") == pytest.approx(0.4)
    assert window.editor.value("yaw") == 5
    assert window.editor.history.undoText() == "Paste Expression"


def test_paste_takes_what_was_changed(window: MainWindow, open_photo: Open) -> None:
    open_photo()
    window.editor.set_values({"yaw": 21}, "Yaw")
    window.actions_["copy_edit"].trigger()
    open_photo("400x300, 2 faces", "bert.jpg")
    window.editor.set_values({"jawOpen": 0.7}, "Jaw open")
    window.actions_["paste"].trigger()
    assert window.editor.value("yaw") == 21 and window.editor.value("jawOpen") == pytest.approx(0.7)
    window.editor.history.undo()
    assert window.editor.value("yaw") == 5


def test_paste_edit_asks_for_groups_and_can_change_by_as_much(
    window: MainWindow, open_photo: Open
) -> None:
    open_photo()
    window.editor.set_values({"yaw": 21, "mouthSmileLeft": 0.6}, "Edit")
    window.actions_["copy_edit"].trigger()
    window.editor.reset_all()
    window.editor.set_locked("light", True)
    dialog = window.clipboard.ask()
    assert dialog and dialog.chosen() == ("pose", "expression")
    assert not dialog.boxes["light"].isEnabled()
    dialog.boxes["expression"].setChecked(False)
    dialog.accept()
    assert window.editor.value("yaw") == 21 and window.editor.value("mouthSmileLeft") < 0.3
    window.editor.select_face(0)
    open_photo("400x300, 2 faces", "bert.jpg")
    window.editor.select_face(1)
    fitted = window.editor.value("mouthSmileLeft")
    dialog = window.clipboard.ask()
    assert dialog
    boxes = dialog.findChildren(QCheckBox)
    by_change = next(box for box in boxes if "much" in box.text())
    by_change.setChecked(True)
    dialog.accept()
    assert window.editor.value("mouthSmileLeft") == pytest.approx(fitted + 0.4)


def test_a_locked_group_stays_and_that_is_said(window: MainWindow) -> None:
    said: list[str] = []
    window.clipboard.message.connect(lambda message: said.append(message.text))
    window.editor.set_values({"yaw": 21}, "Yaw")
    copy_groups(window.editor, ("pose",))
    window.editor.reset_all()
    window.editor.set_locked("pose", True)
    window.actions_["paste"].trigger()
    assert window.editor.value("yaw") == 0
    assert said == ["Pose is locked and stays as it is."]


def test_texts_from_elsewhere(window: MainWindow, qtbot: QtBot) -> None:
    said: list[str] = []
    window.clipboard.message.connect(lambda message: said.append(message.text))
    clipboard = QGuiApplication.clipboard()
    written = {"format": "mien-edit", "version": 1, "values": {"pose": {"yaw": 9}}}
    clipboard.setText(json.dumps(written))
    window.actions_["paste"].trigger()
    assert window.editor.value("yaw") == 9
    clipboard.setText(json.dumps({**written, "values": {"pose": {"yaw": 900}}}))
    window.actions_["paste"].trigger()
    assert "yaw cannot be 900" in said[-1] and window.editor.value("yaw") == 9
    clipboard.setText('mien-edit \ufffd {"')
    window.clipboard.ask()
    assert "not an edit" in said[-1]
    clipboard.setText("hello")
    window.clipboard.ask()
    assert "holds no edit" in said[-1]


def test_python_ends_in_order_with_an_edit_on_the_clipboard() -> None:
    program = """
from PySide6.QtWidgets import QApplication
from app.clipboard import copy_groups
from app.editor import Editor
application = QApplication([])
copy_groups(Editor(), ("pose",))
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_pictures_are_still_pasted(window: MainWindow, qtbot: QtBot) -> None:
    asked: list[object] = []
    window.controller.open_photo = lambda *a: asked.append(a)  # type: ignore[method-assign]
    picture = QImage(20, 20, QImage.Format.Format_RGB888)
    picture.fill(0)
    QGuiApplication.clipboard().setImage(picture)
    window.actions_["paste"].trigger()
    qtbot.waitUntil(lambda: bool(asked), timeout=WAIT_MS)
