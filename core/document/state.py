"""What window and project file both keep of an edit and of a generated person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from core.engine.terms import Method
from models.face.parameters import FaceParameters

if TYPE_CHECKING:
    import numpy as np

Place = tuple[str | int, ...]
# What differs by less is the same value.
ROUNDING = 1e-5


@dataclass(frozen=True, eq=False)
class EditState:
    """One face's edit. muted: groups shown as fitted. strength: 0 (the photo) to 1.

    method: what makes the pixels.
    """

    parameters: FaceParameters
    muted: frozenset[str] = frozenset()
    strength: float = 1.0
    method: Method = "photo"

    def shown(self, baseline: FaceParameters) -> FaceParameters:
        """What is rendered: muted groups as fitted (baseline), the whole at the strength."""
        muted = {group: getattr(baseline, group) for group in self.muted}
        parameters = replace(self.parameters, **muted) if muted else self.parameters
        return parameters if self.strength == 1 else baseline.blend(parameters, self.strength)

    def changes(self, group: str, baseline: FaceParameters) -> bool:
        """Whether a group differs from what was fitted, muted or not."""
        away = getattr(self.parameters, group) - getattr(baseline, group)
        return bool(abs(away).max() > ROUNDING)

    def does_nothing(self, baseline: FaceParameters) -> bool:
        """Whether the photo itself is what is rendered."""
        return self.method == "photo" and same_parameters(self.parameters, baseline)


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
class Unknown:
    """What a newer Mien wrote into a project, and this one only keeps.

    minor: its version's. fields: where they stood in the JSON, and what they were. members:
    other files of the zip.
    """

    minor: int = 0
    fields: tuple[tuple[Place, Any], ...] = ()
    members: Mapping[str, bytes] = field(default_factory=dict)


def same_parameters(a: FaceParameters, b: FaceParameters) -> bool:
    """Whether all values are the same."""
    return all(
        bool((getattr(a, name) == getattr(b, name)).all())
        for name in ("pose", "identity", "expression", "albedo", "light")
    )
