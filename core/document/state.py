"""What window and project file both keep of an edit and of a generated person."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.engine.messages import Method
from models.face.parameters import FaceParameters


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


def same_parameters(a: FaceParameters, b: FaceParameters) -> bool:
    """Whether all values are the same."""
    return all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for name in ("pose", "identity", "expression", "albedo", "light")
    )
