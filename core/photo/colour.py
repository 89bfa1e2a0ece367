"""ICC profiles: photos are edited in sRGB and go back to the profile they came with."""

from __future__ import annotations

import functools
import io

import numpy as np
from PIL import Image, ImageCms

# A profile that moves no test colour further than this is sRGB under another name.
_SRGB_TOLERANCE = 2
# Pixels converted at a time.
_STRIP = 1 << 22
_SPACES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB", "LAB": "LAB"}


def profile_mode(icc: bytes | None) -> str | None:
    """Pillow's mode of the pixels that a profile describes; None without a readable profile."""
    if not icc:
        return None
    try:
        return _SPACES.get(_open(icc).profile.xcolor_space.strip())
    except (OSError, ImageCms.PyCMSError):
        return None


@functools.lru_cache(maxsize=8)
def is_srgb(icc: bytes) -> bool:
    """Whether an RGB or gray profile leaves sRGB's numbers (nearly) as they are."""
    mode = profile_mode(icc)
    if mode == "RGB":
        steps = np.linspace(0, 255, 6).astype(np.uint8)
        grid = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(1, -1, 3)
    elif mode == "L":
        grid = np.arange(256, dtype=np.uint8)[None]
    else:
        return False
    moved = to_srgb(grid, icc).astype(int)
    straight = (grid if grid.ndim == 3 else np.repeat(grid[..., None], 3, -1)).astype(int)
    return bool(np.abs(moved - straight).max() <= _SRGB_TOLERANCE)


def to_srgb(pixels: np.ndarray, icc: bytes) -> np.ndarray:
    """sRGB (H, W, 3) uint8 of pixels (H, W[, C]) uint8 described by the profile.

    Raises ImageCms.PyCMSError or OSError for a profile that does not work.
    """
    mode, transform = profile_mode(icc), _transform(icc, True)
    out = np.empty((*pixels.shape[:2], 3), np.uint8)
    # In strips: Pillow's pictures of the whole would take three times the pixels' memory.
    step = max(1, _STRIP // pixels.shape[1])
    for top in range(0, len(pixels), step):
        part = np.ascontiguousarray(pixels[top : top + step])
        image = Image.fromarray(part, "CMYK") if mode == "CMYK" else Image.fromarray(part)
        out[top : top + step] = np.asarray(ImageCms.applyTransform(image, transform))
    return out


def from_srgb(pixels: np.ndarray, icc: bytes) -> np.ndarray:
    """Inverse of to_srgb for RGB and gray profiles: (N, M, 3) -> (N, M[, 3]) uint8."""
    return np.asarray(ImageCms.applyTransform(Image.fromarray(pixels), _transform(icc, False)))


def _open(icc: bytes) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(io.BytesIO(icc))


@functools.lru_cache(maxsize=8)
def _transform(icc: bytes, forward: bool) -> ImageCms.ImageCmsTransform:
    mode = profile_mode(icc)
    if mode is None:
        raise ImageCms.PyCMSError("unknown colour space")
    profile, srgb = _open(icc), ImageCms.createProfile("sRGB")
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    if forward:
        return ImageCms.buildTransform(profile, srgb, mode, "RGB", intent, flags)
    return ImageCms.buildTransform(srgb, profile, "RGB", mode, intent, flags)
