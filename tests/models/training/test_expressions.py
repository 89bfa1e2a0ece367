"""The expression shapes against symmetry, rigid motion, contact and bounded stretch."""

from __future__ import annotations

import numpy as np
import pytest

from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.face.parameters import EXPRESSION_NAMES
from models.training.face_model.expression_eyes import (
    EYEBALL_RADIUS,
    LOOK_SIDE_DEGREES,
)
from models.training.face_model.expression_fields import Surface, cotangent_laplacian
from models.training.face_model.expression_jaw import OPEN_DEGREES
from models.training.face_model.expression_regions import (
    BROW,
    EYE,
    LIPS,
    LOWER_LID,
    OUTLINE,
    UPPER_LID,
)
from models.training.face_model.expression_topology import face_triangles
from models.training.face_model.expressions import expression_fields
from models.training.face_model.shapes import INNER_LOWER, INNER_UPPER, similarity

FLIP = np.array([-1.0, 1, 1])
SIDED = [n[:-4] for n in EXPRESSION_NAMES if n.endswith("Left")]
WHOLE = [n for n in EXPRESSION_NAMES if not n.endswith(("Left", "Right"))]
OPENING = ("jawOpen", "mouthFunnel", "mouthLowerDown", "mouthUpperUp", "mouthClose")


class Face:
    """The neutral face with its fields by name."""

    def __init__(self, neutral: np.ndarray, mirror: np.ndarray) -> None:
        self.neutral, self.mirror = neutral, mirror
        self.fields = dict(
            zip(EXPRESSION_NAMES, expression_fields(neutral, mirror).astype(float), strict=True)
        )

    def at(self, **weights: float) -> np.ndarray:
        return self.neutral + sum(w * self.fields[n] for n, w in weights.items())

    def gap(self, points: np.ndarray) -> np.ndarray:
        return points[list(INNER_UPPER)] - points[list(INNER_LOWER)]


@pytest.fixture(scope="module")
def face() -> Face:
    if not DEFAULT_FACE_MODEL.is_file():
        pytest.skip("needs the face model")
    model = FaceModel.load(level=0)
    mirror = model.mirror[:478]
    neutral = model.control_mean[:478].astype(float)
    return Face((neutral + neutral[mirror] * FLIP) / 2, mirror)


def test_left_mirrors_right(face: Face) -> None:
    for name in SIDED:
        left, right = face.fields[name + "Left"], face.fields[name + "Right"]
        assert np.allclose(left, right[face.mirror] * FLIP, atol=1e-4), name
    for name in WHOLE:
        field = face.fields[name]
        assert np.allclose(field, field[face.mirror] * FLIP, atol=1e-4), name


def test_sided_expressions_keep_to_their_side(face: Face) -> None:
    far = face.neutral[:, 0] > 17
    for name in SIDED:
        if name not in ("jaw", "mouth"):
            assert np.abs(face.fields[name + "Right"][far]).max() < 1e-6, name


def test_halves_add_up_to_the_whole(face: Face) -> None:
    surface = Surface(face.neutral, face.mirror)
    whole = surface.symmetric({61: (-5.0, 3.0, -2.0), 0: (0.0, 1.0, 0.0)})
    left, right = surface.halves(whole, 16.0)
    assert np.allclose(left + right, whole, atol=1e-12)
    assert np.allclose(whole[61], [-5, 3, -2]) and np.allclose(whole[291], [5, 3, -2])


def test_cotangent_laplacian_of_a_parabola() -> None:
    i, j = np.meshgrid(np.arange(7), np.arange(7), indexing="ij")
    points = 3.0 * np.stack([i + j / 2, j * np.sqrt(3) / 2, 0 * i], -1).reshape(-1, 3)
    at = np.arange(49).reshape(7, 7)
    a, b, c, d = at[:-1, :-1], at[1:, :-1], at[:-1, 1:], at[1:, 1:]
    triangles = np.concatenate(
        [np.stack([a, b, c], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3)]
    )
    laplacian, area = cotangent_laplacian(points, triangles)
    values = laplacian @ (points**2).sum(1) / area
    assert np.allclose(values.reshape(7, 7)[1:-1, 1:-1], -4, atol=1e-9)


def test_lids_meet_in_front_of_the_eye(face: Face) -> None:
    centre = face.neutral[468] - [0, 0, EYEBALL_RADIUS]
    shut = face.at(eyeBlinkRight=1)
    assert np.allclose(shut[list(UPPER_LID)], shut[list(LOWER_LID)], atol=1e-3)
    for weight in (0.25, 0.5, 0.75, 1.0):
        lids = face.at(eyeBlinkRight=weight)[list(UPPER_LID[1:-1] + LOWER_LID[1:-1])]
        assert np.linalg.norm(lids - centre, axis=1).min() > EYEBALL_RADIUS
    half = face.at(eyeBlinkRight=0.5)
    assert (half[list(UPPER_LID), 1] > half[list(LOWER_LID), 1]).all()
    # The upper lid does most of the way.
    drop = face.neutral[159, 1] - shut[159, 1]
    assert drop > 2 * (shut[145, 1] - face.neutral[145, 1]) > 0


