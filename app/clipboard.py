"""Copying and pasting edits by group, as text that windows, people and editors share."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.editor import GROUP_LABELS, Editor
from app.theme import Theme
from app.widgets.messages import Message
from core.errors import ParameterError
from core.rig.excerpt import FORMAT, Excerpt, excerpt_text, read_excerpt

if TYPE_CHECKING:
    from app.dialogs.groups import GroupsDialog

_SECONDS = 4.0


def copy_groups(editor: Editor, groups: Collection[str]) -> None:
    """Put groups of the present face on the clipboard."""
    text = excerpt_text(Excerpt(tuple(groups), editor.parameters, editor.baseline))
    # Qt makes what holds a text: nothing of Python's is on the clipboard when Python ends.
    QGuiApplication.clipboard().setText(text)


def clipboard_excerpt() -> Excerpt | None:
    """The edit on the clipboard, ours or written by hand. Raises ParameterError for a bad one."""
    text = QGuiApplication.clipboard().text()
    return read_excerpt(text)[0] if FORMAT in text[:2000] else None


def pasteable(group: str) -> bool:
    """Whether the clipboard holds a group."""
    try:
        excerpt = clipboard_excerpt()
    except ParameterError:
        return False
    return excerpt is not None and group in excerpt.groups


def paste_groups(
    editor: Editor, excerpt: Excerpt, groups: Collection[str], by_change: bool = False
) -> None:
    """Take groups of an excerpt over; one step, locked ones stay."""
    left_out = (set(GROUP_LABELS) - set(groups)) | editor.locked
    taken = [g for g in excerpt.groups if g not in left_out]
    made = excerpt.onto(editor.parameters, editor.baseline, 1.0, left_out, by_change)
    what = GROUP_LABELS[taken[0]] if len(taken) == 1 else "edit"
    editor.set_groups(taken, made, f"Paste {what}")


class Clipboard(QObject):
    """The Edit menu's side. message: to show over the canvas."""

    message = Signal(object)

    def __init__(self, editor: Editor, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._editor = editor
        self._theme = theme
        self._window = window

    def copy(self) -> None:
        """Copy all groups."""
        if self._editor.editable:
            copy_groups(self._editor, GROUP_LABELS)
            self._say("Copied the edit; paste it on another face or into a text.")

    def paste(self) -> bool:
        """Paste what was changed of the face that was copied; says whether there was an edit."""
        try:
            excerpt = clipboard_excerpt()
        except ParameterError as error:
            self._warn(error)
            return True
        if excerpt:
            self._paste(excerpt, _changed(excerpt) or excerpt.groups)
        return excerpt is not None

    def ask(self) -> GroupsDialog | None:
        """Ask for the groups to paste."""
        from app.dialogs.groups import GroupsDialog

        try:
            excerpt = clipboard_excerpt()
        except ParameterError as error:
            self._warn(error)
            return None
        if excerpt is None:
            self._say("The clipboard holds no edit; copy one first.")
            return None
        free = [g for g in excerpt.groups if g not in self._editor.locked]
        dialog = GroupsDialog(
            self._theme, "Paste edit", "Paste", free, _changed(excerpt) or excerpt.groups,
            lambda it: self._paste(excerpt, it.chosen(), by_change.isChecked()), self._window,
        )  # fmt: skip
        by_change = dialog.add_choice(
            "Change by as much",
            "Moves this face by what was changed on the other one, instead of giving it the "
            "other's values",
        )
        if len(free) < len(excerpt.groups):
            dialog.add_note("Groups that are locked stay as they are.")
        dialog.open()
        return dialog

    def _paste(self, excerpt: Excerpt, groups: Collection[str], by_change: bool = False) -> None:
        locked = [GROUP_LABELS[g] for g in groups if g in self._editor.locked]
        if locked:
            self._say(f"{' and '.join(locked)} is locked and stays as it is.")
        paste_groups(self._editor, excerpt, groups, by_change)

    def _warn(self, error: ParameterError) -> None:
        self.message.emit(Message(str(error), "warning", key="clipboard"))

    def _say(self, text: str) -> None:
        self.message.emit(Message(text, key="clipboard", seconds=_SECONDS))


def _changed(excerpt: Excerpt) -> tuple[str, ...]:
    """The groups that were changed of the face that was copied."""
    return tuple(
        g
        for g in excerpt.groups
        if not np.allclose(getattr(excerpt.parameters, g), getattr(excerpt.fitted, g), atol=1e-5)
    )
