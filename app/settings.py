"""What Mien remembers between runs, for the window: see core.settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

from app.theme import Choice
from core.settings import CHOICES, SettingsFile, Values

RECENT = 10


class Settings(QObject):
    """The settings file as the window needs it. problem: a sentence about writing it."""

    changed = Signal()
    problem = Signal(str)

    def __init__(self, path: Path | None = None) -> None:
        super().__init__()
        self._file = SettingsFile(path, self.problem.emit)
        if path is None and not self._file.path.exists():
            self._file.change(**_from_qt(QSettings("Mien", "Mien")))

    @property
    def values(self) -> Values:
        """What holds now."""
        return self._file.values

    @property
    def fixed(self) -> frozenset[str]:
        """The choices that the environment makes (MIEN_DEVICE and so on)."""
        return self._file.fixed

    @property
    def notices(self) -> list[str]:
        """Sentences about a file or variable that could not be understood."""
        return self._file.notices

    def change(self, **changes: Any) -> None:
        """Change values; they are written soon."""
        self._file.change(**changes)
        self.changed.emit()

    def reset(self) -> None:
        """All choices and shortcuts are as Mien came; files, folders and layout stay."""
        fresh = Values()
        self.change(**{name: getattr(fresh, name) for name in (*CHOICES, "shortcuts")})

    def flush(self) -> None:
        """Wait until everything is written."""
        self._file.flush()

    @property
    def theme(self) -> Choice:
        """The chosen theme; dark at first."""
        return Choice(self.values.theme)

    @theme.setter
    def theme(self, choice: Choice) -> None:
        self.change(theme=str(choice))

    def layout(self, name: str) -> QByteArray:
        """A state of "window", "splitter" or "docks"; empty at first."""
        return QByteArray.fromBase64(self.values.layout.get(name, "").encode())

    def set_layouts(self, **states: QByteArray) -> None:
        """Remember states by name."""
        texts = {name: bytes(state.toBase64().data()).decode() for name, state in states.items()}
        self.change(layout={**self.values.layout, **texts})

    def folder(self, purpose: str, beside: str = "") -> str:
        """The folder last used by a dialog; at first that of a file, or the home folder."""
        known = (self.values.folders.get(purpose, ""), os.path.dirname(beside))
        return next((f for f in known if f and os.path.isdir(f)), str(Path.home()))

    def set_folder(self, purpose: str, path: str) -> None:
        """Remember the folder of a file for a dialog."""
        folder = os.path.dirname(os.path.abspath(path))
        self.change(folders={**self.values.folders, purpose: folder})

    def choices(self, dialog: str) -> dict[str, Any]:
        """What was chosen in a dialog the last time; nothing at first."""
        return dict(self.values.choices.get(dialog, {}))

    def set_choices(self, dialog: str, choices: Mapping[str, Any]) -> None:
        """Remember what was chosen in a dialog."""
        self.change(choices={**self.values.choices, dialog: dict(choices)})

    @property
    def recent(self) -> list[str]:
        """Files lately opened, the newest first; other windows of Mien open some too."""
        self._file.refresh()
        return list(self.values.recent)

    def add_recent(self, path: str) -> None:
        """Put a file on top of the recent ones."""
        full = os.path.abspath(path)
        files = [full, *(p for p in self.recent if p != full)]
        self.change(recent=tuple(files[:RECENT]))

    def forget_recent(self, path: str) -> None:
        """Take a file that is gone from the recent ones."""
        full = os.path.abspath(path)
        self.change(recent=tuple(p for p in self.recent if p != full))


def _from_qt(store: QSettings) -> dict[str, Any]:
    """What earlier versions kept in Qt's own place."""
    found: dict[str, Any] = {}
    if str(store.value("theme")) in list(Choice):
        found["theme"] = str(store.value("theme"))
    states = {"window": "geometry", "splitter": "splitter", "docks": "docks"}
    layout = {
        name: bytes(value.toBase64().data()).decode()
        for name, key in states.items()
        if isinstance(value := store.value(key), QByteArray)
    }
    store.beginGroup("folder")
    folders = {key: str(store.value(key)) for key in store.childKeys()}
    store.endGroup()
    recent = store.value("recent", [])
    files = [recent] if isinstance(recent, str) else recent if isinstance(recent, list) else []
    if files:
        found["recent"] = tuple(str(v) for v in files)
    return found | {k: v for k, v in (("layout", layout), ("folders", folders)) if v}
