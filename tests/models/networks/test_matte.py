"""The matte network: crops, foreign files, held-out people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models.files.store import StoreError, save_weights
from models.networks.matte import (
    SIZE,
    WEIGHTS,
    Crop,
    MatteNet,
    MatteNetwork,
    _connected,
    crop_around,
    crop_input,
    cut,
)

needs_weights = pytest.mark.skipif(not WEIGHTS.is_file(), reason="no matte weights")


def test_crop_holds_the_face_at_its_place() -> None:
    crop = crop_around((100, 50, 160, 130))
    assert crop.side == 240
    assert crop.left == 10
    assert crop.top + crop.side / 2 == 90 + 16


def test_cut_at_native_size_copies_pixels_and_knows_the_frame() -> None:
    image = np.random.default_rng(0).integers(0, 255, (SIZE, SIZE, 3)).astype(np.uint8)
    pixels, valid = cut(image, Crop(-10, 20, SIZE))
    np.testing.assert_array_equal(pixels[: SIZE - 20, 10:], image[20:, : SIZE - 10])
    assert valid[: SIZE - 20, 10:].all()
    assert not valid[SIZE - 20 :].any() and not valid[:, :10].any()


def test_a_shrunken_cut_keeps_places() -> None:
    rows, columns = np.mgrid[:900, :700]
    image = np.stack([columns / 4, rows / 4, rows * 0], 2).astype(np.uint8)
    crop = Crop(50.5, 100.25, 576)
    pixels, _ = cut(image, crop)
    places = (np.arange(SIZE) + 0.5) * 3 - 0.5
    np.testing.assert_allclose(pixels[90, 5:-5, 0], (50.5 + places[5:-5]) / 4, atol=1.2)
    np.testing.assert_allclose(pixels[5:-5, 90, 1], (100.25 + places[5:-5]) / 4, atol=1.2)


def test_input_marks_the_face_and_blanks_what_is_outside() -> None:
    pixels = np.full((SIZE, SIZE, 3), 255, np.uint8)
    valid = np.ones((SIZE, SIZE), np.float32)
    valid[:, :30] = 0
    inputs = crop_input(pixels, valid)
    assert not inputs[:3, :, :30].any() and (inputs[:3, :, 30:] == 1).all()
    row, column = np.unravel_index(inputs[4].argmax(), (SIZE, SIZE))
    crop = crop_around((0, 0, 64, 64))
    assert abs((row + 0.5) * crop.side / SIZE + crop.top - 32) < 1
    assert abs((column + 0.5) * crop.side / SIZE + crop.left - 32) < 1


def test_folding_the_normalisation_changes_nothing() -> None:
    torch.manual_seed(0)
    net = MatteNet()
    with torch.no_grad():
        net(torch.randn(4, 5, 64, 64))
    crop = Crop(0, 0, SIZE)
    image = np.random.default_rng(0).integers(0, 255, (SIZE, SIZE, 3)).astype(np.uint8)
    inputs = crop_input(image, np.ones((SIZE, SIZE), np.float32))
    with torch.no_grad():
        plain = torch.sigmoid(net.eval()(torch.from_numpy(inputs[None])))[0, 0].numpy()
    np.testing.assert_allclose(MatteNetwork(net).coarse(image, crop), plain, atol=1e-4)


def test_foreign_and_missing_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        MatteNetwork.load(tmp_path / "none.safetensors")
    path = tmp_path / "other.safetensors"
    save_weights(path, {"a": np.zeros(3, np.float32)}, {"kind": "other"})
    with pytest.raises(StoreError, match="does not hold a matte"):
        MatteNetwork.load(path)
    save_weights(path, {"stem.0.weight": np.zeros(3, np.float32)}, {"kind": "matte"})
    with pytest.raises(StoreError, match="another matte network"):
        MatteNetwork.load(path)
    save_weights(path, {}, {"kind": "matte"})
    with pytest.raises(StoreError, match="another matte network"):
        MatteNetwork.load(path)


def test_loose_pieces_are_not_the_person() -> None:
    alpha = np.zeros((200, 300), np.float32)
    alpha[40:160, 50:150] = 1
    alpha[60:140, 200:250] = 1
    kept = _connected(alpha, (70, 50, 130, 120), 6)
    np.testing.assert_array_equal(kept[:, :150], alpha[:, :150])
    assert not kept[:, 165:].any()
    np.testing.assert_array_equal(_connected(alpha, (260, 0, 290, 30), 6), alpha)


@needs_weights
def test_held_out_people_are_found_on_any_backdrop(portraits: Path) -> None:
    from models.training.matte_check import held_out_people, measure

    scores = measure(MatteNetwork.load(), held_out_people(portraits, 6))
    assert scores["keyed"].overlap > 0.98 and scores["keyed"].error < 0.015
    assert scores["swapped"].overlap > 0.96 and scores["swapped"].error < 0.03


@needs_weights
def test_the_face_box_says_who_counts(portraits: Path) -> None:
    from models.training.matte_check import held_out_people

    first, second = held_out_people(portraits, 2)
    height = min(len(first.pixels), len(second.pixels))
    image = np.hstack([first.pixels[:height], second.pixels[:height]])
    seam = first.pixels.shape[1]
    network = MatteNetwork.load()
    left = network.matte(image, first.box)
    x0, y0, x1, y1 = second.box
    right = network.matte(image, (x0 + seam, y0, x1 + seam, y1))
    face = np.s_[int(y0) : int(y1), int(x0) + seam : int(x1) + seam]
    assert right[face].mean() > 0.97
    assert left[face].mean() < 0.1


@needs_weights
def test_a_huge_photo_is_read_in_a_smaller_copy(
    portraits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with np.load(portraits / "landmarks.npz", allow_pickle=False) as table:
        name, points = str(table["ids"][5]), table["landmarks"][5, :, :2]
    image = np.asarray(Image.open(portraits / "train" / f"{name}.jpg").convert("RGB"))
    x0, y0, x1, y1 = (float(v) for v in (*points.min(0), *points.max(0)))
    network = MatteNetwork.load()
    fine = network.matte(image, (x0, y0, x1, y1))
    monkeypatch.setattr("models.networks.matte.LARGEST", 300)
    coarse = network.matte(image, (x0, y0, x1, y1))
    assert coarse.shape == fine.shape and coarse.dtype == fine.dtype
    assert np.abs(coarse - fine).mean() < 0.02
