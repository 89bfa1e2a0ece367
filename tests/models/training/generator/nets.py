"""Tiny networks and batches for the trainer's tests."""

from __future__ import annotations

import torch

from models.networks.generator import GeneratorSpec
from models.training.generator.data import Batch
from models.training.generator.trainer import GeneratorTrainer, Recipe

RECIPE = Recipe(quiet=-1, ramp=0, warm=3, penalty_every=4)


def tiny_trainer(size: int = 16, seed: int = 0, recipe: Recipe = RECIPE) -> GeneratorTrainer:
    """A trainer of networks of 16 channels, begun on random λ."""
    torch.manual_seed(seed)
    trainer = GeneratorTrainer(GeneratorSpec(size, 16, 4, 8), recipe, torch.device("cpu"))
    trainer.begin(torch.randn(50, 241))
    return trainer


def smooth_batch(count: int = 8, size: int = 16, seed: int = 0) -> Batch:
    """Pictures that are a linear picture of their maps: easy to learn."""
    generator = torch.Generator().manual_seed(seed)
    maps = torch.nn.functional.interpolate(
        torch.randn(count, 7, 4, 4, generator=generator), size=(size, size), mode="bilinear"
    )
    real = 0.5 * maps[:, :3]
    rig = torch.randn(count, 241, generator=generator)
    valid, paired = torch.ones(count, 1, size, size), torch.ones(count)
    return Batch(real, maps, real, maps, valid, rig, maps, paired, torch.zeros(count, 478, 2))
