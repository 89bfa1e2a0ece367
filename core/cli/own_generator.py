"""mien train from-photos: from a folder of photos to a generator of one's own."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from core.cli.portrait_folder import make_portraits
from core.errors import ParameterError
from models.training import generator_pool
from models.training.generator import train
from models.training.generator.checkpoint import checkpoint_size
from models.training.split import held_out

FEWEST_PEOPLE = 20
# Figures and sheets need so many held-out people; with fewer they show the training people.
FEWEST_HELD_OUT = 2
# Each size's share of the time: the small one learns most for the least.
SHARES = {64: 0.4, 128: 0.6}
SHARES_LARGE = {64: 0.2, 128: 0.35, 256: 0.45}
WEIGHTS = "generator.safetensors"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `train from-photos`."""
    add = parser.add_argument
    add("photos", nargs="+", type=Path, metavar="PHOTO", help="photos or folders of them")
    add("--out", type=Path, required=True, metavar="DIR", help="folder for all that is made")
    add("--minutes", type=float, default=240, help="time for the generator's own training")
    add("--size", type=int, choices=(128, 256), help="side of the pictures: 256 on a graphics card")
    add("--batch", type=int, help="pictures a step; 64 on a graphics card, else 16")
    add("--width", type=int, default=96, help="channels of the coarse layers")
    add(
        "--adversarial",
        type=float,
        default=0.0,
        help="weight of the adversary, which needs hours on a graphics card",
    )
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")


def run(args: argparse.Namespace) -> int:
    """Every stage in turn; what is done already is kept, so the same line goes on.

    Raises ParameterError when the photos show too few people.
    """
    large = args.device.startswith("cuda")
    size = args.size or (256 if large else 128)
    portraits = args.out / "portraits"
    people = make_portraits(args.photos, portraits)
    if people < FEWEST_PEOPLE:
        raise ParameterError(
            f"Only {people} usable faces were found; give photos of {FEWEST_PEOPLE} people or more."
        )
    pools: dict[str, list[str]] = {"pool": []}
    if sum(held_out(p.stem) for p in (portraits / "train").iterdir()) >= FEWEST_HELD_OUT:
        pools["held"] = ["--held-out", "--views", "3"]
    for name, options in pools.items():
        if not (args.out / name / generator_pool.POOL_FILE).exists():
            folder = ["--portraits", str(portraits), "--out", str(args.out / name)]
            _call(generator_pool, [*folder, "--size", str(size), *options])
    for side, share in (SHARES_LARGE if size == 256 else SHARES).items():
        if side >= checkpoint_size(args.out / "run" / "checkpoint"):
            _train(args, side, args.minutes * share, last=side == size)
    print(f"Open Mien on it: MIEN_GENERATOR={args.out / WEIGHTS} python main.py")
    return 0


def _train(args: argparse.Namespace, size: int, minutes: float, last: bool) -> None:
    """One size; goes on from the checkpoint of the sizes before, or of this one."""
    run = args.out / "run"
    held = args.out / "held"
    options = [
        "--data", str(args.out / "pool"), "--out", str(run), "--size", str(size),
        "--minutes", f"{minutes:.2f}", "--device", args.device,
        "--batch", str(args.batch or (64 if args.device.startswith("cuda") else 16)),
        "--adversarial", str(args.adversarial), "--width", str(args.width),
    ]  # fmt: skip
    if held.is_dir():
        options += ["--held", str(held)]
    if checkpoint_size(run / "checkpoint"):
        options.append("--resume")
    if last:
        options += ["--settle", "--weights-out", str(args.out / WEIGHTS)]
    _call(train, options)


def _call(module: object, options: list[str]) -> None:
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)  # type: ignore[attr-defined]
    module.run(parser.parse_args(options))  # type: ignore[attr-defined]
