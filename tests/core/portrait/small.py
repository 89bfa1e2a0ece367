"""A small generator with random weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from models.networks.generator import Generator, GeneratorSpec, NoiseEncoder


@dataclass(frozen=True)
class Loaded:
    """As load_generator answers."""

    spec: GeneratorSpec
    generator: Generator
    encoder: NoiseEncoder
    metadata: dict[str, str]
    noise_prior: Any = None


def small_generator(seed: int = 0) -> Any:
    """32² at width 16; the rig and the renders show in its pictures."""
    torch.manual_seed(seed)
    spec = GeneratorSpec(size=32, width=16, noise=8, w=16)
    generator = Generator(spec).eval()
    generator.mapping.rig_deviation.fill_(100.0)
    with torch.no_grad():
        for to_rgb in generator.synthesis.to_rgb:
            to_rgb.weight.mul_(0.3)
    return Loaded(spec, generator, NoiseEncoder(spec).eval(), {})
