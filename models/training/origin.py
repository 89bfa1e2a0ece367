"""Whose trained weights are: the licence and the credit that their file carries."""

from __future__ import annotations

import argparse

OWN_PHOTOS = "trained on the user's own photos"
NO_LICENCE = "none given"


def add_origin(parser: argparse.ArgumentParser) -> None:
    """Adds --licence and --credit, which only who gives the photos can know."""
    add = parser.add_argument
    add("--licence", default=NO_LICENCE, metavar="TEXT",
        help=f"of the weights, for their file (default: {NO_LICENCE})")  # fmt: skip
    add("--credit", default=OWN_PHOTOS, metavar="TEXT",
        help=f"whose photos they are, for their file (default: {OWN_PHOTOS})")  # fmt: skip


def origin_of(args: argparse.Namespace) -> dict[str, str]:
    """The metadata that name licence and credit."""
    return {"licence": args.licence, "credit": args.credit}
