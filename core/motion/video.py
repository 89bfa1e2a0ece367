"""Pictures one after the other as a video (.mp4), a GIF, or a folder of PNG files.

Videos need PyAV, whose wheels hold x264 and x265 under the GPL: Mien uses it when the person has
installed it, and never ships it.
"""

from __future__ import annotations

import io
import itertools
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np
from PIL import Image

from core.errors import AssetError, OutputError
from core.export.provenance import EDITED, GENERATED, SOFTWARE, marked, read_source_type
from core.files import make_folder, write_file
from core.motion.pyav import PYAV_MISSING, has_pyav
from core.photo.metadata import PhotoMetadata, png_with_metadata

if TYPE_CHECKING:
    from core.motion.timeline import Timeline
    from core.photo.load import Photo

SUFFIXES = (".mp4", ".gif")
# H.264 plays everywhere; the others serve where FFmpeg was built without an encoder for it.
CODECS = ("libx264", "libopenh264", "libsvtav1", "libvpx-vp9", "mpeg4")
QUALITY = {"libx264": {"crf": "16", "preset": "medium"}, "libsvtav1": {"crf": "22"},
           "libvpx-vp9": {"crf": "20", "b": "0"}, "mpeg4": {"qscale": "2"}}  # fmt: skip
# The box of XMP in MP4 files (XMP specification, part 3).
_XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
# Behind XMP in a GIF: a reader that takes it for sub-blocks ends at the last zero (part 3).
_XMP_TAIL = bytes([1, *range(255, -1, -1), 0])


@dataclass(frozen=True)
class Animation:
    """What is written besides the pixels. count: frames in all. fps: of them a second.

    metadata: says what made the pictures.
    """

    count: int
    fps: float
    loop: bool = True
    metadata: PhotoMetadata = field(default_factory=PhotoMetadata)

    @staticmethod
    def of(timeline: Timeline, photo: Photo | None, provenance: bool = True) -> Animation:
        """A timeline's. photo: whose face moves; None: a generated person."""
        generated = photo is None or read_source_type(photo.metadata.xmp) == GENERATED
        plain = PhotoMetadata(texts={"Software": SOFTWARE})
        source = GENERATED if generated else EDITED
        metadata = marked(plain, source) if provenance else plain
        return Animation(timeline.length, timeline.fps, timeline.loop, metadata)


def check_target(path: Path | str, count: int, overwrite: bool = False) -> None:
    """Refuses before any work what could not be written.

    A name without an ending is a folder of PNG files. Raises OutputError, and AssetError where
    PyAV is missing.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in ("", *SUFFIXES):
        raise OutputError(
            f"{path} is no animation's name; end it in {' or '.join(SUFFIXES)}, or leave the "
            "ending out for a folder of PNG files."
        )
    if suffix == ".mp4" and not has_pyav():
        raise AssetError(PYAV_MISSING)
    if suffix and not os.access(path.parent, os.W_OK):
        reason = "writable" if path.parent.is_dir() else "a folder"
        raise OutputError(
            f"{path.parent} is not {reason}; choose a folder to write {path.name} to."
        )
    taken = [p for p in _files(path, count) if os.path.lexists(p)]
    if taken and not overwrite:
        raise OutputError(f"{taken[0]} exists already; choose another name or allow overwriting.")


def write_animation(
    path: Path | str,
    pictures: Iterable[np.ndarray],
    animation: Animation,
    overwrite: bool = False,
) -> Path:
    """Writes pictures, each (H, W, 3) uint8 sRGB of one size; returns the path.

    A file appears once it is whole: what `pictures` raises leaves nothing behind, of a folder
    the whole pictures until then. Raises OutputError, AssetError and what `pictures` raises.
    """
    path = Path(path)
    check_target(path, animation.count, overwrite)
    if not path.suffix:
        _write_folder(path, pictures, animation, overwrite)
        return path
    encode = _mp4 if path.suffix.lower() == ".mp4" else _gif
    return write_file(path, encode(iter(pictures), animation), overwrite)


def _files(path: Path, count: int) -> list[Path]:
    if path.suffix:
        return [path]
    digits = max(4, len(str(count)))
    return [path / f"{i:0{digits}d}.png" for i in range(1, count + 1)]


def _write_folder(
    path: Path, pictures: Iterable[np.ndarray], animation: Animation, overwrite: bool
) -> None:
    make_folder(path)
    for picture, file in zip(pictures, _files(path, animation.count), strict=False):
        data = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))[1].tobytes()
        write_file(file, png_with_metadata(data, animation.metadata), overwrite)


def _gif(pictures: Iterator[np.ndarray], animation: Animation) -> bytes:
    """Delays are hundredths of a second: they vary by one so that the whole keeps its time."""
    images = (Image.fromarray(p).quantize(256, dither=Image.Dither.FLOYDSTEINBERG)
              for p in pictures)  # fmt: skip
    ends = [round(100 * i / animation.fps) for i in range(animation.count + 1)]
    delays = [10 * (b - a) for a, b in itertools.pairwise(ends)]
    options: dict[str, object] = {"loop": 0} if animation.loop else {}
    if animation.metadata.texts:
        options["comment"] = _comment(animation).encode()
    buffer = io.BytesIO()
    next(images).save(
        buffer, "GIF", save_all=True, append_images=images, duration=delays, optimize=False,
        **options,
    )  # fmt: skip
    data = buffer.getvalue()
    if not animation.metadata.xmp:
        return data
    # Behind the header and its palette, whose size the eleventh byte tells.
    head = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    block = b"\x21\xff\x0bXMP DataXMP" + animation.metadata.xmp + _XMP_TAIL
    return data[:head] + block + data[head:]


def _mp4(pictures: Iterator[np.ndarray], animation: Animation) -> bytes:
    import av
    from av.video.reformatter import ColorRange, Colorspace

    codec = next((c for c in CODECS if c in av.codecs_available), None)
    if codec is None:
        raise AssetError("PyAV has no encoder for MP4 here; write a .gif or a folder of pictures.")
    rate = Fraction(animation.fps).limit_denominator(1001)
    buffer = io.BytesIO()
    first = _even(next(pictures))
    with av.open(buffer, "w", format="mp4") as container:
        container.metadata["comment"] = _comment(animation)
        added = container.add_stream(codec, rate=rate, options=QUALITY.get(codec, {}))
        stream = cast("av.VideoStream", added)
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = 1  # all BT.709
        context.color_range = ColorRange.MPEG
        for picture in itertools.chain([first], map(_even, pictures)):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            turned = frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709)
            container.mux(stream.encode(turned))
        container.mux(stream.encode(None))
    data = buffer.getvalue()
    if not animation.metadata.xmp:
        return data
    payload = b"uuid" + _XMP_BOX + animation.metadata.xmp
    return data + (len(payload) + 4).to_bytes(4, "big") + payload


def _comment(animation: Animation) -> str:
    return ", ".join(f"{key}: {text}" for key, text in animation.metadata.texts.items())


def _even(picture: np.ndarray) -> np.ndarray:
    """With an even height and width, which halved colour needs: the last line is repeated."""
    height, width = picture.shape[:2]
    return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
