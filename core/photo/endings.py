"""Names of files that hold photos."""

from __future__ import annotations

PHOTO_SUFFIXES = (
    ".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".heic", ".heif", ".avif",
)  # fmt: skip
