"""Fifteen hundred random events; benchmarks/monkey.py does more."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from app.settings import Settings
from app.theme import Choice, Theme
from app.window import MainWindow
from benchmarks.monkey import Monkey, growth
from tests.app.conftest import WAIT_MS
from tests.core.engine.fake import PeopleBackend

EVENTS, KILLS = 1500, 2


def test_random_hands(qtbot: QtBot, theme: Theme, settings: Settings, tmp_path: Path) -> None:
    window = MainWindow(theme, settings, PeopleBackend)
    window.resize(700, 500)
    window.show()
    qtbot.waitUntil(lambda: window.canvas.result() is not None, timeout=WAIT_MS)
    (tmp_path / "files").mkdir()
    monkey = Monkey(window, settings, tmp_path / "files", seed=1)
    with qtbot.capture_exceptions() as exceptions, monkey.at_play():
        monkey.unfold()
        monkey.play(EVENTS // 4)
        assert monkey.settle()
        before = monkey.size()
        monkey.play(EVENTS - EVENTS // 4, KILLS)
        assert monkey.settle()
        grown = growth(before, monkey.size())
    settings.theme = Choice.DARK
    window.editor.history.setClean()
    window.close()
    window.deleteLater()
    assert not exceptions and not monkey.errors and not grown
