"""What a file says of itself, read back by other programs."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.document.project import Project, project_to_json
from core.document.state import PersonState
from core.export.options import ExportOptions
from core.export.picture import export_picture, generated_photo
from core.export.provenance import EDITED, GENERATED, file_xmp, marked, read_source_type
from core.export.settings_in_file import read_settings
from core.photo.load import Photo, load_photo
from core.photo.metadata import PhotoMetadata
from models.face.parameters import FaceParameters
from tests.core.photo.pictures import encoded, gradient

SUFFIXES = (".png", ".jpg", ".webp", ".tif")
RATED = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<r:Description r:about="uuid:7" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"'
    ' xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
    "<e:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
    '</e:DigitalSourceType><dc:title xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "A &amp; Ω</dc:title></r:Description></r:RDF></x:xmpmeta>" + " " * 2000 + '<?xpacket end="w"?>'
).encode()


def descriptions(path: Path) -> list[dict[str, Any]]:
    """What Pillow reads of a file's XMP: an independent parser."""
    with Image.open(path) as image:
        found = image.getxmp()["xmpmeta"]["RDF"]["Description"]
    return found if isinstance(found, list) else [found]


def value(path: Path, name: str) -> object:
    """The one value of a name."""
    (found,) = [d[name] for d in descriptions(path) if name in d]
    return found


def edited(photo: Photo) -> Photo:
    """A photo with a part inverted."""
    pixels = photo.pixels.copy()
    pixels[5:12, 6:20] = 255 - pixels[5:12, 6:20]
    return replace(photo, pixels=pixels)


def rated() -> Photo:
    """A photo with XMP of its own."""
    photo = load_photo(encoded(gradient()))
    return replace(photo, metadata=PhotoMetadata(xmp=RATED))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_generated_and_edited_pictures_say_so(suffix: str, tmp_path: Path) -> None:
    person = export_picture(generated_photo(gradient()), tmp_path / f"p{suffix}")
    assert value(person, "DigitalSourceType") == GENERATED
    assert value(person, "AISystemUsed") == "Mien"
    photo = export_picture(edited(rated()), tmp_path / f"e{suffix}")
    assert value(photo, "DigitalSourceType") == EDITED
    # What the photo said besides stays.
    assert value(photo, "Rating") == "4" and value(photo, "title") == "A & Ω"
    assert {d["about"] for d in descriptions(photo)} == {"uuid:7"}
    again = export_picture(edited(load_photo(photo)), tmp_path / f"again{suffix}")
    assert value(again, "DigitalSourceType") == EDITED


@pytest.mark.skipif(not shutil.which("convert"), reason="ImageMagick is not installed")
def test_imagemagick_finds_it_too(tmp_path: Path) -> None:
    path = export_picture(generated_photo(gradient()), tmp_path / "p.jpg")
    done = subprocess.run(["convert", str(path), "xmp:-"], capture_output=True, check=False)
    assert GENERATED.encode() in done.stdout


def test_a_generated_picture_stays_generated_and_an_untouched_photo_what_it_was(
    tmp_path: Path,
) -> None:
    person = export_picture(generated_photo(gradient()), tmp_path / "p.png")
    again = export_picture(edited(load_photo(person)), tmp_path / "e.png")
    assert value(again, "DigitalSourceType") == GENERATED
    untouched = export_picture(rated(), tmp_path / "u.png")
    assert str(value(untouched, "DigitalSourceType")).endswith("digitalCapture")
    plain = export_picture(load_photo(encoded(gradient())), tmp_path / "n.png")
    assert file_xmp(plain) is None


def test_it_can_be_left_out(tmp_path: Path) -> None:
    path = export_picture(
        generated_photo(gradient()), tmp_path / "p.png", ExportOptions(provenance=False)
    )
    assert file_xmp(path) is None


@pytest.mark.parametrize(
    "broken",
    [
        b"no xml", b"<a/>", b"<a><b></a>", b"\xff\xfe\x00", b'<x a="1" y:b="2"/>',
        b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "<x/>".encode("utf-16"),
        b'<?xml version="1.0" encoding="nonsense"?><x/>',
    ],
)  # fmt: skip
def test_damaged_xmp_gives_way(broken: bytes) -> None:
    metadata = marked(PhotoMetadata(xmp=broken, dpi=(72, 72)), EDITED)
    assert read_source_type(metadata.xmp) == EDITED and metadata.dpi == (72, 72)


def test_jpeg_has_little_room(tmp_path: Path) -> None:
    long = RATED.replace(b"A &amp;", b"A" * 60_000)
    photo = replace(edited(rated()), metadata=PhotoMetadata(xmp=long))
    person = PersonState(FaceParameters(), np.random.default_rng(0).normal(size=900))
    document = json.dumps(project_to_json(Project(person=person)))
    path = export_picture(photo, tmp_path / "e.jpg", ExportOptions(document=document))
    # The settings give way to the photo's own words, and those to what made the picture.
    assert value(path, "DigitalSourceType") == EDITED and value(path, "Rating") == "4"
    assert read_settings(path) is None
    longer = replace(photo, metadata=PhotoMetadata(xmp=long.replace(b"Rating", b"R" * 9_000)))
    path = export_picture(longer, tmp_path / "f.jpg", ExportOptions(document=document))
    assert value(path, "DigitalSourceType") == EDITED and len(descriptions(path)) == 1
