"""Keying against mixtures of known share."""

from __future__ import annotations

import numpy as np

from models.matting.key import key


def test_share_of_a_mixture_is_found_and_trusted() -> None:
    alpha = np.linspace(0, 1, 11, dtype=np.float32)[None]
    person = np.full((1, 11, 3), (180, 140, 110), np.float32)
    backdrop = np.full((1, 11, 3), (40, 60, 200), np.float32)
    image = alpha[..., None] * person + (1 - alpha[..., None]) * backdrop
    found, trust = key(image, person, backdrop)
    np.testing.assert_allclose(found, alpha, atol=1e-5)
    assert trust.min() > 0.99


def test_no_trust_in_like_colours_or_foreign_ones() -> None:
    grey = np.full((1, 2, 3), 100, np.float32)
    _, alike = key(grey, grey + 5, grey)
    assert alike.max() == 0
    foreign = np.array([[[255, 0, 0], [0, 255, 0]]], np.float32)
    _, trust = key(foreign, grey + 60, grey - 60)
    assert trust.max() < 0.02
