"""Where a photo shows ears."""

import cv2
import numpy as np
import pytest

from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.relief.relief import Relief
from tests.models.relief.heads import millimetres, picture

SKIN = np.array([205, 160, 135])
# The grid's crossings lie about so far apart, and an ear's map is soft over two of them.
SOFT_MM = 6.0

pytestmark = pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")


def _found(shadow: float, hair_to: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Ears found (V,) 0..1 on a drawn person before skin colours, and where (V,) they are drawn: 1,
    or surely not: -1, beside the face.

    shadow: how bright the left half is. hair_to: height, mm, down to which hair hides the ears.
    """
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, 480)
    u, v = millimetres(image.shape, fit.camera)
    ears = ((np.abs(u) - 80) / 14) ** 2 + (v / 28) ** 2 < 1
    ears &= (np.abs(u) > 74) & ((v < hair_to) if hair_to else True)
    image[ears] = SKIN
    image[(u < 0) & (matte > 0)] = (image[(u < 0) & (matte > 0)] * shadow).astype(np.uint8)
    whole = np.maximum(matte, cv2.GaussianBlur(ears.astype(np.float32), (0, 0), 1.0))
    image[whole < 0.1] = SKIN
    head = Relief.build(image, whole, fit, model).head
    per_mm = fit.camera.focal / 1000
    away = cv2.distanceTransform((~ears).astype(np.uint8), cv2.DIST_L2, 5)
    x, y = head.uv.T.astype(np.float32)[:, None]
    off = cv2.remap(away, x, y, cv2.INTER_NEAREST)[0]
    beside = np.abs(x[0] - fit.camera.cx) / per_mm
    return head.ears, np.where(
        off == 0, 1, np.where((off > SOFT_MM * per_mm) & (beside > 82), -1, 0)
    )


@pytest.mark.parametrize("shadow", [1.0, 0.45])
def test_ears_are_found_on_both_sides_whatever_their_light(shadow: float) -> None:
    ears, truth = _found(shadow)
    assert (ears[truth > 0] > 0.5).mean() > 0.95
    assert (ears[truth < 0] > 0.5).mean() < 0.01


def test_hair_over_an_ear_is_none() -> None:
    ears, truth = _found(1.0, hair_to=-8.0)
    assert (ears[truth > 0] > 0.5).mean() > 0.9
    assert (ears[truth < 0] > 0.5).mean() < 0.01
