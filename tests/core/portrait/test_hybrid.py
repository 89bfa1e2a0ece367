"""What a photo did not show, and how another picture takes its place."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.portrait.hybrid import Unseen, patched
from models.face.fitting import FaceFit
from models.face.model import FaceModel
from models.face.pose import rotation
from tests.models.relief.heads import picture

SIZE = 300


@pytest.fixture(scope="module")
def turned() -> FaceFit:
    """A head turned to the image right: its left cheek (image right) is hidden."""
    return picture(FaceModel.load(level=1), size=SIZE, yaw=35)[2]


def _weights(fit: FaceFit, **changes: np.ndarray) -> np.ndarray:
    parameters = replace(fit.parameters, **changes)
    return Unseen(fit).weights(parameters, fit.camera, SIZE, SIZE)[0]


def test_nothing_is_unseen_without_an_edit(turned: FaceFit) -> None:
    assert _weights(turned).max() == 0
    dimmed = _weights(turned, light=turned.parameters.light * 0.5)
    assert dimmed.max() == 0


def test_a_cheek_that_turns_into_view(turned: FaceFit) -> None:
    weights = _weights(turned, pose=np.zeros(3, np.float32))
    middle = round(turned.camera.cx)
    hidden, shown = weights[:, middle + 5 :].sum(), weights[:, : middle - 5].sum()
    assert hidden > 200 and shown < 0.02 * hidden
    away = _weights(turned, pose=np.array([45, 0, 0], np.float32))
    assert away.sum() < 0.2 * hidden


def test_a_mouth_that_opens(turned: FaceFit) -> None:
    parameters = turned.parameters.with_expression({"jawOpen": 0.8})
    weights = _weights(turned, expression=parameters.expression)
    vertices = turned.vertices(FaceModel.load(level=1), parameters)
    lips = turned.camera.project(vertices[[13, 14]] @ rotation(parameters.pose).T)
    x, y = np.rint(lips[:, :2].mean(0)).astype(int)
    assert weights[y, x] > 0.95
    far = weights.copy()
    far[y - 25 : y + 26, x - 30 : x + 31] = 0
    assert far.max() < 0.1


def test_the_patch_takes_the_colours_around_it() -> None:
    rng = np.random.default_rng(0)
    photo = (120 + rng.normal(0, 3, (200, 200, 3))).clip(0, 255).astype(np.uint8)
    stripes = 25 * np.sin(np.arange(200) * np.pi / 5)[None, :, None]
    made = np.broadcast_to(80 + stripes, photo.shape).astype(np.uint8)
    weight = np.zeros((200, 200), np.float32)
    weight[80:120, 80:120] = 1
    out = patched(photo, made, weight, np.ones_like(weight), 1.5).astype(float)
    inside = out[90:110, 90:110]
    assert abs(inside.mean() - 120) < 8
    pattern = np.corrcoef(inside.mean((0, 2)), stripes[0, 90:110, 0])[0, 1]
    assert pattern > 0.95
    np.testing.assert_array_equal(out[:30], photo[:30])
    assert np.abs(cv2.GaussianBlur(out, (0, 0), 8) - 120).max() < 8


def test_nothing_to_patch() -> None:
    photo = np.full((50, 60, 3), 90, np.uint8)
    nothing = np.zeros((50, 60), np.float32)
    assert patched(photo, photo * 2, nothing, nothing, 1.0) is photo
