"""What made a picture, said in the XMP of its file, where search engines and newsrooms look.

The words are IPTC's (http://cv.iptc.org/newscodes/digitalsourcetype). A person of the generator is
trainedAlgorithmicMedia, "created algorithmically using an AI model trained on captured content".
Every edited photo is compositeWithTrainedAlgorithmicMedia, with the photo's own pixels too:
algorithmicallyEnhanced is meant for changes that leave the content alone, and another pose,
expression or light, placed by trained networks, does not. What was generated stays generated when
it is edited. A photo that nothing was changed in keeps what it says of itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.dom import Node, minidom
from xml.parsers.expat import ExpatError

import numpy as np

from core.photo.metadata import PhotoMetadata

if TYPE_CHECKING:
    from core.photo.load import Photo

_SCHEME = "http://cv.iptc.org/newscodes/digitalsourcetype/"
GENERATED = _SCHEME + "trainedAlgorithmicMedia"
EDITED = _SCHEME + "compositeWithTrainedAlgorithmicMedia"
SOFTWARE = "Mien"

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
MIEN = "urn:mien:xmp:1/"
_OURS = ((_IPTC, "DigitalSourceType"), (MIEN, "settings"))
_EMPTY = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}"/></x:xmpmeta>'
    '<?xpacket end="w"?>'
)
# JPEG's segments hold 65,533 bytes, of which the name of XMP takes 29.
_JPEG_ROOM = 65_000
# Larger blocks of XMP are not worth reading.
_MAX_XMP = 16 << 20


def source_type(photo: Photo) -> str | None:
    """IPTC's word for an edited photo; None where no pixel was changed."""
    if photo.loaded is not None and np.array_equal(photo.pixels, photo.loaded):
        return None
    return GENERATED if read_source_type(photo.metadata.xmp) == GENERATED else EDITED


def marked(
    metadata: PhotoMetadata, source: str | None, settings: str = "", suffix: str = ""
) -> PhotoMetadata:
    """Metadata whose XMP names the source and holds the settings; all else in it stays.

    suffix: of the file. JPEG has room for 64 KiB: where that is too little the settings are left
    out first, then the photo's own XMP, never the source.
    """
    room = _JPEG_ROOM if suffix.lower() in (".jpg", ".jpeg") else _MAX_XMP
    if not (source or settings):
        return metadata
    tries = ((metadata.xmp, settings), (metadata.xmp, ""), (None, ""))
    packets = (_packet(xmp, source, text) for xmp, text in tries)
    fitting = next(packet for packet in packets if len(packet) <= room)
    return replace(metadata, xmp=fitting)


def read_source_type(xmp: bytes | None) -> str | None:
    """The DigitalSourceType of a block of XMP, if it has one."""
    return _read(xmp, _IPTC, "DigitalSourceType")


def read_settings_text(xmp: bytes | None) -> str | None:
    """The settings in a block of XMP, as they were embedded."""
    return _read(xmp, MIEN, "settings")


def file_xmp(path: Path) -> bytes | None:
    """The XMP of a picture's file, read without its pixels; None where there is none."""
    from PIL import Image

    try:
        with Image.open(path, formats=("PNG", "JPEG", "WEBP", "TIFF")) as image:
            xmp = image.info.get("xmp")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return xmp.encode() if isinstance(xmp, str) else xmp or None


def _packet(xmp: bytes | None, source: str | None, settings: str) -> bytes:
    document = _parsed(xmp) or minidom.parseString(_EMPTY)
    rdf = document.getElementsByTagNameNS(_RDF, "RDF")[0]
    about = ""
    for description in _descriptions(rdf):
        about = description.getAttributeNS(_RDF, "about") or about
        for space, name in _OURS:
            if name != "DigitalSourceType" or source:
                _remove(description, space, name)
    ours = document.createElementNS(_RDF, "rdf:Description")
    ours.setAttribute("xmlns:rdf", _RDF)
    ours.setAttributeNS(_RDF, "rdf:about", about)
    if source:
        ours.setAttribute("xmlns:Iptc4xmpExt", _IPTC)
        ours.setAttributeNS(_IPTC, "Iptc4xmpExt:DigitalSourceType", source)
        if source == GENERATED:
            ours.setAttributeNS(_IPTC, "Iptc4xmpExt:AISystemUsed", SOFTWARE)
    if settings:
        ours.setAttribute("xmlns:mien", MIEN)
        ours.setAttributeNS(MIEN, "mien:settings", settings)
    rdf.appendChild(ours)
    # Without the XML declaration, which XMP does not have.
    return "".join(node.toxml() for node in document.childNodes).encode()


def _parsed(xmp: bytes | None) -> minidom.Document | None:
    """The XMP's tree; None where it is missing, damaged, or no XMP at all."""
    if not xmp or len(xmp) > _MAX_XMP or b"<!" in xmp.replace(b"<!--", b""):
        return None  # declarations have no place in XMP; entities could blow it up
    try:
        document = minidom.parseString(xmp.strip(b"\0 \r\n\t"))
    except (ExpatError, ValueError, LookupError):
        return None
    return document if document.getElementsByTagNameNS(_RDF, "RDF") else None


def _descriptions(rdf: minidom.Element) -> Iterator[minidom.Element]:
    for node in rdf.childNodes:
        if isinstance(node, minidom.Element) and node.localName == "Description":
            yield node


def _children(parent: minidom.Element, space: str, name: str) -> list[minidom.Element]:
    return [
        node
        for node in parent.childNodes
        if isinstance(node, minidom.Element)
        and (node.namespaceURI, node.localName) == (space, name)
    ]


def _remove(description: minidom.Element, space: str, name: str) -> None:
    if description.hasAttributeNS(space, name):
        description.removeAttributeNS(space, name)
    for child in _children(description, space, name):
        description.removeChild(child)


def _read(xmp: bytes | None, space: str, name: str) -> str | None:
    document = _parsed(xmp)
    if document is None:
        return None
    for description in _descriptions(document.getElementsByTagNameNS(_RDF, "RDF")[0]):
        if description.hasAttributeNS(space, name):
            return str(description.getAttributeNS(space, name))
        for child in _children(description, space, name):
            resource = child.getAttributeNS(_RDF, "resource")
            texts = (n.data for n in child.childNodes if n.nodeType == Node.TEXT_NODE)
            return str(resource or "".join(texts)).strip()
    return None
