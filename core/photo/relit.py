"""How wide the seam of an edit is."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from core.photo.box import Box
from models.face.fitting import FaceFit
from models.face.parameters import FaceParameters

# Another light must fade out towards the rim of the edited part, as a share of its height.
RELIT_FEATHER = 0.12


class Editable(Protocol):
    """What a Scene has that matters here."""

    fit: FaceFit

    @property
    def edited_box(self) -> Box:
        """The part of the photo that edits may touch."""


def seam(scene: Editable, parameters: FaceParameters) -> float:
    """The feather in px for an edit of a scene whose light may have changed."""
    relit = not np.array_equal(parameters.light, scene.fit.parameters.light)
    return RELIT_FEATHER * scene.edited_box.height if relit else 0.0
