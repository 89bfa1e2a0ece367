"""mien evaluate: a generator's figures and pictures, as the papers give them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from core.errors import OutputError, ParameterError
from core.export.picture import export_picture, generated_photo
from core.files import make_folder, write_file
from models.evaluation import sheets
from models.evaluation.measure import SET_SIZE, evaluate
from models.evaluation.report import CAPTIONS, markdown
from models.evaluation.subject import Subject
from models.networks.generator_store import load_generator
from models.networks.perception import PerceptionNetwork
from models.networks.prior import RigPrior
from models.training.generator_pool import GeneratorPool

REPORT = "report.md"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `evaluate`."""
    parser.add_argument("--checkpoint", type=Path, metavar="FILE",
                        help="generator weights (default: the shipped ones)")  # fmt: skip
    parser.add_argument("--data", type=Path, metavar="DIR",
                        help="pool of people held out, from 'train generator-data'")  # fmt: skip
    parser.add_argument("--train", type=Path, metavar="DIR",
                        help="pool of the training people, to look for the nearest")  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, metavar="DIR",
                        help=f"folder for {REPORT} and its pictures")  # fmt: skip
    parser.add_argument("--samples", type=int, default=240, metavar="N",
                        help="about how many pictures a figure takes (default 240)")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--overwrite", action="store_true", help="replace files of the same name")


def run(args: argparse.Namespace) -> int:
    """Measures, draws and writes; returns 0. Raises MienError."""
    if args.samples < 4 * SET_SIZE:
        raise ParameterError(
            f"--samples cannot be {args.samples}; give a number from {4 * SET_SIZE} on."
        )
    if args.seed < 0:
        raise ParameterError("--seed cannot be negative; give a number from 0 on.")
    folder = make_folder(args.out)
    taken = [name for name in (REPORT, *CAPTIONS) if (folder / name).exists()]
    if taken and not args.overwrite:
        raise OutputError(
            f"{folder / taken[0]} exists already; choose another --out or add --overwrite."
        )
    subject = Subject.of(load_generator(args.checkpoint), RigPrior.load())
    held, train = (None if f is None else GeneratorPool.open(f) for f in (args.data, args.train))
    figures = evaluate(
        subject, PerceptionNetwork.load(), args.samples, args.seed, held, train, _say
    )
    _say("drawing sheets")
    pictures = {
        "samples.png": sheets.samples,
        "interpolation.png": sheets.interpolation,
        "truncation.png": sheets.truncation,
        "stages.png": sheets.stages,
    }
    for name, draw in pictures.items():
        picture = draw(subject, np.random.default_rng(args.seed))
        export_picture(generated_photo(picture), folder / name, overwrite=args.overwrite)
    title = "Evaluation of " + (args.checkpoint.name if args.checkpoint else "the generator")
    text = markdown(figures, title)
    print(write_file(folder / REPORT, text.encode(), args.overwrite))
    return 0


def _say(text: str) -> None:
    print(f"{text} …", file=sys.stderr, flush=True)
