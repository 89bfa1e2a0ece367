"""Loading against what Pillow wrote, and every kind of file that must be refused."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from core.errors import PhotoError
from core.photo import load
from core.photo.load import load_photo
from tests.core.photo.pictures import adobe_to_srgb, encoded, gradient, matrix_profile


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("deep", [False, True])
def test_orientation_is_applied(orientation: int, deep: bool) -> None:
    upright = gradient()
    transpose = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    image = Image.fromarray(upright)
    if orientation > 1:  # the stored pixels are turned so that the tag turns them back
        image = image.transpose(transpose[orientation])
    exif = Image.Exif()
    exif[274] = orientation
    data = encoded(image, exif=exif)
    if deep:
        stored = np.asarray(image).astype(np.uint16)[..., ::-1] * 257
        png = cv2.imencode(".png", stored)[1].tobytes()
        chunk = b"eXIf" + exif.tobytes()[6:]
        packed = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        data = png[:33] + packed + png[33:]
    photo = load_photo(data)
    np.testing.assert_array_equal(photo.pixels, upright)
    assert (photo.native is not None) == deep


def test_tiff_orientation_and_16_bits(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    image = Image.fromarray(gradient()).transpose(Image.Transpose.ROTATE_90)
    photo = load_photo(encoded(image, "TIFF", exif=exif))
    np.testing.assert_array_equal(photo.pixels, gradient())
    deep = gradient().astype(np.uint16) * 256 + 128
    cv2.imwrite(str(tmp_path / "deep.tif"), deep[..., ::-1])
    photo = load_photo(tmp_path / "deep.tif")
    np.testing.assert_allclose(photo.pixels, deep / 257.0, atol=0.51)
    assert photo.native is not None
    np.testing.assert_array_equal(photo.native, deep)


def test_profile_is_honoured() -> None:
    pixels = gradient()
    photo = load_photo(encoded(pixels, icc_profile=matrix_profile()))
    assert photo.converted
    error = np.abs(photo.pixels.astype(float) - adobe_to_srgb(pixels))
    assert error.max() < 2.5
    assert np.abs(photo.pixels.astype(int) - pixels).max() > 15  # that is, it did something


def test_srgb_profile_changes_nothing() -> None:
    from PIL import ImageCms

    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo = load_photo(encoded(gradient(), icc_profile=icc))
    np.testing.assert_array_equal(photo.pixels, gradient())
    assert not photo.converted
    assert photo.metadata.icc == icc


@pytest.mark.parametrize("icc", [b"nonsense", matrix_profile()[:200], matrix_profile(b"GRAY")])
def test_unusable_profile_is_ignored(icc: bytes) -> None:
    np.testing.assert_array_equal(
        load_photo(encoded(gradient(), icc_profile=icc)).pixels, gradient()
    )


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "I",
                                  "F", "I;16", "LAB", "HSV"])  # fmt: skip
def test_every_mode_of_a_tiff_or_png(mode: str, tmp_path: Path) -> None:
    image = Image.fromarray(gradient())
    if mode in ("I", "F", "I;16"):
        values = np.asarray(image.convert("L")).astype(
            {"I;16": np.uint16, "F": np.float32}.get(mode, np.int32)
        )
        image = Image.fromarray(values * 257 if mode == "I;16" else values)
    elif mode == "PA":
        image = image.convert("RGBA")
    elif mode == "LAB":
        from PIL import ImageCms

        profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        lab = ImageCms.profileToProfile(image, *profiles, outputMode="LAB")
        assert lab is not None
        image = lab
    else:
        image = image.convert(mode)
    format_ = "TIFF" if mode in ("CMYK", "YCbCr", "F", "I", "LAB") else "PNG"
    if mode == "HSV":
        image = image.convert("RGB")
    data = encoded(image, format_)
    photo = load_photo(data)
    assert photo.pixels.shape == (24, 36, 3)
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.max() > 200
    assert (photo.alpha is not None) == (mode in ("LA", "RGBA", "PA"))
    assert photo.grayscale == (mode in ("1", "L", "LA", "I", "F", "I;16"))


def test_palette_transparency_becomes_alpha() -> None:
    image = Image.fromarray(gradient()).quantize(8)
    photo = load_photo(encoded(image, transparency=0))
    assert photo.alpha is not None
    np.testing.assert_array_equal(photo.alpha == 0, np.asarray(image) == 0)


def test_16_bit_gray_is_scaled() -> None:
    ramp = np.linspace(0, 65535, 24 * 36).reshape(24, 36).astype(np.uint16)
    photo = load_photo(encoded(Image.fromarray(ramp)))
    np.testing.assert_allclose(photo.pixels[..., 0], ramp / 257.0, atol=0.51)
    np.testing.assert_array_equal(photo.native, ramp)


def test_cmyk_jpeg_looks_right() -> None:
    colour = np.full((16, 16, 3), (200, 60, 30), np.uint8)
    data = encoded(Image.fromarray(colour).convert("CMYK"), "JPEG", quality=98)
    np.testing.assert_allclose(load_photo(data).pixels, colour, atol=6)


def test_heic_with_its_package() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    heif = pillow_heif.from_pillow(Image.fromarray(gradient(64, 96)))
    import io

    buffer = io.BytesIO()
    heif.save(buffer, quality=100, chroma=444)
    photo = load_photo(buffer.getvalue())
    assert photo.format == "HEIF"
    assert np.abs(photo.pixels.astype(int) - gradient(64, 96)).mean() < 4


def test_heic_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "_known_formats", lambda: {"JPEG", "PNG"})
    with pytest.raises(PhotoError, match="pip install pillow-heif"):
        load_photo(b"\0\0\0\x18ftypheic" + bytes(200))


def _bomb() -> bytes:
    header = struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    data = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
        + struct.pack(">I", len(data)) + b"IDAT" + data
        + struct.pack(">I", zlib.crc32(b"IDAT" + data))
    )  # fmt: skip


def test_bad_files_are_refused_in_one_sentence(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3)).astype(np.uint8)
    jpeg, png = encoded(noise, "JPEG"), encoded(noise)
    broken = bytearray(png)
    broken[len(png) // 2] ^= 255
    cases = {
        "empty.jpg": (b"", "empty"),
        "text.jpg": (b"hello, this is no picture", "not a picture"),
        "cut.jpg": (jpeg[: len(jpeg) // 2], "truncated"),
        "cut.png": (png[: len(png) // 2], "truncated"),
        "broken.png": (bytes(broken), "damaged"),
        "header.png": (png[:30], "damaged"),
        "bomb.png": (_bomb(), "900 megapixels"),
        "script.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
    }
    for name, (data, words) in cases.items():
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(PhotoError, match=words) as caught:
            load_photo(path)
        sentence = str(caught.value)
        assert str(path) in sentence and sentence.endswith(".") and "\n" not in sentence
    with pytest.raises(PhotoError, match="does not exist"):
        load_photo(tmp_path / "missing.jpg")
    with pytest.raises(PhotoError, match="is a folder"):
        load_photo(tmp_path)
    with pytest.raises(PhotoError, match="is not a file"):
        load_photo("/dev/zero")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(tmp_path: Path) -> None:
    path = tmp_path / "secret.jpg"
    path.write_bytes(encoded(gradient(), "JPEG"))
    path.chmod(0)
    with pytest.raises(PhotoError, match="may not be read"):
        load_photo(path)


@pytest.mark.filterwarnings("ignore")
def test_random_damage_never_escapes_as_another_error() -> None:
    generator = np.random.default_rng(1)
    whole = {f: encoded(gradient(), f) for f in ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP")}
    for data in whole.values():
        for _ in range(40):
            damaged = bytearray(data)
            for _ in range(generator.integers(1, 20)):
                damaged[generator.integers(len(damaged))] = generator.integers(256)
            try:
                load_photo(bytes(damaged))
            except PhotoError:
                continue
