"""Skin made for cheeks, against noise whose strength is known."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.face.pose import rotation
from models.relief.cheek import GREY, Cheeks, reached
from models.relief.grid import border_loop
from models.relief.relief import Relief
from models.relief.sampling import UNITS, pack
from tests.models.relief.heads import millimetres, picture

# Landmarks on the front of a cheek and beside the ear, at the left and the right of the picture.
FRONT, ASIDE = ((50, 205), (280, 425)), ((137, 177, 227), (366, 401, 447))


@pytest.mark.parametrize("scale", [0.4, 1.0])
def test_skin_has_the_grain_of_the_patches(scale: float) -> None:
    rng = np.random.default_rng(1)
    shape = (round(400 * scale), round(400 * scale))
    grey = 150 * (1 + 0.06 * rng.standard_normal(shape))
    texture = pack(np.repeat(grey[..., None], 3, 2), np.ones(shape, np.float32))
    lenders = np.array([[120, 150], [250, 150], [140, 220], [240, 220]], np.float32)
    skin, density = Cheeks(np.zeros((1, 2), np.float32), lenders, 2.0).skin(texture, scale)
    assert density == pytest.approx(2.0 * scale)
    made = skin[..., :3].astype(np.float32) / UNITS
    assert made.mean() == pytest.approx(GREY, rel=0.02)
    assert made.std() / made.mean() == pytest.approx(0.06, rel=0.25)


def test_glasses_and_fringes_lend_no_grain() -> None:
    rng = np.random.default_rng(3)
    grey = 150 * (1 + 0.03 * rng.standard_normal((400, 400)))
    grey[100:200:8] = 30
    grey[250:, 250:] = 20
    texture = pack(np.repeat(grey[..., None], 3, 2), np.ones(grey.shape, np.float32))
    lenders = [
        [60, 150],
        [200, 150],
        [330, 150],
        [330, 330],
        [300, 320],
        [60, 330],
        [130, 330],
        [200, 330],
    ]
    cheeks = Cheeks(np.zeros((1, 2), np.float32), np.array(lenders, np.float32), 2.0)
    made = cheeks.skin(texture, 1.0)[0][..., :3].astype(np.float32) / UNITS
    assert made.std() / made.mean() == pytest.approx(0.03, rel=0.25)


def test_grey_is_brought_to_the_wanted_colour() -> None:
    wanted = np.array([[0.5, 0.2, 0.1]], np.float32)
    shown = reached(wanted) * GREY / 255
    np.testing.assert_allclose(((shown + 0.055) / 1.055) ** 2.4, wanted, rtol=1e-3)


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
@pytest.mark.parametrize("yaw", [-25.0, 25.0])
def test_a_cheek_that_turns_into_view_has_grain(yaw: float) -> None:
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model)
    noise = np.random.default_rng(2).standard_normal(image.shape[:2])[..., None]
    image = np.clip(image * (1 + 0.05 * noise), 0, 255).astype(np.uint8)
    relief = Relief.build(image, matte, fit, model)
    turned = replace(fit.parameters, pose=np.array([yaw, 0, 0], np.float32))
    grey = relief.warp(turned)[0].astype(np.float32).mean(2)
    detail = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 2)) / np.maximum(grey, 1)
    points = fit.camera.project(fit.vertices(model) @ rotation(turned.pose).T)
    front, aside = (
        np.mean([cv2.getRectSubPix(detail, (9, 9), points[k, :2].tolist()).mean() for k in some])
        for some in (FRONT[yaw < 0], ASIDE[yaw < 0])
    )
    assert aside == pytest.approx(front, rel=0.3)


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
@pytest.mark.parametrize("bearded", [True, False])
def test_beards_stay_on_cheeks(bearded: bool) -> None:
    """Grey strands from ear to ear lend their colour; the same ones beside bare jaws do not."""
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model)
    k = fit.camera.focal / 1000
    across, height = millimetres(matte.shape, fit.camera)
    strands = (height < -10) & (height > -120) & (bearded | (height > -50))
    strands &= (np.abs(across) > 50) | (height < -50)
    grey = np.random.default_rng(4).uniform(40, 130, matte.shape)[strands]
    image[strands] = grey[:, None].astype(np.uint8)
    face = Relief.build(image, matte, fit, model).face
    flat = fit.camera.project(fit.vertices(model))
    aside = np.abs(flat[:, 0] - fit.camera.cx) / k
    level = (fit.camera.cy - flat[:, 1]) / k
    some = np.intersect1d(face.shown, np.flatnonzero((aside > 62) & (abs(level + 30) < 8)))
    warm = face.albedo[some, 0] / face.albedo[some, 2]
    assert (np.median(warm) < 1.75) if bearded else (np.median(warm) > 2)


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
@pytest.mark.parametrize("yaw", [-25.0, 25.0])
def test_nothing_shows_through_a_cheek_s_border(yaw: float) -> None:
    """It melts into ear and hair; where there is neither, the cheek stays whole."""
    model = FaceModel.load()
    image, matte, fit = picture(model, 640)
    relief = Relief.build(image, matte, fit, model)
    head, shell, nape, torso = (
        replace(sheet, opacity=0 * sheet.opacity)
        for sheet in (relief.head, relief.shell, relief.nape, relief.torso)
    )
    relief = replace(relief, head=head, shell=shell, nape=nape, torso=torso)
    turned = replace(fit.parameters, pose=np.array([yaw, 0, 0], np.float32))
    alpha = relief.warp(turned)[1]
    seen = relief.vertices @ rotation(turned.pose).T
    facing = (relief.face.normals @ rotation(turned.pose).T)[:, 2] > 0.5
    beside = facing & (np.abs(relief.vertices[:, 1] + 10) < 30)
    triangles = relief.face.triangles
    last = np.isin(triangles, border_loop(triangles)).any(1) & beside[triangles].all(1)
    place = fit.camera.project(seen[triangles[last]].mean(1))[:, :2]
    assert len(place) > 10
    assert min(cv2.getRectSubPix(alpha, (1, 1), p.tolist())[0, 0] for p in place) > 0.9


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
@pytest.mark.parametrize("sides", [2, 1])
def test_arms_of_glasses_come_in_pairs(sides: int) -> None:
    """What is dark behind one eye alone is a shadow, and turns as skin does."""
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, 640)
    points = fit.vertices(model)
    across, height = millimetres(matte.shape, fit.camera)
    eyes = points[[33, 263]].mean(0)
    line = (np.abs(height - eyes[1]) < 3) & (np.abs(across) > 40) & (np.abs(across) < 80)
    image[line & ((sides == 2) | (across < 0))] = 20
    face = Relief.build(image, matte, fit, model).face
    behind = (eyes[2] - points[:, 2] > 12) & (eyes[2] - points[:, 2] < 25)
    near = behind & (np.abs(points[:, 1] - eyes[1]) < 2) & (points[:, 0] < 0)
    some = np.intersect1d(face.shown, np.flatnonzero(near))
    assert face.arms[some].max() > 0.9 if sides == 2 else face.arms[some].max() < 0.1
