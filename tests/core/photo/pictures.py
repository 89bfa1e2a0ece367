"""Small pictures with known content, and an ICC profile made from its definition."""

from __future__ import annotations

import io
import struct

import numpy as np
from PIL import Image


def gradient(height: int = 24, width: int = 36) -> np.ndarray:
    """RGB uint8 whose corners all differ."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 // width, y * 255 // height, (x * 7 + y * 11) % 256], -1).astype(
        np.uint8
    )


def encoded(image: Image.Image | np.ndarray, format_: str = "PNG", **options: object) -> bytes:
    """The bytes of a file that Pillow writes."""
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    buffer = io.BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def matrix_profile(space: bytes = b"RGB ", gamma: float = 2.2) -> bytes:
    """ICC v2 profile: Adobe RGB's primaries (adapted to D50) and a pure gamma, or gray gamma."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)

    def xyz(x: float, y: float, z: float) -> bytes:
        return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in (x, y, z)))

    white = xyz(0.9642, 1.0, 0.8249)
    description = b"desc" + bytes(4) + struct.pack(">I", 5) + b"Test\0" + bytes(79)
    if space == b"GRAY":
        tags = {b"wtpt": white, b"kTRC": curve, b"desc": description}
    else:
        tags = {
            b"wtpt": white, b"desc": description,
            b"rXYZ": xyz(0.60974, 0.31111, 0.01947), b"gXYZ": xyz(0.20528, 0.62567, 0.06087),
            b"bXYZ": xyz(0.14919, 0.06322, 0.74457), b"rTRC": curve, b"gTRC": curve, b"bTRC": curve,
        }  # fmt: skip
    body, table = b"", struct.pack(">I", len(tags))
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        data += bytes(-len(data) % 4)
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data
    size = start + len(body)
    header = struct.pack(">I4sI4s4s4s", size, bytes(4), 0x02100000, b"mntr", space, b"XYZ ")
    header += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    header += struct.pack(">3i", *(round(v * 65536) for v in (0.9642, 1.0, 0.8249)))
    return header + bytes(128 - len(header)) + table + body


def adobe_to_srgb(value: np.ndarray) -> np.ndarray:
    """Closed form of that RGB profile to sRGB: (..., 3) in 0..255, clipped."""
    linear = (np.asarray(value, float) / 255) ** (round(2.2 * 256) / 256)
    to_xyz = np.array(
        [[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]]
    )
    srgb_xyz = np.array(
        [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
    )
    linear = np.clip(linear @ (np.linalg.inv(srgb_xyz) @ to_xyz).T, 0, 1)
    out = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(out * 255)
