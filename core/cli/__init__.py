"""The command line. Each command is a module here with add_arguments(parser) and run(args)."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import importlib
import io
import os
import sys
import warnings
from typing import NoReturn

# Name and one-line help; the module of a command is imported only when it is used.
COMMANDS: dict[str, str] = {
    "fit": "find the faces of photos and write their rig as JSON, overlay or mesh",
    "edit": "turn the head, change expression, light or identity of the person in a photo",
    "generate": "draw people who do not exist, at any rig parameters",
    "animate": "set a photo or a generated person in motion: sweep, keyframes or a Live Link take",
    "batch": "make many pictures and data sets from a job file, resumable",
    "embed": "find the face of a photo in the generator, for edits in its latent space",
    "render": "render the face model without a photo",
    "info": "show versions, devices and shipped files with their hashes",
    "pictures": "draw the picture sheets of the face model and the generator",
    "evaluate": "measure a generator as the papers do, with tables and pictures",
    "train": "build the face model and train the networks from portraits",
}


def main(argv: list[str] | None = None) -> int:
    """Runs one command and returns its exit status: 0, 1 when some inputs failed, 2 bad input."""
    arguments = sys.argv[1:] if argv is None else argv
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without our letters is no error
    if not os.environ.get("MIEN_DEBUG"):
        warnings.simplefilter("ignore")  # standard error is for sentences
    try:
        args = _parse(arguments)
        return int(args.run(args))
    except KeyboardInterrupt:
        print("mien: stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output left, as `head` does: no error of ours.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ModuleNotFoundError:
        raise  # main.py says how to install it
    except Exception as error:  # noqa: BLE001 - people get a sentence, never a traceback
        from core.errors import explained

        print(f"mien: {explained(error)}", file=sys.stderr)
        return 2


class CommandParser(argparse.ArgumentParser):
    """Says what is wrong in one sentence; subparsers are of this class too."""

    def error(self, message: str) -> NoReturn:
        said = message[0].upper() + message[1:]
        self.exit(2, f"mien: {said}; see `{self.prog} --help`.\n")


class _Version(argparse.Action):
    """--version; what reads it is imported only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from core.cli.info import versions

        print(f"Mien {versions()['mien']}")
        parser.exit()


def _parse(arguments: list[str]) -> argparse.Namespace:
    overview = CommandParser(
        prog="main.py", description="Mien turns a portrait into an editable face."
    )
    overview.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = overview.add_subparsers(dest="command", metavar="COMMAND", required=True)
    chosen = next((a for a in arguments if not a.startswith("-")), None)
    if chosen is not None and chosen not in COMMANDS:
        missing = next((a for a in arguments if not os.path.exists(a)), chosen)
        near = difflib.get_close_matches(missing, COMMANDS, 1)
        hint = f"did you mean {near[0]}?" if near else "see `main.py --help`."
        overview.exit(2, f"mien: {missing!r} is neither a command nor a file; {hint}\n")
    known = overview
    for name, text in COMMANDS.items():
        parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if name == chosen:
            module = importlib.import_module(f"core.cli.{name}")
            module.add_arguments(parser)
            parser.set_defaults(run=module.run)
            known = parser
    args, unknown = overview.parse_known_args(arguments)
    if unknown:
        known.error(f"there is no {' '.join(unknown)}")
    return args
