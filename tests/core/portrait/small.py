"""A small generator with random weights."""

from __future__ import annotations

import numpy as np
import torch

from models.networks.generator import Generator, GeneratorSpec, NoiseEncoder
from models.networks.generator_store import LoadedGenerator, NoisePrior


def small_generator(seed: int = 0) -> LoadedGenerator:
    """32² at width 16; the rig and the renders show in its pictures."""
    torch.manual_seed(seed)
    spec = GeneratorSpec(size=32, width=16, noise=8, w=16)
    generator = Generator(spec).eval()
    generator.mapping.rig_deviation.fill_(100.0)
    with torch.no_grad():
        for to_rgb in generator.synthesis.to_rgb:
            to_rgb.weight.mul_(0.3)
    rng = np.random.default_rng(seed)
    prior = NoisePrior(
        0.02 * rng.standard_normal((8, 160)), np.zeros(8), np.eye(8, dtype=np.float32)
    )
    return LoadedGenerator(spec, generator, NoiseEncoder(spec).eval(), {}, prior)
