"""The timeline: scrubbing, keys, playing, undo, projects, files."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from app import projects
from app.panels.presets import PresetPanel
from app.panels.timeline import TimelinePanel
from app.window import MainWindow
from core.motion.live_link import write_take
from core.motion.timeline import Timeline
from models.face.parameters import FaceParameters
from tests.app.conftest import WAIT_MS, Open
from tests.app.test_documents import answer

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def panel(window: MainWindow) -> TimelinePanel:
    """The shown dock, with yaw going from 0 to 40 over 41 frames."""
    window.actions_["dock_timeline"].trigger()
    content = window.workspace.docks["timeline"].widget()
    assert isinstance(content, TimelinePanel)
    window.motion_files.sweep_by("yaw", 0, 40, 41)
    window.motion.set_range(length=41)
    return content


def _press(panel: TimelinePanel, key: Qt.Key, modifier: Qt.KeyboardModifier = PLAIN) -> None:
    QTest.keyClick(panel.view, key, modifier)


def _at(panel: TimelinePanel, frame: float, row: int) -> QPoint:
    return QPoint(round(panel.view.x_of(frame)), panel.view.y_of(row) + 12)


def _frames(window: MainWindow, name: str) -> list[int]:
    return [k.frame for k in window.motion.timeline.tracks.get(name, ())]


def test_scrubbing_shows_the_frame_without_a_step(window: MainWindow, panel: TimelinePanel) -> None:
    steps = window.editor.history.count()
    ruler = QPoint(round(panel.view.x_of(10)), 8)
    QTest.mousePress(panel.view.viewport(), LEFT, PLAIN, ruler)
    assert window.motion.frame == 10 and window.editor.value("yaw") == pytest.approx(10)
    QTest.mouseMove(panel.view.viewport(), QPoint(round(panel.view.x_of(30)), 8))
    QTest.mouseRelease(panel.view.viewport(), LEFT, PLAIN, QPoint(round(panel.view.x_of(30)), 8))
    assert window.editor.value("yaw") == pytest.approx(30)
    panel.frame.setValue(7)
    assert window.editor.value("yaw") == pytest.approx(7)
    assert window.editor.history.count() == steps


def test_keys_of_the_keyboard(window: MainWindow, panel: TimelinePanel) -> None:
    view, motion = panel.view, window.motion
    _press(panel, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    _press(panel, Qt.Key.Key_Right)
    assert motion.frame == 11
    _press(panel, Qt.Key.Key_Return)
    assert _frames(window, "yaw") == [0, 11, 40]
    assert window.editor.history.undoText() == "Key Yaw"
    _press(panel, Qt.Key.Key_PageDown)
    assert motion.frame == 40 and view.selected == {("yaw", 40)}
    _press(panel, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert _frames(window, "yaw") == [0, 11, 39] and view.selected == {("yaw", 39)}
    _press(panel, Qt.Key.Key_Delete)
    assert _frames(window, "yaw") == [0, 11]
    _press(panel, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(view.selected) == 2
    _press(panel, Qt.Key.Key_Home)
    assert motion.frame == 0
    assert "Frame 0 of 41, Yaw 0.00°, key" in view.accessibleDescription()


def test_dragging_keys_is_one_step(window: MainWindow, panel: TimelinePanel) -> None:
    window.motion.key_row("yaw", 20)
    before, viewport = window.motion.timeline, panel.view.viewport()
    QTest.mousePress(viewport, LEFT, PLAIN, _at(panel, 20, 0))
    for frame in (25, 40, 30):  # past another key, which stays
        QTest.mouseMove(viewport, _at(panel, frame, 0))
    QTest.mouseRelease(viewport, LEFT, PLAIN, _at(panel, 30, 0))
    assert _frames(window, "yaw") == [0, 30, 40]
    assert window.editor.history.undoText() == "Move key"
    window.editor.history.undo()
    assert window.motion.timeline == before
    QTest.mousePress(viewport, LEFT, PLAIN, _at(panel, 20, 0))
    QTest.mouseMove(viewport, _at(panel, 5, 0))
    _press(panel, Qt.Key.Key_Escape)
    assert window.motion.timeline == before


def test_double_click_adds_and_a_frame_chooses(window: MainWindow, panel: TimelinePanel) -> None:
    viewport = panel.view.viewport()
    QTest.mouseDClick(viewport, LEFT, PLAIN, _at(panel, 13, 0))
    key = window.motion.timeline.key_at("yaw", 13)
    assert key is not None and key.value == pytest.approx(13)
    QTest.mousePress(viewport, LEFT, PLAIN, _at(panel, 3, 0) - QPoint(0, 8))
    QTest.mouseMove(viewport, _at(panel, 20, 0) + QPoint(0, 8))
    QTest.mouseRelease(viewport, LEFT, PLAIN, _at(panel, 20, 0) + QPoint(0, 8))
    assert panel.view.selected == {("yaw", 13)}
    panel.easing.setCurrentIndex(5)
    panel.easing.activated.emit(5)
    changed = window.motion.timeline.key_at("yaw", 13)
    assert changed is not None and changed.easing == "hold"
    assert window.editor.history.undoText() == "Easing: Hold"


def test_k_keys_what_was_changed(window: MainWindow, panel: TimelinePanel) -> None:
    window.motion.go(5)
    window.editor.set_values({"jawOpen": 0.5}, "Jaw open")
    window.actions_["key"].trigger()
    assert set(window.motion.timeline.tracks) == {"yaw", "jawOpen"}
    assert window.motion.timeline.value("jawOpen", 5) == 0.5
    panel.add.setCurrentIndex(panel.add.findData("lightRed0"))
    panel.add.activated.emit(panel.add.currentIndex())
    assert panel.view.rows == ["yaw", "jawOpen", "lightRed0"]


def test_auto_key_and_undo(window: MainWindow, panel: TimelinePanel) -> None:
    window.actions_["auto_key"].setChecked(True)
    window.motion.go(20)
    window.editor.set_values({"yaw": -9.0}, "Yaw")
    key = window.motion.timeline.key_at("yaw", 20)
    assert key is not None and key.value == -9
    window.editor.history.undo()
    assert window.motion.timeline.key_at("yaw", 20) is None
    assert window.editor.value("yaw") == pytest.approx(20)
    window.editor.history.redo()
    assert window.editor.value("yaw") == -9


def test_auto_key_goes_with_the_step(window: MainWindow, panel: TimelinePanel) -> None:
    editor, motion = window.editor, window.motion
    window.actions_["auto_key"].setChecked(True)
    motion.go(20)
    steps = editor.history.count()
    editor.begin("Jaw open")
    for value in (0.1, 0.3):
        editor.set_values({"jawOpen": value}, "Jaw open")
    editor.end()
    assert editor.history.count() == steps + 1 and editor.history.undoText() == "Jaw open"
    assert motion.timeline.values(20)["jawOpen"] == pytest.approx(0.3)
    for value in (8.0, 9.0):
        editor.set_values({"pitch": value}, "Pitch", "pitch")
    assert editor.history.count() == steps + 2
    editor.history.undo()
    editor.history.undo()
    assert editor.value("jawOpen") == 0 and set(motion.timeline.tracks) == {"yaw"}


def test_auto_key_follows_a_presets_blend(window: MainWindow, panel: TimelinePanel) -> None:
    window.actions_["auto_key"].setChecked(True)
    window.actions_["dock_presets"].trigger()
    presets = window.workspace.docks["presets"].widget()
    assert isinstance(presets, PresetPanel)
    smile = next(p for p in presets.model._built_in if p.name == "Smile")
    steps = window.editor.history.count()
    presets.apply(smile)
    keyed = window.motion.timeline.values(0)["mouthSmileLeft"]
    presets.presets.set_blend(0.5)
    assert window.editor.history.count() == steps + 1
    assert window.motion.timeline.values(0)["mouthSmileLeft"] == pytest.approx(keyed / 2)
    presets.presets.set_blend(0.0)
    assert "mouthSmileLeft" not in window.motion.timeline.tracks
    assert window.editor.value("mouthSmileLeft") == 0


def test_undo_of_a_slider_shows_the_playheads_frame(
    window: MainWindow, panel: TimelinePanel
) -> None:
    window.motion.go(4)
    window.editor.set_values({"jawOpen": 0.5}, "Jaw open")
    window.motion.go(30)
    window.editor.history.undo()
    assert window.editor.value("jawOpen") == 0
    assert window.editor.value("yaw") == pytest.approx(30)


def test_playing_runs_in_time_loops_and_pauses(
    window: MainWindow, panel: TimelinePanel, qtbot: QtBot
) -> None:
    window.motion.set_range(fps=100)
    seen: list[int] = []
    window.motion.moved.connect(lambda: seen.append(window.motion.frame))
    window.actions_["play"].trigger()
    qtbot.waitUntil(lambda: any(b < a for a, b in itertools.pairwise(seen)), timeout=WAIT_MS)
    window.actions_["play"].trigger()
    assert not window.motion.playing and not window.editor.playing
    window.actions_["loop"].trigger()
    assert not window.motion.timeline.loop
    window.motion.go(0)
    window.actions_["play"].trigger()
    qtbot.waitUntil(lambda: not window.motion.playing, timeout=WAIT_MS)
    assert window.motion.frame == 40
    assert not window.actions_["play"].isChecked()


def test_a_drag_pauses(window: MainWindow, panel: TimelinePanel, qtbot: QtBot) -> None:
    window.motion.play(True)
    window.editor.begin("Pitch")
    qtbot.waitUntil(lambda: not window.motion.playing, timeout=WAIT_MS)
    window.editor.end()


def test_a_project_keeps_the_timeline(window: MainWindow, panel: TimelinePanel) -> None:
    project = projects.project_of(window.editor)
    timeline = window.motion.timeline
    window.editor.clear()
    assert window.motion.timeline == Timeline() and not panel.view.rows
    window.editor.clear(projects.without_photo(project), project=project)
    assert window.motion.timeline == timeline


def test_a_timeline_of_another_make_is_told(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.motion.message) as told:
        window.editor.set_section(
            "timeline", Timeline().to_json() | {"tracks": {"tail": []}}, "Odd"
        )
    assert "no rig parameter 'tail'" in told.args[0].text
    assert window.motion.timeline == Timeline()


def test_a_take_is_read_and_written(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    take = tmp_path / "take.csv"
    take.write_bytes(write_take(Timeline(30, 21).swept("yaw", 0, 20), FaceParameters()))
    window.motion_files.read(str(take), mirror=True)
    qtbot.waitUntil(lambda: window.motion.timeline.length == 21, timeout=WAIT_MS)
    assert window.motion.timeline.value("yaw", 20) == pytest.approx(-20, abs=1e-3)
    assert window.editor.history.undoText() == "Read motion"
    for name in ("back.csv", "back.json"):
        with qtbot.waitSignal(window.motion_files.message, timeout=WAIT_MS):
            window.motion_files.write(str(tmp_path / name))
    assert Timeline.from_bytes((tmp_path / "back.json").read_bytes()) == window.motion.timeline
    assert len((tmp_path / "back.csv").read_text().splitlines()) == 22
    take.write_bytes(b"nothing")
    with qtbot.waitSignal(window.motion_files.message, timeout=WAIT_MS) as told:
        window.motion_files.read(str(take))
    assert told.args[0].kind == "error" and "no column" in told.args[0].text


def test_an_animation_of_a_photo(
    window: MainWindow, open_photo: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    assert not window.actions_["animation"].isEnabled()
    open_photo()
    window.motion_files.sweep_by("yaw", 0, 40, 5)
    window.motion.set_range(length=5)
    assert window.actions_["animation"].isEnabled()
    with qtbot.waitSignal(window.motion_files.message, timeout=WAIT_MS):
        window.motion_files.export_to(str(tmp_path / "turn"), 100)
    files = sorted((tmp_path / "turn").iterdir())
    reds = [int(np.asarray(Image.open(f))[0, 0, 0]) for f in files]
    assert reds == [100, 110, 120, 130, 140]
    assert window.isWindowModified()


def test_the_dialogs_of_an_animation_follow_each_other(
    window: MainWindow, open_photo: Open, qtbot: QtBot, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    open_photo()
    window.motion_files.sweep_by("yaw", 0, 40, 3)
    window.motion.set_range(length=3)

    def choose(*_: object) -> tuple[str, str]:
        # As the loop of a dialog does.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return str(tmp_path / "turn.gif"), ""

    monkeypatch.setattr(QDialog, "exec", lambda dialog: dialog.accept() or 1)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    with qtbot.waitSignal(window.motion_files.message, timeout=WAIT_MS) as said:
        window.actions_["animation"].trigger()
    assert "turn.gif" in said.args[0].text and (tmp_path / "turn.gif").exists()


def test_closing_asks_while_an_animation_is_written(
    window: MainWindow, open_photo: Open, qtbot: QtBot, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    open_photo()
    window.motion_files.sweep_by("yaw", 0, 40, 5)
    window.motion.set_range(length=5)
    window.editor.history.setClean()
    asked = answer(monkeypatch, QMessageBox.StandardButton.No)
    window.motion_files.export_to(str(tmp_path / "turn"), 100)
    window.close()
    assert asked == ["Export animation"] and window.isVisible()
    with qtbot.waitSignal(window.motion_files.message, timeout=WAIT_MS):
        pass
    assert len(list((tmp_path / "turn").iterdir())) == 5
    window.motion_files.export_to(str(tmp_path / "again"), 100)
    answer(monkeypatch, QMessageBox.StandardButton.Yes)
    window.close()
    assert not window.isVisible()


def test_every_control_has_a_name_and_a_tooltip(panel: TimelinePanel) -> None:
    for control in (panel.view, panel.frame, panel.length, panel.fps, panel.easing, panel.add):
        assert control.accessibleName() and control.focusPolicy() & Qt.FocusPolicy.TabFocus
    for box in (panel.frame, panel.length, panel.fps, panel.easing, panel.add):
        assert box.toolTip()
