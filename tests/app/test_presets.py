"""The presets panel: applying, blending, thumbnails, and one's own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMessageBox
from pytestqt.qtbot import QtBot

from app.panels.preset_model import CELL
from app.panels.presets import PresetPanel
from app.window import MainWindow
from core.rig.library import Preset, built_in
from core.rig.presets import expression_preset
from tests.app.conftest import WAIT_MS, Open, renders, settled


@pytest.fixture
def panel(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> PresetPanel:
    """The panel, shown, over an empty folder."""
    monkeypatch.setenv("MIEN_DATA", str(tmp_path / "data"))
    window.actions_["dock_presets"].setChecked(True)
    it = window.workspace.docks["presets"].widget()
    assert isinstance(it, PresetPanel)
    return it


def _preset(panel: PresetPanel, name: str) -> Preset:
    presets = [panel.model.preset(panel.model.index(i)) for i in range(panel.model.rowCount())]
    return next(p for p in presets if p and p.name == name)


def _smile(window: MainWindow) -> float:
    return window.editor.value("mouthSmileLeft")


def test_a_preset_is_one_step_and_its_blend_changes_that_step(
    window: MainWindow, panel: PresetPanel, open_photo: Open
) -> None:
    open_photo()
    editor, full = window.editor, float(expression_preset("laugh").max())
    before = _smile(window)
    panel.apply(_preset(panel, "Laugh"))
    assert _smile(window) == pytest.approx(full) and editor.history.count() == 2
    assert editor.history.undoText() == "Preset Laugh 100 %"
    panel.blend.dragStarted.emit()
    for percent in (80, 60):
        panel.blend.dragged.emit(percent)
    panel.blend.dragEnded.emit()
    assert editor.history.undoText() == "Preset Laugh 60 %" and editor.history.count() == 2
    assert _smile(window) == pytest.approx(0.4 * before + 0.6 * full)
    panel.number.committed.emit(30)
    assert editor.history.undoText() == "Preset Laugh 30 %" and editor.history.count() == 2
    editor.history.undo()
    assert _smile(window) == pytest.approx(before)
    panel.apply(_preset(panel, "Laugh"))
    assert editor.history.undoText() == "Preset Laugh 30 %"


def test_a_blend_is_one_request_for_each_move(
    window: MainWindow, panel: PresetPanel, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo()
    panel.apply(_preset(panel, "Laugh"))
    settled(window, qtbot)
    sent = renders(window)
    panel.blend.dragStarted.emit()
    panel.blend.dragged.emit(60)
    settled(window, qtbot)
    panel.blend.dragCancelled.emit()
    settled(window, qtbot)
    assert window.editor.history.undoText() == "Preset Laugh 100 %"
    shown = [float(r.parameters.expression.max()) for r in sent]
    full = float(expression_preset("laugh").max())
    assert shown == pytest.approx([0.4 * 0.2 + 0.6 * full, full])


def test_another_step_ends_the_blend(window: MainWindow, panel: PresetPanel) -> None:
    panel.apply(_preset(panel, "Laugh"))
    window.editor.set_values({"yaw": 10}, "Yaw")
    panel.number.committed.emit(20)
    assert window.editor.history.undoText() == "Yaw"
    assert _smile(window) == pytest.approx(float(expression_preset("laugh").max()))


def test_locked_groups_stay_and_are_told(window: MainWindow, panel: PresetPanel) -> None:
    window.editor.set_locked("expression", True)
    said: list[str] = []
    panel.message.connect(lambda message: said.append(message.text))
    panel.apply(_preset(panel, "Laugh"))
    assert _smile(window) == 0 and window.editor.history.count() == 0
    assert said == ["Expression is locked, so the preset leaves it as it is."]


def test_thumbnails_show_the_present_face_and_wait_for_drags(
    window: MainWindow, panel: PresetPanel, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo()
    panel.search.setText("¾ right")
    preset = _preset(panel, "¾ right")

    def level() -> int:
        icon = panel.model.data(panel.model.index(0), Qt.ItemDataRole.DecorationRole)
        return int(icon.pixmap(20).toImage().pixelColor(5, 5).green())

    # The pretended photo is brighter by the yaw.
    qtbot.waitUntil(lambda: level() == 135, timeout=WAIT_MS)
    window.editor.begin("Yaw")
    panel.model._previews._kept.clear()
    assert level() != 135
    qtbot.wait(300)
    assert level() != 135
    window.editor.end()
    qtbot.waitUntil(lambda: level() == 135, timeout=WAIT_MS)
    assert preset.path is None
    thumbnail = panel.model.data(panel.model.index(0), Qt.ItemDataRole.DecorationRole)
    plain, chosen = (
        thumbnail.pixmap(20, mode) for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected)
    )
    assert plain.toImage() == chosen.toImage(), "its light is seen as it is"


def test_names_fit_below_their_thumbnails(panel: PresetPanel) -> None:
    metrics = panel.list.fontMetrics()
    for preset in built_in():
        assert metrics.horizontalAdvance(preset.name) <= CELL.width() - 8, preset.name


def test_search_sections_and_keys(window: MainWindow, panel: PresetPanel, qtbot: QtBot) -> None:
    panel.search.setText("smil")
    assert panel.model.rowCount() == 1
    QTest.keyClick(panel.search, Qt.Key.Key_Return)
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    assert window.editor.history.undoText() == "Preset Smile 100 %"
    panel.search.setText("no such preset")
    assert panel.model.rowCount() == 0 and panel._empty.isVisible()
    panel.search.clear()
    panel._chips["light"].click()
    assert {p.section for p in panel.model._shown} == {"light"}
    panel._chips["own"].click()
    assert panel.model.rowCount() == 0 and "Save an edit" in panel._empty.text()


def test_save_rename_import_delete(
    window: MainWindow, panel: PresetPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.editor.set_values({"yaw": 12, "jawOpen": 0.5}, "Yawn")
    dialog = panel.save()
    assert dialog.chosen() == ("pose", "expression")
    dialog.boxes["pose"].setChecked(False)
    dialog.findChildren(QLineEdit)[0].setText("Yawn")
    dialog.accept()
    (file,) = (tmp_path / "data" / "presets").iterdir()
    assert json.loads(file.read_text())["values"]["expression"]["jawOpen"] == 0.5
    preset = panel.current()
    assert preset and preset.name == "Yawn"
    window.editor.reset_all()
    panel.apply(preset)
    assert window.editor.value("jawOpen") == 0.5 and window.editor.value("yaw") == 0
    assert panel.model.setData(panel.list.currentIndex(), "Big yawn")
    said: list[str] = []
    panel.message.connect(lambda message: said.append(message.text))
    panel.take_in(str(file))
    panel.take_in(str(tmp_path / "none.json"))
    assert [p.name for p in panel.folder] == ["Big yawn", "Big yawn 2"] and "none.json" in said[0]
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    QTest.keyClick(panel.list, Qt.Key.Key_Delete)
    assert [p.name for p in panel.folder] == ["Big yawn"]


def test_lights_keep_the_exposure_of_the_photo(window: MainWindow, panel: PresetPanel) -> None:
    panel.apply(_preset(panel, "Rembrandt"))
    assert np.isfinite(window.editor.parameters.light).all()
    assert window.editor.history.undoText() == "Preset Rembrandt 100 %"
