"""mien train: the face model and the networks, each by a module of its own."""

from __future__ import annotations

import argparse
import importlib

from core.cli import CommandParser
from core.errors import OutputError

# Command, module and one-line help; only the chosen module is imported.
TRAINERS: dict[str, tuple[str, str]] = {
    "from-photos": ("core.cli.own_generator", "train a generator on your photos, start to end"),
    "portraits": ("core.cli.portrait_folder", "make photos a portrait folder to train on"),
    "face-model": ("models.training.face_model.build", "build the 3D face model"),
    "landmarks": ("models.training.landmarks", "train the network that reads landmarks"),
    "matte": ("models.training.matte", "train the network that cuts out the person"),
    "perception": ("models.training.perception", "train the network that judges generated faces"),
    "generator-data": ("models.training.generator_pool", "make the generator's pictures"),
    "prior": ("models.training.prior", "learn how real portraits' rigs are spread"),
    "generator": ("models.training.generator.train", "train the generator"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the choice of a trainer; the rest of the line is the trainer's own."""
    lines = [f"{name}: {text}" for name, (_, text) in TRAINERS.items()]
    parser.epilog = "WHAT is one of " + "; ".join(lines) + ". Each has its own --help."
    parser.add_argument("what", choices=tuple(TRAINERS), metavar="WHAT")
    parser.add_argument("options", nargs=argparse.REMAINDER, help="of the trainer")


def run(args: argparse.Namespace) -> int:
    """Runs the chosen trainer with its options."""
    module_name, text = TRAINERS[args.what]
    module = importlib.import_module(module_name)
    trainer = CommandParser(
        prog=f"main.py train {args.what}", description=text[0].upper() + text[1:] + "."
    )
    module.add_arguments(trainer)
    trainer.add_argument("--overwrite", action="store_true", help="replace the weights file")
    options = trainer.parse_args(args.options)
    _protect(options)
    return int(module.run(options))


def _protect(options: argparse.Namespace) -> None:
    """Refuses before hours of work to write over weights, the shipped ones too.

    Raises OutputError.
    """
    if options.overwrite or any(getattr(options, o, False) for o in ("resume", "refine")):
        return
    for path in (options.out, getattr(options, "weights_out", None)):
        if path is not None and path.is_file():
            raise OutputError(f"{path} exists already; name another file or add --overwrite.")
