"""What a document holds: a photo with its faces or a person who does not exist, and the edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.document.state import EditState, PersonState
    from core.engine.messages import Face, Source

FEATHER_PX = 12.0


@dataclass(frozen=True, eq=False)
class PhotoState:
    """A photo as the engine found it. source: path, or the bytes of its file."""

    source: Source
    name: str
    width: int
    height: int
    faces: tuple[Face, ...] = ()
    reason: str = ""

    @property
    def boxes(self) -> tuple[tuple[float, float, float, float], ...]:
        """The boxes drawn by hand."""
        return tuple(f.box for f in self.faces if f.manual)

    @property
    def across(self) -> tuple[int, ...]:
        """The faces' indices from left to right."""
        return tuple(sorted(range(len(self.faces)), key=lambda i: self.faces[i].box[0]))


@dataclass(frozen=True, eq=False)
class DocumentState:
    """All that a document holds; without photo and person it is the bare face model.

    sections: what features keep with it (a timeline, say), as JSON values by name. feather: how
    far the edit's seam is blended when a photo is saved, px of the photo.
    """

    photo: PhotoState | None = None
    edits: Mapping[int, EditState] = field(default_factory=dict)
    face: int = 0
    person: PersonState | None = None
    sections: Mapping[str, Any] = field(default_factory=dict)
    feather: float = FEATHER_PX
