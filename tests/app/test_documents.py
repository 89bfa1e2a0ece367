"""Photos, faces, history, files, and the life of the window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from app.canvas.guides import MODEL_GUIDE
from app.files import drop_invitation
from app.settings import Settings
from app.theme import Choice, Theme
from app.window import MainWindow
from core.document.project import read_project
from tests.app.conftest import WAIT_MS, Open, settled
from tests.core.engine.fake import FakeBackend

YES, CANCEL = QMessageBox.StandardButton.Discard, QMessageBox.StandardButton.Cancel


def answer(monkeypatch: pytest.MonkeyPatch, button: QMessageBox.StandardButton) -> list[str]:
    """Answer the next questions, and record them."""
    asked: list[str] = []

    def question(_parent: object, title: str, *_: object) -> QMessageBox.StandardButton:
        asked.append(title)
        return button

    monkeypatch.setattr(QMessageBox, "question", question)
    return asked


def choose(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Choose a file in the next dialogs."""
    for name in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_: (str(path), "PNG (*.png)"))


def test_a_photo_starts_at_its_fit_and_is_undoable(
    window: MainWindow, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo()
    assert window.editor.value("yaw") == 5 and not window.editor.is_changed("yaw")
    assert window.status.photo.text().startswith("anna.jpg")
    window.editor.set_values({"yaw": 20}, "Yaw")
    open_photo("600x600, 1 faces", "bela.jpg")
    assert window.editor.history.undoText() == "Open bela.jpg"
    assert window.actions_["undo"].text() == "Undo Open bela.jpg"
    window.actions_["undo"].trigger()
    assert window.editor.photo and window.editor.photo.name == "anna.jpg"
    assert window.editor.value("yaw") == 20
    settled(window, qtbot)
    result = window.canvas.result()
    assert result and (result.width(), result.height()) == (400, 300)
    window.editor.history.undo()
    window.editor.history.undo()
    assert window.editor.photo is None
    qtbot.waitUntil(lambda: window.canvas.result() is not None, timeout=WAIT_MS)


def test_at_least_a_hundred_steps_and_redo_keys(window: MainWindow) -> None:
    for step in range(1, 131):
        window.editor.set_values({"yaw": step / 4}, f"Step {step}")
    for _ in range(130):
        QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.editor.value("yaw") == 0
    ctrl, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window, Qt.Key.Key_Z, ctrl | shift)
    QTest.keyClick(window, Qt.Key.Key_Y, ctrl)
    assert window.editor.value("yaw") == 0.5
    assert window.actions_["redo"].text() == "Redo Step 3"


