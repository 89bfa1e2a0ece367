"""What is made of layers once they are there."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.relief import layers as module
from models.relief.layers import Layers, Textures


@pytest.mark.parametrize("height", [1, 15, 32, 71])
def test_a_shell_is_softened_in_strips_as_it_is_in_one(
    monkeypatch: pytest.MonkeyPatch, height: int
) -> None:
    monkeypatch.setattr(module, "_STRIP", 16)
    shell = np.random.default_rng(height).integers(0, 16320, (height, 21, 4)).astype(np.int16)
    textures = Textures(shell, shell, shell, np.zeros((height, 21, 3), np.float32))
    layers = Layers(textures, None, 1.0, None)  # type: ignore[arg-type]
    whole = cv2.pyrDown(cv2.GaussianBlur(shell, (0, 0), 0.8))
    np.testing.assert_array_equal(layers.soft_shell, whole)
