"""Weights files: whole or not at all."""

import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from models.files.store import StoreError, load_weights, save_weights

TENSORS = {"a": np.arange(6, dtype=np.float32).reshape(2, 3).T, "b": np.array([1, -2], np.int32)}


def test_arrays_and_metadata_come_back(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_weights(path, TENSORS, {"hash": "äb"})
    tensors, metadata = load_weights(path)
    assert metadata == {"hash": "äb"}
    for name, array in TENSORS.items():
        np.testing.assert_array_equal(tensors[name], array)
        assert tensors[name].dtype == array.dtype
        np.testing.assert_array_equal(load_file(path)[name], array)
    assert os.listdir(tmp_path) == ["weights.safetensors"]


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "weights.safetensors"
    save_weights(path, TENSORS, {})

    def full(descriptor: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        save_weights(path, {"a": np.zeros(9, np.float32)}, {})
    assert set(load_weights(path)[0]) == {"a", "b"}
    assert os.listdir(tmp_path) == ["weights.safetensors"]


def test_missing_and_damaged_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"gone\.safetensors does not exist"):
        load_weights(tmp_path / "gone.safetensors")
    damaged = tmp_path / "damaged.safetensors"
    save_weights(damaged, TENSORS, {})
    damaged.write_bytes(damaged.read_bytes()[:40])
    with pytest.raises(StoreError, match=r"damaged\.safetensors is damaged .* again\.$"):
        load_weights(damaged)
    with pytest.raises(StoreError, match="is a folder; name"):
        load_weights(tmp_path)
