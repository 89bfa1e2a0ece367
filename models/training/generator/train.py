"""`train generator`: the generator from a pool of pictures; it survives being stopped."""

from __future__ import annotations

import argparse
import copy
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed as dist

from models.networks.generator import GeneratorSpec
from models.networks.generator_store import save_generator
from models.networks.perception import DEFAULT_WEIGHTS as PERCEPTION
from models.networks.perception import PerceptionNetwork
from models.training.generator.checkpoint import load_checkpoint, save_checkpoint
from models.training.generator.data import Batches, Rows, to_batch
from models.training.generator.guidance import Guidance
from models.training.generator.samples import (
    Painter,
    edits_sheet,
    noise_prior,
    pair_error,
    pose_error,
    save_sheet,
    seeds_sheet,
)
from models.training.generator.trainer import Drawing, GeneratorTrainer, Recipe
from models.training.generator_pool import GeneratorPool
from models.training.loop import Stateful, TrainingLoop
from models.training.origin import add_origin, origin_of
from models.training.stream import stream

# Share of the rows that are drawn at a λ that no picture shows, once there is an adversary.
FREE_SHARE = 0.33
# Share of a run in which the learning rate falls to nothing at its end.
SETTLING = 0.4
STAGES = {1: ("adversarial", "imitative"), 2: ("adversarial", "imitative", "contrastive")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    add = parser.add_argument
    add("--data", type=Path, nargs="+", required=True, metavar="DIR",
        help="pool to train on, and others of the same portraits")  # fmt: skip
    add("--held", type=Path, metavar="DIR", help="pool of held-out people, for sheets and figures")
    add("--out", type=Path, required=True, metavar="DIR", help="folder of checkpoint and sheets")
    add("--weights-out", type=Path, metavar="FILE", help="weights file to write at the end")
    add("--label", default="preview", help="what the weights file calls itself")
    add("--resume", action="store_true", help="go on; a larger --size grows the networks")
    add("--size", type=int, default=128, choices=(64, 128, 256), help="side of the pictures, px")
    add("--width", type=int, default=96, help="channels of the coarse layers")
    add("--batch", type=int, default=16, help="pictures a step and process")
    add("--minutes", type=float, help="stop after so long at this size")
    add("--kimg", type=float, default=20000, help="stop after so many thousand pictures")
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    add("--workers", type=int, default=1, help="processes that prepare batches")
    add("--rate", type=float, default=2e-3, help="learning rate")
    add("--settle", action="store_true", help="let the learning rate fall at the end")
    add("--gamma", type=float, default=4.0, help="weight of R1 and R2 at the start")
    add("--quiet", type=float, default=25, help="thousand pictures before the adversary comes in")
    add("--adversarial", type=float, default=1.0, help="weight of the adversary")
    add("--judged", type=float, default=1.0, help="share of a batch that the adversary sees")
    add("--logistic", action="store_true", help="plain logistic adversary with R1 alone")
    add("--losses", nargs="+", default=["adversarial"], help="which beside the pairs",
        choices=("adversarial", "imitative", "contrastive"))  # fmt: skip
    add("--stage", type=int, choices=(1, 2), help="1: adversarial and imitative; 2: all three")
    add("--every", type=float, default=240, help="seconds between sheets")
    add_origin(parser)


def run(args: argparse.Namespace) -> int:
    """Train, then write the weights if asked to; a termination signal saves, then ends it."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    torch.set_num_threads(1)
    device, rank = _join(args.device)
    # Every process begins with the same weights.
    torch.manual_seed(0)
    pool = GeneratorPool.open(*args.data)
    losses = STAGES.get(args.stage, tuple(args.losses))
    adversarial = args.adversarial if "adversarial" in losses else 0.0
    recipe = Recipe(
        rate=args.rate, penalty=(args.gamma, min(args.gamma, 1.0)), quiet=args.quiet,
        adversarial=adversarial, judged=args.judged, relativistic=not args.logistic,
    )  # fmt: skip
    guidance = _guidance(losses, device)
    trainer = GeneratorTrainer(GeneratorSpec(args.size, args.width), recipe, device, guidance)
    if not args.resume:
        trainer.begin(torch.from_numpy(pool.rig))
    torch.manual_seed(time.time_ns() + rank)
    held = GeneratorPool.open(args.held) if args.held else pool
    watch = Watch(args.out, held, pool, args.size, args.every) if rank == 0 else None
    batches = Batches(args.data, args.size, args.batch, [time.time_ns(), rank],
                      twins="contrastive" in losses)  # fmt: skip
    rows = stream(batches, args.workers, pinned=device.type == "cuda")

    def step(index: int, progress: float) -> dict[str, float]:
        batches.free_share.fill_(FREE_SHARE if recipe.onset(trainer.kimg) else 0)
        share = min(1.0, (1 - progress) / SETTLING) if args.settle else 1.0
        shown = trainer.step(to_batch(next(rows), device), share)
        if watch is not None:
            watch.look(trainer)
        return shown

    steps = int(args.kimg * 1000 / (args.batch * _world()))
    loop = GeneratorLoop(args.out / "checkpoint", steps, args.minutes, trainer=trainer, rank=rank)
    loop.run({}, step, args.resume)
    if watch is not None:
        watch.look(trainer, now=True)
        if args.weights_out:
            export(args.weights_out, trainer, pool, args.label, origin_of(args))
    if dist.is_initialized():
        dist.destroy_process_group()
    return 0


@dataclass(kw_only=True)
class GeneratorLoop(TrainingLoop):
    """The training loop with checkpoints that can grow; only the first process writes them."""

    trainer: GeneratorTrainer
    rank: int = 0

    def _progress(self, done: int, seconds: float) -> float:
        """The first process's, so that all end at the same step."""
        progress = torch.tensor(super()._progress(done, seconds), device=self.trainer.device)
        if dist.is_initialized():
            dist.broadcast(progress, 0)
        return float(progress)

    def _save(self, parts: Mapping[str, Stateful], done: int, seconds: float) -> None:
        if self.rank == 0:
            save_checkpoint(self.checkpoint, self.trainer, done, seconds)

    def _restore(self, parts: Mapping[str, Stateful]) -> tuple[int, float]:
        return load_checkpoint(self.checkpoint, self.trainer)


class Watch:
    """Sheets and figures of the averaged networks, now and then."""

    def __init__(
        self, out: Path, held: GeneratorPool, pool: GeneratorPool, size: int, every: float
    ) -> None:
        self.out, self.held, self.pool, self.every = out, held, pool, every
        self._rows = Rows(held, size)
        self._next = 0.0
        self._lowest = float("inf")
        self._perception = PerceptionNetwork.load() if PERCEPTION.is_file() else None

    def look(self, trainer: GeneratorTrainer, now: bool = False) -> None:
        """Draw and measure when it is time."""
        if time.monotonic() < self._next and not now:
            return
        painter = Painter(averaged(trainer), self._rows, trainer.device)
        prior = noise_prior(painter, self.held)
        name = f"{trainer.spec.size}-{trainer.images // 1000:05d}"
        save_sheet(self.out / "samples" / f"{name}-edits.png", edits_sheet(painter, self.held))
        seeds = seeds_sheet(painter, self.pool, prior)
        save_sheet(self.out / "samples" / f"{name}-seeds.png", seeds)
        error = pair_error(painter, self.held)
        shown = f"{trainer.kimg:.1f} kimg  held-out pairs {error:.4f}"
        if self._perception is not None:
            shown += f"  pose {pose_error(painter, self.held, self._perception):.2f} degrees"
        print(shown, file=sys.stderr, flush=True)
        if error < self._lowest:
            self._lowest = error
            save_checkpoint(self.out / "best", trainer, 0, 0.0)
        self._next = time.monotonic() + self.every


def averaged(trainer: GeneratorTrainer) -> Drawing:
    """The running average as networks that draw."""
    drawing = Drawing(trainer.spec)
    drawing.load_state_dict(trainer.average.values)
    return drawing.eval().to(trainer.device, memory_format=torch.channels_last)


def export(
    path: Path,
    trainer: GeneratorTrainer,
    pool: GeneratorPool,
    label: str,
    origin: Mapping[str, str],
) -> None:
    """Write the averaged networks with the noise prior of all training photos."""
    drawing = averaged(trainer)
    painter = Painter(drawing, Rows(pool, trainer.spec.size), trainer.device)
    prior = noise_prior(painter, pool)
    notes = {"images": str(trainer.images), **origin}
    save_generator(path, drawing.generator, drawing.encoder, prior, label, notes)
    print(f"{path}: {os.path.getsize(path) / 1e6:.1f} MB, {trainer.kimg:.0f} thousand pictures")


def _guidance(losses: tuple[str, ...], device: torch.device) -> Guidance | None:
    if not {"imitative", "contrastive"} & set(losses):
        return None
    module = copy.deepcopy(PerceptionNetwork.load().module)
    return Guidance(module.to(device), 2 if "contrastive" in losses else 1)


def _join(device: str) -> tuple[torch.device, int]:
    """This process's device and rank; torchrun's environment makes it one of several."""
    torch.backends.cudnn.benchmark = True
    torch.set_float32_matmul_precision("high")
    if "RANK" not in os.environ:
        return torch.device(device), 0
    dist.init_process_group("nccl" if device == "cuda" else "gloo")
    if device == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        return torch.device("cuda", int(os.environ["LOCAL_RANK"])), dist.get_rank()
    return torch.device(device), dist.get_rank()


def _world() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1
