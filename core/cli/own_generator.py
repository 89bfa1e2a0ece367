"""mien train from-photos: from a folder of photos to a generator of one's own."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from core.cli.portrait_folder import keep_only, make_portraits
from core.errors import ParameterError
from core.files import write_file
from models.training import generator_pool
from models.training.generator import train
from models.training.generator.checkpoint import checkpoint_size
from models.training.origin import add_origin
from models.training.split import held_out

FEWEST_PEOPLE = 20
# Figures and sheets need so many held-out people; with fewer they show the training people.
FEWEST_HELD_OUT = 2
# Each size's share of the time: the small one learns most for the least.
SHARES = {64: 0.4, 128: 0.6}
SHARES_LARGE = {64: 0.2, 128: 0.35, 256: 0.45}
WEIGHTS = "generator.safetensors"
# Beside a pool: the side of its pictures, and whom they show.
PEOPLE = "people.txt"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `train from-photos`."""
    add = parser.add_argument
    add("photos", nargs="+", type=Path, metavar="PHOTO", help="photos or folders of them")
    add("--out", type=Path, required=True, metavar="DIR", help="folder for all that is made")
    add(
        "--minutes", type=float, default=240, help="of the generator's own training, over all calls"
    )
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
    add_origin(parser)


def run(args: argparse.Namespace) -> int:
    """Every stage in turn; what is done already is kept, so the same line goes on.

    Raises ParameterError when the photos show too few people.
    """
    large = args.device.startswith("cuda")
    size = args.size or (256 if large else 128)
    portraits = args.out / "portraits"
    people = make_portraits(args.photos, portraits)
    if len(people) < FEWEST_PEOPLE:
        raise ParameterError(
            f"Only {len(people)} usable faces were found; give photos of {FEWEST_PEOPLE} people "
            "or more."
        )
    gone = keep_only(portraits, people)
    if gone:
        print(f"{gone} people are left out now: their photos are gone or have changed.")
    held = [p for p in people if held_out(p)]
    others = [p for p in people if not held_out(p)]
    changed = _draw(args.out, "pool", others, size, [])
    enough = held if len(held) >= FEWEST_HELD_OUT else []
    changed |= _draw(args.out, "held", enough, size, ["--held-out", "--views", "3"])
    if changed and checkpoint_size(args.out / "run" / "checkpoint"):
        print(
            "The generator goes on with these people for the minutes that are left; give more "
            f"--minutes, or delete {args.out / 'run'} to train it anew."
        )
    for side, share in (SHARES_LARGE if size == 256 else SHARES).items():
        if side >= checkpoint_size(args.out / "run" / "checkpoint"):
            _train(args, side, args.minutes * share, last=side == size)
    print(f"Open Mien on it: MIEN_GENERATOR={args.out / WEIGHTS} python main.py")
    return 0


def _draw(out: Path, name: str, people: list[str], size: int, options: list[str]) -> bool:
    """Draws the pictures of a pool unless it holds those of just these people.

    Returns whether it held those of others. Raises OutputError.
    """
    pool, record = (out / name / n for n in (generator_pool.POOL_FILE, PEOPLE))
    wanted = "\n".join([str(size), *sorted(people)])
    there = pool.exists()
    if there and record.is_file() and record.read_text(encoding="utf-8") == wanted:
        return False
    if there:
        print(f"The people or the size of {pool} have changed; it is made anew.")
        pool.unlink()
    if people:
        folders = ["--portraits", str(out / "portraits"), "--out", str(out / name)]
        _call(generator_pool, [*folders, "--size", str(size), *options])
        write_file(record, wanted.encode(), overwrite=True)
    return there


def _train(args: argparse.Namespace, size: int, minutes: float, last: bool) -> None:
    """One size; goes on from the checkpoint of the sizes before, or of this one."""
    run = args.out / "run"
    held = args.out / "held"
    options = [
        "--data", str(args.out / "pool"), "--out", str(run), "--size", str(size),
        "--minutes", f"{minutes:.2f}", "--device", args.device,
        "--batch", str(args.batch or (64 if args.device.startswith("cuda") else 16)),
        "--adversarial", str(args.adversarial), "--width", str(args.width),
        "--licence", args.licence, "--credit", args.credit,
    ]  # fmt: skip
    if (held / generator_pool.POOL_FILE).exists():
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
