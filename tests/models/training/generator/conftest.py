"""A small pool for the trainer's tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.face.condition_maps import ConditionMaps
from models.face.parameters import FaceParameters
from models.training.generator_pool import PoolWriter
from models.training.generator_views import Aligned

POOL_SIZE = 32


@pytest.fixture(scope="session")
def pool_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pool of three drawn people, two pictures each, the first of them a photo."""
    writer = PoolWriter(POOL_SIZE)
    maps = ConditionMaps()
    rng = np.random.default_rng(0)
    for i in range(6):
        face = FaceParameters(
            pose=rng.uniform(-15, 15, 3).astype(np.float32),
            identity=np.full(80, (i // 2) / 4, np.float32),
        )
        picture = np.ascontiguousarray(maps.render(face, POOL_SIZE)[..., 3:6])
        writer.add(
            Aligned(picture, np.ones((POOL_SIZE, POOL_SIZE), bool), face), i // 2, i % 2 == 0
        )
    folder = tmp_path_factory.mktemp("pool")
    writer.save(folder)
    return folder
