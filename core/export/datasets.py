"""Files about a whole batch, made from its manifest and sidecars alone: always the same bytes."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from core.errors import OutputError
from core.export.job import DataSet
from core.export.manifest import Manifest
from core.export.plan import DATA_FILES, Plan, endings
from core.files import make_folder, write_chunks
from models.face.landmarks68 import LANDMARKS_68

ITEMS_PER_SHARD = 1000
# What tools for segmentation look for.
_SHARD_ENDINGS = {"mask": ".seg.png"}


def write(plan: Plan, manifest: Manifest, check: Callable[[], None]) -> Iterator[str]:
    """Writes the job's data sets, each whole; gives each file's name before it is written.

    check: called for every item, ends the work by raising. Raises OutputError.
    """
    folder = plan.job.out
    for kind in plan.job.datasets:
        if kind == "webdataset":
            yield from _write_shards(plan, manifest, check)
            continue
        yield DATA_FILES[kind]
        items = _sidecars(plan, manifest, check)
        write_chunks(folder / DATA_FILES[kind], _MAKERS[kind](items), overwrite=True)


def _sidecars(
    plan: Plan, manifest: Manifest, check: Callable[[], None]
) -> Iterator[dict[str, Any]]:
    """The sidecars of all items that are done, in order. Raises OutputError."""
    for record in manifest.records():
        check()
        yield json.loads(_read(plan.job.out / f"{record['name']}.json"))


def _metadata(items: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """A line an item, as image-folder loaders read it: `file_name`, others as KIND_file_name."""
    for item in items:
        others = {
            f"{kind}_file_name": name
            for kind, name in item["files"].items()
            if kind not in ("image", "sidecar")
        }
        pose = {name: item["coefficients"][name] for name in ("yaw", "pitch", "roll")}
        line = {
            "file_name": item["file_name"], **others, "input": item["input"]["name"],
            "seed": (item["person"] or item)["seed"], "method": item["method"], **pose,
            **item["controls"],
        }  # fmt: skip
        yield json.dumps(line, ensure_ascii=False).encode() + b"\n"


def _cameras(items: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """StyleGAN's dataset.json with EG3D's labels: [file name, 25 numbers] for each picture."""
    yield b'{"labels": ['
    yield from _separated(
        json.dumps([item["file_name"], item["camera_label"]]).encode() for item in items
    )
    yield b"\n]}\n"


def _coco(items: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """COCO's keypoints: dlib's 68 points of one face a picture, as in COCO-WholeBody."""
    images: list[bytes] = []

    def annotations() -> Iterator[bytes]:
        for number, item in enumerate(items, 1):
            images.append(json.dumps({
                "id": number, "file_name": item["file_name"], "width": item["width"],
                "height": item["height"],
            }).encode())  # fmt: skip
            yield json.dumps(_annotation(number, item)).encode()

    names = [f"face-{i}" for i in range(len(LANDMARKS_68))]
    category = {"id": 1, "name": "face", "supercategory": "person", "keypoints": names}
    yield b'{"info": {"description": "Mien"}, "licenses": [], "categories": '
    yield json.dumps([category | {"skeleton": []}]).encode() + b', "annotations": ['
    yield from _separated(annotations())
    yield b'\n], "images": ['
    yield from _separated(iter(images))
    yield b"\n]}\n"


def _annotation(number: int, item: dict[str, Any]) -> dict[str, Any]:
    """Points outside the picture count as not labelled, as COCO wants it."""
    points = [item["landmarks_2d"][i] for i in LANDMARKS_68]
    width, height = item["width"], item["height"]
    inside = [-0.5 <= x < width - 0.5 and -0.5 <= y < height - 0.5 for x, y in points]
    flat = [v for (x, y), seen in zip(points, inside, strict=True)
            for v in ((x, y, 2) if seen else (0, 0, 0))]  # fmt: skip
    left, top = (min(p[axis] for p in item["landmarks_2d"][:468]) for axis in (0, 1))
    right, bottom = (max(p[axis] for p in item["landmarks_2d"][:468]) for axis in (0, 1))
    box = [round(v, 3) for v in (left, top, right - left, bottom - top)]
    return {
        "id": number, "image_id": number, "category_id": 1, "iscrowd": 0, "bbox": box,
        "area": round(box[2] * box[3], 3), "num_keypoints": sum(inside), "keypoints": flat,
    }  # fmt: skip


_MAKERS: dict[DataSet, Callable[[Iterator[dict[str, Any]]], Iterator[bytes]]] = {
    "metadata": _metadata, "cameras": _cameras, "coco": _coco,
}  # fmt: skip


def _separated(parts: Iterator[bytes]) -> Iterator[bytes]:
    for number, part in enumerate(parts):
        yield (b",\n" if number else b"\n") + part


def _write_shards(plan: Plan, manifest: Manifest, check: Callable[[], None]) -> Iterator[str]:
    """Tar files of up to ITEMS_PER_SHARD items, as WebDataset reads them."""
    folder = make_folder(plan.job.out / DATA_FILES["webdataset"])
    done = sorted(manifest.done)
    for number in range(-(-len(done) // ITEMS_PER_SHARD)):
        name = f"{number:06d}.tar"
        yield f"{folder.name}/{name}"
        part = done[number * ITEMS_PER_SHARD : (number + 1) * ITEMS_PER_SHARD]
        members = (m for i in part for m in _members(plan, manifest, i, check))
        write_chunks(folder / name, _tar(members), overwrite=True)


def _members(
    plan: Plan, manifest: Manifest, index: int, check: Callable[[], None]
) -> Iterator[tuple[str, bytes]]:
    """An item's files; a member's key ends at the first dot, so it is the item's number."""
    check()
    name = manifest.record(index)["name"]
    for kind, ending in endings(plan.job.outputs).items():
        member = f"{index:06d}{_SHARD_ENDINGS.get(kind, ending)}"
        yield member, _read(plan.job.out / f"{name}{ending}")


def _tar(members: Iterator[tuple[str, bytes]]) -> Iterator[bytes]:
    """The bytes of a tar file whose members have no owner and no time."""
    size = 0
    for name, data in members:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        padding = -len(data) % tarfile.BLOCKSIZE
        for part in (info.tobuf(tarfile.USTAR_FORMAT), data, b"\0" * padding):
            size += len(part)
            yield part
    end = 2 * tarfile.BLOCKSIZE
    yield b"\0" * (end + -(size + end) % tarfile.RECORDSIZE)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise OutputError(
            f"{path} of the batch cannot be read any more ({error.strerror}); delete the folder "
            "and run the batch anew."
        ) from error
