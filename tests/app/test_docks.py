"""Panels beside the canvas."""

from __future__ import annotations

from PySide6.QtWidgets import QUndoView
from pytestqt.qtbot import QtBot

from app.docks import DOCKS
from app.settings import Settings
from app.theme import Theme
from app.window import MainWindow
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
