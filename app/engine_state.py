"""What the controller knows of the engine: what it was told, and the photos under way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app.states import PhotoState
from core.document.project import Project
from core.engine import messages as m


@dataclass(frozen=True)
class Opening:
    """A photo under way. restore: the document has it already. project: what to bring back.

    path: the project's file, "" for a document of no file; None makes it an undoable step.
    recovered: told once a document is shown that no file holds.
    """

    source: m.Source
    name: str
    restore: bool = False
    project: Project | None = None
    path: str | None = None
    recovered: Callable[[], object] | None = None

    def boxes(self, photo: PhotoState | None) -> tuple[tuple[float, float, float, float], ...]:
        """Drawn by hand, in the document's photo or in the project's."""
        if self.restore and photo:
            return photo.boxes
        return tuple(f.box for f in self.project.faces if f.manual) if self.project else ()


@dataclass
class EngineState:
    """What the engine was last told."""

    source: m.Source | None = None
    face: int | None = None
    method: tuple[m.Method, m.LatentCode | None] = ("photo", None)
    opening: dict[int, Opening] = field(default_factory=dict)
    selecting: dict[int, PhotoState] = field(default_factory=dict)

    @property
    def awaited(self) -> str:
        """The name of the photo under way that the document does not have yet; "" without one."""
        return next((o.name for o in reversed(self.opening.values()) if not o.restore), "")
