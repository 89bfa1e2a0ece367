"""The one way out for pictures: marked with what made them, signed if asked, written whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.export.credentials import sign
from core.export.options import DEFAULT, ExportOptions
from core.export.provenance import GENERATED, SOFTWARE, marked, source_type
from core.export.settings_in_file import pack
from core.files import write_file
from core.photo.load import Photo
from core.photo.metadata import PhotoMetadata
from core.photo.save import encode_photo
from models.face.model import FaceModel


def generated_photo(pixels: np.ndarray, texts: Mapping[str, str] | None = None) -> Photo:
    """A generated picture (H, W, 3) uint8 as a photo without a file. texts: kept in PNG files."""
    return Photo(pixels, metadata=PhotoMetadata(texts={"Software": SOFTWARE, **(texts or {})}))


def export_picture(
    photo: Photo,
    path: Path | str,
    options: ExportOptions = DEFAULT,
    generator: str = "",
    overwrite: bool = False,
) -> Path:
    """Writes an edited photo or, where it has no pixels of a file, a generated picture.

    generator: names the weights of the generator, if it is there. Raises OutputError.
    """
    return write_file(path, exported(photo, path, options, generator), overwrite)


def exported(
    photo: Photo, path: Path | str, options: ExportOptions = DEFAULT, generator: str = ""
) -> bytes:
    """The bytes that `export_picture` writes. Raises OutputError."""
    path = Path(path)
    source = GENERATED if photo.loaded is None else source_type(photo)
    settings = ""
    if options.document:
        weights = {"face_model": FaceModel.load().hash, "generator": generator}
        settings = pack(options.document, photo.sha256, weights)
    metadata = marked(photo.metadata, source if options.provenance else None, settings, path.suffix)
    photo = replace(photo, metadata=metadata)
    data = encode_photo(photo, photo.pixels, path, options.quality)
    if options.certificate and source:
        data = sign(data, path, source, options.certificate, options.key, photo.source)
    return data
