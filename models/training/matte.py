"""`train matte`: the person matte from portraits with masks."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from models.files.store import save_weights
from models.networks.matte import MatteNet, MatteNetwork
from models.training.loop import MovingAverage, TrainingLoop, cosine_rate
from models.training.matte_check import held_out_people, measure
from models.training.matte_data import Person, load_people, sample
from models.training.origin import add_origin, origin_of
from models.training.split import held_out

BATCH = 20
RATE = 2.5e-3
SEED = 20
# Held-out people measured in each folder at the end.
MEASURED = 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "--portraits",
        type=Path,
        nargs="+",
        required=True,
        help="folders with train/, masks/ and landmarks.npz",
    )
    parser.add_argument("--out", type=Path, required=True, help="weights file to write")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    parser.add_argument("--minutes", type=float, default=None, help="stop after so many minutes")
    parser.add_argument("--steps", type=int, default=6000, help="stop after so many steps")
    parser.add_argument(
        "--checkpoint", type=Path, default=None, help="default: beside --out, ending in .ckpt"
    )
    add_origin(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train, write the averaged weights, measure them on held-out people; the exit status."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    people = training_people(arguments.portraits)
    print(f"{len(people)} people", file=sys.stderr, flush=True)
    trainer = MatteTrainer(people)
    loop = TrainingLoop(
        arguments.checkpoint or arguments.out.with_suffix(".ckpt"),
        arguments.steps,
        arguments.minutes,
    )
    parts = {"net": trainer.net, "optimiser": trainer.optimiser, "average": trainer.average}
    done = loop.run(parts, trainer.step, arguments.resume)
    tensors = {
        name: value.numpy().astype(np.float16)
        for name, value in trainer.average.values.items()
        if value.is_floating_point()
    }
    metadata = {"kind": "matte", "steps": str(done), **origin_of(arguments)}
    save_weights(arguments.out, tensors, metadata)
    network = MatteNetwork.load(arguments.out)
    for folder in arguments.portraits:
        for name, score in measure(network, held_out_people(folder, MEASURED)).items():
            print(f"{folder.name}, {name}: {score}")
    return 0


def training_people(folders: list[Path]) -> list[Person]:
    """Everyone in the folders who is not held out."""
    people: list[Person] = []
    for folder in folders:
        names = {path.stem for path in (folder / "train").glob("*.jpg")}
        people += load_people(folder, {name for name in names if not held_out(name)})
    return people


def matte_loss(logits: Tensor, target: Tensor) -> dict[str, Tensor]:
    """Terms of the loss from logits (N, 1, S, S) and target (N, 2, S, S), alpha and weight."""
    alpha, weight = target[:, :1], target[:, 1:]
    # Edges count more: most pixels are plainly in or out.
    unsure = nn.functional.max_pool2d(4 * alpha * (1 - alpha), 5, 1, 2)
    weight = weight * (1 + 3 * unsure)
    total = weight.sum()
    guess = torch.sigmoid(logits)
    entropy = nn.functional.binary_cross_entropy_with_logits(logits, alpha, weight, reduction="sum")
    return {
        "bce": entropy / total,
        "l1": (weight * (guess - alpha).abs()).sum() / total,
        "slope": _slope_error(guess, alpha, weight),
    }


def _slope_error(guess: Tensor, alpha: Tensor, weight: Tensor) -> Tensor:
    """L1 between the two mattes' differences along x and y."""
    error = guess - alpha
    across = (weight[..., 1:] * (error[..., 1:] - error[..., :-1]).abs()).mean()
    down = (weight[..., 1:, :] * (error[..., 1:, :] - error[..., :-1, :]).abs()).mean()
    return across + down


class MatteTrainer:
    """Network, optimiser and running average, and what one step does with them."""

    def __init__(self, people: list[Person]) -> None:
        self.people = people
        self.net = MatteNet().to(memory_format=torch.channels_last)
        self.optimiser = torch.optim.AdamW(self.net.parameters(), RATE, weight_decay=0.02)
        self.average = MovingAverage(self.net)

    def step(self, index: int, progress: float) -> dict[str, float]:
        """One batch; its samples depend on the index alone, so that a resume goes on exactly."""
        rng = np.random.default_rng((SEED, index))
        batch = [sample(self.people, rng) for _ in range(BATCH)]
        inputs = torch.from_numpy(np.stack([s[0] for s in batch]))
        inputs = inputs.contiguous(memory_format=torch.channels_last)
        target = torch.from_numpy(np.stack([s[1] for s in batch]))
        for group in self.optimiser.param_groups:
            group["lr"] = cosine_rate(progress, RATE)
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.net(inputs)
        terms = matte_loss(logits.float(), target)
        loss = terms["bce"] + 2 * terms["l1"] + 2 * terms["slope"]
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        self.optimiser.step()
        self.average.update(self.net)
        return {name: float(value.detach()) for name, value in terms.items()}
