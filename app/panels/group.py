"""A group of the rig: mute, lock, randomise, reset, and its sections of rows."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from app.clipboard import clipboard_excerpt, copy_groups, paste_groups, pasteable
from app.editor import Editor
from app.panels.fold import Fold, follow
from app.panels.row import ParameterRow
from app.theme import Theme
from app.widgets.buttons import IconButton
from app.widgets.menu import PassingMenu
from core.rig.table import RigGroup, RigParameter

# A long list of components starts with the ones that matter.
FIRST_ROWS = 12
ALL_ROWS = 30


class GroupPanel(Fold):
    """One group; `extras` puts what only this group has above its rows."""

    takeRequested = Signal(str)

    def __init__(
        self,
        group: RigGroup,
        editor: Editor,
        theme: Theme,
        extras: Callable[[QVBoxLayout], None] | None = None,
        advanced: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(group.label, theme, self._fill, strong=True, parent=parent)
        self.group = group
        self.rows: list[ParameterRow] = []
        self.folds: list[Fold] = []
        self._inside: dict[Fold, Sequence[RigParameter]] = {}
        self._editor = editor
        self._theme = theme
        self._extras = extras
        self._advanced = advanced
        label = group.label
        self.mute = IconButton(
            theme, "eye", f"Mute {label}: show it as fitted, its values are kept",
            self._set_muted, "eye-off",
        )  # fmt: skip
        self.lock = IconButton(
            theme, "unlock", f"Lock {label}: nothing changes it", self._set_locked, "lock"
        )
        self.dice = IconButton(theme, "dice", f"Randomise {label}", self.randomise)
        self.undo = IconButton(theme, "reset", f"Reset {label}", self._reset)
        self.more = IconButton(theme, "more", f"More for {label}", self._popup)
        for button in (self.undo, self.dice, self.mute, self.lock, self.more):
            self.header.addWidget(button)

    def refresh(self) -> None:
        """Show the editor's state."""
        editor, name = self._editor, self.group.name
        changed = editor.is_group_changed(name)
        locked = name in editor.locked
        self.undo.setEnabled(changed and not locked)
        self.dice.setEnabled(editor.editable and not locked)
        self.mute.setEnabled(editor.editable)
        self.lock.setChecked(locked)
        self.mute.setChecked(name in editor.state.muted)
        self.set_marked(changed)
        for fold, entries in self._inside.items():
            fold.set_marked(changed and any(editor.is_changed(entry.name) for entry in entries))
        for row in self.rows:
            row.refresh()

    def randomise(self) -> None:
        """Believable random values."""
        self._editor.randomise(self.group.name, random.getrandbits(32))

    def menu(self) -> QMenu:
        """What is rarely wanted."""
        menu = PassingMenu(self)
        name = self.group.name
        reset = menu.addAction(f"Reset {self.group.label}", self._reset)
        reset.setEnabled(self.undo.isEnabled())
        random_ = menu.addAction(f"Randomise {self.group.label}", self.randomise)
        random_.setEnabled(self.dice.isEnabled())
        menu.addSeparator()
        copy = menu.addAction(
            f"Copy {self.group.label}", lambda: copy_groups(self._editor, (name,))
        )
        copy.setEnabled(self._editor.editable)
        paste = menu.addAction(f"Paste {self.group.label}", self._paste)
        paste.setEnabled(self.dice.isEnabled() and pasteable(name))
        menu.addSeparator()
        take = menu.addAction(
            f"Take {self.group.label.lower()} from a photo…", lambda: self.takeRequested.emit(name)
        )
        take.setEnabled(self.dice.isEnabled())
        return menu

    def _popup(self) -> None:
        self.menu().popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def _paste(self) -> None:
        excerpt = clipboard_excerpt()
        if excerpt:
            paste_groups(self._editor, excerpt, (self.group.name,))

    def _reset(self) -> None:
        self._editor.reset_group(self.group.name)

    def _set_muted(self, muted: bool) -> None:
        self._editor.set_muted(self.group.name, muted)

    def _set_locked(self, locked: bool) -> None:
        self._editor.set_locked(self.group.name, locked)

    def _fill(self, layout: QVBoxLayout) -> None:
        if self._extras:
            self._extras(layout)
        if self._advanced:
            label = f"Advanced: {len(self.group.parameters)} coefficients"
            fold = self._fold(label, self._fill_sections, self.group.parameters)
            layout.addWidget(fold)
        else:
            self._fill_sections(layout)

    def _fill_sections(self, layout: QVBoxLayout) -> None:
        sections = self.group.sections
        for section in sections:
            entries = [p for p in self.group.parameters if p.section == section]
            if len(sections) == 1:
                self._add_rows(layout, entries)
            else:
                fold = self._fold(section, partial(self._add_rows, entries=entries), entries)
                layout.addWidget(fold)

    def _fold(
        self, title: str, build: Callable[[QVBoxLayout], None], entries: Sequence[RigParameter]
    ) -> Fold:
        fold = Fold(title, self._theme, build)
        self._inside[fold] = entries
        fold.header.setContentsMargins(12, 0, 8, 0)
        self.folds.append(fold)
        return fold

    def _add_rows(self, layout: QVBoxLayout, entries: list[RigParameter]) -> None:
        first = entries if len(entries) <= ALL_ROWS else entries[:FIRST_ROWS]
        for entry in first:
            row = ParameterRow(entry, self._editor, self._theme)
            self.rows.append(row)
            layout.addWidget(row)
        if len(first) < len(entries):
            button = QPushButton(f"Show all {len(entries)}")
            button.setObjectName("flat")
            button.clicked.connect(lambda: self._show_rest(layout, button, entries[len(first) :]))
            line = QHBoxLayout()
            line.setContentsMargins(14, 2, 8, 0)
            line.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
            layout.addLayout(line)

    def _show_rest(
        self, layout: QVBoxLayout, button: QPushButton, rest: list[RigParameter]
    ) -> None:
        button.hide()
        # In steps, so that the window never stands still.
        for entry in rest[:FIRST_ROWS]:
            row = ParameterRow(entry, self._editor, self._theme)
            layout.addWidget(row)
            follow(self.rows[-1].number, row)
            self.rows.append(row)
        if rest[FIRST_ROWS:]:
            QTimer.singleShot(0, lambda: self._show_rest(layout, button, rest[FIRST_ROWS:]))
