"""Aligning against closed forms: straight pictures, known cameras, and the way back."""

import numpy as np
import pytest

from core.portrait.align import Alignment
from models.face.camera import Camera


def _waves(height: int, width: int, camera: Camera) -> np.ndarray:
    """A smooth pattern fixed to the face: the same millimetres, the same colour."""
    x = (np.arange(width) - camera.cx) / camera.focal * 1000
    y = (camera.cy - np.arange(height)) / camera.focal * 1000
    gx, gy = np.meshgrid(x, y)
    return np.stack(
        [128 + 90 * np.sin(gx / 14), 128 + 90 * np.cos(gy / 17), 128 + 0.4 * (gx + gy)], -1
    )


def _photo(camera: Camera, height: int = 900, width: int = 1100) -> np.ndarray:
    return np.clip(_waves(height, width, camera) + 0.5, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("focal", [300.0, 457.0, 1800.0, 3100.0])
def test_aligned_pictures_show_the_same_millimetres(focal: float) -> None:
    camera = Camera(focal, 511.3, 420.8)
    aligned, inside = Alignment.of(camera, 128).take(_photo(camera))
    expected = _waves(128, 128, Camera.generator(128))
    error = np.abs(aligned - expected)[inside]
    assert error.mean() < 1.0 and np.percentile(error, 99) < 3


def test_points_go_where_the_cameras_project_them() -> None:
    camera = Camera(1430.0, 612.0, 300.5)
    head = np.random.default_rng(0).uniform(-90, 90, (50, 3))
    moved = Alignment.of(camera, 256).to_aligned(camera.project(head)[:, :2])
    np.testing.assert_allclose(moved, Camera.generator(256).project(head)[:, :2], atol=1e-3)


@pytest.mark.parametrize("focal", [260.0, 900.0, 2500.0])
def test_there_and_back(focal: float) -> None:
    camera = Camera(focal, 540.25, 430.0)
    photo, alignment = _photo(camera), Alignment.of(camera, 256)
    aligned, _ = alignment.take(photo)
    back = alignment.put_back(photo, aligned).astype(int)
    assert np.abs(back - photo).max() <= 6
    box = alignment.box(1100, 900)
    outside = np.ones(photo.shape[:2], bool)
    outside[box.rows, box.columns] = False
    np.testing.assert_array_equal(back[outside], photo[outside])


def test_the_seam_is_smooth_and_the_middle_whole() -> None:
    camera = Camera(1500.0, 540.0, 430.0)
    photo = np.full((900, 1100, 3), 60, np.uint8)
    alignment = Alignment.of(camera, 128)
    out = alignment.put_back(photo, np.full((128, 128, 3), 200.0), feather=80).astype(int)
    assert out[430, 540].tolist() == [200, 200, 200]
    assert np.abs(np.diff(out[430, :, 0])).max() <= 4
    assert out[0, 0].tolist() == [60, 60, 60]


def test_a_face_at_the_rim_covers_part_of_the_frame() -> None:
    camera = Camera(457.0, 5.0, 200.0)
    _, inside = Alignment.of(camera, 128).take(np.zeros((400, 400, 3), np.uint8))
    assert 0.3 < inside.mean() < 0.7 and inside[64, 120] and not inside[64, 5]
