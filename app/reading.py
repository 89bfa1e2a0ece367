"""What a document shows: its photo or person, and the edit of each face as sliders want it."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.awaited import Awaited
from app.states import DocumentState, PhotoState
from core.document.state import ROUNDING, EditState, PersonState
from core.engine.terms import FaceEdit, FaceParameters, LatentCode
from core.rig.table import GROUPS, get_value


class Reading(QObject):
    """The document that `app.editor` changes, without its changes.

    awaited: the photo under way, which keeps the document from being edited.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = DocumentState()
        self.latents: dict[object, LatentCode] = {}
        self.awaited = Awaited(self)

    @property
    def photo(self) -> PhotoState | None:
        """The photo, if any."""
        return self.document.photo

    @property
    def person(self) -> PersonState | None:
        """The generated person, if it is one."""
        return self.document.person

    @property
    def editable(self) -> bool:
        """Whether there is a face to edit: without a photo it is the person's or the model's."""
        return not self.awaited.name and (self.photo is None or bool(self.photo.faces))

    @property
    def baseline(self) -> FaceParameters:
        """What the face is without an edit."""
        return self._baseline(self.document.face)

    @property
    def state(self) -> EditState:
        """The edit of the chosen face."""
        return self.document.edits.get(self.document.face) or EditState(self.baseline)

    @property
    def parameters(self) -> FaceParameters:
        """What the sliders show."""
        return self.state.parameters

    @property
    def effective(self) -> FaceParameters:
        """What is rendered: muted groups as fitted, the whole at the edit's strength."""
        return self._effective(self.document.face)

    @property
    def latent(self) -> LatentCode | None:
        """The chosen face in the generator's terms, as far as it was found."""
        return self.latent_of(self.document.face)

    def latent_of(self, face: int) -> LatentCode | None:
        """The same of any face."""
        return self.latents.get(self._latent_key(face))

    def set_latent(self, face: int, latent: LatentCode | None) -> None:
        """Remember what was found; not part of the history."""
        if latent is None:
            self.latents.pop(self._latent_key(face), None)
        else:
            self.latents[self._latent_key(face)] = latent

    def others(self) -> tuple[FaceEdit, ...]:
        """The edits of the other faces, as they are rendered."""
        return tuple(
            FaceEdit(index, self._effective(index), edit.method, self.latent_of(index))
            for index, edit in sorted(self.document.edits.items())
            if index != self.document.face and not edit.does_nothing(self._baseline(index))
        )

    def value(self, name: str) -> float:
        """One value as its slider shows it."""
        return get_value(self.parameters, name)

    def default(self, name: str) -> float:
        """What a reset gives: the fitted value."""
        return get_value(self.baseline, name)

    def is_changed(self, name: str) -> bool:
        """Whether a value differs from its default."""
        return abs(self.value(name) - self.default(name)) > ROUNDING

    def is_group_changed(self, group: str) -> bool:
        """Whether anything in a group differs from its default."""
        edit = self.document.edits.get(self.document.face)
        return edit is not None and edit.changes(group, self.baseline)

    @property
    def can_reset(self) -> bool:
        """Whether anything of the face differs from its default."""
        return self.editable and any(self.is_group_changed(group.name) for group in GROUPS)

    # Inside.

    def _baseline(self, face: int) -> FaceParameters:
        if self.photo and face < len(self.photo.faces):
            return self.photo.faces[face].parameters
        return self.person.parameters if self.person else FaceParameters()

    def _latent_key(self, face: int) -> object:
        assert self.photo
        return self.photo.source, self.photo.faces[face].box

    def _effective(self, face: int) -> FaceParameters:
        baseline = self._baseline(face)
        return (self.document.edits.get(face) or EditState(baseline)).shown(baseline)
