"""The window is painted before it can do anything, and looks then as it will."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.batching import _NEEDED
from app.engine_link import EngineLink
from app.opening import open_window
from app.settings import Settings
from app.still import save_still
from app.theme import Theme
from app.window import MainWindow
from core.engine.messages import Ready
from tests.app.conftest import WAIT_MS
from tests.core.engine.fake import FakeBackend

_FIRST_PAINT = """
import app.main, sys
from PySide6.QtWidgets import QApplication
from app.settings import Settings
from app.still import save_still
from app.theme import Theme
from app.window import MainWindow

application, settings = QApplication([]), Settings()
window = MainWindow(Theme(application), settings, bare=True)
window.show()
while not window.windowHandle().isExposed():
    application.processEvents()
settings.flush()
print(*sys.modules)
"""
# What a start has no need of before it is seen.
_LATER = ("numpy", "multiprocessing", "core.engine.messages", "core.document.project", "app.parts")


def test_the_first_paint_waits_for_neither_arrays_nor_engine(tmp_path: Path) -> None:
    own = {f"MIEN_{name}": str(tmp_path) for name in ("CONFIG", "STATE", "CACHE", "LOGS")}
    out = subprocess.run(
        [sys.executable, "-c", _FIRST_PAINT], env={**os.environ, **own},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    names = out.stdout.split()
    assert "app.canvas.view" in names
    assert [name for name in _LATER if name in names] == []


def test_what_a_thread_imports_ahead_makes_no_qt_class() -> None:
    """Qt reads its classes without a lock."""
    told = "import importlib, sys; [importlib.import_module(n) for n in sys.argv[1:]]; "
    told += "sys.exit('PySide6' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told, *_NEEDED], check=False).returncode == 0


def test_a_bare_window_looks_as_it_will_be(qtbot: QtBot, theme: Theme, settings: Settings) -> None:
    """But for the panel, whose place it keeps."""
    window = MainWindow(theme, settings, FakeBackend, bare=True)
    qtbot.addWidget(window)
    window.resize(1200, 800)
    window.show()
    qtbot.waitExposed(window)
    at = window.canvas.mapTo(window, window.canvas.rect().topLeft())
    size, bar = window.canvas.size(), window.toolbar.grab().toImage()
    guide, enabled = window.canvas.guide, _enabled(window)
    window.furnish()
    QApplication.processEvents()
    assert window.canvas.mapTo(window, window.canvas.rect().topLeft()) == at
    assert window.canvas.size() == size and window.canvas.guide == guide
    assert window.toolbar.grab().toImage() == bar and _enabled(window) == enabled
    assert window.panel.isVisible() and window.panel.groups["light"].is_open()
    window.close()


def _enabled(window: MainWindow) -> list[bool]:
    names = ("open", "save", "undo", "redo", "export", "result", "split", "side", "against", "fit")
    return [window.actions_[name].isEnabled() for name in names]


def test_parts_come_after_the_paint_and_open_what_was_named(
    qtbot: QtBot, theme: Theme, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = MainWindow(theme, settings, FakeBackend, bare=True)
    qtbot.addWidget(window)
    seen: list[bool] = []
    furnishing = window.furnishing

    def noted(paths: Sequence[str]) -> Iterator[None]:
        seen.append(window.windowHandle().isExposed())
        return furnishing(paths)

    monkeypatch.setattr(window, "furnishing", noted)
    photo = tmp_path / "400x300, 1 faces"
    photo.touch()
    open_window(window, [str(photo)])
    assert seen == [True] and window.panel.isVisible()
    qtbot.waitUntil(lambda: window.editor.photo is not None, timeout=WAIT_MS)
    assert window.documents.title() == photo.name
    window.close()


def test_nobody_else_is_shown_before_the_photo_asked_for(
    qtbot: QtBot, theme: Theme, settings: Settings, tmp_path: Path
) -> None:
    save_still(np.zeros((8, 8, 3), np.uint8))
    photo = tmp_path / "400x300, 1 faces"
    photo.touch()
    window = MainWindow(theme, settings, FakeBackend, bare=True, awaited=photo.name)
    qtbot.addWidget(window)
    said = [window.canvas.guide[0]]
    drawn: list[object] = [window.canvas.pictures.result]
    open_window(window, [str(photo)])
    said.append(window.canvas.guide[0])
    drawn.append(window.canvas.pictures.result)
    assert said == [f"Opening {photo.name}"] * 2 and drawn == [None, None]
    qtbot.waitUntil(lambda: window.editor.photo is not None, timeout=WAIT_MS)
    window.close()


def test_what_the_engine_says_waits_for_the_parts(qtbot: QtBot) -> None:
    link = EngineLink(make_backend=FakeBackend)
    link.start()
    qtbot.wait(1500)
    heard: list[object] = []
    link.arrived.connect(heard.append)
    assert heard == []
    link.listen()
    qtbot.waitUntil(lambda: any(isinstance(event, Ready) for event in heard), timeout=WAIT_MS)
    link.stop()


def test_docks_keep_their_place_and_are_filled(
    qtbot: QtBot, theme: Theme, settings: Settings
) -> None:
    first = MainWindow(theme, settings, FakeBackend)
    qtbot.addWidget(first)
    first.show()
    first.actions_["dock_history"].trigger()
    first.actions_["dock_timeline"].trigger()
    first.close()
    window = MainWindow(theme, settings, FakeBackend, bare=True)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    before = {name: dock.geometry() for name, dock in window.workspace.docks.items()}
    assert all(dock.widget() is None for dock in window.workspace.docks.values())
    window.furnish()
    QApplication.processEvents()
    shown = [n for n, dock in window.workspace.docks.items() if dock.widget() and dock.isVisible()]
    assert shown == ["history", "timeline"]
    assert {n: window.workspace.docks[n].geometry() for n in shown} == {n: before[n] for n in shown}
    window.close()
