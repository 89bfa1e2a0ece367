"""Saving an edited photo in the way it came: format, depth, profile, alpha and metadata."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from core.errors import OutputError
from core.export.options import QUALITY
from core.files import write_file
from core.photo.colour import from_srgb, profile_mode
from core.photo.load import Photo, to_8_bits
from core.photo.metadata import PhotoMetadata, jpeg_iptc, png_with_metadata

SUFFIXES = {
    ".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP",
    ".tif": "TIFF", ".tiff": "TIFF",
}  # fmt: skip
# A gray photo stays gray while half of what changed has no more colour than this, of 255.
GRAY_CHROMA = 6
_JPEG_SEGMENT = 65500


def suffix_for(photo: Photo) -> str:
    """The file name's ending that keeps the photo's format, or .png where it cannot be written."""
    by_format = {"JPEG": ".jpg", "WEBP": ".webp", "TIFF": ".tif"}
    return by_format.get(photo.format, ".png")


def save_photo(photo: Photo, pixels: np.ndarray, path: Path | str, overwrite: bool = False) -> Path:
    """Writes edited pixels (H, W, 3) uint8 sRGB of a photo; returns the path.

    The name's ending chooses the format. Raises OutputError.
    """
    return write_file(path, encode_photo(photo, pixels, path), overwrite)


def encode_photo(
    photo: Photo, pixels: np.ndarray, path: Path | str, quality: int = QUALITY
) -> bytes:
    """The bytes of a file with edited pixels (H, W, 3) uint8 sRGB of a photo.

    The name's ending chooses the format. quality: 1 to 100, of JPEG and lossy WebP. Pixels that
    equal the photo's keep the very numbers of its file wherever the format is lossless. Raises
    OutputError.
    """
    path = Path(path)
    format_ = SUFFIXES.get(path.suffix.lower())
    if format_ is None:
        raise OutputError(
            f"{path} has no ending that Mien writes; use {', '.join(sorted(SUFFIXES))}."
        )
    if pixels.shape != photo.pixels.shape:
        raise ValueError(f"pixels are {pixels.shape}, the photo {photo.pixels.shape}")
    try:
        return _encode(photo, pixels, format_, quality)
    except (OSError, ValueError, RuntimeError, cv2.error, MemoryError) as error:
        raise OutputError(
            f"{path} cannot be written as {format_} ({error}); choose another format."
        ) from error


def _encode(photo: Photo, pixels: np.ndarray, format_: str, quality: int) -> bytes:
    array, metadata = _native(photo, pixels, deep=format_ == "PNG")
    alpha = photo.alpha
    if format_ == "PNG":
        if array.dtype == np.uint16 and alpha is not None:
            alpha = (
                photo.native_alpha
                if photo.native_alpha is not None
                else alpha.astype(np.uint16) * 257
            )
        return _png(array, alpha, metadata)
    if format_ == "JPEG":
        return _jpeg(array, alpha, metadata, quality)
    image = Image.fromarray(array)
    if alpha is not None:
        image = image.convert("LA" if image.mode == "L" and format_ == "TIFF" else "RGBA")
        image.putalpha(Image.fromarray(alpha))
    if format_ == "WEBP":
        return _webp(image, metadata, photo.lossless, quality)
    return _tiff(image, metadata)


def _native(photo: Photo, pixels: np.ndarray, deep: bool) -> tuple[np.ndarray, PhotoMetadata]:
    """Pixels (H, W[, 3]) in the file's own space, uint16 if deep and the file is; metadata."""
    gray = photo.grayscale and not _coloured(photo, pixels)
    if photo.grayscale and not gray:
        return pixels, _without_profile(photo.metadata)
    if gray:
        pixels = _decoloured(pixels)
    fits = profile_mode(photo.metadata.icc) == ("L" if gray else "RGB")
    metadata = photo.metadata if fits else _without_profile(photo.metadata)
    if photo.native is None:
        return (pixels[..., 0].copy() if gray else pixels), metadata
    return _merge(photo, photo.native, pixels, deep), metadata


def _loaded(photo: Photo) -> np.ndarray:
    return photo.pixels if photo.loaded is None else photo.loaded


def _coloured(photo: Photo, pixels: np.ndarray) -> bool:
    """Whether an edit gave a gray photo colour, as a coloured light does and a mouth does not."""
    changed = pixels[(pixels != _loaded(photo)).any(axis=2)]
    return len(changed) > 0 and float(np.median(np.ptp(changed, axis=1))) > GRAY_CHROMA


