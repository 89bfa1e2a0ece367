"""Weights say whose they are: ours for those shipped, the user's for those trained by users."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

import numpy as np
import pytest

from core.cli.train import TRAINERS
from models.face.model import DEFAULT_FACE_MODEL
from models.files.store import load_weights
from models.training.face_model.build import Geometry, write_face_model
from models.training.origin import NO_LICENCE, OWN_PHOTOS

RESOURCES = DEFAULT_FACE_MODEL.parent
# These make portraits and pictures ready, and write no weights.
WITHOUT_WEIGHTS = ("portraits", "generator-data")


@pytest.mark.parametrize("name", [name for name in TRAINERS if name not in WITHOUT_WEIGHTS])
def test_every_trainer_asks_for_licence_and_credit(name: str) -> None:
    parser = argparse.ArgumentParser()
    importlib.import_module(TRAINERS[name][0]).add_arguments(parser)
    assert parser.get_default("licence") == NO_LICENCE
    assert parser.get_default("credit") == OWN_PHOTOS


def test_a_face_model_of_ones_own_carries_ones_own_words(tmp_path: Path) -> None:
    path = tmp_path / "face.safetensors"
    geometry = Geometry(None, None, {"control_mean": np.zeros((3, 3))})  # type: ignore[arg-type]
    origin = {"licence": "all mine", "credit": "my family"}
    write_face_model(path, geometry, {}, [tmp_path], origin)
    _, metadata = load_weights(path)
    assert metadata["credit"] == "my family"
    assert metadata["licence"] == "all mine; landmark topology: MediaPipe, Apache-2.0"


def test_shipped_files_are_in_the_table_of_licences() -> None:
    table = (RESOURCES / "LICENSES.md").read_text(encoding="utf-8")
    for path in RESOURCES.glob("*.safetensors"):
        assert f"| `{path.name}` |" in table
        _, metadata = load_weights(path)
        assert metadata.get("licence", "CC BY 4.0").startswith("CC BY 4.0")
        assert "UK Parliament" in metadata.get("credit", "UK Parliament")
