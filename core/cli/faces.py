"""The faces of a photo for commands: found, or in a box given by hand."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING

from core.errors import FaceError, ParameterError
from core.photo.load import Photo

if TYPE_CHECKING:
    from models.face.fitting import FaceFit


def add_box_option(parser: argparse._ActionsContainer) -> None:
    """Adds --box."""
    parser.add_argument(
        "--box", type=float, nargs=4, metavar=("X0", "Y0", "X1", "Y1"),
        help="where the face is, in pixels, when it is not found by itself",
    )  # fmt: skip


def add_face_options(parser: argparse._ActionsContainer) -> None:
    """Adds --box and --face, for commands that take one face of each photo."""
    add_box_option(parser)
    parser.add_argument(
        "--face", type=int, default=1, metavar="N",
        help="which face, 1 being the largest (default 1)",
    )  # fmt: skip


def checked_face(args: argparse.Namespace) -> None:
    """Refuses wrong values of `add_face_options`. Raises ParameterError."""
    if args.face < 1:
        raise ParameterError("--face counts from 1, the largest face; give 1 or more.")
    checked_box(args.box)


def checked_box(box: list[float] | None) -> None:
    """Refuses a box that holds nothing or has no end. Raises ParameterError."""
    if box is None:
        return
    if not (all(map(math.isfinite, box)) and box[0] < box[2] and box[1] < box[3]):
        raise ParameterError("--box is empty; give left, top, right and bottom in pixels.")


def faces(photo: Photo, box: list[float] | None) -> list[FaceFit]:
    """The fitted faces, largest first, or the one in a box. Raises FaceError."""
    from core.photo.analyze import analyze, fit_face
    from core.photo.detect import Detection

    if box is None:
        return analyze(photo)
    width, height = photo.size
    if box[2] <= 0 or box[3] <= 0 or box[0] >= width or box[1] >= height:
        raise ParameterError(
            f"--box lies outside {photo.name}; give a box within its {width} x {height} pixels."
        )
    return [fit_face(photo, Detection.drawn((box[0], box[1], box[2], box[3])))]


def found_faces(photo: Photo) -> list[FaceFit]:
    """The faces that are found without help, largest first; none where there are none."""
    from core.photo.analyze import analyze

    try:
        return analyze(photo)
    except FaceError:
        return []


def chosen(photo: Photo, box: list[float] | None, number: int) -> FaceFit:
    """The face of that number, 1 being the largest, or the one in a box. Raises FaceError."""
    return numbered(photo, faces(photo, box), number)


def numbered(photo: Photo, fits: list[FaceFit], number: int) -> FaceFit:
    """The face of that number, 1 being the largest. Raises FaceError."""
    if number > len(fits):
        has = "1 face" if len(fits) == 1 else f"{len(fits)} faces"
        raise FaceError(f"{photo.name} has {has}, no number {number}; choose another --face.")
    return fits[number - 1]
