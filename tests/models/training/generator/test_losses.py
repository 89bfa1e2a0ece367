"""Each loss against a closed form, a finite difference or numpy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from models.networks.perception import Perceived
from models.training.generator import losses


def _seen(rows: int = 2) -> Perceived:
    unit = torch.zeros(rows, 4)
    unit[:, 0] = 1
    return Perceived(torch.zeros(rows, 241), unit, torch.zeros(rows, 478, 2), torch.zeros(rows, 3))


def test_masked_l1_counts_valid_pixels_alone() -> None:
    made, target = torch.zeros(1, 3, 4, 4), torch.full((1, 3, 4, 4), 0.5)
    target[..., 2:] = 9
    weight = torch.zeros(1, 1, 4, 4)
    weight[..., :2] = 1
    assert losses.masked_l1(made, target, weight).item() == pytest.approx(0.5)


def test_pyramid_sums_up_to_the_picture() -> None:
    picture = torch.randn(2, 3, 32, 32)
    *bands, low = losses.laplacian_pyramid(picture, 2)
    for band in reversed(bands):
        low = band + torch.nn.functional.interpolate(low, scale_factor=2.0, mode="bilinear")
    torch.testing.assert_close(low, picture)


def test_pyramid_of_a_constant_is_in_its_last_level() -> None:
    *bands, low = losses.laplacian_pyramid(torch.full((1, 3, 16, 16), 0.7), 2)
    assert all(band.abs().max() < 1e-6 for band in bands)
    assert torch.allclose(low, torch.tensor(0.7))


def test_pyramid_loss_of_a_shift_in_brightness() -> None:
    a = torch.randn(1, 3, 32, 32)
    weight = torch.ones(1, 1, 32, 32)
    # Two band levels see nothing, the third of three sees 0.3.
    assert losses.pyramid_loss(a, a + 0.3, weight).item() == pytest.approx(0.1, abs=1e-5)


def test_penalty_of_a_linear_judge_is_half_its_weights_square() -> None:
    weight = torch.randn(3, 8, 8)
    found = losses.gradient_penalty(lambda x: (x * weight).sum((1, 2, 3)), torch.randn(5, 3, 8, 8))
    assert found.item() == pytest.approx(0.5 * weight.square().sum().item(), rel=1e-5)


def test_penalty_reaches_the_judges_weights() -> None:
    weight = torch.tensor(2.0, requires_grad=True)
    losses.gradient_penalty(lambda x: weight * x.sum((1, 2, 3)), torch.zeros(1, 1, 2, 2)).backward()
    # ½ w² · 4 pixels
    assert weight.grad is not None and weight.grad.item() == pytest.approx(8.0)


def test_adversaries_at_equal_logits() -> None:
    same = torch.zeros(4)
    half = math.log(2)
    assert losses.generator_adversarial(same, same).item() == pytest.approx(half)
    assert losses.generator_adversarial(same, None).item() == pytest.approx(half)
    assert losses.discriminator_adversarial(same, same).item() == pytest.approx(half)
    assert losses.discriminator_adversarial(same, same, False).item() == pytest.approx(2 * half)


def test_adversaries_pull_in_opposite_directions() -> None:
    fake = torch.zeros(1, requires_grad=True)
    (up,) = torch.autograd.grad(losses.generator_adversarial(fake, torch.zeros(1)), fake)
    (down,) = torch.autograd.grad(losses.discriminator_adversarial(fake, torch.zeros(1)), fake)
    assert up.item() == pytest.approx(-0.5) and down.item() == pytest.approx(0.5)


def test_divergence_of_the_standard_normal_is_free() -> None:
    zero = torch.zeros(3, 8)
    assert losses.code_divergence(zero, zero).item() == 0
    # KL of N(2, 1) from N(0, 1) is 2 nats.
    assert losses.code_divergence(zero + 2, zero, 0.5).item() == pytest.approx(1.5)


def test_matching_looks_at_paired_rows_alone() -> None:
    made = [torch.zeros(2, 3, 4, 4)]
    real = [torch.stack([torch.ones(3, 4, 4), torch.full((3, 4, 4), 50.0)])]
    found = losses.feature_matching(made, real, torch.tensor([1.0, 0.0]))
    assert found.item() == pytest.approx(1.0)


def test_identity_within_the_margin_costs_nothing() -> None:
    angles = torch.tensor([0.0, math.pi / 4, math.pi / 2])
    made = torch.stack([angles.cos(), angles.sin()], 1)
    wanted = torch.tensor([[1.0, 0.0]]).expand(3, 2)
    expected = np.mean([0, 0, 0.7])
    assert losses.imitate_identity(made, wanted).item() == pytest.approx(expected, abs=1e-6)


def test_landmarks_are_measured_in_sides_of_the_picture() -> None:
    wanted = torch.zeros(1, 478, 2)
    found = losses.imitate_landmarks(wanted + torch.tensor([6.4, 0.0]), wanted)
    assert found.item() == pytest.approx(0.05**2)


def test_render_is_imitated_in_the_face_alone() -> None:
    made = torch.zeros(2, 3, 32, 32)
    maps = torch.full((2, 7, 32, 32), -1.0)
    maps[:, 3:, 8:24, 8:24] = 1.0
    maps[:, 3:6, 8:24, 8:24] = 0.25
    rows = torch.ones(2)
    assert losses.imitate_render(made, maps, rows, 16).item() == pytest.approx(0.25)
    # Detail within a cell is free, and so are rows that have a photo.
    made[..., ::2], made[..., 1::2] = 0.35, 0.15
    assert losses.imitate_render(made, maps, rows, 16).item() == pytest.approx(0, abs=1e-6)
    assert losses.imitate_render(made + 1, maps, 0 * rows).item() == 0


def test_imitation_of_strangers_leaves_identity_out() -> None:
    seen = _seen()
    light = slice(211, 238)
    assert set(losses.imitative(seen, seen, light, torch.tensor([False, False]))) == {
        "landmarks", "light",
    }  # fmt: skip
    wanted = seen._replace(skin=seen.skin + 0.1, rig=seen.rig + 0.2)
    terms = losses.imitative(seen, wanted, light, torch.tensor([True, False]))
    assert terms["skin"].item() == pytest.approx(2.0)
    assert terms["light"].item() == pytest.approx(2.0)
    assert terms["identity"].item() == 0


def test_warp_by_whole_pixels_equals_a_roll() -> None:
    picture = torch.randn(1, 3, 16, 16)
    rows, columns = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    moved = losses.warp(picture, torch.stack([columns - 3, rows + 2], -1)[None])
    torch.testing.assert_close(moved[..., :-2, 3:], picture[..., 2:, :-3])


def test_contrast_of_light_forgives_brightness_outside_the_face() -> None:
    picture = torch.rand(2, 3, 32, 32)
    face = torch.zeros(2, 1, 32, 32)
    seen = _seen()
    terms = losses.contrast_light(picture, picture + 0.3, face, seen, seen)
    assert all(value.item() == pytest.approx(0, abs=1e-6) for value in terms.values())
    other = losses.contrast_light(picture, torch.rand(2, 3, 32, 32), face, seen, seen)
    assert other["hair"].item() > 0.01
