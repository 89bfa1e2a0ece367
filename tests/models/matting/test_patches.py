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


def test_a_flag_beside_a_plain_backdrop_stays_beside_it() -> None:
    yy, xx = np.indices((180, 240))
    grain = np.random.default_rng(0).normal(0, 4, (180, 240))
    clouds = 150 + 25 * np.sin(xx / 35) * np.cos(yy / 28) + grain
    flag = np.where((xx // 3 + yy // 3) % 2, 70, 200)
    image = np.where(np.abs(xx - 130) < 72, clouds, flag).astype(np.uint8)[..., None].repeat(3, 2)
    unknown = ((xx - 130) / 58) ** 2 + ((yy - 80) / 64) ** 2 < 1
    unknown |= (yy > 140) & (xx > 40)
    filled = patch_fill(image, unknown)[..., 0].astype(float)
    off = np.abs(filled - clouds)[unknown & (yy < 110)]
    assert (off > 60).mean() < 0.02


def test_a_tone_that_changes_slowly_has_no_steps() -> None:
    grain = np.random.default_rng(1).normal(0, 20, (160, 240, 1))
    tone = np.linspace(60, 180, 240)[None, :, None]
    image = np.clip(np.repeat(tone + grain, 3, axis=2), 0, 255).astype(np.uint8)
    unknown = np.zeros((160, 240), bool)
    unknown[:, 60:180] = True
    across = patch_fill(image, unknown)[:, 60:180, 0].astype(float).mean(axis=0)
    softened = np.convolve(across, np.ones(6) / 6, "valid")
    assert (softened[6:] - softened[:-6]).max() < 25
