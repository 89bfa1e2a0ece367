"""What stands behind the jaw once a turn uncovers it."""

import cv2
import numpy as np
import pytest

from models.face.fitting import OUTLINE
from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.relief.jaw import jaw_line
from models.relief.relief import Relief
from models.relief.sampling import UNITS
from tests.models.relief.heads import long_haired, millimetres, picture


def _torso(relief: Relief) -> np.ndarray:
    """(H, W, 4) what is laid behind the head, premultiplied 0..255."""
    return np.asarray(relief.layers.textures.torso / np.float32(UNITS))


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
    torso = _torso(relief)
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
    torso = _torso(relief)
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
    torso = _torso(relief)
    behind = (np.abs(height - relief.frame.chin - 24) < 4) & (torso[..., 3] > 200)
    dark, bright = (torso[behind & (abs(away - x) < 6), :3].mean() for x in (-38, 38))
    assert dark < 0.6 * bright


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
@pytest.mark.parametrize("shadow", [(40, 38, 36), (115, 110, 116), (150, 105, 84)])
def test_nothing_ends_in_an_edge_at_the_cut(shadow: tuple[int, int, int]) -> None:
    """A chin's shadow on the neck, black, grey or brown: it is as dark behind the jaw."""
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model)
    across, height = millimetres(matte.shape, fit.camera)
    chin = Relief.build(image, matte, fit, model).frame.chin
    k = fit.camera.focal / 1000
    away = np.hypot(across / 1.2, height - chin - 40) - 40
    image[(away > 0) & (away < 30) & (height < chin + 22) & (matte > 0.5)] = shadow
    relief = Relief.build(image, matte, fit, model)
    torso = _torso(relief)[..., :3]
    share = relief._share(matte.shape, 1.0)
    for x in fit.camera.cx + np.array([-24, 0, 24]) * k:
        column = round(x)
        cut = int((share[:, column] < 0.02).argmax())
        below, above = (torso[cut + round(d * k), column] for d in (4, -4))
        assert np.abs(above - below).max() < 16


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
def test_a_collar_that_reaches_the_jaw_stays_there() -> None:
    """A black collar along all of the jaw: what a turn of its corners uncovers is no skin."""
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model)
    frame = Relief.build(image, matte, fit, model).frame
    across, height = millimetres(matte.shape, fit.camera)
    face = np.zeros(matte.shape, np.uint8)
    ring = frame.screen[list(OUTLINE), :2]
    cv2.fillPoly(face, [np.rint(ring).astype(np.int32)], 1)
    neck = (face == 0) & (height < frame.jaw) & (np.abs(across) < 75)
    image[neck], matte = (14, 12, 12), np.maximum(matte, neck.astype(np.float32))
    relief = Relief.build(image, matte, fit, model)
    torso = _torso(relief)
    line, outward = jaw_line(frame)
    for place in (8, 12, len(line) - 13, len(line) - 9):
        x, y = np.rint(frame.picture((line - 3 * outward)[[place]])[0]).astype(int)
        assert torso[y, x, 3] > 250 and torso[y, x, :3].max() < 40


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
def test_a_tie_is_no_neck() -> None:
    """A white collar 16 mm below the chin and a red tie below it: no red behind the jaw."""
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, 480)
    across, height = millimetres(matte.shape, fit.camera)
    frame = Relief.build(image, matte, fit, model).frame
    below = frame.chin - height
    wide = (np.abs(across) < 60) & (height < frame.jaw)
    image[wide & (below > 16)] = 240
    image[wide & (below > 22) & (np.abs(across) < 16)] = (171, 74, 75)
    relief = Relief.build(image, np.maximum(matte, wide & (below > 16)), fit, model)
    torso = _torso(relief)[..., :3]
    behind = torso[(np.abs(below + 14) < 6) & (np.abs(across) < 30)].mean(0)
    assert behind[0] < 1.6 * behind[1]


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
def test_blue_shadows_tell_a_neck_as_they_fall_on_the_face() -> None:
    """Light that turns blue as it fades, above a white collar: behind the jaw it is that blue."""
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, 480)
    frame = Relief.build(image, matte, fit, model).frame
    across, height = millimetres(matte.shape, fit.camera)
    body = (height < frame.jaw) & (matte > 0.5)
    level = image.mean(-1) * np.clip(0.6 + across / 90, 0.3, 1)
    level[body & (height < frame.chin)] = 85
    tinted = level[..., None] * np.array([1.15, 0.95, 0.9])
    tinted += np.maximum(200 - level, 0)[..., None] * np.array([-0.1, 0, 0.25])
    photo = np.where((matte > 0.5)[..., None], tinted, image)
    photo[body & (height < frame.chin - 20)] = 240
    photo = np.clip(photo, 0, 255).astype(np.uint8)
    relief = Relief.build(photo, matte, fit, model)
    torso = _torso(relief)[..., :3]
    middle = np.abs(across) < 20
    shown = photo[middle & (np.abs(height - frame.chin + 14) < 3)].mean(0)
    behind = torso[middle & (np.abs(height - frame.chin - 14) < 3)].mean(0)
    np.testing.assert_allclose(behind / behind.mean(), shown / shown.mean(), atol=0.06)
    assert behind.mean() > 0.6 * shown.mean()


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
def test_a_coat_that_touches_the_jaw_is_no_shadow_of_the_neck() -> None:
    """A blue-black coat up to one corner of the jaw: behind it there is nothing of its hue."""
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, 480)
    frame = Relief.build(image, matte, fit, model).frame
    across, height = millimetres(matte.shape, fit.camera)
    line, outward = jaw_line(frame)
    coat = (across < line[8, 0]) & (across > -75) & (height < line[3, 1])
    ring = np.rint(frame.screen[list(OUTLINE), :2]).astype(np.int32)
    coat &= cv2.fillPoly(np.zeros(matte.shape, np.uint8), [ring], 1) == 0
    matte = np.maximum(matte, coat.astype(np.float32))
    image[coat] = (14, 18, 34)
    image[(matte > 0.5) & ~coat & (height < frame.chin)] = (130, 92, 74)
    relief = Relief.build(image, matte, fit, model)
    torso = _torso(relief)[..., :3]
    places = line[6:13] + (relief.jaw.edge[6:13, None] - 9) * outward[6:13]
    x, y = np.rint(frame.picture(places)).astype(int).T
    assert not relief.jaw.meets[6:13].any() and (relief.jaw.cloth[6:9] < 8).all()
    assert (torso[y, x, 0] > 1.3 * torso[y, x, 2]).all()


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
def test_a_neck_that_shows_beside_its_collar_alone_tells_its_colour() -> None:
    """A black roll-neck under the chin, ruddy neck at one side: it goes on as ruddy there."""
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, 480)
    frame = Relief.build(image, matte, fit, model).frame
    across, height = millimetres(matte.shape, fit.camera)
    body = (height < frame.jaw) & (np.abs(across) < 60)
    matte = np.maximum(matte, body.astype(np.float32))
    ring = np.rint(frame.screen[list(OUTLINE), :2]).astype(np.int32)
    below = body & (cv2.fillPoly(np.zeros(matte.shape, np.uint8), [ring], 1) == 0)
    image[below] = (12, 11, 12)
    image[below & (across > 33) & (height > frame.chin - 4)] = (176, 84, 60)
    relief = Relief.build(image, matte, fit, model)
    torso = _torso(relief)[..., :3]
    line, outward = jaw_line(frame)
    places = line[-13:-8] + (relief.jaw.edge[-13:-8, None] - 10) * outward[-13:-8]
    x, y = np.rint(frame.picture(places)).astype(int).T
    red, _, blue = torso[y, x].mean(0)
    assert red > 0.75 * 176 and red > 2.2 * blue
