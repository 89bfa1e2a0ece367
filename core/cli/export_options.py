"""How commands write pictures: what a file says of itself, and what it carries."""

from __future__ import annotations

import argparse
import json

from core import settings
from core.document.project import Project, project_to_json
from core.errors import ParameterError
from core.export.options import QUALITY, ExportOptions


def add_export_options(parser: argparse.ArgumentParser) -> None:
    """Adds --quality, --no-settings, --no-provenance, --c2pa-cert and --c2pa-key."""
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
    for option, what in (("--c2pa-cert", "certificate, with its chain,"), ("--c2pa-key", "key")):
        export.add_argument(
            option, default="", metavar="PEM",
            help=f"the {what} that signs content credentials (default: of the settings)",
        )  # fmt: skip


def export_options(args: argparse.Namespace, project: Project | None = None) -> ExportOptions:
    """What the options ask for. project: what made the picture, None when nothing can say it.

    Raises ParameterError.
    """
    if not 1 <= args.quality <= 100:
        raise ParameterError(f"--quality cannot be {args.quality}; give a number from 1 to 100.")
    remembered = settings.load()
    embed = remembered.embed_settings and not args.no_settings
    document = json.dumps(project_to_json(project)) if project and embed else ""
    certificate, key = args.c2pa_cert, args.c2pa_key
    if not (certificate or key):
        certificate, key = remembered.certificate, remembered.private_key
    if bool(certificate) != bool(key):
        raise ParameterError("Signing needs --c2pa-cert and --c2pa-key; give both.")
    return ExportOptions(args.quality, not args.no_provenance, document, certificate, key)
