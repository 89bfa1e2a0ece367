"""From a job to its items: which input, which values, which name; the same on every machine."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from core.errors import JobError, unreadable
from core.export.job import MOST_ITEMS, Control, Job, Outputs, People, Photos, SavedProject, Value
from core.export.naming import NameTemplate, unique_names
from core.photo.endings import PHOTO_SUFFIXES
from core.rig.table import PARAMETERS

# Streams of random numbers: SeedSequence(job's seed, spawn_key=(one of these, ...)).
_ITEMS, _PEOPLE = 0, 1
# Steps of this size around 2³² meet every number once (Weyl): no person comes twice.
_WEYL = 0x9E3779B1
_DIGITS = 6
# What the data sets are called in the output folder.
DATA_FILES = {
    "metadata": "metadata.jsonl", "cameras": "dataset.json", "coco": "coco.json",
    "webdataset": "shards",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """One input. path: of a photo or project; seed: of a person.

    name: the file's, behind its folder's where several photos of a batch have the same one.
    """

    name: str
    path: Path | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Item:
    """One result to make. seed: its own random stream; controls: the values drawn for it."""

    index: int
    source: int
    seed: int
    name: str
    controls: Mapping[str, Value]


class Plan:
    """All items of a job, in order: for each source each grid point, for each of these each draw.

    Raises JobError or ParameterError when the job cannot be begun.
    """

    def __init__(self, job: Job) -> None:
        self.job = job.checked()
        self.sources = _sources(job)
        self._grid = [(n, c.values) for n, c in job.edits.items() if c.kind == "grid"]
        self.points = int(np.prod([len(values) for _, values in self._grid], dtype=object))
        self.per_source = self.points * job.draws
        if len(self) > MOST_ITEMS:
            raise JobError(
                f"The job would make {len(self):,} items, more than {MOST_ITEMS:,}; "
                "give fewer draws or shorter grids."
            )

    def __len__(self) -> int:
        return len(self.sources) * self.per_source

    def item(self, index: int) -> Item:
        """The item of a number from 0 on. Raises IndexError."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        return Item(
            index, index // self.per_source, self._seed(index), self.names[index],
            self._controls(index),
        )  # fmt: skip

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Each item's name without ending. Raises ParameterError."""
        return tuple(self.preview(len(self)))

    def preview(self, count: int) -> Iterator[str]:
        """The first names without ending, as they will be. Raises ParameterError."""
        items = (self._name_values(i) for i in range(min(count, len(self))))
        return unique_names(NameTemplate(self.job.names), items)

    def existing(self) -> Path | None:
        """A file that this job would write and that is there already."""
        if not os.path.isdir(self.job.out):
            return None
        there = {name.casefold() for name in os.listdir(self.job.out)}
        wanted = itertools.chain(
            (DATA_FILES[d] for d in self.job.datasets),
            (name + ending for name in self.names for ending in endings(self.job.outputs).values()),
        )
        found = next((name for name in wanted if name.casefold() in there), None)
        return self.job.out / found if found else None

    def _seed(self, index: int) -> int:
        """53 bits, which every reader of JSON keeps."""
        sequence = np.random.SeedSequence(self.job.seed, spawn_key=(_ITEMS, index))
        return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(11))

    def _controls(self, index: int) -> dict[str, Value]:
        """The job's controls in its order; what is drawn depends on seed and index alone."""
        point = index % self.per_source // self.job.draws
        sizes = [len(values) for _, values in self._grid]
        places = np.unravel_index(point, sizes) if sizes else ()
        chosen = {n: v[int(i)] for (n, v), i in zip(self._grid, places, strict=True)}
        rng = np.random.default_rng(self._seed(index))
        relative = self.job.relative
        for name, control in self.job.edits.items():
            if control.kind != "grid":
                chosen[name] = _drawn(name, control, rng, relative)
        return {name: chosen[name] for name in self.job.edits}

    def _name_values(self, index: int) -> dict[str, str | int | float]:
        source = self.sources[index // self.per_source]
        numbers = {
            n: float(v)
            for n, v in self._controls(index).items()
            if n in PARAMETERS and not isinstance(v, str)
        }
        seed = self._seed(index) if source.seed is None else source.seed
        return {"stem": Path(source.name).stem, "index": index, "seed": seed, **numbers}


def endings(outputs: Outputs) -> dict[str, str]:
    """What is written for each item, and the ending of its file; the image comes first."""
    found = {"image": f".{outputs.image}"}
    if outputs.sidecar:
        found["sidecar"] = ".json"
    for kind in ("mask", "depth", "normals", "albedo"):
        if getattr(outputs, kind):
            found[kind] = f".{kind}.png"
    if outputs.landmarks:
        found["landmarks"] = ".landmarks.csv"
    if outputs.mesh:
        found["mesh"] = f".{outputs.mesh}"
    return found


def _people(seed: int, count: int) -> list[int]:
    """So many different seeds of people, 0 to 2³² − 1; the first ones stay when count grows."""
    start = np.random.SeedSequence(seed, spawn_key=(_PEOPLE,)).generate_state(1)[0]
    return [(int(start) + i * _WEYL) % 2**32 for i in range(count)]


def _drawn(name: str, control: Control, rng: np.random.Generator, relative: bool) -> Value:
    """One value; numbers are rounded, so that names, records and pictures tell the same."""
    if control.kind == "fixed":
        return control.values[0]
    if control.kind == "choice":
        return control.values[int(rng.integers(len(control.values)))]
    first, second = (float(v) for v in control.values)
    if control.kind == "uniform":
        return round(float(rng.uniform(first, second)), _DIGITS)
    low, high = PARAMETERS[name].hard if name in PARAMETERS else (0.0, 1.0)
    if relative:
        low, high = low - high, high - low
    return round(min(max(float(rng.normal(first, second)), low), high), _DIGITS)


def _sources(job: Job) -> tuple[Source, ...]:
    match job.input:
        case SavedProject(path):
            return (Source(path.name, path),)
        case People(count, seeds):
            people = seeds or _people(job.seed, count)
            return tuple(Source(f"person-{seed}", seed=seed) for seed in people)
        case Photos(paths):
            found = [photo for path in paths for photo in _photos(path, job.out)]
            # In two of the folders, or named beside its own, a photo comes once.
            photos = list({os.path.abspath(photo): photo for photo in found}.values())
            same = Counter(photo.name for photo in photos)
            return tuple(
                Source(p.name if same[p.name] == 1 else f"{p.parent.name}/{p.name}", p)
                for p in photos
            )


def _photos(path: Path, out: Path) -> list[Path]:
    """The path itself, or the photos in a folder by name. Raises JobError."""
    if not os.path.isdir(path):
        return [path]
    if path.resolve() == out.resolve():
        raise JobError(f"out and input.photos are both {path}; write to a folder of its own.")
    try:
        names = sorted(n for n in os.listdir(path) if n.lower().endswith(PHOTO_SUFFIXES))
    except OSError as error:
        raise JobError(unreadable(path, error)) from error
    if not names:
        raise JobError(f"There is no photo in {path}; name another folder.")
    return [path / name for name in names]
