"""Weights files of the generator, and the prior of its noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.face.parameters import FaceParameters
from models.files.store import StoreError, load_weights, save_weights
from models.networks.generator import Generator, GeneratorSpec, NoiseEncoder
from models.networks.generator_store import NoisePrior, load_generator, save_generator

SPEC = GeneratorSpec(16, 16, 4, 8)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    prior = NoisePrior.fit(rng.normal(size=(30, 160)), rng.normal(size=(30, 4)))
    path = tmp_path_factory.mktemp("generator") / "g.safetensors"
    save_generator(path, Generator(SPEC), NoiseEncoder(SPEC), prior, "test", {"images": "7"})
    return path


def test_what_is_read_draws_what_was_saved(path: Path) -> None:
    torch.manual_seed(0)
    first, loaded = Generator(SPEC), load_generator(path)
    inputs = torch.randn(2, 241), torch.randn(2, 4), torch.randn(2, 7, 16, 16)
    with torch.no_grad():
        torch.testing.assert_close(loaded.generator(*inputs), first(*inputs), atol=0.02, rtol=0.01)
    assert loaded.spec == SPEC and loaded.metadata["images"] == "7"
    assert not loaded.generator.training


def test_another_face_models_file_is_refused(path: Path, tmp_path: Path) -> None:
    tensors, metadata = load_weights(path)
    save_weights(tmp_path / "other", tensors, metadata | {"face_model": "other"})
    with pytest.raises(StoreError, match="another face model"):
        load_generator(tmp_path / "other")
    save_weights(tmp_path / "kind", tensors, metadata | {"kind": "matte"})
    with pytest.raises(StoreError, match="no generator"):
        load_generator(tmp_path / "kind")
    save_weights(tmp_path / "version", tensors, metadata | {"version": "1"})
    with pytest.raises(StoreError, match="another version of Mien; write it again"):
        load_generator(tmp_path / "version")
    del tensors["noise_prior.slope"]
    save_weights(tmp_path / "part", tensors, metadata)
    with pytest.raises(StoreError, match="incomplete"):
        load_generator(tmp_path / "part")


def test_noise_prior_finds_the_line_and_the_spread() -> None:
    rng = np.random.default_rng(3)
    slope, offset = rng.normal(size=(2, 160)) * 0.1, np.array([1.0, -2.0])
    factor = np.array([[0.5, 0.0], [0.3, 0.2]])
    people = rng.normal(size=(20000, 160))
    codes = people @ slope.T + offset + rng.normal(size=(20000, 2)) @ factor.T
    prior = NoisePrior.fit(people, codes)
    np.testing.assert_allclose(prior.slope, slope, atol=0.02)
    np.testing.assert_allclose(prior.offset, offset, atol=0.02)
    np.testing.assert_allclose(prior.factor @ prior.factor.T, factor @ factor.T, atol=0.02)


def test_noise_prior_truncated_to_nothing_is_its_mean() -> None:
    rng = np.random.default_rng(3)
    prior = NoisePrior.fit(rng.normal(size=(30, 160)), rng.normal(size=(30, 4)))
    face = FaceParameters(identity=np.ones(80, np.float32))
    np.testing.assert_array_equal(prior.sample(rng, face, 0.0), prior.mean(face))
    drawn = np.stack([prior.sample(rng, face) for _ in range(4000)])
    np.testing.assert_allclose(drawn.mean(0), prior.mean(face), atol=0.1)
