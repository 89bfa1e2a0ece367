"""Requested and achieved: measuring after edits, Achieve it, and the plots."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.measurements import Measurements
from app.panels.achieved import AchievedPage
from app.panels.inspector import InspectorPanel
from app.settings import Settings
from app.theme import Theme
from app.window import MainWindow
from core.engine import messages as m
from core.engine.inspection import Measure
from tests.app.conftest import WAIT_MS, Open
from tests.core.engine.fake import PeopleBackend


@pytest.fixture
def panel(window: MainWindow) -> InspectorPanel:
    """The panel, shown."""
    return _panel(window)


def _panel(window: MainWindow) -> InspectorPanel:
    window.actions_["dock_inspector"].setChecked(True)
    it = window.workspace.docks["inspector"].widget()
    assert isinstance(it, InspectorPanel)
    return it


def _page(panel: InspectorPanel) -> AchievedPage:
    page = panel.pages["Achieved"]
    assert isinstance(page, AchievedPage)
    return page


def _cell(panel: InspectorPanel, label: str, column: int) -> str:
    table = _page(panel).table
    for row in range(table.rowCount()):
        cells = table.item(row, 0), table.item(row, column)
        if cells[0] and cells[1] and cells[0].text() == label:
            return cells[1].text()
    raise AssertionError(label)


def _sent(window: MainWindow) -> list[object]:
    """From now on, what leaves the window."""
    sent: list[object] = []
    real = window.link.client._send

    def send(message: object) -> None:
        sent.append(message)
        real(message)

    window.link.client._send = send  # type: ignore[method-assign]
    return sent


def _measured(measurements: Measurements, qtbot: QtBot) -> None:
    qtbot.waitUntil(
        lambda: measurements.current and not measurements.busy and not measurements.correcting,
        timeout=WAIT_MS,
    )


def test_without_a_face_it_says_what_to_do(panel: InspectorPanel) -> None:
    assert "Open a photo" in _page(panel).note.text()
    assert not _page(panel).buttons["yaw"].isEnabled()


def test_edits_are_measured_once_they_rest(
    window: MainWindow, panel: InspectorPanel, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo()
    _measured(panel.measurements, qtbot)
    assert (_cell(panel, "Yaw", 1), _cell(panel, "Yaw", 2)) == ("5.0°", "4.0°")
    sent = _sent(window)
    window.editor.begin("Yaw")
    for yaw in (10, 20, 30):
        window.editor.set_values({"yaw": yaw}, "Yaw")
        qtbot.wait(100)
    qtbot.wait(400)
    assert not any(isinstance(x, Measure) for x in sent)
    window.editor.end()
    _measured(panel.measurements, qtbot)
    assert _cell(panel, "Yaw", 2) == "24.0°" and not _page(panel).buttons["yaw"].isHidden()
    assert _cell(panel, "Identity", 2) == f"{np.cos(np.radians(30)):.2f}"
    assert sum(isinstance(x, Measure) for x in sent) == 1
    window.actions_["dock_inspector"].setChecked(False)
    window.editor.set_values({"yaw": 0}, "Yaw")
    qtbot.wait(400)
    assert sum(isinstance(x, Measure) for x in sent) == 1


def test_achieve_it_is_one_step_and_remembers_what_was_wanted(
    window: MainWindow, panel: InspectorPanel, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo()
    window.editor.set_values({"yaw": 20}, "Yaw")
    _measured(panel.measurements, qtbot)
    count = window.editor.history.count()
    _page(panel).buttons["yaw"].click()
    assert panel.measurements.correcting == "yaw" and not _page(panel).cancel.isHidden()
    _measured(panel.measurements, qtbot)
    assert window.editor.history.count() == count + 1
    assert window.editor.history.undoText() == "Achieve Yaw 20.0°"
    assert window.editor.value("yaw") == pytest.approx(25, abs=0.8)
    assert _cell(panel, "Yaw", 1) == "20.0°" and "measures" in _page(panel).note.text()
    # What measures as it was asked for needs no button.
    assert _page(panel).buttons["yaw"].isHidden()
    window.editor.history.undo()
    assert window.editor.value("yaw") == 20


def test_what_cannot_be_achieved_says_so(
    window: MainWindow, panel: InspectorPanel, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo()
    # The pretended reading stays below, and beyond 35 degrees there is none.
    window.editor.set_values({"yaw": 34}, "Yaw")
    _measured(panel.measurements, qtbot)
    panel.measurements.achieve("yaw")
    _measured(panel.measurements, qtbot)
    assert panel.measurements.outcome.startswith("Yaw measures 28.0°: ")
    assert window.editor.value("yaw") == pytest.approx(35, abs=1)
    # Roll is not in the pretended pictures at all.
    window.editor.set_values({"roll": 10}, "Roll")
    panel.measurements.achieve("roll")
    _measured(panel.measurements, qtbot)
    assert "does not follow" in panel.measurements.outcome


def test_cancel_an_edit_meanwhile_and_locks(
    window: MainWindow, panel: InspectorPanel, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo()
    window.editor.set_values({"yaw": 20}, "Yaw")
    for give_up in (
        lambda: _page(panel).cancel.click(),
        lambda: window.editor.set_values({"pitch": 5}, "Pitch"),
    ):
        _measured(panel.measurements, qtbot)
        panel.measurements.achieve("yaw")
        give_up()
        assert panel.measurements.correcting == "" and window.editor.value("yaw") == 20
    _measured(panel.measurements, qtbot)
    assert window.editor.value("yaw") == 20
    window.editor.set_locked("pose", True)
    assert "locked" in panel.measurements.obstacle("yaw")
    assert not _page(panel).buttons["yaw"].isEnabled()
    window.editor.set_locked("pose", False)
    window.editor.set_strength(0.5)
    assert "strength" in panel.measurements.obstacle("yaw")


def test_a_reading_that_fails_says_why(
    window: MainWindow, panel: InspectorPanel, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo()
    window.editor.set_values({"yaw": 38}, "Yaw")
    _measured(panel.measurements, qtbot)
    assert "too far" in _page(panel).note.text() and _cell(panel, "Yaw", 2) == ""


def test_plots_show_both_and_follow_the_theme(
    window: MainWindow, panel: InspectorPanel, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo()
    _measured(panel.measurements, qtbot)
    for name in ("Coefficients", "Light", "Embedding"):
        panel.chips[name].click()
        assert panel._stack.currentWidget() is panel.pages[name]
    assert panel.pages["Light"].balls["Measured"].pixmap().width() > 0  # type: ignore[attr-defined]
    window.actions_["generator"].trigger()


@pytest.fixture
def people(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[MainWindow]:
    """A window with a generator."""
    it = MainWindow(theme, Settings(tmp_path / "settings.json"), PeopleBackend)
    it.show()
    qtbot.waitUntil(lambda: it.editor.person is not None, timeout=WAIT_MS)
    yield it
    it.editor.history.setClean()
    it.close()
    it.deleteLater()


def test_people_are_measured_and_embeddings_drawn(people: MainWindow, qtbot: QtBot) -> None:
    panel = _panel(people)
    _measured(panel.measurements, qtbot)
    people.editor.set_values({"yaw": 20}, "Yaw")
    panel.measurements.achieve("yaw")
    _measured(panel.measurements, qtbot)
    assert people.editor.value("yaw") == pytest.approx(25, abs=0.8)
    people.controller.open_photo(b"400x300, 1 faces", "anna.jpg")
    qtbot.waitUntil(lambda: people.editor.photo is not None, timeout=WAIT_MS)
    panel.show_page("Embedding")
    people.methods.choose("generator")
    qtbot.waitUntil(lambda: len(panel.measurements.embedding) >= 4, timeout=WAIT_MS)
    assert isinstance(panel.measurements.embedding[0].loss, float)
    note = panel.pages["Embedding"].findChildren(QLabel)[-1]
    qtbot.waitUntil(lambda: "Loss" in note.text(), timeout=WAIT_MS)
    assert isinstance(people.editor.latent, m.LatentCode)
