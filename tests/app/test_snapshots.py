"""Edits A and B of a photo's face."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.panels.slots import SlotControls
from app.window import MainWindow
from tests.app.conftest import WAIT_MS, Open


@pytest.fixture
def slots(window: MainWindow) -> SlotControls:
    """The row at the foot of the panel."""
    return next(iter(window.panel.findChildren(SlotControls)))


def test_keep_switch_and_undo(window: MainWindow, slots: SlotControls, open_photo: Open) -> None:
    open_photo()
    editor = window.editor
    editor.set_values({"yaw": 20}, "Yaw")
    slots.buttons["A"].click()
    assert editor.history.undoText() == "Keep edit A" and not slots.between.isEnabled()
    editor.set_values({"yaw": -10, "jawOpen": 0.5}, "Edit")
    editor.set_strength(0.8)
    window.actions_["keep_b"].trigger()
    count = editor.history.count()
    window.actions_["switch"].trigger()
    assert (editor.value("yaw"), editor.state.strength) == (20, 1)
    assert editor.history.count() == count + 1 and editor.history.undoText() == "Edit A"
    window.actions_["switch"].trigger()
    assert (editor.value("yaw"), editor.state.strength) == (-10, 0.8)
    editor.history.undo()
    assert editor.value("yaw") == 20


def test_between_both_is_one_step(
    window: MainWindow, slots: SlotControls, open_photo: Open
) -> None:
    open_photo()
    for name, yaw in (("A", 0), ("B", 30)):
        window.editor.set_values({"yaw": yaw}, "Yaw")
        slots.buttons[name].click()
    count = window.editor.history.count()
    slots.between.sliderPressed.emit()
    for value in (80, 40):
        slots.between.setValue(value)
    slots.between.sliderReleased.emit()
    assert window.editor.value("yaw") == pytest.approx(12)
    assert window.editor.history.count() == count + 1
    assert window.editor.history.undoText() == "Between A and B"


def test_locked_groups_stay(window: MainWindow, slots: SlotControls, open_photo: Open) -> None:
    open_photo()
    window.editor.set_values({"yaw": 20, "jawOpen": 0.5}, "Edit")
    slots.buttons["A"].click()
    window.editor.reset_all()
    window.editor.set_locked("pose", True)
    slots.buttons["A"].click()
    assert window.editor.value("yaw") == 5 and window.editor.value("jawOpen") == pytest.approx(0.5)


def test_a_fresh_fit_takes_them_along(
    window: MainWindow, slots: SlotControls, open_photo: Open
) -> None:
    open_photo()
    window.editor.set_values({"yaw": 20, "jawOpen": 0.5}, "Edit")
    slots.buttons["A"].click()
    document = window.editor.document
    assert document.photo
    face = document.photo.faces[0]
    fitted = replace(face.parameters, pose=face.parameters.pose + np.float32(3))
    photo = replace(document.photo, faces=(replace(face, parameters=fitted),))
    window.editor.clear(replace(document, photo=photo, edits={}))
    slots.buttons["A"].click()
    assert window.editor.value("yaw") == pytest.approx(23)
    assert window.editor.value("jawOpen") == pytest.approx(0.5)


def test_each_face_has_its_own_and_they_are_kept_in_the_project(
    window: MainWindow, slots: SlotControls, open_photo: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    open_photo("400x300, 2 faces", "both.jpg")
    editor = window.editor
    editor.set_values({"yaw": 20}, "Yaw")
    slots.buttons["A"].click()
    editor.select_face(1)
    assert window.snapshots.get("A") is None
    editor.select_face(0)
    assert window.snapshots.get("A") is not None
    sections = editor.document.sections
    editor.clear()
    assert window.snapshots.get("A") is None
    open_photo("400x300, 2 faces", "both.jpg")
    assert window.snapshots.get("A") is None
    editor.set_section("snapshots", sections["snapshots"], "Read")
    slots.buttons["A"].click()
    assert editor.value("yaw") == 20
    # Slots show what they hold.
    qtbot.waitUntil(lambda: not slots.buttons["A"].icon().isNull(), timeout=WAIT_MS)
    bad: tuple[object, ...] = ([], {"0": 3}, {"0": {"A": {"parameters": {"yaw": "x"}}}})
    for damaged in bad:
        editor.set_section("snapshots", damaged, "Read")
        assert window.snapshots.get("A") is None


def test_without_slots_switching_says_so(window: MainWindow) -> None:
    said: list[str] = []
    window.snapshots.message.connect(lambda message: said.append(message.text))
    window.actions_["switch"].trigger()
    assert "keep something first" in said[0]
