"""What lies behind the outline: where its colours come from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.relief.outline import Runs, between, runs, to_and_fro
from models.relief.relief import Relief
from models.relief.rim import Rim, mirrored
from tests.models.relief.heads import BACKDROP, picture


def taken(found: Runs) -> np.ndarray:
    """(N,) where each point takes its own from."""
    return found.at(np.arange(len(found.share)), np.zeros(1))[0, 0]


def test_points_without_hair_mirror_the_nearest_stretch() -> None:
    good = np.zeros(60, bool)
    good[10:30] = True
    good[45] = True  # alone it is too little
    source = taken(runs(good))
    assert source[[10, 15, 29]].tolist() == [10, 15, 29]
    assert source[[9, 8, 5]].tolist() == [11, 12, 15]
    assert source[[30, 31, 45]].tolist() == [28, 27, 13]


def test_where_stretches_meet_both_are_taken_alike() -> None:
    good = np.zeros(60, bool)
    good[5:25] = good[35:55] = True
    found = runs(good)
    both = found.at(np.arange(60), np.zeros(1))[0]
    cut = int(np.abs(np.diff(both[0])).argmax())
    assert cut in (29, 30)
    np.testing.assert_allclose(found.share[[cut, cut + 1]], 0.5)
    assert both[1, cut] - both[0, cut + 1] in (-1, 1)
    assert both[0, cut] - both[1, cut + 1] in (-1, 1)
    assert found.share[[10, 20, 40]].max() < 0.01


def test_tones_pass_into_each_other_where_stretches_meet() -> None:
    good = np.zeros(60, bool)
    good[5:20] = good[30:55] = True
    found = runs(good)
    side = np.zeros((60, 2))
    rim = Rim(
        side, side, side[:, 0], side[:, 0] + 20, side[:, 0], np.arange(60), good, found, 3.0, 4.0
    )
    tones = np.where(np.arange(60) < 25, 40.0, 200.0)[:, None]
    held = rim.held(tones, np.full((1, 60), 40.0))[0, :, 0]
    assert np.abs(np.diff(held)).max() < 0.15 * np.ptp(tones)
    assert abs(held[10] - 40) < 10
    assert abs(held[42] - 200) < 10


def test_to_and_fro_turns_at_both_ends() -> None:
    assert to_and_fro(np.array([0.0, 2, 3, 4, 6, 7, -1]), np.array(3.0)).tolist() == [
        0, 2, 3, 2, 0, 1, 1,
    ]  # fmt: skip


def test_a_loop_goes_on_past_its_end() -> None:
    assert between(np.array([0.0, 1, 2, 3]), np.array([1.25, 3.5, -0.5])).tolist() == [
        1.25, 1.5, 1.5,
    ]  # fmt: skip


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
@pytest.mark.parametrize("yaw", [-25, 25])
def test_the_back_of_a_head_is_of_its_hair(yaw: float) -> None:
    model = FaceModel.load(level=1)
    image, alpha, fit = picture(model)
    relief = Relief.build(image, alpha, fit, model)
    rgb, cover, _ = relief.warp(replace(fit.parameters, pose=np.array([yaw, 0, 0], np.float32)))
    up = relief.frame.upright(np.stack(np.meshgrid(*map(np.arange, cover.shape[::-1])), -1))
    side = up[..., 0] * np.sign(yaw) < -75
    back = side & (cover > 0.99) & (up[..., 1] > 20) & (up[..., 1] < 90)
    assert back.sum() > 50
    colours = rgb[back].astype(float)
    hair, backdrop = np.array([70, 50, 40]), np.array(BACKDROP)
    assert (np.abs(colours - hair).sum(1) < np.abs(colours - backdrop).sum(1)).all()
    assert np.abs(np.median(colours, axis=0) - hair).max() < 25


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
def test_white_hair_is_no_bald_head() -> None:
    """As bright and smooth as skin, but without its colour, in daylight and in bluish light."""
    model = FaceModel.load(level=1)
    image, alpha, fit = picture(model)
    upper = np.arange(len(image))[:, None] < fit.camera.cy
    ball = upper & (alpha > 0.5) & (image[..., 0] < 110)
    # Pale skin is nearly grey itself.
    grey = image.mean(-1, keepdims=True)
    image = grey + 0.5 * (image - grey)
    points = np.rint(fit.landmarks[[50, 280, 101, 330]]).astype(int)
    skin = image[points[:, 1], points[:, 0]].mean(0)
    shares = []
    for hair in (skin, np.full(3, skin.mean())):
        photo = np.where(ball[..., None], hair, image)
        for light in ((1.0, 1.0, 1.0), (0.85, 0.95, 1.05)):
            lit = np.clip(photo * light, 0, 255).astype(np.uint8)
            shares.append(float(Relief.build(lit, alpha, fit, model).shell.skin.mean()))
    assert min(shares[:2]) > 0.2
    assert max(shares[2:]) < 0.02


def test_a_temple_hides_hair_like_the_other_sides() -> None:
    """A round head of bare skin but for the left, where there is hair below 60 mm."""
    angle = np.arange(180) * np.radians(2)
    up = 80 * np.stack([np.sin(angle), -np.cos(angle)], 1)
    hair = (up[:, 0] < -30) & (up[:, 1] < 60)
    temple = (up[:, 0] > 30) & (np.abs(up[:, 1]) < 20)
    bald, room = np.where(hair, 0.0, 1.0), np.full(180, 20.0)
    place = mirrored(up, bald, room, temple)
    moved = place != np.arange(180)
    np.testing.assert_array_equal(moved, (up[:, 0] > 30) & (up[:, 1] < 60))
    assert hair[place[moved]].mean() > 0.95
    assert abs(up[place[moved], 1].mean() - up[moved, 1].mean()) < 5
    # Where no forehead is the outline, what shows is what there is.
    np.testing.assert_array_equal(mirrored(up, bald, room, temple & False), np.arange(180))
