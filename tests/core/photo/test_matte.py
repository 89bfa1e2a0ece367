"""The matte of a photo: missing weights, the photo's own transparency."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import AssetError
from core.photo import matte
from models.files.store import StoreError
from models.networks.matte import MatteNetwork


class _Everything:
    """A network that takes the whole picture for the person."""

    def matte(self, image: np.ndarray, box: matte.Box) -> np.ndarray:
        return np.ones(image.shape[:2], np.float32)


def test_missing_weights_are_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(path: Path | str = "") -> None:
        raise StoreError("The weights file x does not exist.")

    matte._network.cache_clear()
    monkeypatch.setattr(MatteNetwork, "load", missing)
    with pytest.raises(AssetError, match="person matte"):
        matte.person_matte(np.zeros((8, 8, 3), np.uint8), (1, 1, 5, 5))


def test_what_the_photo_leaves_out_is_not_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matte, "_network", _Everything)
    alpha = np.zeros((8, 8), np.uint8)
    alpha[:, 4:] = 255
    found = matte.person_matte(np.zeros((8, 8, 3), np.uint8), (1, 1, 5, 5), alpha)
    np.testing.assert_array_equal(found, alpha / 255)


def test_a_veil_over_the_person_is_still_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matte, "_network", _Everything)
    alpha = np.full((8, 8), 128, np.uint8)
    found = matte.person_matte(np.zeros((8, 8, 3), np.uint8), (1, 1, 5, 5), alpha)
    assert (found == 1).all()


def test_a_cut_out_has_its_own_edge(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nearby the photo's own edge counts, farther away what the network found."""

    class Narrow:
        def matte(self, image: np.ndarray, box: matte.Box) -> np.ndarray:
            found = np.zeros(image.shape[:2], np.float32)
            found[40:100, 40:60] = 1
            return found

    monkeypatch.setattr(matte, "_network", Narrow)
    alpha = np.zeros((100, 100), np.uint8)
    alpha[38:, 38:62] = 255
    alpha[38:, 37] = 120
    alpha[:9, :9] = 255
    found = matte.person_matte(np.zeros((100, 100, 3), np.uint8), (40, 40, 60, 60), alpha)
    np.testing.assert_allclose(found[20:, 20:], alpha[20:, 20:] / 255, atol=1e-6)
    assert (found[:20, :20] == 0).all()


def test_what_is_nearer_to_another_face_is_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matte, "_network", _Everything)
    pixels = np.zeros((60, 120, 3), np.uint8)
    left, right = (20.0, 10.0, 40.0, 30.0), (80.0, 10.0, 100.0, 30.0)
    ours = matte.person_matte(pixels, left, others=(right,))
    theirs = matte.person_matte(pixels, right, others=(left,))
    assert ours[:, :50].min() > 0.9
    assert ours[:, 70:].max() < 0.1
    np.testing.assert_allclose(ours + theirs, 1, atol=1e-4)
    far = (500.0, 10.0, 520.0, 30.0)
    np.testing.assert_array_equal(matte.person_matte(pixels, left, others=(far,)), 1)
