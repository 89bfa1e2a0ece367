"""How commands write pictures: what a file says of itself, and what it carries."""

from __future__ import annotations

import argparse
import json

from core.document.project import Project, project_to_json
from core.errors import ParameterError
from core.export.options import QUALITY, ExportOptions


def add_export_options(parser: argparse.ArgumentParser) -> None:
    """Adds --quality, --no-settings and --no-provenance."""
    export = parser.add_argument_group("file")
    export.add_argument(
        "--quality", type=int, default=QUALITY, metavar="Q",
        help=f"of JPEG and WebP, from 1 to 100 (default {QUALITY})",
    )  # fmt: skip
    export.add_argument(
        "--no-settings", action="store_true",
        help="do not embed the settings, with which the window could restore the edit",
    )  # fmt: skip
    export.add_argument(
        "--no-provenance", action="store_true",
        help="do not say in the file that a trained model made or changed the picture",
    )  # fmt: skip


def export_options(args: argparse.Namespace, project: Project | None = None) -> ExportOptions:
    """What the options ask for. project: what made the picture, None when nothing can say it.

    Raises ParameterError.
    """
    if not 1 <= args.quality <= 100:
        raise ParameterError(f"--quality cannot be {args.quality}; give a number from 1 to 100.")
    embed = project is not None and not args.no_settings
    document = json.dumps(project_to_json(project)) if project and embed else ""
    return ExportOptions(args.quality, not args.no_provenance, document)
