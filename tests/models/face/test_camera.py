"""The camera against OpenCV's."""

import cv2
import numpy as np

from models.face.camera import Camera

POINTS = np.random.default_rng(0).uniform(-120, 120, (20, 3))


def test_it_projects_as_opencv() -> None:
    camera = Camera(900.0, 100.0, 120.0)
    matrix = np.array([[900.0, 0, 100], [0, 900, 120], [0, 0, 1]])
    # OpenCV looks along +z with y down: half a turn about x, then 1,000 mm away.
    expected, _ = cv2.projectPoints(
        POINTS, np.array([np.pi, 0, 0]), np.array([0, 0, 1000.0]), matrix, None
    )
    screen = camera.project(POINTS)
    np.testing.assert_allclose(screen[:, :2], expected[:, 0], atol=1e-3)
    np.testing.assert_allclose(screen[:, 2], 1000 - POINTS[:, 2], rtol=1e-6)
    np.testing.assert_allclose(camera.unproject(screen), POINTS, atol=1e-3)


def test_scaling_moves_points_as_resizing_the_picture_does() -> None:
    # Pixel centres at integers: the outline of a picture lies at -0.5 and keeps its place.
    before = Camera.standard(224).project(POINTS)[:, :2]
    after = Camera.standard(224).scaled(2, 5, -3).project(POINTS)[:, :2]
    np.testing.assert_allclose(after, (before + 0.5) * 2 - 0.5 + [5, -3], atol=1e-3)
    assert Camera.standard(448) == Camera.standard(224).scaled(2)
