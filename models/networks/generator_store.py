"""Weights files of the generator: networks, noise prior, what they were made for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.files.store import StoreError, load_weights, save_weights
from models.networks.generator import Generator, GeneratorSpec, NoiseEncoder

DEFAULT_WEIGHTS = Path(__file__).parents[2] / "resources" / "generator.safetensors"
KIND = "mien generator"
VERSION = "1"


@dataclass(frozen=True)
class NoisePrior:
    """Which noise codes suit a person: noise | x ~ Normal(slope x + offset, factor factorᵀ).

    x is [identity, albedo] (160,); slope: (noise, 160); offset: (noise,); factor: (noise, noise).
    """

    slope: np.ndarray
    offset: np.ndarray
    factor: np.ndarray

    def mean(self, parameters: FaceParameters) -> np.ndarray:
        """(noise,) float32: the likeliest code of a person."""
        person = np.concatenate([parameters.identity, parameters.albedo])
        return (self.slope @ person + self.offset).astype(np.float32)

    def sample(
        self, rng: np.random.Generator, parameters: FaceParameters, truncation: float = 1.0
    ) -> np.ndarray:
        """(noise,) float32: a code for a person; truncation 0 gives the likeliest."""
        spread = self.factor @ rng.normal(size=len(self.offset))
        return (self.mean(parameters) + truncation * spread).astype(np.float32)

    @staticmethod
    def fit(people: np.ndarray, codes: np.ndarray, ridge: float = 100.0) -> NoisePrior:
        """Ridge regression of codes (N, noise) on people (N, 160), and the rest's covariance.

        Raises ValueError for fewer than two rows.
        """
        if len(people) < 2:
            raise ValueError(
                "A noise prior needs the codes of two people at least; give a pool of more."
            )
        x_mean, y_mean = people.mean(0), codes.mean(0)
        x, y = people - x_mean, codes - y_mean
        slope = np.linalg.solve(x.T @ x + ridge * np.eye(x.shape[1]), x.T @ y).T
        rest = y - x @ slope.T
        covariance = rest.T @ rest / (len(rest) - 1)
        jitter = 1e-6 * max(float(np.trace(covariance)) / len(covariance), 1e-6)
        factor = np.linalg.cholesky(covariance + jitter * np.eye(len(covariance)))
        return NoisePrior(
            slope.astype(np.float32),
            (y_mean - slope @ x_mean).astype(np.float32),
            factor.astype(np.float32),
        )


@dataclass(frozen=True)
class LoadedGenerator:
    """A generator ready to draw, on the CPU, in float32."""

    spec: GeneratorSpec
    generator: Generator
    encoder: NoiseEncoder
    metadata: dict[str, str]
    noise_prior: NoisePrior


def save_generator(
    path: Path | str,
    generator: Generator,
    encoder: NoiseEncoder,
    noise_prior: NoisePrior,
    label: str,
    notes: dict[str, str] | None = None,
) -> None:
    """Write the networks in half precision; label says how final they are. Raises OSError."""
    tensors = {}
    for name, module in (("generator", generator), ("encoder", encoder)):
        for key, value in module.state_dict().items():
            tensors[f"{name}.{key}"] = value.detach().cpu().numpy().astype(np.float16)
    # λ's scale in full: some of its deviations are small.
    for key in ("rig_mean", "rig_deviation"):
        tensors[f"generator.mapping.{key}"] = getattr(generator.mapping, key).cpu().numpy()
    for key in ("slope", "offset", "factor"):
        tensors[f"noise_prior.{key}"] = getattr(noise_prior, key)
    metadata = {
        "kind": KIND,
        "version": VERSION,
        "label": label,
        "face_model": FaceModel.load().hash,
        **generator.spec.as_text(),
        **(notes or {}),
    }
    save_weights(path, tensors, metadata)


def load_generator(path: Path | str | None = None) -> LoadedGenerator:
    """Read a weights file (cached). Raises StoreError with a clear sentence."""
    return _load(Path(path or DEFAULT_WEIGHTS))


@lru_cache(maxsize=2)
def _load(path: Path) -> LoadedGenerator:
    tensors, metadata = load_weights(path)
    if metadata.get("kind") != KIND or metadata.get("version") != VERSION:
        raise StoreError(f"{path} is no generator that this version reads; choose another file.")
    if metadata.get("face_model") != FaceModel.load().hash:
        raise StoreError(
            f"{path} was trained for another face model; train it again with 'train generator'."
        )
    try:
        spec = GeneratorSpec.from_text(metadata)
        generator, encoder = Generator(spec), NoiseEncoder(spec)
        _fill(generator, "generator.", tensors)
        _fill(encoder, "encoder.", tensors)
        fields = (tensors[f"noise_prior.{key}"] for key in ("slope", "offset", "factor"))
        prior = NoisePrior(*fields)
    except (KeyError, ValueError, RuntimeError) as error:
        raise StoreError(f"{path} is damaged or incomplete; restore it.") from error
    return LoadedGenerator(spec, generator, encoder, metadata, prior)


def _fill(module: nn.Module, prefix: str, tensors: dict[str, np.ndarray]) -> None:
    own = {
        name.removeprefix(prefix): torch.from_numpy(value.astype(np.float32))
        for name, value in tensors.items()
        if name.startswith(prefix)
    }
    module.load_state_dict(own)
    module.eval().requires_grad_(False).to(memory_format=torch.channels_last)
