"""Rows of the generator's pool show what their λ says; the mirror and the file keep them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.face.camera import Camera
from models.face.condition_maps import ConditionMaps
from models.face.lighting import sh_basis
from models.face.model import FaceModel
from models.face.parameters import EXPRESSION_NAMES, FaceParameters
from models.face.pose import rotation
from models.face.rig_vector import PARTS, RIG_SIZE, from_vector, to_vector
from models.training.generator_pool import GeneratorPool, PoolWriter, rows_of
from models.training.generator_views import (
    LIGHT_RATIO,
    STRONG_REACH,
    Aligned,
    alignment,
    natural_light,
    random_rig,
    strong_rig,
)
from models.training.portraits import load_portraits
from models.training.rig_mirror import mirror_rig
from models.training.split import held_out

SHARED = Path(__file__).parents[4] / "shared"
FOLDERS = [SHARED / "portraits", SHARED / "portraits_uk"]
with_portraits = pytest.mark.skipif(
    not all(f.is_dir() for f in FOLDERS), reason="the portrait sets are not here"
)
FLIP = np.array([-1, 1, 1], np.float32)


def random_vector(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    vector = rng.normal(size=RIG_SIZE).astype(np.float32)
    vector[PARTS["expression"]] = rng.uniform(0, 0.6, len(EXPRESSION_NAMES))
    vector[PARTS["pose"]] *= 12
    return vector


def test_mirrored_rig_makes_the_mirrored_mesh() -> None:
    model = FaceModel.load(level=1)
    before = from_vector(random_vector())
    after = from_vector(mirror_rig(random_vector()))
    posed = [model.vertices(p.identity, p.expression) @ rotation(p.pose).T for p in (before, after)]
    np.testing.assert_allclose(posed[0][model.mirror] * FLIP, posed[1], atol=2e-3)
    skins = [model.albedo(p.albedo) for p in (before, after)]
    np.testing.assert_allclose(skins[0][model.mirror], skins[1], atol=1e-4)
    normals = np.random.default_rng(1).normal(size=(50, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    lit = [sh_basis(n) @ p.light for n, p in ((normals, before), (normals * FLIP, after))]
    np.testing.assert_allclose(lit[0], lit[1], atol=1e-4)


def test_mirroring_twice_changes_nothing() -> None:
    vector = random_vector(2)
    np.testing.assert_allclose(mirror_rig(mirror_rig(vector)), vector, atol=1e-3)
    smile = FaceParameters().with_expression({"mouthSmileLeft": 1.0, "jawLeft": 0.5})
    other = from_vector(mirror_rig(to_vector(smile))).expression
    assert other[EXPRESSION_NAMES.index("mouthSmileRight")] == 1
    assert other[EXPRESSION_NAMES.index("jawRight")] == 0.5


def test_alignment_agrees_with_projecting_by_the_other_camera() -> None:
    points = np.random.default_rng(3).normal(size=(20, 3)) * 60
    photo, target = Camera(2345.0, 300.5, 211.25), Camera.generator(128)
    matrix = alignment(photo, target)
    moved = photo.project(points)[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(moved, target.project(points)[:, :2], atol=1e-3)


def test_new_lights_stay_within_the_ratio() -> None:
    rng = np.random.default_rng(4)
    own = FaceParameters().light
    normals = np.array([[0, 0, 1], [0.6, 0, 0.8], [-0.6, 0, 0.8], [0, 0.6, 0.8], [0, -0.6, 0.8]])
    for _ in range(20):
        new = natural_light(own, own * 3 + rng.normal(size=(9, 3)).astype(np.float32))
        ratio = (sh_basis(normals) @ new) / (sh_basis(normals) @ own)
        assert ratio.min() > LIGHT_RATIO[0] * 0.9
        assert ratio.max() < LIGHT_RATIO[1] * 1.1


def test_strong_views_reach_far_and_turn_little() -> None:
    rng, own = np.random.default_rng(8), FaceParameters()
    drawn = [strong_rig(own, own, rng) for _ in range(60)]
    assert np.mean([p.expression.max() >= STRONG_REACH[0] for p in drawn]) > 0.6
    assert np.mean([np.abs(p.light - own.light).max() > 0.03 for p in drawn]) > 0.3
    assert np.max([np.abs(p.pose) for p in drawn]) <= 17.5


def test_a_turned_photo_is_hardly_turned_back() -> None:
    rng = np.random.default_rng(5)
    turned = replace(FaceParameters(), pose=np.array([28, 0, 0], np.float32))
    yaws = [random_rig(turned, FaceParameters(), rng).pose[0] for _ in range(50)]
    assert min(yaws) >= 21.9
    assert max(yaws) <= 35


def test_the_file_gives_back_pictures_masks_and_rigs(tmp_path: Path) -> None:
    writer = PoolWriter(32)
    ramp = np.linspace(0, 255, 32)
    image = np.stack(np.broadcast_arrays(ramp[None], ramp[:, None], 128.0), -1).astype(np.uint8)
    valid = np.random.default_rng(6).random((32, 32)) < 0.5
    for i in range(3):
        rig = from_vector(random_vector(i))
        writer.add(Aligned(np.roll(image, i, 0), valid, rig), person=i // 2, is_photo=i == 0)
    writer.save(tmp_path)
    pool = GeneratorPool.open(tmp_path)
    assert (len(pool), pool.size, pool.person.tolist()) == (3, 32, [0, 0, 1])
    np.testing.assert_array_equal(pool.rig[2], random_vector(2))
    picture, mask = pool.read(0)
    assert np.abs(picture.astype(int) - image).mean() < 3
    np.testing.assert_array_equal(mask, valid)
    flipped, mask = pool.read(0, mirrored=True)
    np.testing.assert_array_equal(flipped, picture[:, ::-1])
    np.testing.assert_array_equal(mask, valid[:, ::-1])
    twice = GeneratorPool.open(tmp_path, tmp_path)
    np.testing.assert_array_equal(twice.rig, np.concatenate([pool.rig, pool.rig]))
    for i in range(3):
        np.testing.assert_array_equal(twice.read(3 + i)[0], pool.read(i)[0])
    with pytest.raises(FileNotFoundError, match="generator-data"):
        GeneratorPool.open(tmp_path, tmp_path / "none")


@with_portraits
def test_rows_register_with_the_maps_of_their_rig() -> None:
    """Moved against the rendered skin, photo and views match it best where they are."""
    portraits = load_portraits(FOLDERS[:1]).split(held=False)
    model = FaceModel.load()
    rows = list(rows_of(model, portraits[3], portraits[7], 128, 3, [0, 3]))
    assert [is_photo for _, is_photo in rows] == [True, False, False, False]
    maps = ConditionMaps()
    for row, _ in rows:
        face = maps.render(row.parameters, 128)[..., 6] > 250
        assert row.valid[face].mean() > 0.85
        skin = maps.render(row.parameters, 128)[..., 3:6].astype(float).mean(2)
        photo = cv2.GaussianBlur(row.image.astype(np.float32).mean(2), (0, 0), 1)
        moves = [(dx, dy) for dx in range(-3, 4) for dy in range(-3, 4)]
        match = [np.corrcoef(np.roll(skin, m, (1, 0))[face], photo[face])[0, 1] for m in moves]
        best = moves[int(np.argmax(match))]
        assert np.abs(best).max() <= 1


@with_portraits
def test_the_list_of_held_out_people_is_the_rule() -> None:
    listed = (Path(__file__).parents[3] / "models/training/held_out.txt").read_text().split()
    people = {p.person for p in load_portraits(FOLDERS).portraits}
    assert listed == sorted(p for p in people if held_out(p))
