"""The command from a pool to a weights file, stopped and grown on the way."""

from __future__ import annotations

import argparse
from pathlib import Path

from models.networks.generator_store import load_generator
from models.training.generator import train
from models.training.origin import NO_LICENCE, OWN_PHOTOS


def _run(folder: Path, out: Path, *more: str) -> None:
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    common = ["--data", str(folder), "--out", str(out), "--width", "16", "--batch", "2",
              "--workers", "0", "--device", "cpu", "--quiet", "0"]  # fmt: skip
    assert train.run(parser.parse_args([*common, *more])) == 0


def test_training_grows_and_writes_weights(pool_folder: Path, tmp_path: Path) -> None:
    _run(pool_folder, tmp_path, "--size", "64", "--kimg", "0.004")
    weights = tmp_path / "g.safetensors"
    _run(pool_folder, tmp_path, "--size", "128", "--kimg", "0.002", "--resume",
         "--weights-out", str(weights), "--label", "test")  # fmt: skip
    loaded = load_generator(weights)
    assert loaded.spec.size == 128 and loaded.metadata["label"] == "test"
    assert loaded.metadata["images"] == "6"
    assert loaded.metadata["credit"] == OWN_PHOTOS and loaded.metadata["licence"] == NO_LICENCE
    names = {path.name for path in (tmp_path / "samples").iterdir()}
    assert "64-00000-edits.png" in names and "128-00000-seeds.png" in names
    assert (tmp_path / "best").is_dir()
