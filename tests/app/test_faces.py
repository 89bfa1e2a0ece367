"""The faces of a photo: several of them, and none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.states import DocumentState
from app.window import MainWindow
from tests.app.conftest import WAIT_MS, Open, settled


def test_several_faces_have_a_chooser_and_edits_of_their_own(
    window: MainWindow, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo("400x300, 2 faces")
    assert window.panel.faces.isVisible() and len(window.panel.faces.buttons) == 2
    window.editor.set_values({"yaw": 30}, "Yaw")
    window.panel.faces.buttons[1].click()
    assert window.editor.value("yaw") == 5 and window.panel.faces.buttons[1].isChecked()
    settled(window, qtbot)
    result = window.canvas.result()
    # The first face's 30 stays under the second one's 5.
    assert result and result.pixelColor(5, 5).red() == 135
    window.editor.set_values({"pitch": 9}, "Pitch")
    window.editor.history.undo()
    window.editor.history.undo()
    assert window.editor.document.face == 0 and window.editor.value("yaw") == 5
    window.canvas.faceClicked.emit(1)
    assert window.editor.document.face == 1


def test_nothing_hidden_shows_in_the_chooser(window: MainWindow, open_photo: Open) -> None:
    """Where a cut-out is clear, the panel shows through."""
    open_photo("400x300, 2 faces, cut")
    clear, whole = (b.icon().pixmap(48, 48).toImage() for b in window.panel.faces.buttons)
    assert clear.pixelColor(5, 24).alpha() == 0 and whole.pixelColor(24, 24).alpha() == 255


def test_faces_stand_from_left_to_right(window: MainWindow, open_photo: Open) -> None:
    open_photo("400x300, 3 faces")
    photo, faces = window.editor.photo, window.panel.faces
    assert photo
    boxes = ((200, 0, 300, 100), (0, 0, 90, 90), (100, 0, 180, 80))
    found = tuple(replace(f, box=b) for f, b in zip(photo.faces, boxes, strict=True))
    window.editor.load(DocumentState(replace(photo, faces=found)), "Faces")
    QGuiApplication.processEvents()
    assert sorted(range(3), key=lambda i: faces.buttons[i].x()) == [1, 2, 0]
    for chosen in (1, 2, 0):
        window.actions_["next_face"].trigger()
        assert window.editor.document.face == chosen


def test_no_face_says_why_and_a_box_can_be_drawn(
    window: MainWindow, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo("400x300, 0 faces", "wall.jpg")
    message = window.messages.messages()[-1]
    assert "draw a box" in message.text and message.action and message.action[0] == "Draw a box"
    assert not window.editor.editable and not window.panel.groups["pose"].rows[0].isEnabled()
    message.action[1]()
    canvas = window.canvas
    assert canvas.boxes.active
    corners = [canvas.viewport.to_canvas(*p) for p in ((100, 80), (220, 200))]
    start, end = (QPointF(*c).toPoint() for c in corners)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(canvas, end)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
    qtbot.waitUntil(lambda: window.editor.editable, timeout=WAIT_MS)
    photo = window.editor.photo
    assert photo and photo.faces[0].manual
    assert photo.faces[0].box == pytest.approx((100, 80, 220, 200), abs=2)
    assert window.messages.messages() == []
    settled(window, qtbot)
    assert canvas.result() is not None
    window.editor.history.undo()
    assert window.editor.photo and not window.editor.photo.faces
    assert canvas.result() is None
