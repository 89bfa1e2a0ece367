"""Loading a photo: upright, in sRGB, with all that is needed to save it as it came."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageCms, ImageOps, PngImagePlugin, UnidentifiedImageError

from core.errors import PhotoError, installing, unreadable
from core.photo.colour import is_srgb, profile_mode, to_srgb
from core.photo.metadata import PhotoMetadata, read_metadata, upright

MAX_PIXELS = 150_000_000
MAX_BYTES = 1 << 30
# A file that unfolds to more pixels than this from fewer bytes for each is no photo of a face.
BLANK_PIXELS, BLANK_BYTES = 30_000_000, 1 / 200
READABLE = ("JPEG", "MPO", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "JPEG2000", "AVIF", "HEIF")

# Pixels copied at a time; bytes that a PNG's compressed text or profile may unfold to.
_STRIP, _MAX_CHUNK = 1 << 22, 1 << 24

# Decoders meet damaged files with any of these.
_DECODE_ERRORS = (
    OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError,
    ArithmeticError, AssertionError, NotImplementedError, RuntimeError, struct.error, zlib.error,
    cv2.error,
)  # fmt: skip
_LOSSLESS = ("PNG", "TIFF", "BMP", "GIF", "PPM")
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_HINT = "use a JPEG, PNG, WebP, TIFF, BMP or HEIC photo"


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo as displayed.

    pixels: (H, W, 3) uint8 sRGB, upright. alpha: (H, W) uint8 or None. grayscale: the file has
    no colour. native: (H, W[, 3]) uint8 or uint16, upright, as in the file, where that is more
    than pixels hold (another profile, 16 bits); native_alpha (H, W) uint16 likewise. loaded:
    the file's own pixels in sRGB, when edits have replaced pixels. converted: they were brought to
    sRGB from the profile. sha256: hexadecimal, of the file's bytes; "" without a file.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    source: Path | None = None
    format: str = "PNG"
    grayscale: bool = False
    native: np.ndarray | None = None
    native_alpha: np.ndarray | None = None
    loaded: np.ndarray | None = None
    converted: bool = False
    metadata: PhotoMetadata = field(default_factory=PhotoMetadata)
    lossless: bool = True
    sha256: str = ""

    @property
    def name(self) -> str:
        """The file as it was named, for messages."""
        return str(self.source) if self.source else "the picture"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]


def load_photo(source: Path | str | bytes) -> Photo:
    """The photo of a file, or of a file's bytes. Raises PhotoError with one sentence."""
    if isinstance(source, bytes):
        return _decode(source, None)
    path = Path(source)
    return _decode(_read(path), path)


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise PhotoError(f"{path} is a folder; name a photo in it.")
        if not path.exists():
            raise PhotoError(f"{path} does not exist; check the name.")
        if not path.is_file():
            raise PhotoError(f"{path} is not a file; name a photo.")
        if os.path.getsize(path) > MAX_BYTES:
            raise PhotoError(f"{path} is larger than 1 GB; make it smaller.")
        return path.read_bytes()
    except OSError as error:
        raise PhotoError(unreadable(path, error)) from error
    except ValueError as error:  # a name that no file can have
        raise PhotoError(f"{path} cannot be read ({error}); check the name.") from error


def _decode(data: bytes, path: Path | None) -> Photo:
    name = str(path) if path else "The picture"
    if not data:
        raise PhotoError(f"{name} is empty; {_HINT}.")
    image = _open(data, name)
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise PhotoError(
            f"{name} has {width * height / 1e6:,.0f} megapixels, more than the "
            f"{MAX_PIXELS / 1e6:.0f} that Mien opens; make it smaller."
        )
    if width * height > BLANK_PIXELS and len(data) < BLANK_BYTES * width * height:
        raise PhotoError(
            f"{name} is all but blank ({width * height / 1e6:,.0f} megapixels in "
            f"{len(data) / 1e3:,.0f} kB); use a photo with a face."
        )
    try:
        deep = _decode_deep(data, image)
        image.load()
        if not isinstance(image.info.get("exif", b""), bytes):
            del image.info["exif"]  # a PNG's plain text of that name
        # GIF and others: the first frame stands for the whole.
        metadata = read_metadata(image)
        format_ = {"MPO": "JPEG"}.get(image.format or "", image.format or "PNG")
        lossless = format_ in _LOSSLESS or _is_lossless_webp(data)
        ImageOps.exif_transpose(image, in_place=True)
    except MemoryError as error:
        raise PhotoError(f"{name} does not fit in memory; make it smaller.") from error
    except _DECODE_ERRORS as error:
        raise PhotoError(
            f"{name} is truncated or damaged; get a whole copy of the photo."
        ) from error
    photo = _photo(image, deep, upright(metadata, *image.size), name)
    digest = hashlib.sha256(data).hexdigest()
    return replace(photo, source=path, format=format_, lossless=lossless, sha256=digest)


def _open(data: bytes, name: str) -> Image.Image:
    formats = [f for f in READABLE if f in _known_formats()]
    # The check behind Pillow's warning is made above, with a limit of our own.
    Image.MAX_IMAGE_PIXELS = None
    # Scanners' colour profiles are larger than Pillow's megabyte.
    PngImagePlugin.MAX_TEXT_CHUNK = _MAX_CHUNK
    try:
        return Image.open(io.BytesIO(data), formats=formats)
    except UnidentifiedImageError as error:
        if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS and "HEIF" not in formats:
            raise PhotoError(
                f"{name} is a HEIC photo; run {installing('pillow-heif')} to open it, or "
                "convert it to JPEG."
            ) from error
        raise PhotoError(f"{name} is not a picture, or is damaged; {_HINT}.") from error
    except (MemoryError, *_DECODE_ERRORS) as error:
        raise PhotoError(
            f"{name} is truncated or damaged; get a whole copy of the photo."
        ) from error


