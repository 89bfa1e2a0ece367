"""People who do not exist: the start, seeds, locks, mixtures, files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QScrollArea
from pytestqt.qtbot import QtBot

from app.canvas.compare import Compare
from app.people import NOISE
from app.settings import Settings
from app.theme import Theme
from app.window import MainWindow
from core.document.project import read_project
from tests.app.conftest import WAIT_MS, settled
from tests.app.test_export import export
from tests.core.engine.fake import FakeBackend, PeopleBackend


@pytest.fixture
def people(qtbot: QtBot, theme: Theme, settings: Settings) -> Iterator[MainWindow]:
    """A window that opened on a person."""
    it = MainWindow(theme, settings, PeopleBackend)
    it.resize(1200, 800)
    it.show()
    qtbot.waitUntil(lambda: it.editor.person is not None, timeout=WAIT_MS)
    settled(it, qtbot)
    yield it
    it.editor.history.setClean()
    it.close()
    it.deleteLater()


def arrive(window: MainWindow, qtbot: QtBot, seed: int) -> None:
    """Ask for a person by seed and wait for the picture."""
    window.people.take_seed(seed)
    qtbot.waitUntil(lambda: window.editor.person.seed == seed, timeout=WAIT_MS)  # type: ignore[union-attr]
    settled(window, qtbot)


def red(window: MainWindow) -> int:
    """What the noise code shows as."""
    result = window.canvas.result()
    assert result
    return result.pixelColor(5, 5).red()


@pytest.mark.parametrize("kind", ["400x300, 1 faces", "broken"])
def test_the_person_of_the_start_is_behind_a_photo_that_came_first(
    qtbot: QtBot, theme: Theme, settings: Settings, kind: str
) -> None:
    window = MainWindow(theme, settings, PeopleBackend)
    qtbot.addWidget(window)
    editor, history = window.editor, window.editor.history
    window.controller.open_photo(kind.encode(), "anna.jpg")
    window.show()
    qtbot.waitUntil(lambda: window.people.available and editor.editable, timeout=WAIT_MS)
    if kind != "broken":
        settled(window, qtbot)
        assert editor.photo and editor.person is None
        for _ in range(2):
            history.undo()
            qtbot.waitUntil(lambda: editor.person is not None, timeout=WAIT_MS)
            settled(window, qtbot)
            assert red(window) == 1 and history.count() == 1
            assert editor.photo is None and not window.documents.is_modified()
            history.redo()
            assert editor.photo and editor.photo.name == "anna.jpg" and not editor.person
            settled(window, qtbot)
        history.undo()
    qtbot.waitUntil(lambda: editor.person is not None, timeout=WAIT_MS)
    assert editor.person and editor.person.seed == 1
    window.close()


def test_a_photo_under_way_ends_the_drag_and_lets_no_other_person_come(
    people: MainWindow, qtbot: QtBot
) -> None:
    person = people.editor.person
    people.people.begin_mix()
    people.controller.open_photo(b"broken", "anna.jpg")
    assert not people.editor.dragging and not people.panel.person.isEnabled()
    assert not people.actions_["new_person"].isEnabled()
    people.people.new()
    QTest.keyClick(people.canvas, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: people.editor.editable, timeout=WAIT_MS)
    assert people.panel.person.isEnabled() and people.actions_["new_person"].isEnabled()
    assert people.editor.person is person and people.editor.history.count() == 0


def test_mien_opens_on_a_person_and_space_makes_another(people: MainWindow, qtbot: QtBot) -> None:
    first = people.editor.person
    assert first and people.editor.history.count() == 0 and not people.documents.is_modified()
    assert people.panel.person.isVisible() and "Press Space" in people.canvas.guide[0]
    former = people.actions_["former_person"], people.panel.person.former
    assert not any(f.isEnabled() for f in former)
    QTest.keyClick(people.canvas, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: people.editor.person is not first, timeout=WAIT_MS)
    second = people.editor.person
    assert second and second.seed is not None
    assert people.editor.history.undoText() == f"Person {second.seed}"
    settled(people, qtbot)
    assert red(people) == second.seed % 100
    qtbot.waitUntil(lambda: all(f.isEnabled() for f in former))
    people.actions_["former_person"].trigger()
    assert people.editor.person is first
    people.actions_["redo"].trigger()
    assert people.editor.person is second
    assert people.status.photo.text().startswith(f"Person {second.seed}")


def test_the_next_window_opens_on_the_picture_of_the_last_start(
    people: MainWindow, qtbot: QtBot, theme: Theme, settings: Settings, cache: Path
) -> None:
    qtbot.waitUntil((cache / "start.png").exists, timeout=WAIT_MS)
    other = MainWindow(theme, settings, PeopleBackend)
    qtbot.addWidget(other)
    result = other.canvas.result()
    assert result and result.width() == 64 and other.editor.person is None
    assert "being loaded" in other.canvas.guide[0]
    qtbot.waitUntil(lambda: other.editor.person is not None, timeout=WAIT_MS)
    settled(other, qtbot)
    other.close()


def test_a_kept_picture_gives_way_when_the_generator_is_gone(
    people: MainWindow, qtbot: QtBot, theme: Theme, settings: Settings, cache: Path
) -> None:
    qtbot.waitUntil((cache / "start.png").exists, timeout=WAIT_MS)
    other = MainWindow(theme, settings, FakeBackend)
    qtbot.addWidget(other)
    other.show()
    qtbot.waitUntil(lambda: other.people.state is not None, timeout=WAIT_MS)
    settled(other, qtbot)
    assert other.canvas.guide[1] == "The generator is not installed."
    result = other.canvas.result()
    assert result and result.hasAlphaChannel()
    other.close()


def test_space_held_to_pan_makes_nobody(people: MainWindow, qtbot: QtBot) -> None:
    first = people.editor.person
    QTest.keyPress(people.canvas, Qt.Key.Key_Space)
    QTest.mousePress(people.canvas, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(people.canvas, Qt.MouseButton.LeftButton)
    QTest.keyRelease(people.canvas, Qt.Key.Key_Space)
    qtbot.wait(100)
    assert people.editor.person is first


def test_space_works_from_a_slider_too(people: MainWindow, qtbot: QtBot) -> None:
    first = people.editor.person
    slider = people.panel.groups["pose"].rows[0].slider
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: people.editor.person is not first, timeout=WAIT_MS)


def test_seed_field_gives_the_same_person_again(people: MainWindow, qtbot: QtBot) -> None:
    arrive(people, qtbot, 31)
    field = people.panel.person.seed
    assert field.text() == "31"
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "52")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: people.editor.person.seed == 52, timeout=WAIT_MS)  # type: ignore[union-attr]
    settled(people, qtbot)
    assert red(people) == 52


def test_locked_groups_and_hair_stay(people: MainWindow, qtbot: QtBot) -> None:
    arrive(people, qtbot, 31)
    people.editor.set_values({"yaw": 22}, "Yaw")
    people.panel.person.keep["pose"].click()
    people.panel.person.keep[NOISE].click()
    arrive(people, qtbot, 52)
    assert people.editor.value("yaw") == 22 and not people.editor.is_changed("yaw")
    assert red(people) == 31
    assert people.panel.groups["pose"].lock.isChecked()


def test_a_against_b(people: MainWindow, qtbot: QtBot) -> None:
    for name, seed in (("keep_a", 20), ("keep_b", 60)):
        arrive(people, qtbot, seed)
        people.actions_[name].trigger()
    people.actions_["against"].trigger()
    pictures = people.canvas.pictures
    qtbot.waitUntil(lambda: all(pictures.kept), timeout=WAIT_MS)
    assert [p.pixelColor(0, 0).red() for p in pictures.kept if p] == [20, 60]
    arrive(people, qtbot, 31)
    assert people.canvas.compare() is Compare.RESULT


def test_slots_leave_locked_groups(people: MainWindow, qtbot: QtBot) -> None:
    arrive(people, qtbot, 20)
    people.editor.set_values({"yaw": -8, "jawOpen": 0.4}, "Edit")
    people.panel.person.slots["A"].click()
    arrive(people, qtbot, 60)
    people.editor.set_values({"yaw": 22}, "Yaw")
    people.editor.set_locked("pose", True)
    people.editor.set_locked(NOISE, True)
    people.panel.person.slots["A"].click()
    assert people.editor.value("yaw") == 22
    assert people.editor.value("jawOpen") == pytest.approx(0.4)
    settled(people, qtbot)
    assert red(people) == 60


def test_variety_is_one_step_and_keeps_the_edit(people: MainWindow, qtbot: QtBot) -> None:
    arrive(people, qtbot, 31)
    people.editor.set_values({"yaw": 7 + 5, "jawOpen": 0.5}, "Edit")
    steps = people.editor.history.count()
    people.people.begin_truncation()
    for percent in (60, 40, 20):
        people.people.set_truncation(percent / 100)
    people.people.end_truncation()
    qtbot.waitUntil(lambda: people.editor.history.count() == steps + 1, timeout=WAIT_MS)
    assert people.editor.history.undoText() == "Variety"
    assert people.editor.person and people.editor.person.truncation == 0.2
    assert people.editor.value("yaw") == pytest.approx(2 + 5)
    assert people.editor.value("jawOpen") == pytest.approx(0.5)
    people.actions_["undo"].trigger()
    assert people.editor.person.truncation == 0.7


def test_between_two_people(people: MainWindow, qtbot: QtBot) -> None:
    panel = people.panel.person
    arrive(people, qtbot, 20)
    assert not panel.between.isEnabled()
    panel.slots["A"].click()
    arrive(people, qtbot, 60)
    panel.slots["B"].click()
    steps = people.editor.history.count()
    panel.between.sliderPressed.emit()
    for value in (10, 30, 50):
        panel.between.setValue(value)
    panel.between.sliderReleased.emit()
    qtbot.waitUntil(lambda: people.editor.history.count() == steps + 1, timeout=WAIT_MS)
    assert people.editor.history.undoText() == "Between A and B"
    settled(people, qtbot)
    assert 35 <= red(people) <= 45
    assert people.editor.person and people.editor.person.seed is None
    steps = people.editor.history.count()
    panel.slots["A"].pointed.emit(True)
    qtbot.waitUntil(lambda: red(people) == 20, timeout=WAIT_MS)
    panel.slots["A"].pointed.emit(False)
    qtbot.waitUntil(lambda: red(people) != 20, timeout=WAIT_MS)
    assert people.editor.history.count() == steps
    panel.slots["A"].click()
    settled(people, qtbot)
    assert red(people) == 20


def test_both_people_are_kept_in_the_project(
    people: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = people.panel.person
    arrive(people, qtbot, 20)
    panel.slots["A"].click()
    assert people.editor.history.undoText() == "Keep person A"
    people.actions_["undo"].trigger()
    assert people.people.slots.get("A") is None and panel.slots["A"].icon().isNull()
    people.actions_["redo"].trigger()
    arrive(people, qtbot, 60)
    panel.slots["B"].click()
    target = tmp_path / "two.mien"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    people.documents.save_as()
    qtbot.waitUntil(lambda: people.editor.path is not None, timeout=WAIT_MS)
    people.documents.new()
    qtbot.waitUntil(lambda: people.editor.path is None, timeout=WAIT_MS)
    assert people.people.slots.get("A") is None and not panel.between.isEnabled()
    people.documents.open_path(str(target))
    qtbot.waitUntil(lambda: people.people.mixable, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not panel.slots["A"].icon().isNull(), timeout=WAIT_MS)
    panel.slots["A"].click()
    settled(people, qtbot)
    assert red(people) == 20
    # What a damaged file holds in a slot's place is no person.
    people.editor.set_section("people", {"A": {"seed": 1}, "B": 7}, "Damage")
    assert not people.people.mixable


def test_original_is_the_person_without_the_edit(people: MainWindow, qtbot: QtBot) -> None:
    arrive(people, qtbot, 31)
    people.editor.set_values({"yaw": 30}, "Yaw")
    settled(people, qtbot)
    qtbot.waitUntil(lambda: people.canvas.pictures.original is not None, timeout=WAIT_MS)
    original = people.canvas.pictures.original
    assert original and original.pixelColor(5, 5).green() == 107
    assert people.actions_["side"].isEnabled()


def test_a_person_is_exported_and_kept_in_a_project(
    people: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(people, qtbot, 31)
    people.editor.set_values({"yaw": 17}, "Yaw")
    target = tmp_path / "person.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), "PNG (*.png)"))
    export(people, target)
    qtbot.waitUntil(target.exists, timeout=WAIT_MS)
    assert "'Seed': '31'" in target.read_text() and "[31, 117, 50]" in target.read_text()
    assert "yaw=17" in target.read_text()
    target = tmp_path / "person.mien"
    people.documents.save_as()
    qtbot.waitUntil(lambda: people.editor.path is not None, timeout=WAIT_MS)
    stored = read_project(target)
    assert stored.person and stored.person.seed == 31
    arrive(people, qtbot, 52)
    people.editor.history.setClean()
    people.documents.open_path(str(target))
    qtbot.waitUntil(lambda: people.editor.person.seed == 31, timeout=WAIT_MS)  # type: ignore[union-attr]
    settled(people, qtbot)
    assert people.editor.value("yaw") == 17 and red(people) == 31


def test_new_document_is_a_new_person(people: MainWindow, qtbot: QtBot) -> None:
    first = people.editor.person
    people.documents.new()
    qtbot.waitUntil(
        lambda: people.editor.person is not None and people.editor.person is not first,
        timeout=WAIT_MS,
    )
    assert people.editor.history.count() == 0


def test_without_a_generator_the_model_stays_and_says_why(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.people.state is not None, timeout=WAIT_MS)
    assert window.editor.person is None and not window.panel.person.isVisible()
    assert window.canvas.guide[1] == "The generator is not installed."
    assert not window.actions_["new_person"].isEnabled()
    QTest.keyClick(window.canvas, Qt.Key.Key_Space)
    qtbot.wait(50)
    assert window.editor.person is None


def test_the_panel_is_wide_enough_for_its_rows(people: MainWindow) -> None:
    scroll = people.panel.findChild(QScrollArea, "panelScroll")
    assert isinstance(scroll, QScrollArea)
    rows = scroll.widget()
    assert rows is not None
    needed = rows.minimumSizeHint().width() + scroll.verticalScrollBar().sizeHint().width()
    assert people.panel.minimumWidth() >= needed
