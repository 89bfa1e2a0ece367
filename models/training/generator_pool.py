"""`train generator-data`: the generator's training pictures, kept in one compact file."""

from __future__ import annotations

import argparse
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from models.face.fitting import fit_landmarks
from models.face.model import FaceModel
from models.face.rig_vector import to_vector
from models.training.generator_views import Aligned, photo_row, prepare_sitter, view_rows
from models.training.portraits import Portrait, load_portraits
from models.training.rig_mirror import mirror_rig

POOL_FILE = "pool.npz"
QUALITY = 92


@dataclass(frozen=True)
class GeneratorPool:
    """Aligned pictures with their λ.

    rig: (N, 241) float32 λ; person: (N,) int32, the same number for one person's rows;
    is_photo: (N,) bool, False for rendered views. size: side of the pictures, px.
    """

    rig: np.ndarray
    person: np.ndarray
    is_photo: np.ndarray
    size: int
    pictures: tuple[np.ndarray, np.ndarray]
    masks: tuple[np.ndarray, np.ndarray]

    @classmethod
    def open(cls, folder: Path | str) -> GeneratorPool:
        """Read a pool whole into memory. Raises FileNotFoundError naming what to do."""
        path = Path(folder) / POOL_FILE
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing; make it with 'train generator-data'.")
        with np.load(path, allow_pickle=False) as data:
            return cls(
                data["rig"], data["person"], data["is_photo"], int(data["size"]),
                (data["pictures"], data["picture_ends"]), (data["masks"], data["mask_ends"]),
            )  # fmt: skip

    def __len__(self) -> int:
        return len(self.rig)

    def read(self, i: int, mirrored: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Picture (S, S, 3) uint8 RGB and valid (S, S) bool: what a photo really showed.

        mirrored: flipped left to right; its λ is `rig_of(i, True)`.
        """
        picture = _decoded(self.pictures, i, cv2.IMREAD_COLOR)
        valid = _decoded(self.masks, i, cv2.IMREAD_GRAYSCALE)
        step = -1 if mirrored else 1
        return np.ascontiguousarray(picture[:, ::step, ::-1]), valid[:, ::step] > 0

    def rig_of(self, i: int, mirrored: bool = False) -> np.ndarray:
        """(241,) float32 λ of a picture, or of its mirror image."""
        return mirror_rig(self.rig[i]) if mirrored else self.rig[i]


def _decoded(packed: tuple[np.ndarray, np.ndarray], i: int, flags: int) -> np.ndarray:
    data, ends = packed
    return np.asarray(cv2.imdecode(data[ends[i - 1] if i else 0 : ends[i]], flags))


class PoolWriter:
    """Gathers rows and writes them as one file, whole or not at all."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.rig: list[np.ndarray] = []
        self.person: list[int] = []
        self.is_photo: list[bool] = []
        self.pictures: list[np.ndarray] = []
        self.masks: list[np.ndarray] = []

    def add(self, row: Aligned, person: int, is_photo: bool) -> None:
        """Encode and keep one row."""
        options = [cv2.IMWRITE_JPEG_QUALITY, QUALITY, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
        self.pictures.append(cv2.imencode(".jpg", row.image[..., ::-1], options)[1].ravel())
        options = [cv2.IMWRITE_PNG_BILEVEL, 1, cv2.IMWRITE_PNG_COMPRESSION, 9]
        mask = row.valid.astype(np.uint8) * 255
        self.masks.append(cv2.imencode(".png", mask, options)[1].ravel())
        self.rig.append(to_vector(row.parameters))
        self.person.append(person)
        self.is_photo.append(is_photo)

    def save(self, folder: Path) -> Path:
        """Write the file into the folder, in one step."""
        ends = {
            name: np.cumsum([len(p) for p in pieces])
            for name, pieces in (("picture", self.pictures), ("mask", self.masks))
        }
        data = io.BytesIO()
        np.savez_compressed(
            data, rig=np.stack(self.rig), person=np.array(self.person, np.int32),
            is_photo=np.array(self.is_photo), size=np.array(self.size),
            pictures=np.concatenate(self.pictures), picture_ends=ends["picture"],
            masks=np.concatenate(self.masks), mask_ends=ends["mask"],
        )  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / POOL_FILE
        part = folder / f".{POOL_FILE}.{os.getpid()}"
        part.write_bytes(data.getvalue())
        os.replace(part, path)
        return path


def rows_of(
    model: FaceModel, portrait: Portrait, other: Portrait, size: int, views: int,
    seed: list[int], strong: bool = False,
) -> Iterator[tuple[Aligned, bool]]:  # fmt: skip
    """One person's rows, the photo first; True marks the photo. strong: see `view_rows`."""
    sitter = prepare_sitter(model, portrait, size)
    yield photo_row(sitter), True
    if views:
        expressive = fit_landmarks(model, other.landmarks)
        rng = np.random.default_rng(seed)
        for row in view_rows(model, sitter, expressive, views, rng, strong):
            yield row, False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--portraits", nargs="+", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR",
                        help=f"folder for {POOL_FILE}")  # fmt: skip
    parser.add_argument("--size", type=int, default=128, help="side of the pictures, px")
    parser.add_argument("--views", type=int, default=8, help="rendered views a person")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--people", type=int, default=None, help="only so many, at random")
    parser.add_argument("--strong", action="store_true",
                        help="views with shut eyes, pouts, open mouths and light from a side")  # fmt: skip
    parser.add_argument("--held-out", action="store_true",
                        help="the people kept for measuring instead of the others")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Make the pool; prints how far it is. Refuses to overwrite one."""
    if (args.out / POOL_FILE).exists():
        raise FileExistsError(f"{args.out / POOL_FILE} exists already; choose another folder.")
    cv2.setNumThreads(1)
    model = FaceModel.load()
    people = load_portraits(args.portraits).split(held=args.held_out)
    rng = np.random.default_rng(args.seed)
    order = rng.permutation(len(people))[: args.people]
    writer = PoolWriter(args.size)
    for done, i in enumerate(order, 1):
        other = people[rng.integers(len(people))]
        for row, is_photo in rows_of(
            model, people[i], other, args.size, args.views, [args.seed, int(i)], args.strong
        ):
            writer.add(row, int(i), is_photo)
        if done % 50 == 0 or done == len(order):
            print(f"{done} of {len(order)} people, {len(writer.rig)} pictures", flush=True)
    path = writer.save(args.out)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
    return 0