def _decoloured(pixels: np.ndarray) -> np.ndarray:
    """Gray (H, W, 3) of nearly gray pixels; equal channels keep their value."""
    luma = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    equal = (pixels[..., 0] == pixels[..., 1]) & (pixels[..., 1] == pixels[..., 2])
    return np.repeat(np.where(equal, pixels[..., 0], luma)[..., None], 3, -1)


def _merge(photo: Photo, native: np.ndarray, pixels: np.ndarray, deep: bool) -> np.ndarray:
    """The file's own numbers where nothing changed, converted ones elsewhere."""
    changed = (pixels != _loaded(photo)).any(axis=2)
    fresh = pixels[changed]
    if photo.converted and photo.metadata.icc and len(fresh):
        fresh = from_srgb(fresh[None], photo.metadata.icc)[0]
    elif native.ndim == 2:
        fresh = fresh[:, 0]
    if native.dtype == np.uint16 and not deep:
        native = to_8_bits(native)
    out = native.copy()
    out[changed] = fresh.astype(np.uint16) * 257 if out.dtype == np.uint16 else fresh
    return out


def _without_profile(metadata: PhotoMetadata) -> PhotoMetadata:
    return PhotoMetadata(
        None, metadata.exif, metadata.xmp, metadata.iptc, metadata.dpi, metadata.texts
    )


def _png(array: np.ndarray, alpha: np.ndarray | None, metadata: PhotoMetadata) -> bytes:
    if array.ndim == 2 and alpha is None:
        channels = array
    else:
        colour = np.repeat(array[..., None], 3, -1) if array.ndim == 2 else array[..., ::-1]
        channels = colour if alpha is None else np.dstack([colour, alpha])
    # Level 2 takes a sixth of the default's time for a tenth more bytes.
    ok, data = cv2.imencode(
        ".png", np.ascontiguousarray(channels), [cv2.IMWRITE_PNG_COMPRESSION, 2]
    )
    if not ok:
        raise ValueError("the encoder failed")
    return png_with_metadata(data.tobytes(), metadata)


def _jpeg(
    array: np.ndarray, alpha: np.ndarray | None, metadata: PhotoMetadata, quality: int
) -> bytes:
    if alpha is not None:  # JPEG knows no transparency: lay the photo on white
        weight = (alpha / 255.0).reshape(*alpha.shape, *[1] * (array.ndim - 2))
        array = np.rint(array * weight + 255 * (1 - weight)).astype(np.uint8)
    options: dict[str, object] = {"extra": jpeg_iptc(metadata)}
    if metadata.exif and len(metadata.exif) < _JPEG_SEGMENT:
        options["exif"] = b"Exif\0\0" + metadata.exif
    if metadata.xmp and len(metadata.xmp) < _JPEG_SEGMENT - 32:
        options["xmp"] = metadata.xmp
    if metadata.dpi:
        options["dpi"] = metadata.dpi
    return _pillow(Image.fromarray(array), "JPEG", metadata.icc, quality=quality, subsampling=0,
                   **options)  # fmt: skip


def _webp(image: Image.Image, metadata: PhotoMetadata, lossless: bool, quality: int) -> bytes:
    return _pillow(
        image, "WEBP", metadata.icc, lossless=lossless, exact=lossless,
        quality=60 if lossless else quality, exif=metadata.exif or b"", xmp=metadata.xmp or b"",
    )  # fmt: skip


def _tiff(image: Image.Image, metadata: PhotoMetadata) -> bytes:
    exif = Image.Exif()
    if metadata.exif:
        exif.load(b"Exif\0\0" + metadata.exif)
    if metadata.xmp:
        exif[700] = metadata.xmp
    options: dict[str, object] = {"dpi": metadata.dpi} if metadata.dpi else {}
    # Uncompressed: Pillow loses the inner directories of EXIF through libtiff.
    return _pillow(image, "TIFF", metadata.icc, compression="raw", exif=exif, **options)


def _pillow(image: Image.Image, format_: str, icc: bytes | None, **options: object) -> bytes:
    image.info.clear()  # nothing but what is asked for goes into the file
    if icc:
        options["icc_profile"] = icc
    buffer = io.BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()
