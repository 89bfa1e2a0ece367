"""Hair before the ears, against hair and shadows painted on a drawn face."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.face.pose import rotation
from models.relief.relief import Relief
from tests.models.relief.heads import millimetres, picture

pytestmark = pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
# The hair's colour 0..255; the heights between which it grows, over the head's origin, and how
# far beside the middle it begins, mm.
HAIR, GROWS_MM, BESIDE_MM = (45, 38, 34), (-5.0, 90.0), 64.0
# Landmarks before the ears, and on the cheeks below them, at the left and right of the picture.
BEFORE_EARS, BELOW = ((127, 34), (356, 264)), ((132, 177), (361, 401))


def brightness(relief: Relief, yaw: float, points: tuple[int, ...]) -> float:
    """That of landmarks once the head is turned, 0..255."""
    fit = relief.fit
    turned = replace(fit.parameters, pose=np.array([yaw, 0, 0], np.float32))
    shown = cv2.GaussianBlur(relief.warp(turned)[0].astype(np.float32), (0, 0), 1.0).mean(2)
    place = fit.camera.project(relief.vertices @ rotation(turned.pose).T)[list(points), :2]
    return float(np.mean([cv2.getRectSubPix(shown, (3, 3), p.tolist()).mean() for p in place]))


@pytest.mark.parametrize("yaw", [-25.0, 25.0])
def test_sideburns_are_widened_not_painted_over(yaw: float) -> None:
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model)
    across, height = millimetres(matte.shape, fit.camera)
    grows = (np.abs(across) > BESIDE_MM) & (height > GROWS_MM[0]) & (height < GROWS_MM[1])
    image[grows] = HAIR
    relief = Relief.build(image, matte, fit, model)
    side = int(yaw < 0)
    assert brightness(relief, yaw, BEFORE_EARS[side]) < 60
    assert brightness(relief, yaw, BELOW[side]) > 85


def test_a_shadow_towards_the_ears_is_no_hair() -> None:
    """Skin that darkens evenly has no edge, and is nowhere as dark as the hair."""
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model)
    across, height = millimetres(matte.shape, fit.camera)
    low = height < 20
    image[low] = (image * (1 - 0.4 * np.clip((np.abs(across) - 45) / 30, 0, 1))[..., None])[low]
    relief = Relief.build(image, matte, fit, model)
    below = relief.vertices[:, 1] < -10
    assert relief.face.hair[below].max() < 0.1


@pytest.mark.parametrize("darker", [0.35, 0.8])
def test_a_sideburn_below_bare_temples_is_told_by_the_hair_beside_them(darker: float) -> None:
    """A strip of the hair's colour is one; a strip of shaded skin is none."""
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, 640)
    across, height = millimetres(matte.shape, fit.camera)
    strip = (np.abs(across) > BESIDE_MM) & (height > -5) & (height < 32)
    image[strip] = HAIR if darker < 0.5 else (image[strip] * darker).astype(np.uint8)
    face = Relief.build(image, matte, fit, model).face
    vertices = fit.vertices(model)
    rim = (np.abs(vertices[:, 0]) > 68) & (np.abs(vertices[:, 1] - 12) < 8)
    hair = face.hair[np.intersect1d(face.shown, np.flatnonzero(rim))]
    assert hair.max() > 0.8 if darker < 0.5 else hair.max() < 0.1
