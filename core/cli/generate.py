"""mien generate: pictures of people who do not exist."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import cv2
import numpy as np

from core.cli.export_options import add_export_options, export_options
from core.cli.rig_options import add_rig_options, parameters_from
from core.document.project import Project
from core.document.state import EditState, PersonState
from core.errors import OutputError, ParameterError
from core.files import make_folder
from models.face.parameters import FaceParameters

SMALLEST, LARGEST = 16, 4096
MOST_PEOPLE = 100_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `generate`."""
    parser.add_argument(
        "--seed", type=int, required=True, metavar="N", help="which person, a number from 0 on"
    )
    parser.add_argument(
        "--count", type=int, default=1, metavar="K",
        help="so many people, those of the seeds N, N + 1, … (default 1)",
    )  # fmt: skip
    parser.add_argument(
        "--truncation", type=float, default=1.0, metavar="P",
        help="0 draws the mean person, 1 the whole variety (default 1)",
    )  # fmt: skip
    parser.add_argument(
        "--size", type=int, metavar="S",
        help="the pictures' side in pixels, resized to it (default: as the generator draws them)",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace files of the same name in DIR"
    )
    add_rig_options(parser)
    add_export_options(parser)


def run(args: argparse.Namespace) -> int:
    """Draws and writes DIR/seed<N>.png for each seed; returns 0. Raises MienError."""
    paths = _checked(args)
    from core.export.picture import export_picture, generated_photo
    from core.portrait.people import People
    from core.portrait.runtime import Runtime

    runtime = Runtime.load(exact=True)
    people = People(runtime.loaded.noise_prior)
    for seed, path in paths.items():
        person = people.person(seed, args.truncation)
        parameters = parameters_from(args, person.parameters)
        picture = runtime.draw(parameters, person.noise, final=True)
        state = PersonState(person.parameters, person.noise, seed, args.truncation)
        options = export_options(args, Project(edits={0: EditState(parameters)}, person=state))
        photo = generated_photo(resized(picture, args.size), {"Seed": str(seed)})
        print(export_picture(photo, path, options, runtime.key, args.overwrite), flush=True)
    return 0


def _checked(args: argparse.Namespace) -> dict[int, Path]:
    """The file of each seed; refuses wrong options before any work. Raises MienError."""
    if args.seed < 0:
        raise ParameterError("--seed cannot be negative; give a number from 0 on.")
    if not 1 <= args.count <= MOST_PEOPLE:
        raise ParameterError(
            f"--count cannot be {args.count}; give a number from 1 to {MOST_PEOPLE:,}."
        )
    if not 0 <= args.truncation <= 1:
        raise ParameterError(
            f"--truncation cannot be {args.truncation:g}; give a value from 0 to 1."
        )
    if args.size is not None and not SMALLEST <= args.size <= LARGEST:
        raise ParameterError(
            f"--size cannot be {args.size}; give a number from {SMALLEST} to {LARGEST}."
        )
    parameters_from(args, FaceParameters())
    export_options(args)
    folder = make_folder(args.out)
    paths = {seed: folder / f"seed{seed}.png" for seed in range(args.seed, args.seed + args.count)}
    for path in paths.values():
        if os.path.lexists(path) and not args.overwrite:
            raise OutputError(f"{path} exists already; choose another --out or add --overwrite.")
    return paths


def resized(picture: np.ndarray, size: int | None) -> np.ndarray:
    """The picture (S, S, 3) uint8 at another side, as it is for None."""
    if size is None or size == len(picture):
        return picture
    way = cv2.INTER_AREA if size < len(picture) else cv2.INTER_CUBIC
    return cv2.resize(picture, (size, size), interpolation=way)
