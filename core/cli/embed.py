"""mien embed: photos in the generator's terms, for edits in its latent space."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.faces import add_face_options, checked_face, chosen
from core.cli.photos import OutputNames, add_batch_options, for_each
from core.errors import ParameterError
from core.export.picture import export_picture
from core.photo.load import load_photo

if TYPE_CHECKING:
    from core.portrait.runtime import Runtime

MOST_STEPS = 5000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `embed`."""
    add_batch_options(parser)
    parser.add_argument(
        "--steps", type=int, metavar="N",
        help="steps of optimisation; 0 keeps the first estimate (default 200: about 8 seconds)",
    )  # fmt: skip
    parser.add_argument(
        "--tune", type=int, default=0, metavar="N",
        help="then fit the generator's own weights to the photo in N steps; 450 bring it close in "
        "some 25 seconds (default 0)",
    )  # fmt: skip
    add_face_options(parser)


def run(args: argparse.Namespace) -> int:
    """Embeds every photo; see `for_each` for the status."""
    for name, steps in (("--steps", args.steps), ("--tune", args.tune)):
        if steps is not None and not 0 <= steps <= MOST_STEPS:
            raise ParameterError(f"{name} cannot be {steps}; give a number from 0 to {MOST_STEPS}.")
    checked_face(args)
    from core.portrait.runtime import Runtime

    names = OutputNames(args.out, args.overwrite, args.photos)
    runtime = Runtime.load(exact=True)
    return for_each(args.photos, lambda photo: _embed(photo, args, names, runtime))


def _embed(path: Path, args: argparse.Namespace, names: OutputNames, runtime: Runtime) -> str:
    from core.photo.scene import Scene
    from core.portrait.inversion import STEPS, Target, invert, tune
    from core.portrait.scenes import EmbeddedScene
    from core.portrait.views import views_of

    photo = load_photo(path)
    stem = names.stem(path, [".png", ".safetensors"])
    fit = chosen(photo, args.box, args.face)
    target = Target.of(photo.pixels, fit.camera, fit.parameters, runtime.spec.size)
    latent = invert(runtime, target, STEPS if args.steps is None else args.steps)
    if args.tune:
        views = views_of(Scene(photo, fit), runtime.spec.size)
        latent = tune(runtime, target, latent, args.tune, views=views)
    scene = EmbeddedScene(runtime, photo, fit, latent, "generator")
    drawn = scene.edited(fit.parameters)
    picture = export_picture(
        drawn, names.folder / f"{stem}.png", generator=runtime.key, overwrite=args.overwrite
    )
    file = latent.save(names.folder / f"{stem}.safetensors", args.overwrite)
    return f"{picture}, {file}"