def test_gaze_turns_the_iris_about_the_eyeball(face: Face) -> None:
    iris = np.arange(468, 473)
    centre = face.neutral[468] - [0, 0, EYEBALL_RADIUS]
    for name in ("eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight", "eyeLookDownRight"):
        before = face.neutral[iris] - centre
        after = face.at(**{name: 1})[iris] - centre
        assert np.allclose(np.linalg.norm(after, axis=1), np.linalg.norm(before, axis=1), atol=1e-3)
    turned = face.at(eyeLookInRight=1)[468] - centre
    angle = np.degrees(np.arctan2(turned[0], turned[2]))
    assert angle == pytest.approx(LOOK_SIDE_DEGREES, abs=0.01)
    assert face.fields["eyeLookOutLeft"][473, 0] > 0 > face.fields["eyeLookInLeft"][473, 0]
    assert face.fields["eyeLookUpRight"][468, 1] > 0 > face.fields["eyeLookDownRight"][468, 1]


def test_jaw_open_moves_the_chin_rigidly(face: Face) -> None:
    chin = [152, 148, 377, 176, 400, 175, 199, 200, 171, 396, 18]
    before, after = face.neutral[chin], face.at(jawOpen=1)[chin]
    scale, rotation, shift = similarity(before, after)
    assert scale == pytest.approx(1, abs=0.01)
    assert np.abs(scale * before @ rotation.T + shift - after).max() < 0.2
    angle = np.degrees(np.arccos((np.trace(rotation) - 1) / 2))
    assert angle == pytest.approx(OPEN_DEGREES, abs=0.5)
    assert abs(rotation[0, 0] - 1) < 1e-6
    assert 20 < -face.fields["jawOpen"][14, 1] < 30
    assert np.abs(face.fields["jawOpen"][[13, 4, 2, 234, 454, 10, 159]]).max() < 0.1


def test_lips_never_pass_through_each_other(face: Face) -> None:
    for name in EXPRESSION_NAMES:
        gap = face.gap(face.at(**{name: 1}))
        if not name.startswith(OPENING):
            assert np.linalg.norm(gap, axis=1).max() < 0.01, name
        elif name != "mouthClose":
            assert gap[:, 1].min() > -0.01, name
    for weight in (0.5, 1.0):
        closed = face.gap(face.at(jawOpen=weight, mouthClose=weight))
        assert np.linalg.norm(closed, axis=1).max() < 0.01


def test_fields_stay_in_their_region(face: Face) -> None:
    def most(name: str, points: tuple[int, ...]) -> float:
        both = [*points, *face.mirror[list(points)]]
        return float(np.abs(face.fields[name][both]).max())

    for name in EXPRESSION_NAMES:
        if name.startswith(("eye", "brow", "cheekSquint")):
            assert most(name, LIPS) < 0.05, name
        if name.startswith(("mouth", "jaw")):
            assert most(name, EYE + BROW + (468,)) < 0.05, name
        if name.startswith(("eye", "brow", "mouth", "nose")):
            assert most(name, OUTLINE) < 0.05, name


def test_fields_are_smooth_on_the_mesh(face: Face) -> None:
    triangles = face_triangles(face.mirror)
    sides = triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    ends = np.unique(np.sort(sides, axis=1), axis=0).T
    length = np.linalg.norm(np.subtract(*face.neutral[ends]), axis=1)

    def normals(points: np.ndarray) -> np.ndarray:
        a, b, c = np.moveaxis(points[triangles], 1, 0)
        return np.cross(b - a, c - a)

    rest = normals(face.neutral)
    large = np.linalg.norm(rest, axis=1) > 4
    for name, field in face.fields.items():
        strain = np.linalg.norm(np.subtract(*field[ends]), axis=1) / np.maximum(length, 2)
        assert strain.max() < 1.25, name
        turned = (normals(face.neutral + field) * rest).sum(1)[large]
        assert turned.min() > 0, f"{name} folds a triangle over"


def test_names_and_shapes(face: Face) -> None:
    assert list(face.fields) == list(EXPRESSION_NAMES) and len(face.fields) == 51
    assert all(np.abs(f).max() > 0.5 for f in face.fields.values())
    with pytest.raises(ValueError, match="478 points"):
        expression_fields(face.neutral[:468], face.mirror)
