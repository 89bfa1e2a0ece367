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


def test_beams_cross_a_gap_of_half_the_picture() -> None:
    grain = np.random.default_rng(0).normal(0, 6, (180, 240, 1))
    truth = np.full((180, 240, 3), (90.0, 120.0, 90.0))
    for top, wide in ((30, 12), (75, 20), (130, 8)):
        truth[top : top + wide] = (210, 205, 200)
    truth = np.clip(truth + grain, 0, 255).astype(np.uint8)
    unknown = np.zeros((180, 240), bool)
    unknown[20:, 60:180] = True
    error = np.abs(patch_fill(truth, unknown).astype(int) - truth)[unknown].mean()
    # The grain alone, twice: here and where it is copied from.
    assert error < 2 * np.sqrt(2) * 6


def test_a_tone_that_changes_slowly_has_no_steps() -> None:
    grain = np.random.default_rng(1).normal(0, 20, (160, 240, 1))
    tone = np.linspace(60, 180, 240)[None, :, None]
    image = np.clip(np.repeat(tone + grain, 3, axis=2), 0, 255).astype(np.uint8)
    unknown = np.zeros((160, 240), bool)
    unknown[:, 60:180] = True
    across = patch_fill(image, unknown)[:, 60:180, 0].astype(float).mean(axis=0)
    softened = np.convolve(across, np.ones(6) / 6, "valid")
    assert (softened[6:] - softened[:-6]).max() < 25
