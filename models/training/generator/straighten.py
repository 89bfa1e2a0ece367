"""Checkpoints from when λ and noise went through the mapping's layers together."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from models.face.rig_vector import RIG_SIZE
from models.networks.generator import Dense, activate

_NAME = "generator.mapping."
_DRAWS = 8000
# About the spread of λ among people, in the deviations that the mapping takes.
_SPREAD = 0.6


@torch.no_grad()
def straightened(values: dict[str, Tensor]) -> dict[str, Tensor]:
    """A drawing's values with a mapping that is straight in λ; any others as they are.

    w(λ, n) becomes w(0, n) + A λ + c, least squares over λ and n drawn from normals. There A is
    the mean of w's derivatives (Stein's lemma): the mean Δw of all companies, as in Eq. 10 of
    DiscoFaceGAN.
    """
    first = values.get(f"{_NAME}layers.0.weight")
    if first is None or f"{_NAME}straight.weight" in values:
        return values
    layers: list[Dense] = []
    while f"{_NAME}layers.{len(layers)}.weight" in values:
        name = f"{_NAME}layers.{len(layers)}"
        outputs, inputs = values[f"{name}.weight"].shape
        layers.append(Dense(inputs, outputs, rate=0.1))
        layers[-1].load_state_dict({k: values[f"{name}.{k}"] for k in ("weight", "bias")})
    noise = first.shape[1] - RIG_SIZE
    draws = torch.Generator().manual_seed(0)
    rig = _SPREAD * torch.randn(_DRAWS, RIG_SIZE, generator=draws)
    code = torch.randn(_DRAWS, noise, generator=draws)
    change = _through(layers, rig, code) - _through(layers, torch.zeros_like(rig), code)
    known = torch.cat([rig, torch.ones(_DRAWS, 1)], 1)
    answer = torch.linalg.lstsq(known.double(), change.double()).solution.float()
    straight = Dense(RIG_SIZE, first.shape[0], rate=0.1)
    return values | {
        f"{_NAME}layers.0.weight": first[:, RIG_SIZE:] * math.sqrt(noise / first.shape[1]),
        f"{_NAME}straight.weight": answer[:-1].T / straight.scale,
        f"{_NAME}straight.bias": answer[-1] / straight.rate,
    }


def _through(layers: Sequence[Dense], rig: Tensor, code: Tensor) -> Tensor:
    x = torch.cat([rig, code], 1)
    for layer in layers:
        x = activate(layer(x))
    return x
