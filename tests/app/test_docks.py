"""Panels beside the canvas."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QToolButton, QUndoView, QWidget
from pytestqt.qtbot import QtBot

from app.docks import DOCKS
from app.panels.inspector import InspectorPanel
from app.settings import Settings
from app.statusbar import HINTS
from app.theme import Choice, Theme
from app.widgets.messages import Message
from app.window import MainWindow
from tests.app.conftest import Open
from tests.core.engine.fake import FakeBackend


def test_each_panel_is_built_when_it_is_first_shown(window: MainWindow) -> None:
    """Closed at first; its command and its own cross show the same state."""
    for row in DOCKS:
        dock, action = window.workspace.docks[row.name], window.actions_[row.command]
        assert dock.isHidden() and dock.widget() is None
        action.trigger()
        assert not dock.isHidden() and dock.widget() is not None
        dock.close()
        assert not action.isChecked()


def test_the_focus_of_a_closed_panel_goes_to_the_canvas(window: MainWindow) -> None:
    """Not to the first button, which the next Space would press."""
    action = window.actions_["dock_history"]
    action.trigger()
    panel = window.workspace.docks["history"].widget()
    assert panel
    window.activateWindow()
    panel.setFocus()
    QApplication.processEvents()
    action.trigger()
    assert window.canvas.hasFocus()


def test_the_layout_comes_back(window: MainWindow, settings: Settings, theme: Theme,
                               qtbot: QtBot) -> None:  # fmt: skip
    """What was shown at the end is shown at the next start."""
    window.actions_["dock_history"].trigger()
    window.editor.history.setClean()
    window.close()
    again = MainWindow(theme, settings, FakeBackend)
    qtbot.addWidget(again)
    assert again.actions_["dock_history"].isChecked()
    assert isinstance(again.workspace.docks["history"].widget(), QUndoView)
    again.close()


def test_all_fits_a_small_screen(window: MainWindow, open_photo: Open) -> None:
    """800 x 500, as 1600 x 1000 at 200 %, with the window's frame; all panels need more height."""
    open_photo()
    for name in ("timeline", "presets"):
        window.actions_[f"dock_{name}"].setChecked(True)
    window.resize(792, 460)
    QApplication.processEvents()
    assert (window.width(), window.height()) == (792, 460)
    for row in DOCKS:
        window.actions_[row.command].setChecked(True)
    inspector = window.workspace.docks["inspector"].widget()
    assert isinstance(inspector, InspectorPanel)
    for chip in inspector.chips.values():
        chip.click()
    window.resize(792, 640)
    QApplication.processEvents()
    assert (window.width(), window.height()) == (792, 640)


def test_half_a_small_screen_is_enough(window: MainWindow, open_photo: Open) -> None:
    """Half of 1366 px: what the bar has no room for is in the menus, and comes back."""
    open_photo()
    bar = window.toolbar

    def shown() -> set[str]:
        buttons = [b for b in bar.findChildren(QToolButton) if b.isVisibleTo(bar)]
        return {b.accessibleName() for b in buttons}

    window.resize(1366, 700)
    QApplication.processEvents()
    every = shown()
    window.resize(683, 700)
    QApplication.processEvents()
    assert window.width() == 683 and bar.width() <= 683
    few = shown()
    assert "Open" not in few and few < every
    for child in bar.findChildren(QWidget):
        if child.isVisibleTo(bar):
            right = child.mapTo(bar, child.rect().bottomRight()).x()
            assert right < bar.width(), child.accessibleName()
    in_menus = {
        action.text().replace("&", "").rstrip("…")
        for menu in window.menuBar().findChildren(QMenu) for action in menu.actions()
    }  # fmt: skip
    # Those two say what they would take back.
    assert every - few <= in_menus | {"Undo", "Redo"}
    hints = window.status.hints
    assert hints.text() and hints.text() != "   ·   ".join(HINTS)
    assert hints.fontMetrics().horizontalAdvance(hints.text()) <= hints.width()
    news = ("Recover", lambda: None), ("Discard", lambda: None)
    window.messages.show_message(Message("anna.jpg was not saved.", "warning", "", news[0],
                                         other=news[1]))  # fmt: skip
    QApplication.processEvents()
    for button in window.messages.findChildren(QPushButton):
        assert button.isHidden() or button.width() >= button.sizeHint().width()
    window.resize(1366, 700)
    QApplication.processEvents()
    assert shown() == every


def test_a_theme_dresses_each_widget_few_times(window: MainWindow, theme: Theme) -> None:
    class Counter(QObject):
        styled = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            self.styled += event.type() is QEvent.Type.StyleChange
            return False

    counter = Counter()
    QApplication.instance().installEventFilter(counter)  # type: ignore[union-attr]
    theme.choose(Choice.LIGHT)
    QApplication.instance().removeEventFilter(counter)  # type: ignore[union-attr]
    theme.choose(Choice.DARK)
    assert 0 < counter.styled <= 4 * len(QApplication.allWidgets())
