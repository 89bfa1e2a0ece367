"""mien animate: a photo or a generated person in motion, as a video, a GIF or pictures."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.cli.faces import add_face_options, checked_face, chosen
from core.cli.generate import resized
from core.cli.rig_options import add_rig_options, parameters_from
from core.engine.messages import METHODS
from core.errors import OutputError, ParameterError, unreadable
from core.motion.live_link import read_take
from core.motion.rendering import LARGEST, LONG_SIDE, SMALLEST, Pace, drawer, frames
from core.motion.timeline import Timeline
from core.motion.video import Animation, check_target, write_animation
from models.face.parameters import FaceParameters

if TYPE_CHECKING:
    from core.photo.load import Photo

Draw = Callable[[FaceParameters], np.ndarray]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `animate`."""
    parser.add_argument("photo", nargs="?", type=Path, metavar="PHOTO", help="whom to animate")
    parser.add_argument("--seed", type=int, metavar="N", help="or a person who does not exist")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE",
        help="what to write: .mp4 (needs PyAV), .gif, or a folder for PNG files",
    )  # fmt: skip
    parser.add_argument("--overwrite", action="store_true", help="replace files of the same name")
    motion = parser.add_argument_group("motion")
    motion.add_argument(
        "--sweep", action="append", default=[], metavar="NAME=A:B",
        help="move a rig parameter evenly from A to B, e.g. yaw=-30:30 (may be repeated)",
    )  # fmt: skip
    motion.add_argument(
        "--timeline", type=Path, metavar="JSON", help="keyframes, as Mien saves them"
    )
    motion.add_argument(
        "--live-link", type=Path, metavar="CSV", help="a take of Apple's Live Link Face app"
    )
    motion.add_argument("--mirror", action="store_true", help="swap the take's left and right")
    motion.add_argument(
        "--recentre", action="store_true", help="let the take begin with the head straight"
    )
    motion.add_argument(
        "--frames", type=int, metavar="N", help="how many (default: all of the motion, or 48)"
    )
    motion.add_argument(
        "--fps", type=float, metavar="F", help="frames a second (default: the motion's, or 24)"
    )
    parser.add_argument(
        "--size", type=int, metavar="S",
        help=f"long side in pixels (default: the picture's own, at most {LONG_SIDE})",
    )  # fmt: skip
    parser.add_argument(
        "--method", choices=METHODS, default="photo", help="what makes a photo's pixels"
    )
    parser.add_argument(
        "--no-provenance", action="store_true",
        help="do not say in the file that a trained model made or changed the pictures",
    )  # fmt: skip
    add_face_options(parser)
    add_rig_options(parser)


def run(args: argparse.Namespace) -> int:
    """Draws all frames and writes them; returns 0. Raises MienError."""
    _checked(args)
    timeline = motion_of(args)
    if args.photo is not None and os.path.realpath(args.out) == os.path.realpath(args.photo):
        raise OutputError(f"{args.out} is the photo itself; choose another --out.")
    check_target(args.out, timeline.length, args.overwrite)
    base, draw, photo = _person(args) if args.photo is None else _photo(args)
    pace = Pace(timeline.length)

    def report(done: int) -> None:
        end = "\n" if done == timeline.length else "\r"
        print(f"\x1b[K{pace.text(done)}", end=end, file=sys.stderr, flush=True)

    tell = report if sys.stderr.isatty() else lambda _: None
    about = Animation.of(timeline, photo, not args.no_provenance)
    pictures = frames(timeline, base, draw, tell)
    print(write_animation(args.out, pictures, about, args.overwrite))
    return 0


def _checked(args: argparse.Namespace) -> None:
    """Refuses wrong options before any work. Raises MienError."""
    if (args.photo is None) == (args.seed is None):
        raise ParameterError("Give one to animate: a PHOTO, or --seed N for a generated person.")
    if args.seed is not None and args.seed < 0:
        raise ParameterError("--seed cannot be negative; give a number from 0 on.")
    if args.size is not None and not SMALLEST <= args.size <= LARGEST:
        raise ParameterError(
            f"--size cannot be {args.size}; give a number from {SMALLEST} to {LARGEST}."
        )
    checked_face(args)
    parameters_from(args, FaceParameters())


def motion_of(args: argparse.Namespace) -> Timeline:
    """The timeline that the options ask for. Raises MienError."""
    if args.timeline is not None and args.live_link is not None:
        raise ParameterError("--timeline and --live-link exclude each other; give one of them.")
    timeline = Timeline()
    if args.timeline is not None:
        timeline = Timeline.from_bytes(_read(args.timeline), str(args.timeline))
    elif args.live_link is not None:
        take = read_take(_read(args.live_link), str(args.live_link))
        for note in take.notes:
            print(f"mien: {args.live_link}: {note}", file=sys.stderr)
        take = take.mirrored() if args.mirror else take
        timeline = (take.recentred() if args.recentre else take).timeline(args.fps)
    elif not args.sweep:
        raise ParameterError("Nothing moves; give --sweep NAME=A:B, --timeline or --live-link.")
    timeline = replace(
        timeline, fps=timeline.fps if args.fps is None else args.fps,
        length=timeline.length if args.frames is None else args.frames,
    )  # fmt: skip
    for text in args.sweep:
        timeline = timeline.swept(*_sweep(text), timeline.length)
    return timeline


def _sweep(text: str) -> tuple[str, float, float]:
    name, equals, way = text.partition("=")
    start, colon, end = way.partition(":")
    try:
        if equals and colon:
            return name.strip(), float(start), float(end)
    except ValueError:
        pass
    raise ParameterError(
        f"--sweep {text!r} is not understood; write NAME=A:B with numbers, e.g. yaw=-30:30."
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ParameterError(unreadable(path, error)) from error


def _person(args: argparse.Namespace) -> tuple[FaceParameters, Draw, None]:
    """A generated person's rig, and what draws it."""
    from core.portrait.people import People
    from core.portrait.runtime import Runtime

    runtime = Runtime.load(exact=True)
    person = People(runtime.loaded.noise_prior).person(args.seed)

    def draw(parameters: FaceParameters) -> np.ndarray:
        return resized(runtime.draw(parameters, person.noise, final=True), args.size)

    return parameters_from(args, person.parameters), draw, None


def _photo(args: argparse.Namespace) -> tuple[FaceParameters, Draw, Photo]:
    """The rig of a photo's face, what draws it, and the photo."""
    from core.photo.load import load_photo
    from core.photo.scene import Scene

    photo = load_photo(args.photo)
    fit = chosen(photo, args.box, args.face)
    long_side = max(photo.size)
    size = args.size or min(long_side, LONG_SIDE)
    if args.method == "photo":
        draw = drawer(Scene(photo, fit), long_side, size)
    else:
        from core.portrait.inversion import Target, invert
        from core.portrait.runtime import Runtime
        from core.portrait.scenes import EmbeddedScene

        runtime = Runtime.load(exact=True)
        target = Target.of(photo.pixels, fit.camera, fit.parameters, runtime.spec.size)
        scene = EmbeddedScene(runtime, photo, fit, invert(runtime, target), args.method)
        draw = drawer(scene, long_side, size)
    return parameters_from(args, fit.parameters), draw, photo
