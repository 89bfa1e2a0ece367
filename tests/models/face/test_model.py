"""The shipped face model: symmetry, sizes of a real head, levels, files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.face.mesh import edges
from models.face.model import FaceModel
from models.face.parameters import EXPRESSION_NAMES

FLIP = np.array([-1, 1, 1], np.float32)


def test_measures_like_an_adult_head() -> None:
    mean = FaceModel.load().mean
    eyes = np.linalg.norm(mean[468] - mean[473])
    chin = np.linalg.norm(mean[168] - mean[152])
    width = np.linalg.norm(mean[234] - mean[454])
    assert 58 < eyes < 68
    assert 105 < chin < 130
    assert 125 < width < 155
    assert mean[4, 2] == pytest.approx(mean[:478, 2].max(), abs=0.5)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_mean_is_symmetric_at_every_level(level: int) -> None:
    model = FaceModel.load(level=level)
    assert np.array_equal(np.sort(model.mirror), np.arange(len(model.mean)))
    assert np.abs(model.mean[model.mirror] * FLIP - model.mean).max() < 0.05
    assert np.abs(model.albedo_mean[model.mirror] - model.albedo_mean).max() < 0.02


def test_levels_share_landmarks_and_quadruple_triangles() -> None:
    coarse, fine = FaceModel.load(level=1), FaceModel.load(level=2)
    assert len(fine.triangles) == 4 * len(coarse.triangles)
    assert np.abs(fine.mean[:478] - coarse.mean[:478]).max() < 1.0


def test_mesh_is_an_oriented_manifold_with_a_mouth_and_a_rim() -> None:
    triangles = FaceModel.load(level=0).control_triangles
    directed = triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    assert len(np.unique(directed, axis=0)) == len(directed)
    _, counts, _ = edges(triangles)
    assert counts.max() == 2
    assert (counts == 1).sum() == 20 + 36


def test_left_and_right_expressions_mirror() -> None:
    model = FaceModel.load()
    for name in ("mouthSmile", "eyeBlink", "browOuterUp", "noseSneer"):
        left = model.expression_basis[EXPRESSION_NAMES.index(f"{name}Left")]
        right = model.expression_basis[EXPRESSION_NAMES.index(f"{name}Right")]
        assert np.abs(left).max() > 1
        assert np.abs(left[model.mirror] * FLIP - right).max() < 0.1
        # The subject's left is at positive x.
        share = np.linalg.norm(left, axis=1)
        assert share[model.mean[:, 0] > 0].sum() > 3 * share[model.mean[:, 0] < 0].sum()


def test_expressions_do_what_their_names_say() -> None:
    model = FaceModel.load()
    neutral = model.mean

    def moved(name: str, point: int) -> np.ndarray:
        return model.expression_basis[EXPRESSION_NAMES.index(name)][point]

    assert moved("jawOpen", 152)[1] < -8
    assert np.linalg.norm(moved("jawOpen", 6)) < 0.5
    assert moved("mouthSmileLeft", 291)[1] > 2
    assert moved("browOuterUpRight", 105)[1] > 2
    assert moved("jawLeft", 152)[0] > 2
    gap = neutral[386, 1] - neutral[374, 1]
    closed = gap + moved("eyeBlinkLeft", 386)[1] - moved("eyeBlinkLeft", 374)[1]
    assert abs(closed) < 0.15 * gap


def test_texture_coordinates_have_no_folds() -> None:
    model = FaceModel.load(level=0)
    a, b, c = model.uv[model.triangles].transpose(1, 0, 2).astype(np.float64)
    area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    assert (np.sign(area) == np.sign(area[0])).mean() > 0.97
    assert model.uv.min() >= 0
    assert model.uv.max() <= 1


def test_random_people_differ() -> None:
    model = FaceModel.load()
    rng = np.random.default_rng(0)
    people = [model.vertices(rng.normal(size=80), np.zeros(51))[:468] for _ in range(6)]
    gaps = [np.linalg.norm(a - b, axis=1).mean() for i, a in enumerate(people) for b in people[:i]]
    assert min(gaps) > 1.5


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.safetensors"):
        FaceModel.load(tmp_path / "gone.safetensors")
