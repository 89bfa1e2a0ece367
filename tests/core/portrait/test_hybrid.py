"""What a photo did not show, and how another picture takes its place."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.portrait.hybrid import Unseen, patched
from models.face.model import FaceModel
from models.face.pose import rotation
from models.relief.relief import Relief
from tests.models.relief.heads import picture

SIZE = 300


@pytest.fixture(scope="module")
def relief() -> Relief:
    """A head turned to the image right: its left cheek (image right) is hidden."""
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, size=SIZE, yaw=35)
    return Relief.build(image, matte, fit, model)


def _weights(relief: Relief, **changes: np.ndarray) -> np.ndarray:
    fit = relief.fit
    parameters = replace(fit.parameters, **changes)
    return Unseen(fit, relief).weights(parameters, fit.camera, SIZE, SIZE)[0]


def test_nothing_is_unseen_without_an_edit(relief: Relief) -> None:
    assert _weights(relief).max() == 0
    dimmed = _weights(relief, light=relief.fit.parameters.light * 0.5)
    assert dimmed.max() == 0


def test_a_cheek_that_turns_into_view(relief: Relief) -> None:
    weights = _weights(relief, pose=np.zeros(3, np.float32))
    middle = round(relief.fit.camera.cx)
    hidden, shown = weights[:, middle + 5 :].sum(), weights[:, : middle - 5].sum()
    assert hidden > 200 and shown < 0.02 * hidden
    away = _weights(relief, pose=np.array([45, 0, 0], np.float32))
    assert away.sum() < 0.2 * hidden


def test_a_mouth_that_opens(relief: Relief) -> None:
    parameters = relief.fit.parameters.with_expression({"jawOpen": 0.8})
    weights = _weights(relief, expression=parameters.expression)
    vertices = relief.fit.vertices(FaceModel.load(level=1), parameters)
    lips = relief.fit.camera.project(vertices[[13, 14]] @ rotation(parameters.pose).T)
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
