"""Checkpoints of a generator's training: one folder, written whole or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from models.files.store import load_weights, save_weights
from models.networks.generator import GeneratorSpec
from models.training.generator.straighten import straightened
from models.training.generator.trainer import Drawing, GeneratorTrainer
from models.training.loop import MovingAverage

PARTS = ("drawing", "average", "discriminator")
# Larger parts are kept in half precision, so that a file stays small enough to be carried.
_LARGEST = 15_000_000


def save_checkpoint(folder: Path, trainer: GeneratorTrainer, done: int, seconds: float) -> None:
    """Write all that training goes on from: no optimiser (β1 = 0 forgets by itself)."""
    state = {
        **trainer.spec.as_text(),
        "images": str(trainer.images),
        "averaged": str(trainer.average.steps),
        "done": str(done),
        "seconds": str(seconds),
    }
    new = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    values = {
        "drawing": trainer.drawing.state_dict(),
        "average": trainer.average.values,
        "discriminator": trainer.discriminator.state_dict(),
    }
    for name in PARTS:
        save_weights(new / f"{name}.safetensors", _arrays(values[name]), state)
    old = folder.with_name(f"{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.is_dir():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def load_checkpoint(folder: Path, trainer: GeneratorTrainer) -> tuple[int, float]:
    """Put a checkpoint into the trainer; returns the steps done and the seconds trained.

    A checkpoint of smaller pictures is grown: (0, 0.0) then, as the new size begins. Raises
    FileNotFoundError and ValueError with a clear sentence.
    """
    # Killed between the two moves of a save, the finished new one is there alone.
    found = folder if folder.is_dir() else folder.with_name(f"{folder.name}.new")
    if not found.is_dir():
        raise FileNotFoundError(f"{folder} is missing; train without --resume first.")
    loaded = {name: load_weights(found / f"{name}.safetensors") for name in PARTS}
    state = loaded["drawing"][1]
    spec = GeneratorSpec.from_text(state)
    added = len(trainer.spec.resolutions) - len(spec.resolutions)
    if added < 0 or (spec.width, spec.noise, spec.w) != (
        trainer.spec.width, trainer.spec.noise, trainer.spec.w,
    ):  # fmt: skip
        raise ValueError(f"{found} holds {spec}: it cannot become {trainer.spec}.")
    tensors = {name: straightened(_tensors(arrays)) for name, (arrays, _) in loaded.items()}
    _quieten(trainer.drawing, added)
    averaged = Drawing(trainer.spec)
    averaged.load_state_dict(trainer.drawing.state_dict())
    _fill(trainer.drawing, tensors["drawing"])
    _fill(averaged, tensors["average"])
    _fill(trainer.discriminator, _moved_up(tensors["discriminator"], added))
    trainer.average = MovingAverage(averaged.to(trainer.device))
    trainer.average.steps = int(state["averaged"])
    trainer.images = int(state["images"])
    return (int(state["done"]), float(state["seconds"])) if added == 0 else (0, 0.0)


def checkpoint_size(folder: Path) -> int:
    """Side of the pictures that a checkpoint draws, px; 0 without one."""
    found = folder if folder.is_dir() else folder.with_name(f"{folder.name}.new")
    part = found / "drawing.safetensors"
    return GeneratorSpec.from_text(load_weights(part)[1]).size if part.is_file() else 0


def _arrays(values: dict[str, Tensor]) -> dict[str, np.ndarray]:
    size = sum(v.numel() * 4 for v in values.values())
    kind = torch.float16 if size > _LARGEST else torch.float32
    return {name: v.detach().to("cpu", kind).numpy() for name, v in values.items()}


def _tensors(arrays: dict[str, np.ndarray]) -> dict[str, Tensor]:
    return {name: torch.from_numpy(v.astype(np.float32)) for name, v in arrays.items()}


def _fill(module: nn.Module, values: dict[str, Tensor]) -> None:
    """Copy what the module has too; what a growth added keeps its start values."""
    own = module.state_dict()
    for name, value in values.items():
        # Files know no single numbers: those come back as one in a row.
        if name in own and own[name].shape in (value.shape, value.squeeze().shape):
            own[name].copy_(value.view_as(own[name]))


def _moved_up(values: dict[str, Tensor], added: int) -> dict[str, Tensor]:
    """A discriminator's values for one that sees finer pictures: new blocks come first."""
    if added == 0:
        return values
    out = {}
    for name, value in values.items():
        parts = name.split(".")
        if parts[:2] == ["trunk", "blocks"]:
            parts[2] = str(int(parts[2]) + added)
        if parts[:2] != ["trunk", "first"]:
            out[".".join(parts)] = value
    return out


@torch.no_grad()
def _quieten(drawing: nn.Module, added: int) -> None:
    """New resolutions of the generator start as the enlarged picture."""
    if added:
        for layer in drawing.generator.synthesis.to_rgb[-added:]:
            layer.weight.zero_()
            layer.bias.zero_()
