"""What a document holds: a photo with its faces or a person who does not exist, and the edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from core.engine.messages import Face, FaceParameters, Method, Source


@dataclass(frozen=True, eq=False)
class EditState:
    """One face's edit. muted: groups shown as fitted. strength: 0 (the photo) to 1.

    method: what makes the pixels.
    """

    parameters: FaceParameters
    muted: frozenset[str] = frozenset()
    strength: float = 1.0
    method: Method = "photo"


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


@dataclass(frozen=True, eq=False)
class PersonState:
    """A person of the generator. parameters: without an edit. noise: (N,) float32.

    seed: None for a mixture of others. truncation: 0 (the mean person) to 1.
    """

    parameters: FaceParameters
    noise: np.ndarray
    seed: int | None = None
    truncation: float = 1.0

    @property
    def name(self) -> str:
        """What titles and files call them."""
        return "Mixed person" if self.seed is None else f"Person {self.seed}"


@dataclass(frozen=True, eq=False)
class DocumentState:
    """All that a document holds; without photo and person it is the bare face model."""

    photo: PhotoState | None = None
    edits: Mapping[int, EditState] = field(default_factory=dict)
    face: int = 0
    person: PersonState | None = None
