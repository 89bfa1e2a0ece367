from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.face.camera import GENERATOR_SPAN, Camera
from models.face.condition_maps import MAP_CHANNELS, ConditionMaps
from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.face.pose import rotation
from models.face.rig_vector import FACTORS, PARTS, RIG_SIZE, factor_indices, from_vector, to_vector


def test_vector_and_parameters_are_each_others_inverse() -> None:
    vector = np.random.default_rng(0).normal(size=RIG_SIZE).astype(np.float32)
    parameters = from_vector(vector)
    np.testing.assert_array_equal(to_vector(parameters), vector)
    np.testing.assert_array_equal(vector[PARTS["light"]].reshape(9, 3), parameters.light)
    np.testing.assert_array_equal(vector[PARTS["pose"]], parameters.pose)
    with pytest.raises(ValueError, match="241"):
        from_vector(vector[:-1])


def test_factors_share_out_the_whole_vector() -> None:
    together = np.concatenate([factor_indices(f) for f in FACTORS])
    np.testing.assert_array_equal(np.sort(together), np.arange(RIG_SIZE))


def test_generator_camera_spans_its_millimetres() -> None:
    camera = Camera.generator(200)
    left, right = camera.project(
        np.array([[-GENERATOR_SPAN / 2, 0, 0], [GENERATOR_SPAN / 2, 0, 0]])
    )
    assert right[0] - left[0] == pytest.approx(200)
    double = Camera.generator(100).scaled(2)
    assert (double.focal, double.cx) == pytest.approx((camera.focal, camera.cx))
    assert double.cy == pytest.approx(camera.cy)


def test_maps_lie_on_the_model_and_know_its_normals() -> None:
    size = 128
    parameters = replace(FaceParameters(), pose=np.array([20, 5, 10], np.float32))
    maps = ConditionMaps().render(parameters, size)
    assert maps.shape == (size, size, MAP_CHANNELS)
    model = FaceModel.load(level=1)
    vertices = model.vertices(parameters.identity, parameters.expression)
    turned = vertices @ rotation(parameters.pose).T
    nose, cheek = np.rint(Camera.generator(size).project(turned[[4, 50]])[:, :2]).astype(int)
    assert maps[nose[1], nose[0], 6] == maps[cheek[1], cheek[0], 6] == 255
    # At the tip of the nose the surface looks where the head looks.
    normal = maps[nose[1], nose[0], :3].astype(float) / 127.5 - 1
    ahead = rotation(parameters.pose) @ np.array([0, 0, 1.0])
    assert normal @ ahead > 0.85
    assert maps[0, 0].max() == 0


def test_light_changes_the_skin_and_nothing_else() -> None:
    maps = ConditionMaps()
    plain = FaceParameters()
    darker = replace(plain, light=plain.light * 0.3)
    before, after = maps.render(plain, 64), maps.render(darker, 64)
    np.testing.assert_array_equal(before[..., [0, 1, 2, 6]], after[..., [0, 1, 2, 6]])
    inside = before[..., 6] == 255
    assert (after[inside][:, 3:6] < before[inside][:, 3:6]).all()
