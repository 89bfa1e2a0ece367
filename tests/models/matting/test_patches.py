"""Patches continue a texture that a smooth fill would lose."""

from __future__ import annotations

import numpy as np

from models.matting.fill import push_pull
from models.matting.patches import patch_fill


def test_stripes_run_on_behind_a_gap() -> None:
    columns = np.arange(240)
    stripes = np.where((columns // 15) % 2 == 0, 200, 60).astype(np.uint8)
    truth = np.repeat(np.tile(stripes, (200, 1))[..., None], 3, 2)
    unknown = np.zeros((200, 240), bool)
    unknown[60:140, 90:150] = True
    broken = truth.copy()
    broken[unknown] = 0
    error = np.abs(patch_fill(broken, unknown).astype(int) - truth)[unknown].mean()
    smooth = push_pull(broken.astype(np.float32), (~unknown).astype(np.float32))
    assert error < 0.4 * np.abs(smooth - truth)[unknown].mean()


def test_what_is_known_stays_and_a_bare_rim_is_enough() -> None:
    image = np.random.default_rng(0).integers(0, 255, (50, 40, 3)).astype(np.uint8)
    unknown = np.ones((50, 40), bool)
    unknown[:2] = False
    filled = patch_fill(image, unknown)
    np.testing.assert_array_equal(filled[:2], image[:2])
