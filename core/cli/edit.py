"""mien edit: the real pixels of photos, with the rig moved."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.cli.batch import OutputNames, add_batch_options, for_each
from core.cli.rig_options import add_rig_options, blended, parameters_from
from core.errors import FaceError, ParameterError
from core.photo.load import Photo, load_photo
from core.photo.save import save_photo, suffix_for
from models.face.parameters import FaceParameters

if TYPE_CHECKING:
    from models.face.fitting import FaceFit

FORMATS = {"png": ".png", "jpg": ".jpg", "webp": ".webp", "tif": ".tif"}


@dataclass(frozen=True)
class References:
    """What other photos lend: light (9, 3) and expression (51,), or None."""

    light: np.ndarray | None
    expression: np.ndarray | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `edit`."""
    add_batch_options(parser)
    add_rig_options(parser)
    edit = parser.add_argument_group("edit")
    edit.add_argument(
        "--relative", action="store_true",
        help="--yaw, --pitch and --roll turn the head from where it is",
    )  # fmt: skip
    edit.add_argument("--frontalize", action="store_true", help="turn the head to the camera")
    edit.add_argument("--light-from", type=Path, metavar="PHOTO", help="the light of another photo")
    edit.add_argument(
        "--expression-from", type=Path, metavar="PHOTO", help="the expression of another photo"
    )
    edit.add_argument(
        "--face", type=int, default=1, metavar="N",
        help="which face, 1 being the largest (default 1)",
    )  # fmt: skip
    edit.add_argument(
        "--strength", type=float, default=1.0, metavar="S",
        help="how much of the edit, from 0 to 1 (default 1)",
    )  # fmt: skip
    edit.add_argument(
        "--feather", type=float, metavar="PX", help="width of the seam's melting, in pixels"
    )
    edit.add_argument(
        "--format", choices=("same", *FORMATS), default="png",
        help="of the result; same: the photo's own (default png)",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Edits every photo; see `for_each` for the status."""
    _checked(args)
    references = _references(args)
    names = OutputNames(args.out, args.overwrite)
    return for_each(args.photos, lambda photo: _edit(photo, args, references, names))


def _checked(args: argparse.Namespace) -> None:
    """Refuses wrong options before any photo is read."""
    parameters_from(args, FaceParameters())
    blended(FaceParameters(), FaceParameters(), args.strength)
    if args.face < 1:
        raise ParameterError("--face counts from 1, the largest face; give 1 or more.")
    if args.feather is not None and not 0 <= args.feather <= 1000:
        raise ParameterError(f"--feather cannot be {args.feather:g}; give 0 to 1000 pixels.")
    if args.light is not None and args.light_from is not None:
        raise ParameterError("--light and --light-from exclude each other; give one of them.")
    if args.expression is not None and args.expression_from is not None:
        raise ParameterError(
            "--expression and --expression-from exclude each other; give one of them."
        )


def _references(args: argparse.Namespace) -> References:
    """The largest faces of the photos that lend light and expression."""
    from core.photo.analyze import analyze

    light = expression = None
    if args.light_from is not None:
        light = analyze(load_photo(args.light_from))[0].parameters.light
    if args.expression_from is not None:
        expression = analyze(load_photo(args.expression_from))[0].parameters.expression
    return References(light, expression)


def _edit(path: Path, args: argparse.Namespace, references: References, names: OutputNames) -> str:
    from core.photo.analyze import analyze
    from core.photo.scene import Scene

    photo = load_photo(path)
    suffix = FORMATS.get(args.format) or suffix_for(photo)
    stem = names.stem(path, [suffix])
    fit = _chosen(photo, analyze(photo), args.face)
    scene = Scene(photo, fit)
    parameters = edited(fit.parameters, args, references)
    feather = {} if args.feather is None else {"feather": args.feather}
    pixels = scene.render_full(parameters, **feather)
    return str(save_photo(photo, pixels, names.folder / f"{stem}{suffix}", args.overwrite))


def _chosen(photo: Photo, fits: list[FaceFit], number: int) -> FaceFit:
    if number > len(fits):
        has = "1 face" if len(fits) == 1 else f"{len(fits)} faces"
        raise FaceError(f"{photo.name} has {has}, no number {number}; choose another --face.")
    return fits[number - 1]


def edited(
    base: FaceParameters, args: argparse.Namespace, references: References
) -> FaceParameters:
    """The rig's state that the options ask for, at their strength, from the fitted one."""
    target = base
    if args.frontalize:
        target = replace(target, pose=np.zeros(3, np.float32))
    if references.light is not None:
        target = replace(target, light=references.light)
    if references.expression is not None:
        target = replace(target, expression=references.expression)
    return blended(base, parameters_from(args, target, args.relative), args.strength)
