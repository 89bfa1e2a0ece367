"""Where a drawn head ends, and whose its shadow is."""

import cv2
import numpy as np
import pytest

from models.face.fitting import FaceFit
from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.relief.frame import HeadFrame
from models.relief.jaw import CUT_BELOW_MM, SHADE_MM, find_jaw, head_share, jaw_line
from tests.models.relief.heads import millimetres, picture


def drawn(size: int = 320) -> tuple[np.ndarray, np.ndarray, FaceFit, HeadFrame]:
    """The drawn person, and the frame of their head."""
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, size)
    return image, matte, fit, HeadFrame.of(model, fit)


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
@pytest.mark.parametrize(("neck", "fades"), [((120, 85, 68), True), ((40, 60, 150), False)])
def test_the_jaw_fades_into_skin_and_not_into_cloth(
    neck: tuple[int, int, int], fades: bool
) -> None:
    image, matte, fit, frame = drawn()
    below = (fit.camera.cy - np.arange(len(image))) / frame.pixels_per_mm < frame.chin - 1
    image[below] = neck
    jaw = find_jaw(frame, image, matte)
    middle = slice(len(jaw.shade) // 2 - 4, len(jaw.shade) // 2 + 5)
    assert (jaw.shade[middle] > 0.7 * SHADE_MM).all() == fades
    share = head_share(frame, matte.shape, 1.0, jaw)
    column = share[:, round(fit.camera.cx)]
    soft = ((column > 0.05) & (column < 0.95)).sum() / frame.pixels_per_mm
    assert (soft > 0.7 * SHADE_MM) == fades


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
@pytest.mark.parametrize("below", [-1.5, 1.0, 5.0])
def test_the_head_ends_at_a_collar(below: float) -> None:
    """A white collar so many mm below the chin, or over it: the cut runs along its edge."""
    image, matte, fit, frame = drawn(640)
    height = (fit.camera.cy - np.arange(len(image))) / frame.pixels_per_mm - frame.chin
    image[height < 0] = (170, 125, 100)
    image[height < -below] = (235, 235, 240)
    jaw = find_jaw(frame, image, matte)
    middle = len(jaw.reach) // 2
    assert CUT_BELOW_MM + jaw.reach[middle] == pytest.approx(below, abs=1.2)


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
@pytest.mark.parametrize(("colour", "beard"), [((158, 192, 190), True), ((120, 105, 100), False)])
def test_a_tinted_beard_goes_with_the_head_and_a_pale_neck_does_not(
    colour: tuple[int, int, int], beard: bool
) -> None:
    """The chin's colour goes on down to a coat: greenish white is a beard, greyish a neck."""
    image, matte, fit, frame = drawn(640)
    height = millimetres(matte.shape, fit.camera)[1]
    # Half of it lies in shadow.
    shade = np.where(height < frame.chin - 10, 0.65, 1.0)[..., None]
    low = (height < frame.chin + 22) & (matte > 0.5)
    image[low] = (np.array(colour) * shade)[low]
    image[low & (height < frame.chin - 26)] = (28, 30, 52)
    jaw = find_jaw(frame, image, matte)
    middle = CUT_BELOW_MM + jaw.reach[len(jaw.reach) // 2]
    assert (middle > 20) if beard else (middle < 8)


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
@pytest.mark.parametrize("neck", [40, 95])
def test_a_dark_rim_along_the_jaw_is_the_head_and_a_broad_neck_is_not(neck: float) -> None:
    """A face in shadow is wider than its landmarks: by 10 mm of black beside a narrow neck."""
    image, matte, fit, frame = drawn(480)
    across, height = millimetres(matte.shape, fit.camera)
    line = jaw_line(frame)[0] + 10 * jaw_line(frame)[1]
    line = frame.picture(np.concatenate([line[:1] + [0, 30], line, line[-1:] + [0, 30]]))
    jaw = cv2.fillPoly(np.zeros(matte.shape, np.uint8), [np.rint(line).astype(np.int32)], 1) > 0
    low = height < frame.jaw
    rim = jaw & (matte < 0.5)
    matte = np.where(low, jaw | (np.abs(across) < neck), np.maximum(matte, jaw)).astype(np.float32)
    image[rim] = (22, 20, 24)
    share = head_share(frame, matte.shape, 1.0, find_jaw(frame, image, matte))
    beside = rim & low & (height > frame.jaw - 16)
    assert beside.sum() > 100
    assert share[beside].mean() > 0.9 if neck < 50 else share[beside].mean() < 0.6
