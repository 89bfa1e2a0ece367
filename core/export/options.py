"""How a picture is written: light enough for the window to import."""

from __future__ import annotations

from dataclasses import dataclass

# What Mien writes of the lossy formats unless told otherwise.
QUALITY = 95


@dataclass(frozen=True)
class ExportOptions:
    """quality: 1 to 100, of JPEG and lossy WebP.

    provenance: whether the file says in XMP that a trained model made or changed the picture.
    document: what to embed to restore the edit, as JSON text of a project without pixels
    (core.document.project.project_to_json); "" embeds nothing. certificate, key: PEM files that
    sign the picture's content credentials (C2PA); "" signs nothing.
    """

    quality: int = QUALITY
    provenance: bool = True
    document: str = ""
    certificate: str = ""
    key: str = ""


DEFAULT = ExportOptions()
