"""Presets are looked at under the pointer before they are chosen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QCursor, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.panels.preset_model import CELL
from app.panels.presets import PresetPanel
from app.panels.slots import SlotControls
from app.window import MainWindow
from core.document.state import same_parameters
from tests.app.conftest import WAIT_MS, Open, renders, settled


def _panel(window: MainWindow, qtbot: QtBot) -> PresetPanel:
    window.actions_["dock_presets"].trigger()
    panel = window.workspace.docks["presets"].widget()
    assert isinstance(panel, PresetPanel)
    qtbot.waitUntil(lambda: panel.list.visualRect(panel.model.index(2)).isValid(), timeout=WAIT_MS)
    return panel


def _point(panel: PresetPanel, row: int | None) -> None:
    """Move the pointer onto a preset, or beside all of them."""
    view = panel.list.viewport()
    at = QPoint(-5, -5)
    if row is not None:
        at = panel.list.visualRect(panel.model.index(row)).center()
    where = QPointF(view.mapToGlobal(at))
    plain = Qt.KeyboardModifier.NoModifier
    none = Qt.MouseButton.NoButton
    if row is None:
        QApplication.sendEvent(panel.list, QEvent(QEvent.Type.Leave))
    else:
        event = QMouseEvent(QEvent.Type.MouseMove, QPointF(at), where, none, none, plain)
        QApplication.sendEvent(view, event)


def test_a_preset_under_the_pointer_is_shown_and_leaves_nothing(
    window: MainWindow, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo()
    panel, editor = _panel(window, qtbot), window.editor
    settled(window, qtbot)
    qtbot.wait(50)
    sent, steps, before = renders(window), editor.history.count(), editor.document
    for row in (0, 1, 2):
        _point(panel, row)
    preset = panel.model.preset(panel.model.index(2))
    assert preset
    wanted = preset.excerpt.onto(editor.parameters, editor.baseline)
    qtbot.waitUntil(lambda: len(sent) == 1, timeout=WAIT_MS)
    assert (sent[0].parameters.expression == wanted.expression).all()
    settled(window, qtbot)
    _point(panel, None)
    qtbot.waitUntil(lambda: len(sent) == 2, timeout=WAIT_MS)
    assert (sent[1].parameters.expression == editor.parameters.expression).all()
    assert editor.history.count() == steps and editor.document is before


def test_a_click_takes_it_and_an_edit_ends_the_look(
    window: MainWindow, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo()
    panel, editor = _panel(window, qtbot), window.editor
    _point(panel, 1)
    qtbot.waitUntil(lambda: editor.trial.shown is not editor.parameters, timeout=WAIT_MS)
    QTest.mouseClick(
        panel.list.viewport(), Qt.MouseButton.LeftButton,
        pos=panel.list.visualRect(panel.model.index(1)).center(),
    )  # fmt: skip
    assert editor.trial.shown is editor.parameters
    qtbot.wait(150)
    assert editor.trial.shown is editor.parameters
    settled(window, qtbot)
    _point(panel, 2)
    qtbot.waitUntil(lambda: editor.trial.shown is not editor.parameters, timeout=WAIT_MS)
    editor.set_values({"yaw": 12}, "Yaw")
    assert editor.trial.shown is editor.parameters


def test_scrolling_brings_another_preset_under_the_pointer(
    window: MainWindow, open_photo: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_photo()
    window.resize(1200, 500)
    panel = _panel(window, qtbot)
    view = panel.list.viewport()
    seen: list[int] = []
    panel.list.pointed.connect(lambda index: seen.append(index.row()))
    at = panel.list.visualRect(panel.model.index(1)).center()
    monkeypatch.setattr(view, "underMouse", lambda: True)
    monkeypatch.setattr(QCursor, "pos", lambda: view.mapToGlobal(at))
    panel.list.verticalScrollBar().setValue(2 * CELL.height())
    assert seen == [panel.list.indexAt(at).row()] and seen[0] > 1


def test_an_edit_kept_as_a_is_shown_under_the_pointer(
    window: MainWindow, open_photo: Open, qtbot: QtBot
) -> None:
    """With what was muted then and what is locked now, as a click would show it."""
    open_photo()
    editor, slots = window.editor, window.panel.findChild(SlotControls)
    assert isinstance(slots, SlotControls)
    editor.set_values({"yaw": 12, "jawOpen": 0.7, "identity1": 2}, "Edit")
    editor.set_muted("expression", True)
    window.snapshots.keep("A")
    editor.reset_all()
    editor.set_locked("pose", True)
    steps, plain = editor.history.count(), editor.effective
    slots.buttons["A"].pointed.emit(True)
    qtbot.waitUntil(lambda: not same_parameters(editor.trial.shown, plain), timeout=WAIT_MS)
    looked_at = editor.trial.shown
    slots.buttons["A"].customContextMenuRequested.emit(QPoint(3, 3))
    qtbot.waitUntil(lambda: same_parameters(editor.trial.shown, plain), timeout=WAIT_MS)
    assert editor.history.count() == steps
    slots.buttons["A"].click()
    assert same_parameters(looked_at, editor.effective)


def test_lists_of_lights_and_expressions_show_what_is_highlighted(
    window: MainWindow, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo()
    light, editor = window.panel.light, window.editor
    assert light
    light.presets.showPopup()
    light.presets.highlighted.emit(2)
    qtbot.waitUntil(lambda: editor.trial.shown is not editor.parameters, timeout=WAIT_MS)
    assert (editor.trial.shown.light != editor.parameters.light).any()
    light.presets.hidePopup()
    qtbot.waitUntil(lambda: editor.trial.shown is editor.parameters, timeout=WAIT_MS)
    assert editor.history.count() == 1
