"""The export dialog, and what the engine is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from app.dialogs.export import ExportDialog
from app.window import MainWindow
from core.engine import messages as m
from core.export.settings_in_file import pack, unpack
from tests.app.conftest import WAIT_MS, Open


def ask(window: MainWindow) -> ExportDialog:
    """Open the dialog by its command."""
    window.actions_["export"].trigger()
    dialog = window.exporting.dialog
    assert dialog and dialog.isVisible()
    return dialog


def export(window: MainWindow, path: Path) -> None:
    """Export to a path with what is chosen otherwise."""
    dialog = ask(window)
    dialog.name.setText(path.stem)
    dialog.folder.setText(str(path.parent))
    dialog.format.setCurrentIndex(dialog.format.findData(path.suffix))
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)


def saves(window: MainWindow) -> list[m.Save]:
    """From now on, the requests to write a picture."""
    sent: list[m.Save] = []
    real = window.link.client._send

    def send(message: object) -> None:
        if isinstance(message, m.Save):
            sent.append(message)
        real(message)

    window.link.client._send = send  # type: ignore[method-assign]
    return sent


def press(label: str) -> None:
    """Press a button of the question that comes next."""

    def find() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            next(b for b in box.buttons() if b.text().replace("&", "") == label).click()
        else:
            QTimer.singleShot(20, find)

    QTimer.singleShot(20, find)


@pytest.fixture
def photo(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> Path:
    """An opened photo."""
    path = tmp_path / "400x300, 1 faces.jpg"
    path.touch()
    window.documents.open_path(str(path))
    qtbot.waitUntil(lambda: window.editor.photo is not None, timeout=WAIT_MS)
    window.editor.set_values({"yaw": 45}, "Yaw")
    return path


def test_enter_exports_with_the_defaults(
    window: MainWindow, qtbot: QtBot, photo: Path, tmp_path: Path
) -> None:
    window.settings.set_folder("export", str(tmp_path / "x"))
    sent = saves(window)
    dialog = ask(window)
    assert dialog.shown.text() == "400x300, 1 faces_edited.jpg" and dialog.suffix() == ".jpg"
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    out = tmp_path / "400x300, 1 faces_edited.jpg"
    qtbot.waitUntil(out.exists, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not window.isWindowModified(), timeout=WAIT_MS)
    assert out.read_text() == "145.000 True"
    options = sent[0].options
    assert options.provenance and options.quality == 95 and not options.certificate
    project = unpack(pack(options.document), "x").project
    assert project.photo_name == photo.name and project.edits[0].parameters.pose[0] == 45


def test_choices_are_sent_and_remembered(
    window: MainWindow, qtbot: QtBot, photo: Path, tmp_path: Path
) -> None:
    sent = saves(window)
    dialog = ask(window)
    dialog.name.setText("{stem}_{yaw:.0f}")
    dialog.folder.setText(str(tmp_path))
    dialog.format.setCurrentIndex(dialog.format.findData(".webp"))
    dialog.quality.setValue(70)
    assert dialog.feather
    dialog.feather.setValue(20)
    QTest.mouseClick(dialog.embed, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    dialog.provenance.setChecked(False)
    assert dialog.shown.text() == "400x300, 1 faces_45.webp" and dialog.quality.isEnabled()
    dialog.export.click()
    qtbot.waitUntil((tmp_path / "400x300, 1 faces_45.webp").exists, timeout=WAIT_MS)
    assert sent[0].options == m.ExportOptions(70, False) and sent[0].feather == 20
    assert window.editor.document.feather == 20
    again = ask(window)
    assert again.name.text() == "{stem}_{yaw:.0f}" and again.folder.text() == str(tmp_path)
    assert again.quality.value() == 70 and again.suffix() == ".webp"
    assert not again.embed.isChecked() and not again.provenance.isChecked()
    assert "exists already" in again.shown.text()


@pytest.mark.parametrize("answer", ["Replace", "Keep both", "Cancel"])
def test_an_existing_file_is_asked_about(
    window: MainWindow, qtbot: QtBot, photo: Path, tmp_path: Path, answer: str
) -> None:
    there, both = tmp_path / "a.png", tmp_path / "a-2.png"
    there.write_text("old")
    sent = saves(window)
    press(answer)
    export(window, there)
    if answer == "Cancel":
        assert not sent and window.exporting.dialog and window.exporting.dialog.isVisible()
    else:
        written = there if answer == "Replace" else both
        qtbot.waitUntil(lambda: bool(sent) and not window.controller.saving, timeout=WAIT_MS)
        assert written.read_text() == "145.000 True" and sent[0].path == str(written)
    assert (there.read_text() == "old") == (answer != "Replace")


def test_what_cannot_be_written_is_said_at_once(window: MainWindow, photo: Path) -> None:
    dialog = ask(window)
    dialog.folder.setText(str(photo.parent))
    for name, word in (("{nose}", "knows no"), ("{seed}", "no value here"), ("", "is empty")):
        dialog.name.setText(name)
        assert word in dialog.shown.text() and not dialog.export.isEnabled()
    dialog.name.setText("{stem}")
    assert "That is the photo itself" in dialog.shown.text() and not dialog.export.isEnabled()
    dialog.name.setText("{stem}_edited")
    dialog.folder.setText("/no/such/folder")
    assert "There is no folder" in dialog.shown.text() and not dialog.export.isEnabled()


def test_every_control_of_it_has_a_name(window: MainWindow, open_photo: Open) -> None:
    open_photo()
    dialog = ask(window)
    controls = [dialog.name, dialog.folder, dialog.format, dialog.quality, dialog.feather]
    assert all(
        c and c.accessibleName() and c.focusPolicy() & Qt.FocusPolicy.TabFocus for c in controls
    )
    for box in (dialog.provenance, dialog.embed):
        assert box.text() and box.toolTip()
