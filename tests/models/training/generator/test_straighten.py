"""Checkpoints from when the mapping was curved go on with a straight one."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from models.face.rig_vector import RIG_SIZE
from models.files.store import load_weights, save_weights
from models.networks.generator import Dense, Mapping, activate
from models.training.generator.checkpoint import load_checkpoint, save_checkpoint
from models.training.generator.straighten import straightened
from tests.models.training.generator.nets import tiny_trainer

NAME = "generator.mapping."


def _layers(bias: float) -> list[Dense]:
    """Layers that take λ ⊕ 4 numbers to 8; with a large bias nothing in them bends."""
    torch.manual_seed(2)
    return [Dense(RIG_SIZE + 4, 8, bias, rate=0.1), *(Dense(8, 8, bias, 0.1) for _ in range(3))]


def _values(layers: list[Dense]) -> dict[str, Tensor]:
    return {
        f"{NAME}layers.{i}.{key}": value
        for i, layer in enumerate(layers)
        for key, value in layer.state_dict().items()
    }


def _curved(layers: list[Dense], rig: Tensor, code: Tensor) -> Tensor:
    x = torch.cat([rig, code], 1)
    for layer in layers:
        x = activate(layer(x))
    return x


def _draws(spread: float, count: int) -> tuple[Tensor, Tensor]:
    draws = torch.Generator().manual_seed(5)
    rig = spread * torch.randn(count, RIG_SIZE, generator=draws)
    return rig, torch.randn(count, 4, generator=draws)


def _in_units_of_one(mapping: Mapping) -> Mapping:
    mapping.rig_mean.zero_()
    mapping.rig_deviation.fill_(1)
    return mapping


@torch.no_grad()
def test_what_did_not_bend_stays_as_it_was(tmp_path: Path) -> None:
    layers = _layers(bias=30.0)
    save_checkpoint(tmp_path / "c", tiny_trainer(), 5, 1.0)
    for part in ("drawing", "average"):
        arrays, state = load_weights(tmp_path / "c" / f"{part}.safetensors")
        kept = {k: v for k, v in arrays.items() if f"{NAME}layers" not in k}
        kept = {k: v for k, v in kept.items() if f"{NAME}straight" not in k}
        kept |= {k: v.numpy() for k, v in _values(layers).items()}
        save_weights(tmp_path / "c" / f"{part}.safetensors", kept, state)
    trainer = tiny_trainer(seed=1)
    assert load_checkpoint(tmp_path / "c", trainer) == (5, 1.0)
    rig, code = _draws(0.6, 6)
    mapping = _in_units_of_one(trainer.drawing.generator.mapping)
    torch.testing.assert_close(mapping(rig, code), _curved(layers, rig, code), rtol=1e-3, atol=1e-2)


@torch.no_grad()
def test_of_a_curve_the_mean_of_all_derivatives_is_kept() -> None:
    layers = _layers(bias=0.0)
    mapping = _in_units_of_one(tiny_trainer().drawing.generator.mapping)
    made = straightened(_values(layers))
    mapping.load_state_dict({k.removeprefix(NAME): v for k, v in made.items()}, strict=False)
    rig, code = _draws(0.6, 20000)
    with torch.enable_grad():
        _curved(layers, rig.requires_grad_(), code)[:, 3].sum().backward()
    assert rig.grad is not None
    slope = mapping.straight.weight[3] * mapping.straight.scale
    assert (slope - rig.grad.mean(0)).norm() < 0.2 * slope.norm()
    # What noise does at λ = 0 is kept to a constant.
    still = torch.zeros_like(rig)
    rest = mapping(still, code) - _curved(layers, still, code)
    torch.testing.assert_close(rest, rest[:1].expand_as(rest), rtol=0, atol=1e-4)


def test_what_is_straight_is_left_alone() -> None:
    values = tiny_trainer().drawing.state_dict()
    assert straightened(values) is values
