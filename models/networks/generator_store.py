"""Weights files of the generator: networks, noise prior, what they were made for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models.face.model import FaceModel
from models.files.store import save_weights
from models.networks.generator import Generator, GeneratorSpec, NoiseEncoder
from models.networks.generator_file import DEFAULT_WEIGHTS, KIND, VERSION, GeneratorFile, damaged
from models.networks.generator_file import NoisePrior as NoisePrior


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
    file = GeneratorFile.read(path)
    generator, encoder = Generator(file.spec), NoiseEncoder(file.spec)
    try:
        _fill(generator, file.weights("generator"))
        _fill(encoder, file.weights("encoder"))
    except RuntimeError as error:
        raise damaged(path) from error
    return LoadedGenerator(file.spec, generator, encoder, file.metadata, file.noise_prior)


def _fill(module: nn.Module, weights: dict[str, np.ndarray]) -> None:
    module.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    module.eval().requires_grad_(False).to(memory_format=torch.channels_last)
