"""The steps of undo and redo."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from core.document.state import same_parameters

if TYPE_CHECKING:
    from app.editor import Editor
    from app.states import DocumentState
    from core.document.state import EditState

# Key presses and wheel clicks on one slider within this time are one step.
MERGE_SECONDS = 0.8


class EditCommand(QUndoCommand):
    """One face's edit before and after. merge: equal names may join into one step."""

    def __init__(
        self,
        editor: Editor,
        face: int,
        before: EditState,
        after: EditState,
        text: str,
        merge: str = "",
    ) -> None:
        super().__init__(text)
        self._editor = editor
        self._face = face
        self._before = before
        self._after = after
        self._merge = merge
        self._when = time.monotonic()

    def undo(self) -> None:
        """Show the edit before."""
        self._editor.apply(self._face, self._before)

    def redo(self) -> None:
        """Show the edit after."""
        self._editor.apply(self._face, self._after)

    def id(self) -> int:
        """Steps with the same id are offered to mergeWith."""
        return 1 if self._merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Join a quick repetition on the same slider."""
        if not isinstance(other, EditCommand) or other._merge != self._merge:
            return False
        if other._face != self._face or other._when - self._when > MERGE_SECONDS:
            return False
        self._after, self._when = other._after, other._when
        return True


class DocumentCommand(QUndoCommand):
    """The document before and after a change of its sections. merge: as for edits."""

    def __init__(
        self,
        editor: Editor,
        before: DocumentState,
        after: DocumentState,
        text: str,
        merge: str = "",
    ) -> None:
        super().__init__(text)
        self._editor = editor
        self._before = before
        self._after = after
        self._merge = merge
        self._when = time.monotonic()

    def undo(self) -> None:
        """Show the document before."""
        self._editor.restore(self._before)

    def redo(self) -> None:
        """Show the document after."""
        self._editor.restore(self._after)

    def id(self) -> int:
        """Steps with the same id are offered to mergeWith."""
        return 2 if self._merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Join a quick repetition of the same change."""
        if not isinstance(other, DocumentCommand) or other._merge != self._merge:
            return False
        if other._when - self._when > MERGE_SECONDS:
            return False
        self._after, self._when = other._after, other._when
        return True


class PhotoCommand(DocumentCommand):
    """The document before and after another photo or person came."""


def edit_step(
    editor: Editor, after: EditState, text: str, merge: str = ""
) -> EditCommand | DocumentCommand | None:
    """The step from the chosen face's edit to another, with what goes along; None for none."""
    document, before = editor.document, editor.state
    same = same_parameters(before.parameters, after.parameters)
    rest = [(s.muted, s.strength, s.method) for s in (before, after)]
    if same and rest[0] == rest[1]:
        return None
    along = editor.along and editor.along(before.parameters, after.parameters)
    if not along:
        return EditCommand(editor, document.face, before, after, text, merge)
    edits = {**document.edits, document.face: after}
    made = replace(document, edits=edits, sections={**document.sections, **along})
    return DocumentCommand(editor, document, made, text, merge)
