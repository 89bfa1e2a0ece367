"""A window over an engine that does arithmetic instead of faces."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.settings import Settings
from app.theme import Theme
from app.window import MainWindow
from core.engine import messages as m
from tests.core.engine.fake import FakeBackend

WAIT_MS = 15_000


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    """One theme for all tests."""
    return Theme(qapp)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings that nobody else has."""
    return Settings(tmp_path / "settings.json")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders for what is kept between starts that nobody else has."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("MIEN_CACHE", str(folder))
    monkeypatch.setenv("MIEN_STATE", str(tmp_path / "state"))
    return folder


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, settings: Settings) -> Iterator[MainWindow]:
    """A shown window with the bare model."""
    it = MainWindow(theme, settings, FakeBackend)
    it.resize(1200, 800)
    it.show()
    qtbot.waitUntil(lambda: it.canvas.result() is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: it.panel.groups["light"].is_open(), timeout=WAIT_MS)
    yield it
    it.editor.history.setClean()
    it.close()
    it.deleteLater()


Open = Callable[..., None]


@pytest.fixture
def open_photo(window: MainWindow, qtbot: QtBot) -> Open:
    """Open a pretended photo and wait for its picture."""

    def opened(kind: str = "400x300, 1 faces", name: str = "anna.jpg") -> None:
        before = window.editor.photo
        window.controller.open_photo(kind.encode(), name)
        qtbot.waitUntil(lambda: window.editor.photo is not before, timeout=WAIT_MS)
        if window.editor.editable:
            settled(window, qtbot)

    return opened


def settled(window: MainWindow, qtbot: QtBot) -> None:
    """Wait until the picture on the canvas is the one wanted."""

    def shown() -> bool:
        client = window.link.client
        idle = not client.rendering and client._policy._shown is not None
        wish = client._policy._wish
        return bool(idle and wish and client._policy._shown[0] == wish.key())  # type: ignore[index]

    qtbot.waitUntil(shown, timeout=WAIT_MS)


def renders(window: MainWindow) -> list[m.Render]:
    """From now on, the render requests that leave the window."""
    sent: list[m.Render] = []
    real = window.link.client._send

    def send(message: object) -> None:
        if isinstance(message, m.Render):
            sent.append(message)
        real(message)

    window.link.client._send = send  # type: ignore[method-assign]
    return sent
