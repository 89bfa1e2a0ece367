"""Changes of the document: of photo or person, of the edit of each face, and their history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.history import DocumentCommand, PhotoCommand, edit_step
from app.reading import Reading
from app.states import DocumentState
from app.trial import Trial
from core.document.state import EditState, Unknown
from core.engine.terms import FaceParameters, Method
from core.rig.table import GROUPS, PARAMETERS, set_values

if TYPE_CHECKING:
    from core.document.project import Project

UNDO_LIMIT = 1000
GROUP_LABELS = {g.name: g.label for g in GROUPS}


class Editor(Reading):
    """Changes a document; every change is one undo step, a whole drag too.

    changed: parameters to show have changed. photoChanged: photo, faces or chosen face have.
    sectionsChanged: what a feature keeps with the document has.
    """

    changed = Signal()
    photoChanged = Signal()
    sectionsChanged = Signal()
    locksChanged = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.history = QUndoStack(self, undoLimit=UNDO_LIMIT)
        self.locked: set[str] = set()
        self.linked = True
        # Given parameters before and after a step: sections that change with it (auto-key).
        self.along: Callable[[FaceParameters, FaceParameters], Mapping[str, Any]] | None = None
        # Whether the timeline plays: pictures may be small.
        self.playing = False
        self.path: str | None = None
        # What a newer Mien wrote into the project.
        self.unknown = Unknown()
        self._document_drag: tuple[DocumentState, str] | None = None
        self._drag: tuple[EditState, str] | None = None
        self.trial = Trial(self)
        self.awaited.changed.connect(self.changed)

    @property
    def dragging(self) -> bool:
        """Whether a gesture goes on."""
        return self._drag is not None or self._document_drag is not None

    @property
    def dragging_document(self) -> bool:
        """Whether a gesture goes on that changes the person."""
        return self._document_drag is not None

    # Changing.

    def set_values(self, values: Mapping[str, float], text: str, merge: str = "") -> None:
        """Set values by name, their linked partners too, as one step; locked ones stay."""
        if state := self._with_values(values):
            self._set(state, text, merge)

    def set_group(self, group: str, parameters: FaceParameters, text: str) -> None:
        """Take one group from other parameters."""
        self.set_groups((group,), parameters, text)

    def set_groups(self, groups: Iterable[str], parameters: FaceParameters, text: str) -> None:
        """Take groups from other parameters as one step, which a drag's text names too."""
        free = [g for g in groups if g not in self.locked and self.editable]
        if not free:
            return
        mine = replace(self.parameters, **{g: getattr(parameters, g).copy() for g in free})
        if self._drag:
            self._drag = (self._drag[0], text)
        self._set(replace(self.state, parameters=mine), text)

    def set_state(self, state: EditState, text: str) -> None:
        """Another edit of the face as one step; locked groups stay."""
        self._push(self.with_locks(state), text)

    def with_locks(self, state: EditState) -> EditState:
        """An edit with the present one's locked groups."""
        kept = {g: getattr(self.parameters, g) for g in GROUP_LABELS if g in self.locked}
        return replace(state, parameters=replace(state.parameters, **kept))

    def begin(self, text: str) -> None:
        """Start a drag, which becomes one step."""
        if not self._drag:
            self._drag = (self.state, text)

    def end(self) -> None:
        """Finish a drag."""
        if self._drag:
            (before, text), after, self._drag = self._drag, self.state, None
            self.apply(self.document.face, before, quietly=True)
            self._push(after, text)
            self.changed.emit()

    def cancel(self) -> None:
        """Give a drag up and put everything back."""
        if self._drag:
            (before, _), self._drag = self._drag, None
            self.apply(self.document.face, before)
        if self._document_drag:
            (document, _), self._document_drag = self._document_drag, None
            self.restore(document)

    def reset(self, names: list[str], text: str) -> None:
        """Put values back to what was fitted."""
        self.set_values({n: self.default(n) for n in names}, text)

    def reset_group(self, group: str) -> None:
        """Put a group back to what was fitted."""
        self.set_group(group, self.baseline, f"Reset {GROUP_LABELS[group]}")

    def reset_all(self) -> None:
        """Put all unlocked groups back."""
        self.set_state(EditState(self.baseline, method=self.state.method), "Reset all")

    def randomise(self, group: str, seed: int) -> None:
        """Fill a group with believable random values; the same seed, the same values."""
        from core.rig.randomise import random_group

        source = random_group(group, seed, self.parameters, self.baseline.light)
        self.set_group(group, source, f"Randomise {GROUP_LABELS[group]}")

    def neutral(self) -> None:
        """All expressions at rest."""
        self.set_group("expression", FaceParameters(), "Neutral expression")

    def frontalise(self) -> None:
        """The head straight to the camera."""
        self.set_group("pose", FaceParameters(), "Frontalise")

    def set_muted(self, group: str, muted: bool) -> None:
        """Show a group as fitted, keeping its values."""
        groups = self.state.muted | {group} if muted else self.state.muted - {group}
        text = f"{'Mute' if muted else 'Unmute'} {GROUP_LABELS[group]}"
        self._push(replace(self.state, muted=groups), text)

    def set_strength(self, strength: float) -> None:
        """How much of the edit is shown, 0 to 1."""
        self._set(replace(self.state, strength=min(max(strength, 0.0), 1.0)), "Strength")

    def set_feather(self, feather: float) -> None:
        """How far the seam is blended when the photo is saved, px of the photo."""
        if feather != self.document.feather:
            self.end()
            after = replace(self.document, feather=feather)
            self.history.push(DocumentCommand(self, self.document, after, "Seam feather", "seam"))

    def set_method(self, method: Method) -> None:
        """Let the photo, the generator or both make the pixels; the edit stays."""
        if self.photo and self.editable:
            self.end()
            self._push(replace(self.state, method=method), f"Source: {method.capitalize()}")

    def set_locked(self, group: str, locked: bool) -> None:
        """Keep a group from being changed; not part of the history."""
        (self.locked.add if locked else self.locked.discard)(group)
        self.locksChanged.emit()

    # Documents.

    def load(self, document: DocumentState, text: str) -> None:
        """Another photo or person, undoable; the sections stay."""
        self.cancel()
        document = replace(document, sections=self.document.sections)
        self.history.push(PhotoCommand(self, self.document, document, text))

    def set_section(self, name: str, value: Any, text: str, merge: str = "") -> None:
        """Keep a JSON value with the document under a feature's name; None takes it away.

        It is one step, inside a drag of the document a part of the drag's. The value belongs to
        the document from then on: change a copy of it. merge: as for values.
        """
        document, sections = self.document, {**self.document.sections, name: value}
        if value is None:
            del sections[name]
        if sections == document.sections:
            return
        after = replace(document, sections=sections)
        if self._document_drag:
            self.restore(after)
        else:
            self.end()
            self.history.push(DocumentCommand(self, document, after, text, merge))

    def begin_document(self, text: str) -> None:
        """Start a drag that changes the person or a section; it becomes one step."""
        self.end()
        if not self._document_drag:
            self._document_drag = (self.document, text)

    def end_document(self) -> None:
        """Finish such a drag."""
        if self._document_drag:
            (before, text), after = self._document_drag, self.document
            self._document_drag = None
            if after is not before:
                other = before.photo is not after.photo or before.person is not after.person
                kind = PhotoCommand if other else DocumentCommand
                self.history.push(kind(self, before, after, text))
            self.changed.emit()

    @property
    def former(self) -> int | None:
        """The step after which this photo or person came; None: it was there first."""
        steps = range(self.history.index() - 1, -1, -1)
        return next((i for i in steps if isinstance(self.history.command(i), PhotoCommand)), None)

    def former_person(self) -> None:
        """Go back to before this photo or person came."""
        if (index := self.former) is not None:
            self.end()
            self.history.setIndex(index)

    def select_face(self, index: int) -> None:
        """Edit another face of the photo; not part of the history."""
        if self.photo and 0 <= index < len(self.photo.faces) and index != self.document.face:
            self.cancel()
            self.restore(replace(self.document, face=index))

    def clear(
        self,
        document: DocumentState | None = None,
        path: str | None = None,
        project: Project | None = None,
        saved: bool = True,
    ) -> None:
        """A new document, or one read from a project; no history. saved: a file holds it."""
        self._drag = self._document_drag = None
        self.latents.clear()
        self.path = path or None
        self.unknown = project.unknown if project else Unknown()
        self.document = document or DocumentState()
        for face, latent in (project.latents if project else {}).items():
            if self.photo and face < len(self.photo.faces):
                self.set_latent(face, latent)
        self.history.clear()
        if not saved:
            self.history.resetClean()
        self.photoChanged.emit()
        self.sectionsChanged.emit()
        self.changed.emit()

    def restore(self, document: DocumentState) -> None:
        """Show a document without a step (the history does so)."""
        before, self.document = self.document, document
        same = before.photo is document.photo and before.person is document.person
        if not same or before.face != document.face:
            self.photoChanged.emit()
        if before.sections is not document.sections:
            self.sectionsChanged.emit()
        self.changed.emit()

    def apply(self, face: int, state: EditState, quietly: bool = False) -> None:
        """Show an edit without a step (the history does so)."""
        moved, edits = face != self.document.face, {**self.document.edits, face: state}
        self.document = replace(self.document, edits=edits, face=face)
        if moved:
            self.photoChanged.emit()
        if not quietly:
            self.changed.emit()

    # Inside.

    def _with_values(self, values: Mapping[str, float]) -> EditState | None:
        wanted: dict[str, float] = {}
        for name, value in values.items():
            entry = PARAMETERS[name]
            wanted[name] = entry.clamp(value)
            if self.linked and entry.link and entry.link not in values:
                wanted[entry.link] = PARAMETERS[entry.link].clamp(value)
        wanted = {n: v for n, v in wanted.items() if PARAMETERS[n].group not in self.locked}
        if not wanted or not self.editable:
            return None
        return replace(self.state, parameters=set_values(self.parameters, wanted))

    def _set(self, state: EditState, text: str, merge: str = "") -> None:
        if self._drag:
            self.apply(self.document.face, state)
        else:
            self._push(state, text, merge)

    def _push(self, after: EditState, text: str, merge: str = "") -> None:
        if command := edit_step(self, after, text, merge):
            self.history.push(command)
