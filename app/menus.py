"""The menu bar."""

from __future__ import annotations

import os
from functools import partial

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from app.actions import COMMANDS
from app.late_parts import LateParts
from app.theme import Choice, Dresser

# A line before these.
_BREAKS = ("save", "export", "quit", "copy_edit", "keep_a", "reset_all", "photo", "neutral",
           "previous_face", "draw_box", "key", "sweep", "import_take", "animation",
           "result", "fit", "figures", "settings", "show_log", "about")  # fmt: skip
# Whose first letter belongs to another menu.
_MARKED = {"Face": "F&ace"}


class Menus:
    """Fills the bar from the table of commands; recent files and themes are added."""

    def __init__(self, window: LateParts) -> None:
        self._window = window
        self._settings, self._theme = window.settings, window.theme
        actions = window.actions_
        menus: dict[str, QMenu] = {}
        for command in COMMANDS:
            if command.menu not in menus:
                parent, _, name = command.menu.rpartition("/")
                menus[command.menu] = (menus[parent] if parent else window.menuBar()).addMenu(
                    _MARKED.get(name, f"&{name}")
                )
                if command.menu == "Edit":
                    menus["Edit"].addAction(actions["undo"])
                    menus["Edit"].addAction(actions["redo"])
            menu = menus[command.menu]
            if command.name in _BREAKS:
                menu.addSeparator()
            menu.addAction(actions[command.name])
            if command.name == "open":
                self.recent = menu.addMenu("Open &Recent")
        self._add_themes(menus["View"])
        self.refresh_recent()

    def refresh_recent(self) -> None:
        """Show the files lately opened."""
        self.recent.clear()
        for path in self._settings.recent:
            action = self.recent.addAction(os.path.basename(path))
            action.setToolTip(path)
            action.triggered.connect(lambda _=False, p=path: self._open(p))
        self.recent.setEnabled(not self.recent.isEmpty())

    def _open(self, path: str) -> None:
        self._window.documents.open_path(path)

    def _add_themes(self, view: QMenu) -> None:
        view.addSeparator()
        menu = view.addMenu("&Theme")
        group = QActionGroup(menu)
        for choice, label in (
            (Choice.SYSTEM, "As the &system"),
            (Choice.DARK, "&Dark"),
            (Choice.LIGHT, "&Light"),
        ):
            action = menu.addAction(label)
            action.setCheckable(True)
            action.setEnabled("theme" not in self._settings.fixed)
            action.triggered.connect(lambda _=False, c=choice: self._choose(c))
            Dresser(self._theme, action, partial(self._show_theme, action, choice))
            group.addAction(action)

    def _show_theme(self, action: QAction, choice: Choice) -> None:
        action.setChecked(self._theme.choice is choice)

    def _choose(self, choice: Choice) -> None:
        self._settings.theme = choice
