"""Batches from a pool of drawn faces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from models.face.condition_maps import ConditionMaps
from models.face.parameters import FaceParameters
from models.face.rig_vector import PARTS, from_vector, to_vector
from models.training.generator.data import Batches, Rows, mirror_maps, to_batch
from models.training.generator_pool import GeneratorPool
from models.training.rig_mirror import mirror_rig

SIZE = 32


def test_maps_of_the_mirrored_face_are_the_mirrored_maps() -> None:
    face = FaceParameters(pose=np.array([20, 5, 3], np.float32)).with_expression({"jawOpen": 0.5})
    maps = ConditionMaps()
    drawn = maps.render(from_vector(mirror_rig(to_vector(face))), 64)
    turned = mirror_maps(maps.render(face, 64))
    assert np.abs(drawn.astype(int) - turned).mean() < 1.0


def test_pairs_show_one_person(pool_folder: Path) -> None:
    pool = GeneratorPool.open(pool_folder)
    rows, rng = Rows(pool, SIZE), np.random.default_rng(1)
    for _ in range(10):
        row = rows.draw(rng, 0.0)
        assert row["paired"] == 1 and np.array_equal(row["maps"], row["real_maps"])
        # These pictures are drawn by the same renderer: the lit maps are the picture.
        error = np.abs(row["real"].astype(int) - row["real_maps"][..., 3:6])
        assert error.mean() < 4


def test_free_rows_draw_another_rig(pool_folder: Path) -> None:
    rows, rng = Rows(GeneratorPool.open(pool_folder), SIZE), np.random.default_rng(1)
    row = rows.draw(rng, 1.0)
    assert row["paired"] == 0 and not np.array_equal(row["maps"], row["real_maps"])


def test_twins_differ_in_one_factor(pool_folder: Path) -> None:
    rows, rng = Rows(GeneratorPool.open(pool_folder), SIZE), np.random.default_rng(1)
    for _ in range(6):
        row = rows.draw(rng, 0.0, twins=True)
        same = np.ones(241, bool)
        same[PARTS["light" if row["relit"] else "expression"]] = False
        np.testing.assert_array_equal(row["rig"][same], row["twin_rig"][same])


@pytest.mark.parametrize("twins", [False, True])
def test_batches_come_ready(pool_folder: Path, twins: bool) -> None:
    batches = Batches([pool_folder], 16, 3, [0], twins)
    arrays = next(iter(DataLoader(batches, batch_size=None)))
    batch = to_batch(arrays, torch.device("cpu"))
    assert len(batch) == 3 and batch.real.shape == (3, 3, 16, 16)
    assert batch.maps.shape == (3, 7, 16, 16) and batch.valid.shape == (3, 1, 16, 16)
    assert batch.real.abs().max() <= 1 and batch.landmarks.shape == (3, 478, 2)
    assert (batch.twin is not None) == twins
    assert batch.rows(torch.tensor([2, 0])).paired.shape == (2,)
