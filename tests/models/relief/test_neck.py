"""What stands behind the jaw once a turn uncovers it."""

import numpy as np
import pytest

from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.relief.relief import Relief
from models.relief.sampling import UNITS
from tests.models.relief.heads import long_haired, millimetres, picture


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
def test_a_retracting_jaw_uncovers_what_stands_beside_it() -> None:
    """A coat up to the jaw: a hair's breadth above the cut there is coat, not neck."""
    model = FaceModel.load(level=1)
    image, alpha, fit = picture(model)
    coat, k = np.array([40, 60, 140]), fit.camera.focal / 1000
    share = Relief.build(image, alpha, fit, model)._share(alpha.shape, 1.0)
    across, height = millimetres(alpha.shape, fit.camera)
    away = np.abs(across)
    beside = (away > 24) & (away < 100) & (share < 0.5) & (height < 0)
    photo = np.where(beside[..., None], coat, image).astype(np.uint8)
    relief = Relief.build(photo, np.maximum(alpha, beside).astype(np.float32), fit, model)
    torso = relief.layers.textures.torso.astype(float) / UNITS
    share = relief._share(alpha.shape, 1.0)
    for x in fit.camera.cx + np.array([-38, 38]) * k:
        column = round(x)
        near = torso[int((share[:, column] < 0.02).argmax()) - round(2 * k), column]
        assert near[3] > 250 and np.abs(near[:3] - coat).max() < 40


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
@pytest.mark.parametrize("collar", [False, True])
def test_hair_goes_on_behind_the_jaw_and_a_collar_does_not(collar: bool) -> None:
    model = FaceModel.load(level=1)
    image, matte, fit = long_haired(model)
    across, height = millimetres(image.shape, fit.camera)
    low = (image.max(-1) < 50) & (height < -52)
    assert low.sum() > 500
    if collar:
        image[low] = 235
    relief = Relief.build(image, matte, fit, model)
    torso = relief.layers.textures.torso.astype(np.float32) / UNITS
    jaw = relief.frame.jaw
    behind = (np.abs(across) > 60) & (np.abs(across) < 68) & (height > jaw) & (height < jaw + 8)
    assert (torso[behind, 3] > 200).all()
    shown = torso[behind, :3].mean()
    if collar:
        assert 50 < shown < 170
    else:
        assert shown < 40


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
def test_the_neck_lies_in_the_shadow_of_its_side() -> None:
    """Lit from one side, under a black collar: behind the dark half of the jaw it is darker."""
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model)
    away, height = millimetres(matte.shape, fit.camera)
    image[(height < -100) & (matte > 0.5)] = 12
    left = away < -4
    image[left] = image[left] * 0.25
    relief = Relief.build(image, matte, fit, model)
    torso = relief.layers.textures.torso.astype(np.float32) / UNITS
    behind = (np.abs(height - relief.frame.chin - 24) < 4) & (torso[..., 3] > 200)
    dark, bright = (torso[behind & (abs(away - x) < 6), :3].mean() for x in (-38, 38))
    assert dark < 0.6 * bright
