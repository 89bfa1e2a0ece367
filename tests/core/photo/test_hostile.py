"""Odd and hostile files: none ends the process, each is opened or refused in one sentence."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.core.photo.pictures import encoded, gradient, matrix_profile
from tests.core.photo.sweep import Outcome, sweep

SECONDS, MEGABYTES = 2.0, 1024.0


def _png(width: int, height: int, *chunks: tuple[bytes, bytes], depth: int = 8) -> bytes:
    """A PNG with any header and any chunks."""
    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    out = b"\x89PNG\r\n\x1a\n"
    for name, data in ((b"IHDR", header), *chunks, (b"IEND", b"")):
        out += struct.pack(">I", len(data)) + name + data
        out += struct.pack(">I", zlib.crc32(name + data))
    return out


def _tiff(*tags: tuple[int, int, int, int], next_directory: int = 0) -> bytes:
    """A little-endian TIFF of one directory: (tag, type, count, value)."""
    body = b"".join(struct.pack("<HHII", *tag) for tag in sorted(tags))
    head = b"II*\0" + struct.pack("<IH", 8, len(tags))
    return head + body + struct.pack("<I", next_directory) + bytes(64)


def _refused() -> dict[str, bytes]:
    """No pictures, or ones that ask for more than anyone has."""
    zeros = zlib.compress(bytes(1 << 24), 9)
    jpeg, png = encoded(gradient(200, 300), "JPEG"), encoded(gradient(200, 300))
    webp, gif = encoded(gradient(200, 300), "WEBP"), encoded(gradient(200, 300), "GIF")
    size = [(256, 4, 1, 1 << 30), (257, 4, 1, 1 << 30)]
    return {
        "empty.jpg": b"", "zeros.png": bytes(4096), "text.png": b"no picture " * 40,
        "page.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd"/></svg>',
        "script.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n",
        "icon.ico": encoded(gradient(), "ICO"), "paper.pdf": encoded(gradient(), "PDF"),
        "cut.png": png[:-400], "cut.webp": webp[: len(webp) // 2], "cut.gif": gif[:60],
        "cut.jpg": jpeg[: len(jpeg) // 3], "header.jpg": jpeg[:200], "start.jpg": jpeg[:3],
        "bomb.png": _png(100_000, 100_000, (b"IDAT", zeros)),
        "lie.png": _png(11_000, 11_000, (b"IDAT", zeros[:200])),
        "bomb.gif": b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\0\0\0,"
                    + struct.pack("<HHHH", 0, 0, 65535, 65535) + b"\0\x08\0;",
        "bomb.bmp": b"BM" + struct.pack("<IHHIIiiHHI", 54, 0, 0, 54, 40, 1 << 30, -(1 << 30), 1,
                                        24, 0) + bytes(20),
        "blank.png": encoded(Image.new("1", (12_000, 12_000))),
        "blank.gif": encoded(Image.new("P", (6_000, 6_000)), "GIF"),
        "bomb.ppm": b"P6 99999999 99999999 255\n", "number.ppm": b"P6 1e9 -3 255\n",
        "bomb.tif": _tiff(*size, (258, 3, 1, 8), (262, 3, 1, 1), (273, 4, 1, 8),
                          (279, 4, 1, 0xFFFFFFFF)),
        "loop.tif": _tiff((256, 4, 1, 0), (257, 4, 1, 9), next_directory=8),
        "count.tif": _tiff((256, 4, 0xFFFFFFFF, 9), (257, 4, 1, 9), (273, 4, 0xFFFFFFFF, 8)),
    }  # fmt: skip


def _opened() -> dict[str, bytes]:
    """Rare, and pictures all the same; the name's ending may lie."""
    colours = gradient(200, 300)
    image = Image.fromarray(colours)
    frames = [Image.fromarray(np.roll(colours, 40 * i, 1)) for i in range(1, 4)]
    palette = image.quantize(16)
    palette.info["transparency"] = bytes(range(0, 256, 16))
    huge_icc = matrix_profile() + bytes(6 << 20)
    text = PngInfo()
    text.add_text("Comment", "x" * (1 << 19), zip=True)
    exif = Image.Exif()
    exif[274] = 77
    odd_float = np.full((40, 50), np.nan, np.float32)
    odd_float[::2] = np.inf
    files = {
        "cmyk.jpg": encoded(image.convert("CMYK"), "JPEG"),
        "cmyk_wrong_profile.jpg": encoded(
            image.convert("CMYK"), "JPEG", icc_profile=matrix_profile()
        ),
        "palette_alpha.png": encoded(palette),
        "animated.gif": encoded(image, "GIF", save_all=True, append_images=frames),
        "animated.png": encoded(image, "PNG", save_all=True, append_images=frames),
        "animated.webp": encoded(image, "WEBP", save_all=True, append_images=frames),
        "several.mpo": encoded(image, "MPO", save_all=True, append_images=frames),
        "pages.tif": encoded(image.copy(), "TIFF", save_all=True, append_images=[palette.copy()]),
        "huge_icc.jpg": encoded(image, "JPEG", icc_profile=huge_icc),
        "huge_icc.png": encoded(image, icc_profile=huge_icc),
        "long_text.png": encoded(image, pnginfo=text),
        "orientation_77.jpg": encoded(image, "JPEG", exif=exif),
        "broken_exif.jpg": encoded(image, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"),
        "deep.png": encoded(Image.fromarray(colours[..., 0].astype(np.uint16) * 257)),
        "bits.tif": encoded(image.convert("1"), "TIFF", compression="group4"),
        "not_a_number.tif": encoded(Image.fromarray(odd_float), "TIFF"),
        "lab.tif": encoded(image.convert("LAB"), "TIFF"),
        "really_png.jpg": encoded(image), "really_jpeg.png": encoded(image, "JPEG"),
        "no_ending": encoded(image, "WEBP"),
        "trailer.jpg": encoded(image, "JPEG") + bytes(1 << 20),
        "wide.png": encoded(np.zeros((1, 65_535, 3), np.uint8)),
        "tall.png": encoded(np.zeros((65_535, 1), np.uint8)),
        "wide.jpg": encoded(np.zeros((1, 65_500, 3), np.uint8), "JPEG"),
        "flat.png": encoded(Image.new("L", (5000, 4000))),
    }  # fmt: skip
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "JPEG2000", "AVIF"):
        files[f"one.{kind.lower()}"] = encoded(Image.new("RGB", (1, 1), "red"), kind)
    return files


def _fine(outcomes: list[Outcome]) -> None:
    bad = [o for o in outcomes if o.seconds > SECONDS or o.megabytes > MEGABYTES]
    assert not bad
    for outcome in outcomes:
        if outcome.result != "opened":
            assert outcome.name in outcome.result, outcome
            assert outcome.result.endswith(".") and "\n" not in outcome.result, outcome


def test_generated_files(tmp_path: Path) -> None:
    refused, opened = _refused(), _opened()
    for name, data in (refused | opened).items():
        (tmp_path / name).write_bytes(data)
    outcomes = sweep(tmp_path)
    assert {Path(o.name).name for o in outcomes if o.result == "opened"} == set(opened)
    _fine(outcomes)


def test_files_of_a_folder() -> None:
    """As of Pillow's Tests/images: MIEN_TEST_IMAGES=FOLDER python -m pytest thisfile."""
    folder = os.environ.get("MIEN_TEST_IMAGES")
    if not folder:
        pytest.skip("MIEN_TEST_IMAGES names no folder")
    outcomes = sweep(Path(folder))
    assert outcomes
    _fine(outcomes)
