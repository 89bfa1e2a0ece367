"""From a whole picture to the one that is written: smaller, or the square around the head."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from core.export.job import Outputs
from core.photo.load import Photo
from core.photo.metadata import PhotoMetadata, upright
from core.portrait.align import Alignment
from models.face.camera import Camera

ALIGNED_SIDE = 512


@dataclass(frozen=True)
class Framed:
    """A picture to write. crop: (2, 3), from px of the whole original; camera in its own px."""

    photo: Photo
    camera: Camera
    crop: np.ndarray


def framed(photo: Photo, original: Photo | None, camera: Camera, outputs: Outputs) -> Framed:
    """The edited photo, or the generated picture, as the job's outputs want it.

    original: the photo before the edit; camera: of the whole picture. What is resized is sRGB
    in 8 bits; what is not stays as the file was.
    """
    if outputs.aligned and original is not None:
        side = outputs.size or ALIGNED_SIDE
        align = Alignment.of(camera, side)
        crop = np.array([[align.scale, 0, align.x], [0, align.scale, align.y]])
        pixels = align.take(photo.pixels)[0]
        return Framed(
            _changed(photo, pixels, align.take(original.pixels)[0], None),
            Camera.generator(side), crop,
        )  # fmt: skip
    width, height = photo.size
    scale = (outputs.size or max(width, height)) / max(width, height)
    if scale == 1 or (scale > 1 and original is not None):
        return Framed(photo, camera, np.eye(2, 3))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    loaded = None if original is None else resized(original.pixels, size)
    alpha = None if photo.alpha is None else resized(photo.alpha, size)
    shift = (scale - 1) / 2
    crop = np.array([[scale, 0, shift], [0, scale, shift]])
    return Framed(
        _changed(photo, resized(photo.pixels, size), loaded, alpha), camera.scaled(scale), crop
    )


def resized(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A picture (H, W[, C]) at another size (width, height): means of pixels, or cubic."""
    way = cv2.INTER_AREA if size[0] < picture.shape[1] else cv2.INTER_CUBIC
    return cv2.resize(picture, size, interpolation=way)


def _changed(
    photo: Photo, pixels: np.ndarray, loaded: np.ndarray | None, alpha: np.ndarray | None
) -> Photo:
    """Other pixels in place of a photo's; the file's own numbers do not fit them any more."""
    height, width = pixels.shape[:2]
    kept = upright(replace(photo.metadata, icc=None), width, height)
    metadata = PhotoMetadata(None, kept.exif, kept.xmp, kept.iptc, None, kept.texts)
    return replace(
        photo, pixels=pixels, loaded=loaded, alpha=alpha, native=None, native_alpha=None,
        converted=False, metadata=metadata,
    )  # fmt: skip
