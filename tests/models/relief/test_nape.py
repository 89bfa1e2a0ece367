"""The back of the neck of heads turned far."""

from dataclasses import replace

import numpy as np
import pytest

from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.relief.relief import Relief
from tests.models.relief.heads import picture

pytestmark = pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return FaceModel.load(level=1)


def _behind(relief: Relief, yaw: float) -> tuple[np.ndarray, np.ndarray]:
    """Cover and colours behind the jaw, between the skull and the collar, of a turned head."""
    pose = np.array([yaw, 0, 0], np.float32)
    rgb, cover, _ = relief.warp(replace(relief.fit.parameters, pose=pose))
    up = relief.frame.upright(np.stack(np.meshgrid(*map(np.arange, cover.shape[::-1])), -1))
    side = -np.sign(yaw) * up[..., 0]
    zone = (side > 40) & (side < 52) & (np.abs(up[..., 1] - relief.frame.jaw + 5) < 8)
    return cover[zone], rgb[zone].astype(float)


@pytest.mark.parametrize("yaw", [-55.0, 55.0])
def test_a_head_turned_far_has_a_nape(model: FaceModel, yaw: float) -> None:
    image, alpha, fit = picture(model)
    relief = Relief.build(image, alpha, fit, model)
    cover, colours = _behind(relief, yaw)
    assert cover.mean() > 0.95
    neck = np.array([170.0, 125.0, 100.0])
    assert np.abs(np.median(colours, axis=0) - neck).max() < 60


def test_no_nape_shows_beside_hanging_hair(model: FaceModel) -> None:
    image, alpha, fit = picture(model)
    assert Relief.build(image, alpha, fit, model).nape.opacity.max() > 0.9
    across = np.abs(np.arange(alpha.shape[1]) - fit.camera.cx) * 1000 / fit.camera.focal
    below = np.arange(len(alpha))[:, None] > fit.camera.cy
    hair = np.maximum(alpha, (across < 105) & below).astype(np.float32)
    assert Relief.build(image, hair, fit, model).nape.opacity.max() == 0
