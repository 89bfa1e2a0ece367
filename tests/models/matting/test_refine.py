"""The guided filter against its definition, and refinement of a blurred disc."""

from __future__ import annotations

import cv2
import numpy as np

from models.matting.refine import guided_filter, refine


def test_guided_filter_is_the_local_least_squares_fit() -> None:
    rng = np.random.default_rng(0)
    guide = rng.random((15, 15, 3)).astype(np.float32)
    values = rng.random((15, 15)).astype(np.float32)
    radius, epsilon = 2, 0.01
    fits = np.zeros((15, 15, 4))
    for row in range(4, 11):
        for column in range(4, 11):
            window = np.s_[row - radius : row + radius + 1, column - radius : column + radius + 1]
            colours, targets = guide[window].reshape(-1, 3), values[window].ravel()
            centred = colours - colours.mean(0)
            slope = np.linalg.solve(
                centred.T @ centred / len(colours) + epsilon * np.eye(3),
                centred.T @ (targets - targets.mean()) / len(colours),
            )
            fits[row, column] = (*slope, targets.mean() - slope @ colours.mean(0))
    expected = fits[5:10, 5:10].mean((0, 1))
    found = guided_filter(guide, values, radius, epsilon)[7, 7]
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_refining_sharpens_a_blurred_matte_to_the_true_edge() -> None:
    rng = np.random.default_rng(1)
    truth = np.zeros((300, 260), np.float32)
    cv2.circle(truth, (130, 150), 80, 1.0, -1, cv2.LINE_AA)
    cv2.line(truth, (130, 70), (150, 50), 1.0, 2, cv2.LINE_AA)
    image = truth[..., None] * (190, 150, 120) + (1 - truth[..., None]) * (60, 80, 170)
    image = np.clip(image + rng.normal(0, 2, image.shape), 0, 255).astype(np.uint8)
    disc = np.zeros_like(truth)
    cv2.circle(disc, (130, 150), 80, 1.0, -1)
    coarse = cv2.GaussianBlur(disc, (0, 0), 8)
    found = refine(image, coarse, 10)
    assert np.abs(found - truth).mean() < 0.1 * np.abs(coarse - truth).mean()
    # The hair that stands out was not in the coarse matte.
    assert found[61:66, 137:144].max() > 0.8


def test_an_empty_matte_stays_empty() -> None:
    image = np.random.default_rng(0).integers(0, 255, (40, 50, 3)).astype(np.uint8)
    assert not refine(image, np.zeros((40, 50), np.float32), 4).any()


def test_a_colourful_backdrop_shows_through_gaps_in_hair() -> None:
    """Deeper than the matte's edge too; what is as blue far within is the person's own."""
    rng = np.random.default_rng(2)
    disc = np.zeros((300, 260), np.float32)
    cv2.circle(disc, (130, 150), 80, 1.0, -1)
    truth = disc.copy()
    for x in range(118, 142, 6):
        cv2.ellipse(truth, (x, 88), (2, 5), 0, 0, 360, 0.0, -1)
    image = truth[..., None] * (60, 45, 40) + (1 - truth[..., None]) * (60, 80, 200)
    image[190:200, 125:135] = (60, 80, 200)
    image = np.clip(image + rng.normal(0, 2, image.shape), 0, 255).astype(np.uint8)
    found = refine(image, cv2.GaussianBlur(disc, (0, 0), 3), 4)
    assert found[truth < disc].mean() < 0.5
    assert found[192:198, 127:133].min() > 0.95
    grey = np.repeat(image.mean(-1, keepdims=True), 3, 2).astype(np.uint8)
    assert refine(grey, cv2.GaussianBlur(disc, (0, 0), 3), 4)[truth < disc].mean() > 0.6
