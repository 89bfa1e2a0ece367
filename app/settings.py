"""What Mien remembers between runs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

from app.theme import Choice

RECENT = 10


class Settings:
    """A typed view of QSettings."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store or QSettings("Mien", "Mien")

    @property
    def theme(self) -> Choice:
        """The chosen theme; dark at first."""
        value = str(self._store.value("theme", Choice.DARK))
        return Choice(value) if value in list(Choice) else Choice.DARK

    @theme.setter
    def theme(self, choice: Choice) -> None:
        self._store.setValue("theme", str(choice))

    @property
    def geometry(self) -> QByteArray:
        """The window's place and size; empty at first."""
        value = self._store.value("geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("geometry", value)

    @property
    def splitter(self) -> QByteArray:
        """The width of the panel; empty at first."""
        value = self._store.value("splitter")
        return value if isinstance(value, QByteArray) else QByteArray()

    @splitter.setter
    def splitter(self, value: QByteArray) -> None:
        self._store.setValue("splitter", value)

    @property
    def docks(self) -> QByteArray:
        """Which panels are shown, and where; empty at first."""
        value = self._store.value("docks")
        return value if isinstance(value, QByteArray) else QByteArray()

    @docks.setter
    def docks(self, value: QByteArray) -> None:
        self._store.setValue("docks", value)

    def folder(self, purpose: str) -> str:
        """The folder last used by a dialog; the home folder at first or when it is gone."""
        value = str(self._store.value(f"folder/{purpose}", ""))
        return value if value and os.path.isdir(value) else str(Path.home())

    def set_folder(self, purpose: str, path: str) -> None:
        """Remember the folder of a file for a dialog."""
        self._store.setValue(f"folder/{purpose}", os.path.dirname(os.path.abspath(path)))

    def choices(self, dialog: str) -> dict[str, Any]:
        """What was chosen in a dialog the last time; nothing at first."""
        try:
            value = json.loads(str(self._store.value(f"choices/{dialog}", "{}")))
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def set_choices(self, dialog: str, choices: Mapping[str, Any]) -> None:
        """Remember what was chosen in a dialog."""
        self._store.setValue(f"choices/{dialog}", json.dumps(dict(choices)))

    @property
    def recent(self) -> list[str]:
        """Files lately opened, the newest first; other windows of Mien open some too."""
        self._store.sync()
        value = self._store.value("recent", [])
        if isinstance(value, str):
            return [value]
        return [str(v) for v in value] if isinstance(value, list) else []

    def add_recent(self, path: str) -> None:
        """Put a file on top of the recent ones."""
        full = os.path.abspath(path)
        files = [full, *(p for p in self.recent if p != full)]
        self._store.setValue("recent", files[:RECENT])
        self._store.sync()
