"""Settings and shortcuts: changed in their dialogs, kept, applied at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt, QUrl
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QKeySequenceEdit,
    QLineEdit,
    QMenu,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.actions import COMMANDS, GESTURES
from app.dialogs.settings import SettingsDialog
from app.dialogs.shortcuts import ShortcutsDialog
from app.settings import Settings, _from_qt
from app.theme import Theme
from app.window import MainWindow
from tests.app.conftest import WAIT_MS, Open, settled


@pytest.fixture
def dialog(window: MainWindow, settings: Settings) -> Iterator[SettingsDialog]:
    """The settings dialog, as Ctrl+, opens it."""
    window.actions_["settings"].trigger()
    window.actions_["settings"].trigger()
    found = window.findChildren(SettingsDialog)
    assert len(found) == 1
    yield found[0]
    found[0].close()


def _combo(dialog: SettingsDialog, name: str, value: object) -> None:
    combo = dialog.findChild(QComboBox, f"setting_{name}")
    assert combo is not None
    combo.setCurrentIndex(combo.findData(value))
    combo.activated.emit(combo.currentIndex())


def test_choices_count_at_once_and_are_kept(
    window: MainWindow, dialog: SettingsDialog, settings: Settings, theme: Theme, tmp_path: Path
) -> None:
    _combo(dialog, "theme", "light")
    assert not theme.colours.dark
    _combo(dialog, "preview_size", 512)
    assert window.controller._preview_size == 512
    line = dialog.findChild(QLineEdit, "setting_certificate")
    assert line is not None
    line.setText("/keys/mine.pem")
    line.editingFinished.emit()
    settings.flush()
    again = Settings(tmp_path / "settings.json").values
    assert (again.theme, again.preview_size, again.certificate) == ("light", 512, "/keys/mine.pem")
    reset = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Reset to defaults")
    reset.click()
    assert theme.colours.dark and settings.values.certificate == "" == line.text()


def test_the_engine_starts_anew_with_its_settings(
    window: MainWindow, dialog: SettingsDialog, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo()
    window.editor.set_values({"yaw": 20}, "Yaw")
    settled(window, qtbot)
    life = window.link.client.life
    box = dialog.findChild(QSpinBox, "setting_memory_limit")
    assert box is not None
    box.setValue(3)
    box.setValue(4)
    qtbot.waitUntil(lambda: window.link.client.life == life + 1, timeout=WAIT_MS)
    settled(window, qtbot)
    result = window.canvas.result()
    assert result and result.pixelColor(5, 5).red() == 120
    assert window.messages.messages() == []


def test_the_environment_decides_and_says_so(
    window: MainWindow, theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIEN_DEVICE", "cpu")
    settings = Settings(tmp_path / "other.json")
    dialog = SettingsDialog(settings, theme, ("A GPU",), window)
    combo = dialog.findChild(QComboBox, "setting_device")
    assert combo is not None and not combo.isEnabled() and "MIEN_DEVICE" in combo.toolTip()
    assert [combo.itemText(i) for i in range(3)] == ["Automatic", "Processor", "GPU (A GPU)"]
    dialog.close()


def test_what_was_wrong_is_told_once(
    theme: Theme, qtbot: QtBot, tmp_path: Path, window: MainWindow
) -> None:
    (tmp_path / "broken.json").write_text("{")
    settings = Settings(tmp_path / "broken.json")
    window.help._settings = settings
    window.help.begin()
    assert [m.text for m in window.messages.messages()] == settings.notices


def test_settings_of_earlier_versions_are_taken_over(tmp_path: Path) -> None:
    store = QSettings(str(tmp_path / "old.ini"), QSettings.Format.IniFormat)
    assert _from_qt(store) == {}
    store.setValue("theme", "light")
    store.setValue("folder/open", "/photos")
    store.setValue("recent", ["/photos/a.jpg", "/photos/b.jpg"])
    store.sync()
    found = _from_qt(QSettings(str(tmp_path / "old.ini"), QSettings.Format.IniFormat))
    assert found == {
        "theme": "light", "folders": {"open": "/photos"},
        "recent": ("/photos/a.jpg", "/photos/b.jpg"),
    }  # fmt: skip


def test_nothing_is_kept_of_unsaved_work_unless_wanted(
    window: MainWindow, settings: Settings
) -> None:
    window.editor.set_values({"yaw": 20}, "Yaw")
    assert window.documents.unsaved() is not None
    settings.change(autosave=False)
    assert window.documents.unsaved() is None


def test_every_control_of_the_dialogs_has_a_name_and_is_reached_by_tab(
    window: MainWindow, qtbot: QtBot
) -> None:
    """Pressing Tab often enough goes through all of them and comes back."""
    for name, least in (("settings", 16), ("shortcuts", 4)):
        window.actions_[name].trigger()
        dialog = window.help._dialogs[name]
        qtbot.waitExposed(dialog)
        kinds = (QAbstractButton, QLineEdit, QComboBox, QSpinBox, QTableWidget, QKeySequenceEdit)
        inner = (QLineEdit, QSpinBox, QComboBox, QKeySequenceEdit, QTableWidget)
        controls = [
            w for w in dialog.findChildren(QWidget)
            if isinstance(w, kinds) and w.isVisible() and w.isEnabled()
            and not isinstance(w.parent(), inner)
        ]  # fmt: skip
        assert len(controls) >= least
        assert [w for w in controls if not (w.accessibleName() or getattr(w, "text", str)())] == []
        reached, widget = set(), dialog.nextInFocusChain()
        while widget and widget is not dialog:
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                reached.add(widget)
            widget = widget.nextInFocusChain()
        assert set(controls) <= reached
        dialog.close()


@pytest.fixture
def keys(window: MainWindow) -> Iterator[ShortcutsDialog]:
    """The list of shortcuts."""
    window.actions_["shortcuts"].trigger()
    dialog = window.findChildren(ShortcutsDialog)[-1]
    yield dialog
    dialog.close()


def test_help_lists_all_shortcuts_and_gestures(window: MainWindow, keys: ShortcutsDialog) -> None:
    rows = [(keys._item(r).text(), keys._item(r, 1).text()) for r in range(keys.table.rowCount())]
    listed = dict(rows)
    for name, action in window.actions_.items():
        texts = [k.toString(QKeySequence.SequenceFormat.NativeText) for k in action.shortcuts()]
        assert listed[action.text().replace("&", "").rstrip("…")] == ", ".join(texts), name
    assert {how for how, _ in GESTURES} <= set(listed.values())
    every = [k for c in COMMANDS for k in c.keys]
    assert len(every) == len(set(every))
    keys.filter.setText("jaw that is nowhere")
    assert all(keys.table.isRowHidden(r) for r in range(keys.table.rowCount()))
    keys.filter.setText("frontalise")
    assert keys._name() == "front" and keys.key.keySequence() == QKeySequence("F")


def test_a_letter_of_a_menu_means_one_command(window: MainWindow) -> None:
    for top in (window.menuBar(), *window.menuBar().findChildren(QMenu)):
        texts = [a.text() for a in top.actions()]
        letters = [t[t.index("&") + 1].lower() for t in texts if "&" in t]
        assert len(letters) == len(set(letters)), texts


def test_a_key_is_recorded_and_kept(
    window: MainWindow, keys: ShortcutsDialog, settings: Settings, qtbot: QtBot, tmp_path: Path
) -> None:
    keys.choose("neutral")
    keys.key.setFocus()
    qtbot.keyClick(keys.key, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert keys.key.keySequence() == QKeySequence("Ctrl+J") and keys.assign.isEnabled()
    assert keys.note.text() == "Ctrl+J is free."
    keys.assign.click()
    neutral = window.actions_["neutral"]
    assert neutral.shortcuts() == [QKeySequence("Ctrl+J")] and "Ctrl+J" in neutral.toolTip()
    settings.flush()
    assert Settings(tmp_path / "settings.json").values.shortcuts == {"neutral": ("Ctrl+J",)}
    assert keys.reset.isEnabled()
    keys.reset.click()
    assert neutral.shortcuts() == [QKeySequence("N")] and settings.values.shortcuts == {}


def test_conflicts_are_shown_and_a_key_can_be_taken_over(
    window: MainWindow, keys: ShortcutsDialog
) -> None:
    keys.choose("neutral")
    keys.key.setKeySequence(QKeySequence("F"))
    assert "Frontalise" in keys.note.text() and keys.assign.text() == "Take over"
    keys.assign.click()
    assert window.actions_["front"].shortcuts() == []
    assert window.actions_["neutral"].shortcuts() == [QKeySequence("F")]
    keys.key.setKeySequence(QKeySequence("Tab"))
    assert "window itself" in keys.note.text() and not keys.assign.isEnabled()
    keys.choose("front")
    keys.reset.click()
    assert window.actions_["front"].shortcuts() == [QKeySequence("F")]
    assert window.actions_["neutral"].shortcuts() == []
    keys.choose("undo")
    keys.key.clear()
    keys.assign.click()
    assert window.actions_["undo"].shortcuts() == []
    keys.reset_all.click()
    assert window.actions_["neutral"].shortcuts() == [QKeySequence("N")]
    assert window.actions_["undo"].shortcuts() == [QKeySequence("Ctrl+Z")]


def test_the_log_is_opened_or_named(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setenv("MIEN_LOGS", str(tmp_path))

    def refuse(url: QUrl) -> bool:
        opened.append(url.toLocalFile())
        return False

    monkeypatch.setattr("app.help.QDesktopServices.openUrl", refuse)
    window.actions_["show_log"].trigger()
    assert "no log yet" in window.messages.messages()[-1].text
    (tmp_path / "window.log").write_text("x")
    window.actions_["show_log"].trigger()
    path = os.path.join(tmp_path, "window.log")
    assert opened == [path] and path in window.messages.messages()[-1].text