def _known_formats() -> set[str]:
    Image.init()
    if "HEIF" not in Image.OPEN:
        try:
            from pillow_heif import register_heif_opener
        except ImportError:
            return set(Image.OPEN)
        register_heif_opener(thumbnails=False)
    return set(Image.OPEN)


def _decode_deep(data: bytes, image: Image.Image) -> np.ndarray | None:
    """16-bit pixels (H, W[, C]) RGB, upright, of a PNG or TIFF that has them; else None."""
    if image.format == "PNG":
        bits = data[24]
    elif image.format == "TIFF":
        depths = image.getexif().get(258) or getattr(image, "tag_v2", {}).get(258) or (8,)
        bits = max(depths) if isinstance(depths, tuple) else depths
    else:
        return None
    if bits != 16:
        return None
    orientation = image.getexif().get(274, 1)
    flags = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
    array = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if array is None or array.dtype != np.uint16:
        return None
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim == 3:
        array = array[..., [2, 1, 0, 3][: array.shape[2]]]
    return _orient(array, orientation)


def _is_lossless_webp(data: bytes) -> bool:
    place = 12
    while data[:4] == b"RIFF" and place + 8 <= len(data):
        kind = data[place : place + 4]
        if kind in (b"VP8L", b"VP8 "):
            return kind == b"VP8L"
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        place += 8 + size + size % 2
    return False


def _orient(array: np.ndarray, orientation: int) -> np.ndarray:
    if orientation in (5, 6, 7, 8):
        array = array.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    return np.ascontiguousarray(array)


def _photo(
    image: Image.Image, deep: np.ndarray | None, metadata: PhotoMetadata, name: str
) -> Photo:
    native, alpha, native_alpha, grayscale = _channels(image, deep, name)
    image.close()  # the next steps need its memory
    pixels, used = _srgb(native, metadata.icc)
    # CMYK cannot be edited as such: it becomes sRGB.
    keep = native.shape[2:] != (4,) and (used or native.dtype == np.uint16)
    return Photo(
        pixels=pixels, alpha=alpha, grayscale=grayscale,
        native=native if keep else None, native_alpha=native_alpha,
        loaded=pixels,
        converted=used and keep, metadata=metadata,
    )  # fmt: skip


def _channels(
    image: Image.Image, deep: np.ndarray | None, name: str
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None, bool]:
    """Colour as in the file, alpha in 8 bits, alpha as in the file if deeper, and gray or not."""
    if deep is not None:
        if deep.ndim == 3 and deep.shape[2] == 4:
            return deep[..., :3], to_8_bits(deep[..., 3]), deep[..., 3], False
        return deep, None, None, deep.ndim == 2
    if image.mode in ("I", "F", "I;16", "I;16B", "I;16L"):
        return to_8_bits(np.asarray(image)), None, None, True
    if image.mode == "CMYK":
        return _array(image), None, None, False
    gray = image.mode in ("1", "L", "LA", "La")
    transparent = image.has_transparency_data
    mode = ("LA" if gray else "RGBA") if transparent else ("L" if gray else "RGB")
    try:
        array = _array(image if image.mode == mode else image.convert(mode))
    except ValueError as error:
        raise PhotoError(
            f"{name} has a colour mode that Mien does not read ({image.mode}); convert it to RGB."
        ) from error
    if not transparent:
        return array, None, None, gray
    colour = array[..., 0] if gray else array[..., :3]
    return np.ascontiguousarray(colour), array[..., -1].copy(), None, gray


def _array(image: Image.Image) -> np.ndarray:
    """The pixels of an 8-bit image; in strips, since NumPy's way holds them thrice meanwhile."""
    width, height = image.size
    bands = len(image.getbands())
    out = np.empty((height, width, bands)[: 2 + (bands > 1)], np.uint8)
    step = max(1, _STRIP // width)
    for top in range(0, height, step):
        bottom = min(top + step, height)
        out[top:bottom] = np.asarray(image.crop((0, top, width, bottom)))
    return out


def to_8_bits(array: np.ndarray) -> np.ndarray:
    """8 bits of 16-bit integers, or of floats and 32-bit integers of unknown range."""
    if array.dtype == np.uint16:
        return ((array.astype(np.uint32) + 128) // 257).astype(np.uint8)
    values = np.nan_to_num(array.astype(np.float64), posinf=0.0, neginf=0.0)
    top = float(values.max(initial=0))
    if array.dtype.kind == "f" and top <= 1:
        values = values * 255
    elif top > 255:
        values = values / 257
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _srgb(native: np.ndarray, icc: bytes | None) -> tuple[np.ndarray, bool]:
    """sRGB pixels (H, W, 3) uint8, and whether a profile other than sRGB was used."""
    shallow = to_8_bits(native) if native.dtype != np.uint8 else native
    mode = "L" if shallow.ndim == 2 else ("RGB", "CMYK")[shallow.shape[2] - 3]
    if icc and profile_mode(icc) == mode:
        try:
            if not is_srgb(icc):
                return to_srgb(shallow, icc), True
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a broken profile is kept, and the numbers are taken for sRGB
    if mode == "L":
        return np.repeat(shallow[..., None], 3, -1), False
    if mode == "CMYK":
        return np.array(Image.fromarray(shallow, "CMYK").convert("RGB")), False
    return shallow, False
