"""Groups, filter, light and presets of the rig panel."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLineEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.panels.fold import Fold
from app.panels.light import BALL
from app.widgets.slider import Slider
from app.window import MainWindow
from core.rig.key_light import read_key_light
from core.rig.lights import LIGHT_PRESETS
from core.rig.table import GROUPS, PARAMETERS
from tests.app.conftest import Open

LEFT = Qt.MouseButton.LeftButton


def test_reset_is_disabled_when_nothing_differs(window: MainWindow) -> None:
    panel, all_groups = window.panel.groups["pose"], window.actions_["reset_all"]
    assert not panel.undo.isEnabled() and not all_groups.isEnabled()
    window.editor.set_values({"yaw": 10}, "Yaw")
    assert panel.undo.isEnabled() and all_groups.isEnabled()
    panel.undo.click()
    assert window.editor.value("yaw") == 0
    assert not panel.undo.isEnabled() and not all_groups.isEnabled()


@pytest.mark.parametrize("name", [g.name for g in GROUPS])
def test_randomise_is_reproducible_and_believable(window: MainWindow, name: str) -> None:
    window.editor.randomise(name, 7)
    first = getattr(window.editor.parameters, name).copy()
    window.editor.randomise(name, 8)
    assert not np.allclose(first, getattr(window.editor.parameters, name))
    window.editor.randomise(name, 7)
    assert np.array_equal(first, getattr(window.editor.parameters, name))
    inside = [p.in_soft_range(window.editor.value(p.name)) for p in PARAMETERS.values()]
    assert all(inside)
    assert window.editor.history.undoText().startswith("Randomise")


def test_lock_keeps_a_group(window: MainWindow) -> None:
    panel = window.panel.groups["pose"]
    panel.lock.click()
    window.editor.set_values({"yaw": 10}, "Yaw")
    window.editor.randomise("pose", 1)
    window.editor.frontalise()
    window.editor.reset_all()
    assert window.editor.value("yaw") == 0
    assert not panel.rows[0].isEnabled() and not panel.dice.isEnabled()
    panel.lock.click()
    window.editor.set_values({"yaw": 10}, "Yaw")
    assert window.editor.value("yaw") == 10


def test_mute_shows_the_fit_and_keeps_the_values(window: MainWindow, open_photo: Open) -> None:
    open_photo()
    window.editor.set_values({"yaw": 20}, "Yaw")
    window.panel.groups["pose"].mute.click()
    assert window.editor.value("yaw") == 20
    assert window.editor.effective.pose[0] == 5
    window.editor.history.undo()
    assert window.editor.effective.pose[0] == 20
    assert not window.panel.groups["pose"].mute.isChecked()


def test_left_and_right_move_together_while_linked(window: MainWindow) -> None:
    window.editor.set_values({"mouthSmileLeft": 0.6}, "Smile")
    assert window.editor.value("mouthSmileRight") == pytest.approx(0.6)
    window.editor.history.undo()
    window.panel.link.click()
    window.editor.set_values({"mouthSmileLeft": 0.6}, "Smile")
    assert window.editor.value("mouthSmileRight") == 0


def test_neutral_frontalise_and_presets(window: MainWindow, open_photo: Open) -> None:
    open_photo()
    window.actions_["neutral"].trigger()
    assert not window.editor.parameters.expression.any()
    assert window.editor.history.undoText() == "Neutral expression"
    window.actions_["front"].trigger()
    assert not window.editor.parameters.pose.any()
    light = window.panel.light
    assert light
    index = light.presets.findData("rembrandt")
    light.presets.setCurrentIndex(index)
    light.presets.activated.emit(index)
    assert np.array_equal(window.editor.parameters.light, LIGHT_PRESETS["rembrandt"].coefficients())
    assert window.editor.history.undoText() == "Light: Rembrandt"
    boxes = window.panel.groups["expression"].findChildren(QComboBox)
    boxes[0].activated.emit(boxes[0].findData("smile"))
    assert window.editor.value("mouthSmileLeft") > 0.4


def test_a_fold_tells_of_changes_inside(window: MainWindow, open_photo: Open) -> None:
    open_photo()
    group = window.panel.groups["expression"]
    jaw, mouth = group.folds[:2]

    def dot(fold: Fold) -> bool:
        title = fold._title.geometry()
        place = QPoint(title.right() + 5, title.center().y())
        return fold.grab().toImage().pixelColor(place).name() == window.theme.colours.accent

    assert not dot(mouth)
    window.editor.set_values({"mouthSmileLeft": 0.9}, "Smile")
    assert dot(mouth) and not dot(jaw)
    mouth.set_open(True)
    assert not dot(mouth)
    mouth.set_open(False)
    window.editor.reset_group("expression")
    assert not dot(mouth)


def test_filter_finds_sliders_and_brings_the_groups_back(window: MainWindow) -> None:
    panel = window.panel
    panel.filter.setText("smile")
    panel.apply_filter()
    assert [r.entry.name for r in panel.found()] == ["mouthSmileLeft", "mouthSmileRight"]
    panel.found()[0].number.committed.emit(0.5)
    assert window.editor.value("mouthSmileLeft") == 0.5
    assert panel.found()[0].slider.is_changed()
    panel.filter.setText("no such thing")
    panel.apply_filter()
    assert panel.found() == []
    panel.filter.setFocus()
    QTest.keyClick(panel.filter, Qt.Key.Key_Escape)
    assert not panel.filter.text()
    panel.apply_filter()
    assert panel.groups["pose"].isVisible()


def test_light_ball_places_the_key_light(window: MainWindow) -> None:
    light = window.panel.light
    assert light
    QTest.mousePress(light.ball, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(BALL // 2, BALL // 2))
    QTest.mouseMove(light.ball, QPoint(BALL - 20, BALL // 2))
    light.ball.directionDragged.emit((0.6, 0.0, 0.8))
    QTest.mouseRelease(
        light.ball, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(BALL - 20, BALL // 2)
    )
    direction = read_key_light(window.editor.parameters.light).direction
    assert direction[0] > 0.4 and abs(direction[1]) < 0.1
    assert window.editor.history.count() == 1
    assert window.editor.history.undoText() == "Move light"


def test_intensity_ambient_and_colour(window: MainWindow) -> None:
    light = window.panel.light
    assert light
    light.intensity.number.committed.emit(1.2)
    light.ambient.number.committed.emit(0.1)
    key = read_key_light(window.editor.parameters.light)
    assert key.intensity == pytest.approx(1.2, abs=1e-3)
    assert key.ambient == pytest.approx(0.1, abs=1e-3)
    light._set_colour(QColor(255, 128, 0))
    assert read_key_light(window.editor.parameters.light).colour[2] < 0.02
    light.intensity.slider.resetRequested.emit()
    key, fitted = (
        read_key_light(p.light) for p in (window.editor.parameters, window.editor.baseline)
    )
    assert key.intensity == pytest.approx(fitted.intensity, abs=1e-3)


def test_raw_coefficients_are_under_advanced(window: MainWindow) -> None:
    group = window.panel.groups["light"]
    advanced = group.folds[0]
    assert "27" in advanced._title.text() and not advanced.is_open()
    advanced.set_open(True)
    for fold in group.folds[1:]:
        fold.set_open(True)
    assert len(group.rows) == 27


def test_all_components_can_be_shown(window: MainWindow, qtbot: QtBot) -> None:
    group = window.panel.groups["identity"]
    group.set_open(True)
    assert len(group.rows) == 12
    button = next(b for b in group.findChildren(QAbstractButton) if "80" in b.text())
    button.click()
    qtbot.waitUntil(lambda: len(group.rows) == 80)


def test_every_control_has_a_name_and_is_reached_by_tab(window: MainWindow) -> None:
    for fold in window.panel.folds():
        fold.set_open(True)
    for fold in window.panel.folds():
        fold.set_open(True)
    kinds = (QAbstractButton, QLineEdit, QComboBox, Slider)
    controls = [w for w in window.findChildren(QWidget) if isinstance(w, kinds)]
    inner = {"qt_spinbox_lineedit", "qt_toolbar_ext_button"}
    shown = [w for w in controls if w.isVisible() and w.objectName() not in inner]
    shown = [w for w in shown if not isinstance(w.parent(), QLineEdit)]
    assert len(shown) > 250
    unnamed = [w for w in shown if not (w.accessibleName() or getattr(w, "text", str)())]
    assert unnamed == []
    unreachable = [w for w in shown if not w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert unreachable == []


def test_tab_goes_down_the_panel(window: MainWindow) -> None:
    """Whatever was unfolded when; the light's ball stands beside three rows."""
    panel = window.panel
    for name in ("identity", "expression", "pose", "light"):
        panel.groups[name].set_open(True)
    for fold in panel.groups["expression"].folds[:2]:
        fold.set_open(True)
    rest = next(b for b in panel.findChildren(QPushButton) if b.text().startswith("Show all"))
    rest.click()
    QApplication.processEvents()
    chain: list[QWidget] = []
    control = panel.filter.nextInFocusChain()
    while control and control is not panel.filter:
        inside = any(group.isAncestorOf(control) for group in panel.groups.values())
        if inside and control.isVisible() and control.focusPolicy() & Qt.FocusPolicy.TabFocus:
            chain.append(control)
        control = control.nextInFocusChain()
    tops = {w: w.mapTo(panel, w.rect().topLeft()).y() for w in chain}
    assert len(chain) > 150
    back = [(a, b) for a, b in pairwise(chain) if tops[b] < tops[a] - 6]
    assert [(a.accessibleName(), b.accessibleName()) for a, b in back] == []


def test_the_seams_feather_is_a_step(window: MainWindow, open_photo: Open) -> None:
    open_photo()
    result, history = window.panel.result, window.editor.history
    steps = history.count()
    result.feather.dragStarted.emit()
    for value in (20.0, 30.0):
        result.feather.dragged.emit(value)
    assert history.count() == steps and result.feather_number.text().startswith("30")
    result.feather.dragEnded.emit()
    assert history.count() == steps + 1 and history.undoText() == "Seam feather"
    assert window.editor.document.feather == 30 and window.isWindowModified()
    history.undo()
    assert window.editor.document.feather == result.feather.value() == 12
    history.redo()
    open_photo("300x300, 1 faces", "bert.jpg")
    assert window.editor.document.feather == 30  # photos in a row are saved alike
