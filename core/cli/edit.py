"""mien edit: the real pixels of photos, with the rig moved."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.cli.export_options import add_export_options, export_options
from core.cli.faces import add_face_options, checked_face, faces, found_faces, numbered
from core.cli.photos import OutputNames, add_batch_options, for_each
from core.cli.rig_options import add_rig_options, blended, parameters_from
from core.document.project import Project, ProjectFace
from core.document.state import EditState
from core.errors import ParameterError
from core.export.picture import export_picture
from core.photo.load import Photo, load_photo
from core.photo.relit import seam
from core.photo.save import suffix_for
from core.rig.lights import light_of_another
from models.face.parameters import FaceParameters

if TYPE_CHECKING:
    from core.photo.scene import Scene
    from core.portrait.runtime import Runtime
    from core.portrait.scenes import EmbeddedScene
    from models.face.fitting import FaceFit

# What makes the pixels; photo: the photo's own, turned, bent and relit.
METHODS = ("photo", "generator", "hybrid")
FORMATS = {"png": ".png", "jpg": ".jpg", "webp": ".webp", "tif": ".tif"}


# Option, what it takes of another photo, and the arrays of FaceParameters that hold it.
LENT: dict[str, tuple[str, tuple[str, ...]]] = {
    "light_from": ("the light", ("light",)),
    "expression_from": ("the expression", ("expression",)),
    "pose_from": ("the head's pose", ("pose",)),
    "identity_from": ("the shape of the face", ("identity",)),
}


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
    for option, (what, _) in LENT.items():
        name = "--" + option.replace("_", "-")
        edit.add_argument(name, type=Path, metavar="PHOTO", help=f"{what} of another photo")
    edit.add_argument(
        "--method", choices=METHODS, default="photo",
        help="what makes the pixels: the photo's own; the generator; or the photo's, and the "
        "generator's where the photo never showed any (default photo)",
    )  # fmt: skip
    edit.add_argument(
        "--latents", type=Path, metavar="DIR",
        help="where `embed` wrote its files of these photos, so that --method generator and hybrid "
        "need not make them again",
    )  # fmt: skip
    add_face_options(edit)
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
    add_export_options(parser)


def run(args: argparse.Namespace) -> int:
    """Edits every photo; see `for_each` for the status."""
    _checked(args)
    borrowed = _borrowed(args)
    names = OutputNames(args.out, args.overwrite, args.photos)
    runtime = None
    if args.method != "photo":
        from core.portrait.runtime import Runtime

        runtime = Runtime.load(exact=True)
    return for_each(args.photos, lambda photo: _edit(photo, args, borrowed, names, runtime))


def _checked(args: argparse.Namespace) -> None:
    """Refuses wrong options before any photo is read."""
    parameters_from(args, FaceParameters())
    export_options(args)
    blended(FaceParameters(), FaceParameters(), args.strength)
    if args.feather is not None and not 0 <= args.feather <= 1000:
        raise ParameterError(f"--feather cannot be {args.feather:g}; give 0 to 1000 pixels.")
    checked_face(args)
    if args.latents is not None and args.method == "photo":
        raise ParameterError("--latents is for --method generator and hybrid; add one of them.")
    clashes = (("light", "light_from"), ("expression", "expression_from"),
               ("frontalize", "pose_from"), ("person", "identity_from"))  # fmt: skip
    for one, other in clashes:
        if getattr(args, one) not in (None, False) and getattr(args, other) is not None:
            names = f"--{one} and --{other.replace('_', '-')}"
            raise ParameterError(f"{names} exclude each other; give one of them.")


def _borrowed(args: argparse.Namespace) -> dict[str, np.ndarray]:
    """What the largest faces of other photos lend, by the names of FaceParameters' arrays."""
    borrowed: dict[str, np.ndarray] = {}
    for option, (_, arrays) in LENT.items():
        path = getattr(args, option)
        if path is not None:
            parameters = faces(load_photo(path), None)[0].parameters
            borrowed |= {name: getattr(parameters, name) for name in arrays}
    return borrowed


def _edit(
    path: Path,
    args: argparse.Namespace,
    borrowed: dict[str, np.ndarray],
    names: OutputNames,
    runtime: Runtime | None,
) -> str:
    photo = load_photo(path)
    suffix = FORMATS.get(args.format) or suffix_for(photo)
    stem = names.stem(path, [suffix])
    fits = faces(photo, args.box)
    fit = numbered(photo, fits, args.face)
    scene = _scene(photo, fit, args, runtime)
    parameters = edited(fit.parameters, args, borrowed)
    feather = seam(scene, parameters) if args.feather is None else args.feather
    result = scene.edited(parameters, feather)
    options = export_options(args, _project(photo, args, fits, parameters, feather))
    target = names.folder / f"{stem}{suffix}"
    key = runtime.key if runtime else ""
    return str(export_picture(result, target, options, key, args.overwrite))


def _project(
    photo: Photo,
    args: argparse.Namespace,
    fits: list[FaceFit],
    parameters: FaceParameters,
    feather: float,
) -> Project:
    """What the window needs to show the edit again on the photo."""
    # The window has the faces that it finds itself first, then those in boxes drawn by hand.
    found = found_faces(photo) if args.box else fits
    shown = [ProjectFace(fit.box, fit.parameters) for fit in found]
    shown += [ProjectFace(fit.box, fit.parameters, True) for fit in fits if args.box]
    number = len(found) if args.box else args.face - 1
    edits = {number: EditState(parameters, method=args.method)}
    name = photo.source.name if photo.source else ""
    return Project(name, None, tuple(shown), edits, number, feather)


def _scene(
    photo: Photo, fit: FaceFit, args: argparse.Namespace, runtime: Runtime | None
) -> Scene | EmbeddedScene:
    """What draws the edits, by the method asked for."""
    if runtime is None:
        from core.photo.scene import Scene

        return Scene(photo, fit)
    from core.portrait.inversion import Target, invert
    from core.portrait.latent import Latent
    from core.portrait.scenes import EmbeddedScene

    if args.latents is None:
        target = Target.of(photo.pixels, fit.camera, fit.parameters, runtime.spec.size)
        latent = invert(runtime, target)
    else:
        assert photo.source is not None
        file = args.latents / f"{photo.source.stem}.safetensors"
        latent = Latent.load(file, runtime.key)
        if np.abs(latent.parameters.pose - fit.parameters.pose).max() > 1:
            raise ParameterError(f"{file} holds another face; embed {photo.name} again.")
    return EmbeddedScene(runtime, photo, fit, latent, args.method)


def edited(
    base: FaceParameters, args: argparse.Namespace, borrowed: dict[str, np.ndarray]
) -> FaceParameters:
    """The rig's state that the options ask for, at their strength, from the fitted one."""
    target = replace(base, **borrowed)
    if "light" in borrowed:
        target = replace(target, light=light_of_another(borrowed["light"], base.light))
    if args.frontalize:
        target = replace(target, pose=np.zeros(3, np.float32))
    return blended(base, parameters_from(args, target, args.relative), args.strength)
