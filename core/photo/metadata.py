"""What a photo carries besides its pixels: EXIF, XMP, IPTC, ICC profile, resolution, texts."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass, field

from PIL import ExifTags, Image

_EXIF_HEADER = b"Exif\x00\x00"
_IFD_POINTERS = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
# A TIFF's tags describe its strips too: these are the ones about the photo.
_DESCRIPTIVE = (270, 271, 272, 282, 283, 296, 305, 306, 315, 33432)
_XMP_ORIENTATION = re.compile(rb'(tiff:Orientation(?:="|>))[1-8]')
_ORIENTATION = 0x0112
_WIDTHS, _HEIGHTS = (0x0100, 0xA002), (0x0101, 0xA003)
_PNG_IHDR_END = 33


@dataclass(frozen=True)
class PhotoMetadata:
    """Bytes as the file had them; exif is a TIFF stream without the "Exif" header."""

    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: tuple[bytes, ...] = ()
    dpi: tuple[float, float] | None = None
    texts: dict[str, str] = field(default_factory=dict)


def read_metadata(image: Image.Image) -> PhotoMetadata:
    """Metadata of an image whose pixels have been loaded (PNG keeps some behind them)."""
    info = image.info
    xmp = info.get("xmp")
    applist = getattr(image, "applist", ())
    dpi = info.get("dpi")
    texts = getattr(image, "text", {}) if image.format == "PNG" else {}
    return PhotoMetadata(
        icc=info.get("icc_profile") or None,
        exif=_read_exif(image),
        xmp=xmp.encode() if isinstance(xmp, str) else xmp or None,
        iptc=tuple(payload for marker, payload in applist if marker == "APP13"),
        dpi=(float(dpi[0]), float(dpi[1])) if dpi and all(0 < d < 1e6 for d in dpi) else None,
        texts={k: str(v) for k, v in texts.items() if _is_plain_text(k)},
    )


def upright(metadata: PhotoMetadata, width: int, height: int) -> PhotoMetadata:
    """The same metadata for pixels that were turned upright and measure width x height."""
    exif = metadata.exif
    if exif is not None:
        try:
            exif = _upright_exif(exif, width, height)
        except (struct.error, IndexError):
            exif = None  # a broken block could turn the picture again
    xmp = metadata.xmp and _XMP_ORIENTATION.sub(rb"\g<1>1", metadata.xmp)
    return PhotoMetadata(metadata.icc, exif, xmp, metadata.iptc, metadata.dpi, metadata.texts)


def png_with_metadata(png: bytes, metadata: PhotoMetadata) -> bytes:
    """An encoded PNG with the metadata's chunks put behind its header."""
    chunks = []
    if metadata.icc:
        chunks.append(_chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc)))
    if metadata.dpi:
        x, y = (round(d / 0.0254) for d in metadata.dpi)
        chunks.append(_chunk(b"pHYs", struct.pack(">IIB", x, y, 1)))
    if metadata.exif:
        chunks.append(_chunk(b"eXIf", metadata.exif))
    if metadata.xmp:
        chunks.append(_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + metadata.xmp))
    for key, text in metadata.texts.items():
        name = key.encode("latin-1", "replace")
        chunks.append(_chunk(b"iTXt", name + b"\0\0\0\0\0" + text.encode()))
    return png[:_PNG_IHDR_END] + b"".join(chunks) + png[_PNG_IHDR_END:]


def jpeg_iptc(metadata: PhotoMetadata) -> bytes:
    """JPEG's APP13 segments, as written into the file."""
    whole = (p for p in metadata.iptc if len(p) <= 65533)
    return b"".join(b"\xff\xed" + struct.pack(">H", len(p) + 2) + p for p in whole)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _is_plain_text(key: str) -> bool:
    # A plain text of the name "exif" is taken for the real one by some readers.
    return 0 < len(key) < 80 and not key.startswith(("XML:com.adobe.xmp", "Raw profile", "exif"))


def _read_exif(image: Image.Image) -> bytes | None:
    if image.format == "TIFF":
        tags = image.getexif()
        kept = Image.Exif()
        for tag in _DESCRIPTIVE:
            if tag in tags:
                kept[tag] = tags[tag]
        for pointer in _IFD_POINTERS:
            if inner := tags.get_ifd(pointer):
                kept[pointer] = inner
        exif = kept.tobytes() if len(kept) else b""
    else:
        exif = image.info.get("exif") or b""
        if not exif and (tags := image.getexif()):
            exif = tags.tobytes()
    return exif.removeprefix(_EXIF_HEADER) or None


def _upright_exif(exif: bytes, width: int, height: int) -> bytes:
    """EXIF with orientation 1, the sizes given, and without the thumbnail's directory.

    Patched in place, since rewriting would break makers' private offsets.
    """
    order = {b"II": "<", b"MM": ">"}[exif[:2]] if exif[:2] in (b"II", b"MM") else ""
    if not order:
        raise struct.error("no byte order")
    out = bytearray(exif)
    offsets = [struct.unpack_from(order + "I", out, 4)[0]]
    first = True
    while offsets:
        offset = offsets.pop()
        (count,) = struct.unpack_from(order + "H", out, offset)
        for entry in range(offset + 2, offset + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(order + "HH", out, entry)
            if tag == ExifTags.IFD.Exif and first:
                offsets.append(struct.unpack_from(order + "I", out, entry + 8)[0])
            value = {_ORIENTATION: 1} | dict.fromkeys(_WIDTHS, width)
            value |= dict.fromkeys(_HEIGHTS, height)
            if tag in value and kind in (3, 4):
                layout = "HH" if kind == 3 else "I"
                numbers = (value[tag], 0) if kind == 3 else (value[tag],)
                struct.pack_into(order + layout, out, entry + 8, *numbers)
        if first:
            struct.pack_into(order + "I", out, offset + 2 + 12 * count, 0)
        first = False
    return bytes(out)
