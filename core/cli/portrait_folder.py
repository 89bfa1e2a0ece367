"""mien train portraits: a folder of photos made into a portrait folder, to train on.

What `models/training/portraits.py` reads: photos cut around the head, masks by Mien's own matte,
landmarks by its own fit, the mesh's topology.
"""

from __future__ import annotations

import argparse
import io
import sys
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.errors import OutputError, explained
from core.files import make_folder, write_file
from core.photo.analyze import analyze
from core.photo.load import load_photo
from core.photo.matte import person_matte
from models.face.fitting import DETECTOR_DEPTH, FaceFit
from models.face.model import LANDMARK_COUNT, FaceModel
from models.face.pose import rotation

ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".avif", ".heic")
# The cut around a face, in widths of its box, and the width that is fine enough to keep.
SIDES, ABOVE, BELOW = 1.6, 1.3, 1.9
FACE_PX = 320.0
QUALITY = 95
IRISES = LANDMARK_COUNT - 10
SAVE_EVERY = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `train portraits`."""
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help="photos or folders")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="portrait folder")


def run(args: argparse.Namespace) -> int:
    """Makes the folder; what it holds already is kept."""
    kept = make_portraits(args.photos, args.out)
    return 0 if kept else 2


def make_portraits(sources: Sequence[Path], folder: Path) -> list[str]:
    """Adds the largest face of each photo to a portrait folder; returns the ids of these people.

    Photos without a usable face are told on standard error and left out. A second call goes on
    where the first was interrupted. Raises OutputError.
    """
    for name in ("train", "masks"):
        make_folder(folder / name)
    table = Table.read(folder / "landmarks.npz")
    photos = list(photos_in(sources))
    known, shown = set(table.ids), dict[str, None]()
    for done, path in enumerate(photos, 1):
        try:
            name = person_id(path)
            if name not in known:
                _add(path, name, folder, table)
                known.add(name)
            shown[name] = None
        except OutputError:
            raise
        except Exception as error:  # noqa: BLE001 - one photo must not stop the others
            print(f"mien: {explained(error, path)}", file=sys.stderr)
        if done % SAVE_EVERY == 0 or done == len(photos):
            table.write(folder)
            print(f"{done} of {len(photos)} photos, {len(table.ids)} people", flush=True)
    return list(shown)


def keep_only(folder: Path, people: Collection[str]) -> int:
    """Takes all others out of a portrait folder; returns how many. Raises OutputError."""
    table = Table.read(folder / "landmarks.npz")
    gone = [name for name in table.ids if name not in people]
    if gone:
        table.without(gone).write(folder)
    for name in gone:
        (folder / "train" / f"{name}.jpg").unlink(missing_ok=True)
        (folder / "masks" / f"{name}.png").unlink(missing_ok=True)
    return len(gone)


def photos_in(sources: Sequence[Path]) -> Iterator[Path]:
    """The photos named, and those in the folders named, sorted."""
    for source in sources:
        if source.is_dir():
            yield from sorted(p for p in source.rglob("*") if p.suffix.lower() in ENDINGS)
        else:
            yield source


def person_id(path: Path) -> str:
    """A name for a photo's person: the file's, made unlike others by what the file holds.

    Raises OSError.
    """
    return f"{path.stem}-{zlib.crc32(path.read_bytes()):08x}"


@dataclass
class Table:
    """landmarks.npz while it grows. points: (478, 3) px each; sizes: (height, width) each."""

    ids: list[str]
    points: list[np.ndarray]
    sizes: list[tuple[int, int]]

    @classmethod
    def read(cls, path: Path) -> Table:
        """What an earlier call left."""
        if not path.is_file():
            return cls([], [], [])
        with np.load(path, allow_pickle=False) as data:
            sizes = [(int(h), int(w)) for h, w in data["image_size"]]
            return cls([str(i) for i in data["ids"]], list(data["landmarks"]), sizes)

    def without(self, people: Collection[str]) -> Table:
        """The rows of all others."""
        rows = zip(self.ids, self.points, self.sizes, strict=True)
        kept = [row for row in rows if row[0] not in people]
        return Table([i for i, _, _ in kept], [p for _, p, _ in kept], [s for _, _, s in kept])

    def write(self, folder: Path) -> None:
        """Landmarks and topology, each in one step."""
        model = FaceModel.load(level=0)
        points = np.array(self.points, np.float32).reshape(-1, LANDMARK_COUNT, 3)
        triangles = model.control_triangles[(model.control_triangles < LANDMARK_COUNT).all(1)]
        eyes = (triangles >= IRISES).any(1)
        for name, arrays in (
            ("landmarks.npz", {
                "ids": np.array(self.ids, str), "landmarks": points, "landmarks_mirror": points,
                "image_size": np.array(self.sizes, np.int32).reshape(-1, 2),
                "mirror_index": model.mirror[:LANDMARK_COUNT],
            }),
            ("topology.npz", {"triangles": triangles[~eyes], "eye_triangles": triangles[eyes]}),
        ):  # fmt: skip
            data = io.BytesIO()
            np.savez(data, **arrays)  # type: ignore[arg-type]
            write_file(folder / name, data.getvalue(), overwrite=True)


def _add(path: Path, name: str, folder: Path, table: Table) -> None:
    photo = load_photo(path)
    fit = analyze(photo)[0]
    x0, y0, x1, y1 = _cut(fit, photo.pixels.shape)
    matte = person_matte(photo.pixels, fit.box, photo.alpha, fit.others)[y0:y1, x0:x1]
    picture = photo.pixels[y0:y1, x0:x1]
    scale = min(1.0, FACE_PX / (fit.box[2] - fit.box[0]))
    size = (max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale)))
    picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    mask = np.rint(cv2.resize(matte, size, interpolation=cv2.INTER_AREA) * 255).astype(np.uint8)
    # Pixel centres are at integers.
    scales = np.array([size[0] / (x1 - x0), size[1] / (y1 - y0), scale])
    points = (points_of(fit) - [x0 - 0.5, y0 - 0.5, 0]) * scales - [0.5, 0.5, 0]
    options = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    jpeg = cv2.imencode(".jpg", picture[..., ::-1], options)[1].tobytes()
    write_file(folder / "train" / f"{name}.jpg", jpeg, overwrite=True)
    png = cv2.imencode(".png", mask)[1].tobytes()
    write_file(folder / "masks" / f"{name}.png", png, overwrite=True)
    table.ids.append(name)
    table.points.append(points.astype(np.float32))
    table.sizes.append((size[1], size[0]))


def points_of(fit: FaceFit) -> np.ndarray:
    """(478, 3) px: the landmarks, and depths as landmark detectors give them (smaller: nearer)."""
    mesh = fit.vertices(FaceModel.load())[:LANDMARK_COUNT] @ rotation(fit.parameters.pose).T
    depth = fit.camera.project(mesh)[:, 2:]
    flat = (depth - depth[:468].mean()) * fit.camera.focal / 1000 / DETECTOR_DEPTH
    return np.column_stack([fit.landmarks, flat])


def _cut(fit: FaceFit, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """The part of a photo (H, W, ...) that training needs, whole px."""
    x0, y0, x1, y1 = fit.box
    wide = x1 - x0
    return (
        max(0, round(x0 - SIDES * wide)), max(0, round(y0 - ABOVE * wide)),
        min(shape[1], round(x1 + SIDES * wide)), min(shape[0], round(y1 + BELOW * wide)),
    )  # fmt: skip
