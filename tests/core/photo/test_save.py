"""Saving: what was not edited comes back bit for bit, with everything the file carried."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import ExifTags, Image, TiffImagePlugin

from core.errors import OutputError
from core.photo.load import load_photo
from core.photo.save import save_photo, suffix_for
from tests.core.photo.pictures import encoded, gradient, matrix_profile

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r tiff:Orientation="6" a="b"/></x:xmpmeta>'


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[274] = 6
    exif[271] = "Maker"
    exif[315] = "An artist"
    exif[34665] = {36867: "2024:01:02 03:04:05", 40962: 24, 40963: 36}
    exif[34853] = {1: "N", 2: (52.0, 30.0, 1.5)}
    return exif


def _edit(pixels: np.ndarray) -> np.ndarray:
    edited = pixels.copy()
    edited[5:12, 6:20] = 255 - edited[5:12, 6:20]
    return edited


@pytest.mark.parametrize(("format_", "suffix"), [("PNG", ".png"), ("TIFF", ".tif"),
                                                 ("WEBP", ".webp")])  # fmt: skip
@pytest.mark.parametrize("profile", [None, matrix_profile()])
def test_lossless_formats_keep_untouched_pixels(
    format_: str, suffix: str, profile: bytes | None, tmp_path: Path
) -> None:
    options: dict[str, object] = {"icc_profile": profile} if profile else {}
    if format_ == "WEBP":
        options["lossless"] = True
    rgba = np.dstack([gradient(), np.arange(24 * 36).reshape(24, 36) % 256]).astype(np.uint8)
    photo = load_photo(encoded(rgba, format_, exact=True, **options))
    path = save_photo(photo, _edit(photo.pixels), tmp_path / f"out{suffix}")
    with Image.open(path) as image:
        out = np.asarray(image)
        assert image.info.get("icc_profile") == profile
    inside = np.zeros((24, 36), bool)
    inside[5:12, 6:20] = True
    np.testing.assert_array_equal(out[~inside], rgba[~inside])
    np.testing.assert_array_equal(out[..., 3], rgba[..., 3])
    again = load_photo(path)
    assert np.abs(again.pixels.astype(int) - _edit(photo.pixels))[inside].max() <= 6


def test_16_bits_stay_16_bits(tmp_path: Path) -> None:
    deep = (gradient().astype(np.uint16) * 257) ^ 0x15
    alpha = np.arange(24 * 36, dtype=np.uint16).reshape(24, 36) * 61
    cv2.imwrite(str(tmp_path / "in.png"), np.dstack([deep[..., ::-1], alpha]))
    photo = load_photo(tmp_path / "in.png")
    path = save_photo(photo, _edit(photo.pixels), tmp_path / "out.png")
    out = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert out is not None and out.dtype == np.uint16
    inside = np.zeros((24, 36), bool)
    inside[5:12, 6:20] = True
    np.testing.assert_array_equal(out[..., 2::-1][~inside], deep[~inside])
    np.testing.assert_array_equal(out[..., 3], alpha)
    np.testing.assert_array_equal(out[..., 2::-1][inside] // 257, _edit(photo.pixels)[inside])


def test_edits_add_up_in_another_profile(tmp_path: Path) -> None:
    photo = load_photo(encoded(gradient(), icc_profile=matrix_profile()))
    once = replace(photo, pixels=_edit(photo.pixels))
    saved = load_photo(save_photo(once, once.pixels, tmp_path / "out.png"))
    assert np.abs(saved.pixels.astype(int) - once.pixels).max() <= 6


def test_gray_stays_gray_until_colour_comes(tmp_path: Path) -> None:
    gray = gradient()[..., 2]
    profile = matrix_profile(b"GRAY", 1.8)
    photo = load_photo(encoded(gray, icc_profile=profile))
    edited = photo.pixels.copy()
    edited[5:9] = 255 - edited[5:9]
    with Image.open(save_photo(photo, edited, tmp_path / "gray.png")) as image:
        assert image.mode == "L" and image.info["icc_profile"] == profile
        np.testing.assert_array_equal(np.asarray(image)[9:], gray[9:])
    edited[5, 5:8] = (200, 120, 110)  # a mouth's inside is no reason for colour
    with Image.open(save_photo(photo, edited, tmp_path / "still.png")) as image:
        assert image.mode == "L"
    edited[5:9, :, 0] = 0
    with Image.open(save_photo(photo, edited, tmp_path / "colour.png")) as image:
        assert image.mode == "RGB" and "icc_profile" not in image.info
        np.testing.assert_array_equal(np.asarray(image), edited)


@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_metadata_travels(source: str, suffix: str, tmp_path: Path) -> None:
    options: dict[str, object] = {"exif": _exif(), "icc_profile": matrix_profile()}
    if source == "TIFF":
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[700] = XMP
        options["tiffinfo"] = tags
    elif source == "PNG":
        from PIL.PngImagePlugin import PngInfo

        texts = PngInfo()
        texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
        options["pnginfo"] = texts
    else:
        options["xmp"] = XMP
    if source == "TIFF":  # Pillow takes tags or EXIF, not both
        for key, value in _exif().items():
            tags[key] = value
        del options["exif"]
    photo = load_photo(encoded(gradient(), source, **options))
    assert photo.size == (24, 36)
    path = save_photo(photo, photo.pixels, tmp_path / f"out{suffix}")
    with Image.open(path) as image:
        image.load()
        exif = image.getexif()
        assert image.size == (24, 36)
        assert image.info["icc_profile"] == matrix_profile()
        assert exif.get(274, 1) == 1
        assert exif[271].rstrip("\0") == "Maker" and exif[315].rstrip("\0") == "An artist"
        xmp = image.info["xmp"]
        xmp = xmp if isinstance(xmp, bytes) else xmp.encode()
        # Pillow itself takes the orientation out of a TIFF's, with the space before it.
        left = xmp.replace(b'tiff:Orientation="1"', b"").split()
        assert left == XMP.replace(b'tiff:Orientation="6"', b"").split()
        if source != "TIFF":  # Pillow writes no inner directories to TIFF tags given so
            assert exif.get_ifd(34665)[36867] == "2024:01:02 03:04:05"
            assert exif.get_ifd(34665)[40962] == 24
            assert exif.get_ifd(34853)[1].rstrip("\0") == "N"
    np.testing.assert_array_equal(load_photo(path).pixels.shape, photo.pixels.shape)


def test_jpeg_keeps_iptc_and_quality(tmp_path: Path) -> None:
    resource = b"8BIM\x04\x04\0\0" + (8).to_bytes(4, "big") + b"\x1c\x02\x50\0\x03Ann"
    iptc = b"\xff\xed" + (2 + 14 + 20).to_bytes(2, "big") + b"Photoshop 3.0\0" + resource
    smooth = cv2.resize(gradient(), (360, 240), interpolation=cv2.INTER_CUBIC)
    photo = load_photo(encoded(smooth, "JPEG", extra=iptc, quality=95, dpi=(300, 300)))
    assert suffix_for(photo) == ".jpg"
    path = save_photo(photo, photo.pixels, tmp_path / "out.jpg")
    assert iptc in path.read_bytes()
    with Image.open(path) as image:
        assert image.info["dpi"] == (300, 300)
        layers = getattr(image, "layer", [])
        assert {(h, v) for _, h, v, _ in layers} == {(1, 1)}  # 4:4:4
        error = np.asarray(image).astype(float) - photo.pixels
    assert 10 * np.log10(255**2 / (error**2).mean()) > 38


def test_thumbnail_of_the_old_picture_is_dropped(tmp_path: Path) -> None:
    exif = _exif()
    thumbnail = encoded(gradient(12, 18), "JPEG")
    # IFD1 by hand: one entry for the offset, one for the length.
    raw = bytearray(exif.tobytes()[6:])
    order = "little" if raw[:2] == b"II" else "big"
    start = int.from_bytes(raw[4:8], order)  # type: ignore[arg-type]
    count = int.from_bytes(raw[start : start + 2], order)  # type: ignore[arg-type]
    end = start + 2 + 12 * count
    raw[end : end + 4] = len(raw).to_bytes(4, order)  # type: ignore[arg-type]
    entries = [(513, 4, 1, len(raw) + 30), (514, 4, 1, len(thumbnail))]
    raw += (2).to_bytes(2, order)  # type: ignore[arg-type]
    for entry in entries:
        for value, width in zip(entry, (2, 2, 4, 4), strict=True):
            raw += value.to_bytes(width, order)  # type: ignore[arg-type]
    raw += bytes(4) + thumbnail
    data = encoded(gradient(), "JPEG", exif=b"Exif\0\0" + bytes(raw))
    with Image.open(io.BytesIO(data)) as image:
        assert image.getexif().get_ifd(ExifTags.IFD.IFD1)
    photo = load_photo(data)
    with Image.open(save_photo(photo, photo.pixels, tmp_path / "out.jpg")) as image:
        assert not image.getexif().get_ifd(ExifTags.IFD.IFD1)
        assert image.getexif()[271] == "Maker"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    photo = load_photo(encoded(gradient()))
    path = tmp_path / "out.png"
    path.write_bytes(b"precious")
    with pytest.raises(OutputError, match="exists already"):
        save_photo(photo, photo.pixels, path)
    assert path.read_bytes() == b"precious"
    save_photo(photo, photo.pixels, path, overwrite=True)
    assert load_photo(path).size == (36, 24)
    assert os.listdir(tmp_path) == ["out.png"]  # and no temporary file stays


def test_unwritable_places_are_named(tmp_path: Path) -> None:
    photo = load_photo(encoded(gradient()))
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder.png").mkdir()
    for path, words in {
        tmp_path / "missing" / "out.png": "does not exist",
        tmp_path / "file" / "out.png": "not a folder",
        tmp_path / "folder.png": "is a folder",
        tmp_path / "out.xyz": "no ending that Mien writes",
        tmp_path / ("x" * 300 + ".png"): "too long",
        Path("/proc/out.png"): "proc",
    }.items():
        with pytest.raises(OutputError, match=words):
            save_photo(photo, photo.pixels, path)


def test_transparent_photo_as_jpeg_lies_on_white(tmp_path: Path) -> None:
    rgba = np.dstack([gradient(), np.zeros((24, 36), np.uint8)])
    photo = load_photo(encoded(rgba))
    saved = load_photo(save_photo(photo, photo.pixels, tmp_path / "out.jpg"))
    assert saved.pixels.min() >= 254