def test_a_bad_photo_leaves_everything_as_it_was(
    window: MainWindow, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo()
    window.editor.set_values({"yaw": 20}, "Yaw")
    window.controller.open_photo(b"broken", "broken.jpg")
    qtbot.waitUntil(lambda: bool(window.messages.messages()), timeout=WAIT_MS)
    card = window.messages._cards[-1]
    assert card.message.kind == "error" and "not an image" in card.message.text
    card.copy_details()
    assert "Traceback" in QGuiApplication.clipboard().text()
    card.dismissed.emit()
    assert window.messages.messages() == []
    assert window.editor.value("yaw") == 20
    window.editor.set_values({"yaw": 25}, "Yaw")
    settled(window, qtbot)
    result = window.canvas.result()
    assert result and result.pixelColor(5, 5).red() == 125


@pytest.mark.parametrize("kind", ["400x300, 1 faces, slow", "broken"])
def test_a_photo_under_way_is_named_and_nothing_is_edited(
    window: MainWindow, qtbot: QtBot, kind: str
) -> None:
    editor, canvas = window.editor, window.canvas
    row = window.panel.groups["pose"].rows[0]
    editor.begin("Turn head")
    editor.set_values({"yaw": 12}, "Turn head")
    window.controller.open_photo(kind.encode(), "anna.jpg")
    assert not editor.dragging and editor.history.undoText() == "Turn head"
    assert window.windowTitle() == "anna.jpg: looking for faces…[*] – Mien"
    assert window.status.photo.text() == "anna.jpg: looking for faces…"
    assert canvas.guide[0] == "Opening anna.jpg"
    assert not row.isEnabled() and window.documents.title() == "Untitled"
    middle = canvas.rect().center()
    for button in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
        QTest.mousePress(canvas, button, Qt.KeyboardModifier.NoModifier, middle)
        QTest.mouseMove(canvas, middle + QPoint(80, 20))
        QTest.mouseRelease(canvas, button, Qt.KeyboardModifier.NoModifier, middle)
    editor.set_values({"yaw": 30}, "Yaw")
    assert editor.history.count() == 1 and editor.value("yaw") == 12
    qtbot.waitUntil(lambda: editor.editable, timeout=WAIT_MS)
    assert row.isEnabled()
    assert canvas.guide[0] == MODEL_GUIDE[0]
    if kind == "broken":
        assert window.windowTitle() == "Untitled[*] – Mien" and window.isWindowModified()
        assert "No photo" in window.status.photo.text() and editor.value("yaw") == 12
    else:
        assert window.windowTitle() == "anna.jpg[*] – Mien" and editor.value("yaw") == 5
        assert "1 face" in window.status.photo.text()
    editor.set_values({"yaw": 25}, "Yaw")
    settled(window, qtbot)


def test_the_next_photo_takes_the_failure_of_the_last_away(
    window: MainWindow, open_photo: Open, qtbot: QtBot
) -> None:
    window.controller.open_photo(b"broken", "broken.jpg")
    qtbot.waitUntil(lambda: bool(window.messages.messages()), timeout=WAIT_MS)
    open_photo()
    assert not any(message.kind == "error" for message in window.messages.messages())


def test_cancel_keeps_the_photo(window: MainWindow, open_photo: Open, qtbot: QtBot) -> None:
    open_photo()
    window.controller.open_photo(b"400x300, 1 faces, slow", "slow.jpg")
    progress = window.messages.progress
    qtbot.waitUntil(progress.isVisible, timeout=WAIT_MS)
    assert progress.text()
    progress._button.click()
    qtbot.waitUntil(lambda: not progress.isVisible(), timeout=WAIT_MS)
    assert window.editor.photo and window.editor.photo.name == "anna.jpg"
    window.editor.set_values({"yaw": 25}, "Yaw")
    settled(window, qtbot)
    result = window.canvas.result()
    assert result and result.pixelColor(5, 5).red() == 125


def test_drop_highlights_opens_and_queues(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    names = ["400x300, 1 faces.jpg", "500x300, 1 faces.jpg"]
    for name in names:
        (tmp_path / name).touch()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / n)) for n in names])
    plain = window.canvas.grab().toImage()
    entered = QDragEnterEvent(
        QPoint(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    window.dragEnterEvent(entered)
    assert window.canvas.grab().toImage() != plain
    event = QDropEvent(
        QPointF(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    window.dropEvent(event)
    qtbot.waitUntil(lambda: window.editor.photo is not None, timeout=WAIT_MS)
    assert window.editor.photo and window.editor.photo.name == names[0]
    assert window.documents.unsaved() is None, "nothing of it is edited"
    assert any("1 more photo" in m.text for m in window.messages.messages())
    window.actions_["next"].trigger()
    qtbot.waitUntil(lambda: window.editor.photo.name == names[1], timeout=WAIT_MS)  # type: ignore[union-attr]
    recent = window.menus.recent.actions()
    assert [a.text() for a in recent] == names[::-1]


def test_a_drop_says_beforehand_what_it_does(tmp_path: Path) -> None:
    def says(*names: str) -> str:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in names])
        return drop_invitation(data)

    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    assert says("one") == "Drop to batch-export the photos of this folder"
    assert says("one", "two", "a.jpg") == "Drop to batch-export the photos of these folders"
    assert says("a.jpg", "b.jpg") == "Drop to open 2 files, one after the other"
    assert says("a.mien") == "Drop to open this project"
    assert says("a.jpg") == "Drop to open"


def test_a_picture_without_a_file_can_be_dropped(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As browsers give it; what holds no picture is refused with a sentence."""
    opened: list[str] = []
    monkeypatch.setattr(window.controller, "open_photo", lambda _, name: opened.append(name))
    for pixels in (None, QImage(8, 4, QImage.Format.Format_RGB32)):
        data = QMimeData()
        data.setUrls([QUrl("https://example.org/face.jpg")])
        if pixels is not None:
            data.setImageData(pixels)
        window.dropEvent(
            QDropEvent(
                QPointF(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                Qt.KeyboardModifier.NoModifier,
            )
        )  # fmt: skip
    assert opened == ["Dropped picture"]
    assert "drop photos" in window.messages.messages()[-1].text


def test_a_single_drop_leaves_the_queue(window: MainWindow, tmp_path: Path) -> None:
    window.documents.open_paths([str(tmp_path / f"{n}.jpg") for n in "abc"])
    window.documents.open_paths([str(tmp_path / "d.jpg")])
    assert [Path(p).name for p in window.documents.queue] == ["b.jpg", "c.jpg"]


def test_paste_opens_a_picture(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[bytes, str]] = []
    monkeypatch.setattr(window.controller, "open_photo", lambda s, n: opened.append((s, n)))
    QGuiApplication.clipboard().clear()
    window.documents.paste()
    assert "copy one first" in window.messages.messages()[-1].text
    image = QImage(8, 4, QImage.Format.Format_RGB32)
    image.fill(0xFF102030)
    QGuiApplication.clipboard().setImage(image)
    window.actions_["paste"].trigger()
    ((content, name),) = opened
    again = QImage.fromData(content)
    assert name == "Pasted picture" and again.pixelColor(3, 2).getRgb() == (16, 32, 48, 255)


def test_project_round_trip(
    window: MainWindow, open_photo: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path, theme: Theme, settings: Settings,
) -> None:  # fmt: skip
    open_photo("400x300, 2 faces")
    window.editor.set_values({"yaw": 30, "jawOpen": 0.4}, "Edit")
    window.editor.set_strength(0.8)
    path = tmp_path / "a.mien"
    choose(monkeypatch, path)
    assert window.isWindowModified() and window.windowTitle() == "anna.jpg[*] – Mien"
    window.actions_["save"].trigger()
    qtbot.waitUntil(lambda: window.editor.path == str(path), timeout=WAIT_MS)
    assert not window.isWindowModified() and window.windowTitle() == "a.mien[*] – Mien"
    assert read_project(path).photo == b"400x300, 2 faces"
    pose = window.editor.parameters.pose
    window.editor.clear()
    other = MainWindow(theme, settings, FakeBackend)
    qtbot.addWidget(other)
    other.documents.open_path(str(path))
    qtbot.waitUntil(lambda: other.editor.photo is not None, timeout=WAIT_MS)
    assert np.array_equal(other.editor.parameters.pose, pose)
    assert other.editor.value("jawOpen") == pytest.approx(0.4)
    assert other.editor.state.strength == 0.8
    assert not other.documents.is_modified() and other.editor.history.count() == 0
    other.close()


def test_a_damaged_project_is_refused(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "bad.mien"
    path.write_bytes(b"nothing")
    window.documents.open_path(str(path))
    qtbot.waitUntil(lambda: bool(window.messages.messages()), timeout=WAIT_MS)
    assert "bad.mien is damaged" in window.messages.messages()[-1].text


def test_closing_asks_about_unsaved_edits(
    window: MainWindow, open_photo: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answer(monkeypatch, CANCEL)
    open_photo()
    assert not window.documents.is_modified()
    window.editor.set_values({"yaw": 20}, "Yaw")
    window.close()
    assert asked == ["Unsaved edit"] and window.isVisible()
    answer(monkeypatch, YES)
    window.actions_["new"].trigger()
    assert window.editor.photo is None and not window.documents.is_modified()


@pytest.mark.parametrize("group", ["light", "expression", "pose", "identity"])
def test_take_from_another_photo(
    window: MainWindow, open_photo: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path, group: str,
) -> None:  # fmt: skip
    open_photo()
    window.editor.randomise(group, 3)
    path = tmp_path / "50x50, 2 faces.jpg"
    path.touch()
    choose(monkeypatch, path)
    window.panel.takeRequested.emit(group)
    label = {"pose": "Pose", "light": "Light"}.get(group, group.capitalize())
    text = f"{label} from {path.name}"
    qtbot.waitUntil(lambda: window.editor.history.undoText() == text, timeout=WAIT_MS)
    fitted = FakeBackend().analyze(FakeBackend().load(path.name.encode()))[0].parameters
    assert np.allclose(getattr(window.editor.parameters, group), getattr(fitted, group))


def test_the_first_window_fits_the_screen(theme: Theme, tmp_path: Path) -> None:
    first = MainWindow(theme, Settings(tmp_path / "none.json"), FakeBackend)
    room = first.screen().availableSize()
    assert first.width() < room.width() and first.height() < room.height()
    first.close()


def test_theme_geometry_and_folders_persist(
    window: MainWindow, settings: Settings, theme: Theme, tmp_path: Path
) -> None:
    dark = theme.colours
    window.menus._choose(Choice.LIGHT)
    assert theme.colours != dark and settings.theme is Choice.LIGHT
    window.menus._choose(Choice.SYSTEM)
    window.menus._choose(Choice.DARK)
    settings.set_folder("open", str(tmp_path / "a.jpg"))
    assert settings.folder("open", str(tmp_path / "b" / "a.jpg")) == str(tmp_path)
    (tmp_path / "b").mkdir()
    assert settings.folder("new", str(tmp_path / "b" / "a.jpg")) == str(tmp_path / "b")
    window.resize(799, 640)
    size = window.size()
    window.editor.history.setClean()
    window.close()
    again = MainWindow(theme, settings, FakeBackend)
    assert again.size() == size and size.height() == 640
    again.close()
