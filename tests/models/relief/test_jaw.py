"""Where a drawn head ends, and whose its shadow is."""

import numpy as np
import pytest

from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.relief.frame import HeadFrame
from models.relief.jaw import SHADE_MM, find_jaw, head_share
from tests.models.relief.heads import picture


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
@pytest.mark.parametrize(("neck", "fades"), [((120, 85, 68), True), ((40, 60, 150), False)])
def test_the_jaw_fades_into_skin_and_not_into_cloth(
    neck: tuple[int, int, int], fades: bool
) -> None:
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model)
    frame = HeadFrame.of(model, fit)
    below = (fit.camera.cy - np.arange(len(image))) / frame.pixels_per_mm < frame.chin - 1
    image[below] = neck
    jaw = find_jaw(frame, image, matte)
    middle = slice(len(jaw.shade) // 2 - 4, len(jaw.shade) // 2 + 5)
    assert (jaw.shade[middle] > 0.7 * SHADE_MM).all() == fades
    share = head_share(frame, matte.shape, 1.0, jaw)
    column = share[:, round(fit.camera.cx)]
    soft = ((column > 0.05) & (column < 0.95)).sum() / frame.pixels_per_mm
    assert (soft > 0.7 * SHADE_MM) == fades
