"""Signs and conventions of the pose."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from models.face.pose import angles, rotation


@pytest.mark.parametrize("pose", [(20, 0, 0), (0, 15, 0), (0, 0, 10), (-40, 25, -70), (80, -60, 5)])
def test_it_is_the_documented_product(pose: tuple[float, float, float]) -> None:
    yaw, pitch, roll = pose
    expected = Rotation.from_euler("ZYX", [-roll, yaw, -pitch], degrees=True).as_matrix()
    np.testing.assert_allclose(rotation(np.array(pose)), expected, atol=1e-6)
    np.testing.assert_allclose(angles(rotation(np.array(pose))), pose, atol=1e-3)


def test_signs_are_those_people_see() -> None:
    nose, crown = np.array([0, 0, 1.0]), np.array([0, 1.0, 0])
    assert (rotation(np.array([20, 0, 0])) @ nose)[0] > 0.3  # to the image right
    assert (rotation(np.array([0, 20, 0])) @ nose)[1] > 0.3  # looks up
    assert (rotation(np.array([0, 0, 20])) @ crown)[0] > 0.3  # clockwise


@pytest.mark.parametrize("yaw", [90.0, -90.0])
def test_profiles_keep_their_rotation(yaw: float) -> None:
    matrix = rotation(np.array([yaw, 20.0, 10.0]))
    np.testing.assert_allclose(rotation(angles(matrix)), matrix, atol=1e-4)
