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
PACKED = (("pictures", "picture_ends"), ("masks", "mask_ends"))


# Bytes of encoded pictures one after the other, and where each ends.
Packed = tuple[np.ndarray, np.ndarray]


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
    pictures: Packed
    masks: Packed

    @classmethod
    def open(cls, *folders: Path | str) -> GeneratorPool:
        """Read pools of the same portraits whole into memory, as one.

        Raises FileNotFoundError naming what to do, ValueError for pictures of several sizes.
        """
        parts = []
        for folder in folders:
            path = Path(folder) / POOL_FILE
            if not path.is_file():
                raise FileNotFoundError(f"{path} is missing; make it with 'train generator-data'.")
            with np.load(path, allow_pickle=False) as data:
                parts.append(dict(data))
        if len({int(part["size"]) for part in parts}) > 1:
            raise ValueError("The pools' pictures differ in size; make them with the same --size.")
        rig, person, is_photo = (
            np.concatenate([part[name] for part in parts]) for name in ("rig", "person", "is_photo")
        )
        pictures, masks = (_joined(parts, *names) for names in PACKED)
        return cls(rig, person, is_photo, int(parts[0]["size"]), pictures, masks)

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


def _joined(parts: list[dict[str, np.ndarray]], data: str, ends: str) -> Packed:
    """Encoded pictures of several pools one after the other, and where each ends."""
    starts = np.cumsum([0, *(len(part[data]) for part in parts)])
    return (
        np.concatenate([part[data] for part in parts]),
        np.concatenate(
            [part[ends] + start for part, start in zip(parts, starts[:-1], strict=True)]
        ),
    )


def _decoded(packed: Packed, i: int, flags: int) -> np.ndarray:
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
                        help="views with shut eyes, pouts and light from a side")  # fmt: skip
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
