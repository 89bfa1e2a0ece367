"""Another skin colour: the photo's own skin times what the face model says has changed."""

from __future__ import annotations

import numpy as np

from models.face.fitting import OUTLINE
from models.face.model import FaceModel
from models.relief.motion import DISPLAY_POWER

# No skin becomes more than this much lighter or darker.
LIMITS = 0.2, 4.0
# Skin reflects at least this: a channel near nothing must not swing the colour.
FLOOR = 0.02


def skin_gain(
    model: FaceModel, before: np.ndarray, after: np.ndarray, eyes: np.ndarray
) -> np.ndarray:
    """Factors (V, 3) on display values for albedo coefficients (80,) before and after.

    The ratio of the model's albedos in linear light, the same for whatever else the photo's
    skin shows. eyes: (V,) 0..1 what is an eyeball and has no skin.
    """
    ratio = (model.albedo(after) + FLOOR) / (model.albedo(before) + FLOOR)
    ratio = np.clip(ratio, *LIMITS) ** DISPLAY_POWER
    return np.asarray(1 + (ratio - 1) * (1 - np.clip(eyes, 0, 1))[:, None], np.float32)


def around(gain: np.ndarray, followers: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Factors (N, 3) on skin around a face whose own are gain (V, 3): as its outline nearby.

    followers: (N, 36) weights of the outline's points. share: (N,) 0..1 how far it is skin.
    """
    total = followers.sum(1, keepdims=True)
    rim = gain[list(OUTLINE)]
    near = np.where(total > 1e-6, followers @ rim / np.maximum(total, 1e-6), rim.mean(0))
    return np.asarray(1 + (near - 1) * share[:, None], np.float32)
