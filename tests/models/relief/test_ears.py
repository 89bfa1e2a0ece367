"""Where a photo shows ears, and how they turn."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.relief.drawing import Drawing
from models.relief.relief import Relief
from tests.models.relief.heads import millimetres, picture

SKIN, HAIR = np.array([205, 160, 135]), np.array([40, 30, 25])
# The grid's crossings lie about so far apart, and an ear's map is soft over two of them.
SOFT_MM = 6.0
# Before the backdrop it is soft over so much.
RIM_MM = 12.0

pytestmark = pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")


def _drawn(
    shadow: float,
    hair_to: float = 0.0,
    hair_mm: float = 0.0,
    dark: float = 1.0,
    hair: np.ndarray = HAIR,
) -> tuple[Relief, np.ndarray, np.ndarray]:
    """A drawn person with ears before skin colours, where (H, W) bool these are, and its matte.

    shadow: how bright the left half is. hair_to: height, mm, down to which hair hides the ears.
    hair_mm: how far hair hangs off the middle, behind the ears, and of what colour. dark: how
    bright these are.
    """
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, 480)
    u, v = millimetres(image.shape, fit.camera)
    ears = ((np.abs(u) - 80) / 14) ** 2 + (v / 28) ** 2 < 1
    ears &= (np.abs(u) > 74) & ((v < hair_to) if hair_to else True)
    hangs = np.abs(u) < hair_mm
    matte = np.maximum(matte, hangs)
    image[hangs & (np.abs(u) > 74)] = hair
    image[ears] = SKIN * dark
    image[(u < 0) & (matte > 0)] = (image[(u < 0) & (matte > 0)] * shadow).astype(np.uint8)
    whole = np.maximum(matte, cv2.GaussianBlur(ears.astype(np.float32), (0, 0), 1.0))
    image[whole < 0.1] = SKIN
    return Relief.build(image, whole, fit, model), ears, whole


def _found(shadow: float, hair_to: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Ears found (V,) 0..1, and where (V,) they are drawn: 1, or surely not: -1."""
    relief, ears, whole = _drawn(shadow, hair_to)
    head, camera = relief.head, relief.fit.camera
    per_mm = camera.focal / 1000
    away = cv2.distanceTransform((~ears).astype(np.uint8), cv2.DIST_L2, 5)
    x, y = head.uv.T.astype(np.float32)[:, None]
    off = cv2.remap(away, x, y, cv2.INTER_NEAREST)[0]
    body = cv2.remap(whole, x, y, cv2.INTER_NEAREST)[0] > 0.9
    body |= off > RIM_MM * per_mm
    beside = np.abs(x[0] - camera.cx) / per_mm
    return head.ears, np.where(
        off == 0, 1, np.where((off > SOFT_MM * per_mm) & body & (beside > 82), -1, 0)
    )


@pytest.mark.parametrize("shadow", [1.0, 0.45])
def test_ears_are_found_on_both_sides_whatever_their_light(shadow: float) -> None:
    ears, truth = _found(shadow)
    assert (ears[truth > 0] > 0.5).mean() > 0.95
    assert (ears[truth < 0] > 0.5).mean() < 0.03


def test_hair_over_an_ear_is_none() -> None:
    ears, truth = _found(1.0, hair_to=-8.0)
    assert (ears[truth > 0] > 0.5).mean() > 0.9
    assert (ears[truth < 0] > 0.5).mean() < 0.03


def test_fair_hair_that_hangs_over_the_ears_is_none() -> None:
    """No wider than ears reach, and of the cheeks' colour: it goes on below them."""
    relief, _, _ = _drawn(1.0, hair_mm=94.0, hair=0.95 * SKIN)
    assert relief.head.ears.max() < 0.1


@pytest.mark.parametrize(("hair_mm", "wider"), [(0.0, (1.25, 1.8)), (125.0, (0.5, 1.25))])
def test_a_turned_ear_is_seen_wider_unless_hair_hangs_behind_it(
    hair_mm: float, wider: tuple[float, float]
) -> None:
    """An ear 35 mm long that is seen 20 mm wide stands at 35 degrees: at 60 it is 30 mm wide."""
    relief, ears, _ = _drawn(1.0, hair_mm=hair_mm)
    head, camera = relief.head, relief.fit.camera
    x, y = head.uv.T.astype(np.float32)[:, None]
    own = cv2.remap(ears.astype(np.float32), x, y, cv2.INTER_LINEAR)[0] > 0.5
    own &= (x[0] < camera.cx) & (np.abs(y[0] - camera.cy) < 8 * camera.focal / 1000)
    turned = replace(relief.fit.parameters, pose=np.array([25, 0, 0], np.float32))
    before, after = (
        np.ptp(camera.project(points[own])[:, 0])
        for points in (head.points, Drawing(relief, turned).points["head"])
    )
    assert wider[0] < after / before < wider[1]


def test_a_dark_ear_begins_in_its_cheeks_colour_where_a_turn_shows_it() -> None:
    """The cheek that comes into view is lighter still, yet they part in less of a step."""
    relief, _, _ = _drawn(1.0, dark=0.6)
    camera, parameters = relief.fit.camera, relief.fit.parameters
    steps, darkest = [], []
    for yaw in (0, 25):
        edit = replace(parameters, pose=np.array([yaw, 0, 0], np.float32))
        colour, alpha, _ = relief.warp(edit)
        side = (slice(round(camera.cy), round(camera.cy) + 1), slice(0, round(camera.cx)))
        mm = 1000 / camera.focal
        level = np.log(cv2.blur(colour[side].mean(-1), (round(4 / mm), 1))[alpha[side] > 0.99])
        level = level[round(6 / mm) : round(50 / mm)]
        steps.append(np.abs(level[round(4 / mm) :] - level[: -round(4 / mm)]).max())
        darkest.append(level.min())
    assert steps[1] < 0.8 * steps[0]
    assert darkest[1] == pytest.approx(darkest[0], abs=0.1)
