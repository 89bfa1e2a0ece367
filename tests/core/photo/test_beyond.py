"""Close crops of a drawn person, whose whole picture is known."""

from dataclasses import replace

import numpy as np
import pytest

from core.photo.beyond import continued
from core.photo.load import Photo
from core.photo.margins import needed_margins
from core.photo.scene import Scene
from models.face.fitting import FaceFit
from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from tests.models.relief.heads import BACKDROP, picture

pytestmark = pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
# Columns and rows of the drawn picture that a crop keeps: the left cheek and the crown are cut.
LEFT, TOP, RIGHT, BOTTOM = 112, 60, 300, 300


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return FaceModel.load(level=1)


def _cropped(model: FaceModel) -> tuple[np.ndarray, np.ndarray, FaceFit]:
    image, matte, fit = picture(model)
    camera = replace(fit.camera, cx=fit.camera.cx - LEFT, cy=fit.camera.cy - TOP)
    x0, y0, x1, y1 = fit.box
    box = (x0 - LEFT, y0 - TOP, x1 - LEFT, y1 - TOP)
    moved = replace(fit, camera=camera, landmarks=fit.landmarks - [LEFT, TOP], box=box)
    part = (slice(TOP, BOTTOM), slice(LEFT, RIGHT))
    return image[part].copy(), matte[part].copy(), moved


def test_a_whole_head_needs_nothing_above_or_beside(model: FaceModel) -> None:
    _, matte, fit = picture(model)
    margins = needed_margins(matte, fit, model)
    assert (margins.left, margins.top, margins.right) == (0, 0, 0)


def test_the_cut_half_is_like_the_true_one(model: FaceModel) -> None:
    image, matte, fit = _cropped(model)
    beyond = continued(image, matte, fit, model)
    assert beyond is not None and beyond.margins.left > 0 and beyond.margins.top > 0
    whole, cover = beyond.around(image, matte, beyond.margins)
    truth, true_matte, _ = picture(model)
    x, y = LEFT - beyond.margins.left, TOP - beyond.margins.top
    # The cheek and hair that the left rim cut off, by symmetry.
    rows, columns = slice(110, 190), slice(max(x, 66), LEFT)
    ours = whole[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x]
    error = np.abs(ours.astype(float) - truth[rows, columns])
    sure = true_matte[rows, columns] > 0.99
    assert np.median(error[sure]) < 20
    own = cover[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x]
    assert np.mean((own > 0.5) == (true_matte[rows, columns] > 0.5)) > 0.9


def test_a_close_crop_turns_without_uncovering_the_rim(model: FaceModel) -> None:
    image, matte, fit = _cropped(model)
    scene = Scene(Photo(image), fit, matte, model=model)
    np.testing.assert_array_equal(scene.render_full(fit.parameters), image)
    turned = scene.render_full(replace(fit.parameters, pose=np.array([20, -8, 0], np.float32)))
    assert turned.shape == image.shape
    # Where the head stays before the cut rim, no backdrop may show.
    rim = turned[60:120, :3].astype(float)
    assert np.abs(rim - BACKDROP).max(-1).min() > 20
