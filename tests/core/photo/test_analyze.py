"""Finding and fitting faces of photos: held-out portraits against another network's landmarks."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.errors import FaceError
from core.photo.analyze import analyze
from core.photo.load import Photo
from models.training.portraits import Portrait, load_portraits

SHARED = Path(__file__).parents[4] / "shared" / "portraits"
needs_portraits = pytest.mark.skipif(not SHARED.is_dir(), reason="no portraits here")


def people(count: int) -> list[Portrait]:
    held = [p for p in load_portraits([SHARED]).split(held=True) if p.eye_distance > 45]
    return held[:: max(len(held) // count, 1)][:count]


def landmark_error(found: np.ndarray, truth: np.ndarray) -> float:
    eyes = np.linalg.norm(truth[468, :2] - truth[473, :2])
    gap = np.linalg.norm(found[:468, :2] - truth[:468, :2], axis=1).mean()
    return float(gap / eyes)


@needs_portraits
def test_landmarks_of_people_never_seen() -> None:
    errors = []
    for p in people(8):
        fits = analyze(Photo(p.image()))
        assert len(fits) == 1
        errors.append(landmark_error(fits[0].landmarks, p.landmarks))
    assert np.mean(errors) < 0.025
    assert max(errors) < 0.06


@needs_portraits
@pytest.mark.parametrize("tilt", [-45.0, 45.0])
def test_tilted_heads(tilt: float) -> None:
    p = people(8)[3]
    h, w = p.size
    m = cv2.getRotationMatrix2D((w / 2, h / 2), tilt, 0.8)
    photo = cv2.warpAffine(p.image(), m, (w, h), borderMode=cv2.BORDER_REFLECT)
    truth = p.landmarks[:, :2] @ m[:, :2].T + m[:, 2]
    fit = analyze(Photo(photo))[0]
    assert landmark_error(fit.landmarks, truth) < 0.05
    # Counter-clockwise turns of the picture are negative roll.
    assert fit.parameters.pose[2] == pytest.approx(-tilt, abs=12)


@needs_portraits
def test_several_faces_largest_first() -> None:
    a, b = (p.image() for p in people(8)[:2])
    small = cv2.resize(b, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    canvas = np.full((420, 620, 3), 120, np.uint8)
    canvas[: a.shape[0], 250 : 250 + a.shape[1]] = a
    canvas[20 : 20 + small.shape[0], 10 : 10 + small.shape[1]] = small
    fits = analyze(Photo(canvas))
    assert len(fits) == 2
    assert fits[0].box[0] > 250 > fits[1].box[2]


def test_a_picture_without_a_face_says_so() -> None:
    gradient = np.repeat(np.linspace(0, 255, 400)[None, :, None], 300, 0).repeat(3, 2)
    with pytest.raises(FaceError, match="No face was found"):
        analyze(Photo(gradient.astype(np.uint8)))
