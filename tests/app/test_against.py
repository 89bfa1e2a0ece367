"""A against B on the canvas."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.canvas.compare import Compare
from app.panels.slots import SlotControls
from app.slots import SLOTS
from app.window import MainWindow
from tests.app.conftest import WAIT_MS, Open, settled


def _keep_both(window: MainWindow) -> None:
    for name, yaw in (("keep_a", 0), ("keep_b", 30)):
        window.editor.set_values({"yaw": yaw}, "Yaw")
        window.actions_[name].trigger()


def _both(window: MainWindow) -> tuple[int, int] | None:
    """The red of A and of B, which in pretended photos grows with yaw."""
    a, b = window.canvas.pictures.kept
    return (a.pixelColor(0, 0).red(), b.pixelColor(0, 0).red()) if a and b else None


def _begin(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_["against"].trigger()
    qtbot.waitUntil(lambda: _both(window) == (100, 130), timeout=WAIT_MS)


def _sides(window: MainWindow) -> tuple[int, int]:
    """The red at the left and at the right of what is shown."""
    image: QImage = window.canvas.grab().toImage()
    rect = window.canvas.picture_rect().toRect()
    left, right = rect.topLeft() + QPoint(20, 20), rect.topRight() + QPoint(-20, 20)
    return image.pixelColor(left).red(), image.pixelColor(right).red()


def test_both_are_shown_divided_by_a_line(
    window: MainWindow, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo()
    _keep_both(window)
    window.editor.set_values({"yaw": 10}, "Yaw")
    settled(window, qtbot)
    steps = window.editor.history.count()
    _begin(window, qtbot)
    rect = window.canvas.picture_rect().toRect()
    assert _sides(window) == (100, 130)
    line = QPoint(round(rect.left() + rect.width() / 2), rect.center().y())
    QTest.mousePress(window.canvas, Qt.MouseButton.LeftButton, pos=line)
    QTest.mouseMove(window.canvas, QPoint(rect.left() + 8, rect.center().y()))
    QTest.mouseRelease(window.canvas, Qt.MouseButton.LeftButton)
    assert window.canvas.split() < 0.1 and _sides(window)[0] == 130
    assert window.editor.history.count() == steps


def test_what_is_kept_anew_is_shown_and_an_edit_shows_the_result(
    window: MainWindow, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo()
    _keep_both(window)
    _begin(window, qtbot)
    window.actions_["keep_a"].trigger()
    qtbot.waitUntil(lambda: _both(window) == (130, 130), timeout=WAIT_MS)
    assert window.canvas.compare() is Compare.AGAINST
    window.editor.set_values({"yaw": 5}, "Yaw")
    assert window.canvas.compare() is Compare.RESULT
    assert window.actions_["result"].isChecked() and not window.actions_["against"].isChecked()


def test_what_is_looked_at_takes_their_place(
    window: MainWindow, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo()
    _keep_both(window)
    _begin(window, qtbot)
    slots = window.panel.findChild(SlotControls)
    assert isinstance(slots, SlotControls)
    slots.buttons["A"].pointed.emit(True)
    qtbot.waitUntil(lambda: _sides(window) == (100, 100), timeout=WAIT_MS)
    slots.buttons["A"].pointed.emit(False)
    qtbot.waitUntil(lambda: _sides(window) == (100, 130), timeout=WAIT_MS)


def test_without_a_and_b_it_says_what_to_do(window: MainWindow, open_photo: Open) -> None:
    assert not window.actions_["against"].isEnabled()
    open_photo()
    for name in SLOTS:
        window.actions_["against"].trigger()
        message = window.messages.messages()[-1]
        assert message.action and message.action[0] == f"Keep as {name}"
        assert window.canvas.compare() is Compare.RESULT
        assert not window.actions_["against"].isChecked()
        message.action[1]()
    window.actions_["against"].trigger()
    assert window.canvas.compare() is Compare.AGAINST


def test_another_photo_ends_it(window: MainWindow, open_photo: Open, qtbot: QtBot) -> None:
    open_photo()
    _keep_both(window)
    window.actions_["against"].trigger()
    open_photo("300x300, 2 faces", "bert.jpg")
    assert window.canvas.compare() is Compare.RESULT
    assert window.canvas.pictures.kept == (None, None)


@pytest.mark.parametrize("mode", [Compare.SPLIT, Compare.SIDE])
def test_other_views_leave_it(window: MainWindow, open_photo: Open, mode: Compare) -> None:
    open_photo()
    _keep_both(window)
    window.actions_["against"].trigger()
    window.actions_[mode.value].trigger()
    assert window.canvas.compare() is mode and not window.actions_["against"].isChecked()
