"""Translation and cutout."""

from __future__ import annotations

import torch

from models.training.generator.augment import Augmentation


def test_shift_moves_whole_pixels_and_fills_with_zero() -> None:
    picture = torch.randn(1, 2, 8, 8)
    zero = torch.zeros(1)
    moved = Augmentation(torch.tensor([[0.25, -0.125]]), torch.zeros(1, 2), zero)(picture)
    # Row r shows row r + 2, column c shows column c - 1.
    torch.testing.assert_close(moved[..., :6, 1:], picture[..., 2:, :7])
    assert moved[..., 6:, :].abs().max() == 0 and moved[..., 0].abs().max() == 0


def test_cut_empties_a_square() -> None:
    picture = torch.ones(1, 1, 8, 8)
    change = Augmentation(torch.zeros(1, 2), torch.tensor([[0.5, 0.25]]), torch.tensor([0.5]))
    left = change(picture)[0, 0]
    assert left.sum() == 64 - 16 and left[2:6, 0:4].sum() == 0


def test_random_changes_stay_in_range() -> None:
    change = Augmentation.draw(256, torch.device("cpu"))
    assert change.shift.abs().max() <= 0.125 and 0.2 < (change.size > 0).float().mean() < 0.8
