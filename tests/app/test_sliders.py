"""Sliders and their numbers under hands and keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QCursor, QGuiApplication, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.panels.row import ParameterRow
from app.widgets.slider import LABEL_WIDTH
from app.window import MainWindow
from core.engine import policy
from core.rig.table import PARAMETERS
from tests.app.conftest import Open, renders

NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


def row(window: MainWindow, name: str) -> ParameterRow:
    """The row of a parameter, unfolded."""
    group = window.panel.groups[PARAMETERS[name].group]
    group.set_open(True)
    for fold in group.folds:
        if PARAMETERS[name].section in fold._title.text():
            fold.set_open(True)
    QApplication.processEvents()
    return next(r for r in group.rows if r.entry.name == name)


def drag(
    widget: QWidget, pixels: int, modifier: Qt.KeyboardModifier = NONE, start: int = 150
) -> None:
    """A drag along a slider, without letting go."""
    y = widget.height() // 2
    QTest.mousePress(widget, LEFT, modifier, QPoint(start, y))
    for step in range(1, abs(pixels) + 1):
        x = start + step * (1 if pixels > 0 else -1)
        glob = QPointF(widget.mapToGlobal(QPoint(x, y)))
        move = QMouseEvent(QEvent.Type.MouseMove, QPointF(x, y), glob, LEFT, LEFT, modifier)
        QApplication.sendEvent(widget, move)


def release(widget: QWidget) -> None:
    """The button goes up."""
    QTest.mouseRelease(widget, LEFT, NONE, QPoint(160, 10))


def wheel(widget: QWidget, modifier: Qt.KeyboardModifier) -> bool:
    """One notch up; says whether the widget took it."""
    at = QPointF(widget.rect().center())
    event = QWheelEvent(
        at, QPointF(widget.mapToGlobal(at.toPoint())), QPoint(), QPoint(0, 120),
        Qt.MouseButton.NoButton, modifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    event.accept()
    widget.wheelEvent(event)
    return event.isAccepted()


@pytest.mark.parametrize("x", [40, 200])
def test_double_click_on_label_or_track_resets_to_the_fit(
    window: MainWindow, open_photo: Open, x: int
) -> None:
    open_photo()
    yaw = row(window, "yaw")
    window.editor.set_values({"yaw": 30}, "Yaw")
    QTest.mouseDClick(yaw.slider, LEFT, NONE, QPoint(x, 10))
    assert window.editor.value("yaw") == 5.0
    assert window.editor.history.undoText() == "Reset Yaw"


def test_backspace_resets(window: MainWindow) -> None:
    yaw = row(window, "yaw")
    window.editor.set_values({"yaw": 30}, "Yaw")
    QTest.keyClick(yaw.slider, Qt.Key.Key_Backspace)
    assert window.editor.value("yaw") == 0.0


def test_backspace_resets_the_slider_under_the_mouse(window: MainWindow) -> None:
    yaw, pitch = row(window, "yaw").slider, row(window, "pitch").slider
    window.editor.set_values({"yaw": 30, "pitch": 10}, "Pose")
    QCursor.setPos(yaw.mapToGlobal(yaw.rect().center()))
    pitch.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(pitch, Qt.Key.Key_Backspace)
    assert (window.editor.value("yaw"), window.editor.value("pitch")) == (30, 0)
    window.editor.set_values({"pitch": 10}, "Pitch")
    for pressed in (window.canvas, pitch):
        pressed.setFocus(Qt.FocusReason.MouseFocusReason)
        QTest.keyClick(pressed, Qt.Key.Key_Backspace)
        assert (window.editor.value("yaw"), window.editor.value("pitch")) == (0, 10)
        window.editor.set_values({"yaw": 30}, "Yaw")


def test_a_click_changes_nothing(window: MainWindow) -> None:
    yaw = row(window, "yaw")
    QTest.mouseClick(yaw.slider, LEFT, NONE, QPoint(LABEL_WIDTH + 20, 10))
    assert window.editor.history.count() == 0


def test_number_box_enter_commits_and_escape_reverts(window: MainWindow) -> None:
    box = row(window, "yaw").number
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "12,5")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert window.editor.value("yaw") == 12.5
    box.selectAll()
    QTest.keyClicks(box, "33")
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert box.text() == "12.5°"
    box.selectAll()
    QTest.keyClicks(box, "many")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert window.editor.value("yaw") == 12.5


def test_undo_after_typing_is_the_windows(window: MainWindow) -> None:
    box = row(window, "yaw").number
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "20")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert window.editor.value("yaw") == 20
    QTest.keyClick(box, Qt.Key.Key_Z, CTRL)
    assert window.editor.value("yaw") == 0 and box.text() == "0.0°"


def test_typing_reaches_the_hard_range_and_is_marked(window: MainWindow) -> None:
    it = row(window, "yaw")
    it.number.setFocus()
    it.number.selectAll()
    QTest.keyClicks(it.number, "500")
    QTest.keyClick(it.number, Qt.Key.Key_Return)
    assert window.editor.value("yaw") == PARAMETERS["yaw"].hard[1]
    assert it.number.property("outside") is True
    window.editor.set_values({"yaw": 10}, "Yaw")
    assert it.number.property("outside") is False


def test_dragging_stays_in_the_trained_range(window: MainWindow) -> None:
    it = row(window, "yaw")
    drag(it.slider, 400)
    release(it.slider)
    assert window.editor.value("yaw") == PARAMETERS["yaw"].soft[1]


def test_shift_drags_finely_and_ctrl_snaps(window: MainWindow) -> None:
    slider = row(window, "yaw").slider
    drag(slider, 30)
    release(slider)
    coarse = window.editor.value("yaw")
    window.editor.history.undo()
    drag(slider, 30, SHIFT)
    release(slider)
    assert window.editor.value("yaw") == pytest.approx(coarse / 10, rel=0.01)
    window.editor.history.undo()
    drag(slider, 30, CTRL)
    release(slider)
    assert window.editor.value("yaw") == round(coarse)


def test_wheel_scrolls_and_ctrl_wheel_steps(window: MainWindow) -> None:
    it = row(window, "yaw")
    assert not wheel(it.slider, NONE)
    assert not wheel(it.number, NONE)
    assert window.panel.light and not wheel(window.panel.light.presets, NONE)
    assert window.editor.value("yaw") == 0.0
    assert wheel(it.slider, CTRL)
    assert window.editor.value("yaw") == 1.0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (Qt.Key.Key_Right, 1), (Qt.Key.Key_Left, -1), (Qt.Key.Key_Up, 1), (Qt.Key.Key_Down, -1),
        (Qt.Key.Key_PageUp, 10), (Qt.Key.Key_PageDown, -10), (Qt.Key.Key_Home, -40),
        (Qt.Key.Key_End, 40),
    ],
)  # fmt: skip
def test_keys_step(window: MainWindow, key: Qt.Key, value: float) -> None:
    QTest.keyClick(row(window, "yaw").slider, key)
    assert window.editor.value("yaw") == value


def test_repeated_keys_are_one_step(window: MainWindow) -> None:
    slider = row(window, "yaw").slider
    for _ in range(5):
        QTest.keyClick(slider, Qt.Key.Key_Right)
    assert window.editor.value("yaw") == 5
    window.editor.history.undo()
    assert window.editor.value("yaw") == 0


def test_menu(window: MainWindow) -> None:
    it = row(window, "yaw")
    window.editor.set_values({"yaw": 12, "pitch": 3}, "Pose")
    entries = {a.text(): a for a in it.menu().actions() if a.text()}
    assert list(entries) == ["Reset", "Copy value", "Paste value", "Reset Pose"]
    entries["Copy value"].trigger()
    assert QGuiApplication.clipboard().text() == "12"
    QGuiApplication.clipboard().setText("-7.5")
    entries = {a.text(): a for a in it.menu().actions()}
    entries["Paste value"].trigger()
    assert window.editor.value("yaw") == -7.5
    entries["Reset Pose"].trigger()
    assert window.editor.value("pitch") == 0
    assert not {a.text(): a for a in it.menu().actions()}["Reset"].isEnabled()


def test_tooltips_give_unit_and_range(window: MainWindow) -> None:
    assert "Degrees" in row(window, "yaw").slider.toolTip()
    smile = row(window, "mouthSmileLeft").slider
    assert "left corner" in smile.toolTip() and "from 0 to 1" in smile.toolTip()
    assert "ARKit weight mouthSmileLeft" in smile.toolTip()
    assert "Standard deviations" in row(window, "identity1").slider.toolTip()


def test_a_drag_is_one_step_low_while_moving_full_on_release(
    window: MainWindow, open_photo: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However slow the machine, a picture at rest may take its time here.
    monkeypatch.setattr(policy, "REST_BUDGET_MS", float("inf"))
    open_photo("2400x1600, 1 faces")
    window.canvas.zoom(4)
    qtbot.wait(100)
    sent = renders(window)
    slider = row(window, "yaw").slider
    steps = window.editor.history.count()
    drag(slider, 12)
    qtbot.waitUntil(lambda: not window.link.client.rendering)
    assert sent and all(r.max_size == 512 for r in sent)
    low = len(sent)
    release(slider)
    qtbot.waitUntil(lambda: len(sent) == low + 1 and not window.link.client.rendering)
    assert sent[-1].max_size == 4096
    assert window.editor.history.count() == steps + 1
    assert window.editor.history.undoText() == "Yaw"
    before = window.editor.value("yaw")
    window.editor.history.undo()
    assert window.editor.value("yaw") == 5.0 and slider.value() == 5.0
    window.editor.history.redo()
    assert window.editor.value("yaw") == before


def test_every_change_is_one_request(window: MainWindow, open_photo: Open, qtbot: QtBot) -> None:
    open_photo()
    sent = renders(window)
    window.editor.set_values({"mouthSmileLeft": 0.5}, "Smile")
    window.controller.render()
    qtbot.wait(150)
    assert len(sent) == 1


def test_escape_gives_a_drag_up(window: MainWindow) -> None:
    slider = row(window, "yaw").slider
    drag(slider, 30)
    assert window.editor.value("yaw") > 3
    QTest.keyClick(slider, Qt.Key.Key_Escape)
    assert window.editor.value("yaw") == 0 and window.editor.history.count() == 0
