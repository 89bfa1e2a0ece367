"""The expression shapes: one displacement field for each ARKit name the face can show."""

from __future__ import annotations

import numpy as np

from models.face.parameters import EXPRESSION_NAMES
from models.training.face_model.expression_eyes import eye_fields
from models.training.face_model.expression_fields import Surface
from models.training.face_model.expression_jaw import jaw_fields
from models.training.face_model.expression_mouth import mouth_fields


def expression_fields(neutral: np.ndarray, mirror_index: np.ndarray) -> np.ndarray:
    """Displacements (51, 478, 3) float32 in mm at weight 1, in the order of EXPRESSION_NAMES.

    neutral (478, 3): MediaPipe's landmarks of a symmetric neutral face in the face frame, mm,
    inner lips closed; mirror_index (478,): each landmark's partner on the other side.
    Raises ValueError if the shapes differ from these.
    """
    if np.shape(neutral) != (478, 3) or np.shape(mirror_index) != (478,):
        raise ValueError(
            f"expression_fields needs 478 points and their mirror, not {np.shape(neutral)} and "
            f"{np.shape(mirror_index)}."
        )
    surface = Surface(neutral, mirror_index)
    fields = eye_fields(surface) | mouth_fields(surface) | jaw_fields(surface)
    return np.stack([fields[name] for name in EXPRESSION_NAMES]).astype(np.float32)
