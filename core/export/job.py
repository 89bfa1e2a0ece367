"""A batch job: what goes in, which controls move, what comes out (docs/batch.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from core.errors import JobError, unreadable
from core.export.job_reading import Reading
from core.export.naming import NameTemplate
from core.rig.lights import LIGHT_PRESETS
from core.rig.presets import EXPRESSION_PRESETS
from core.rig.table import PARAMETERS

FORMAT, VERSION = "mien-batch", 1
Kind = Literal["fixed", "grid", "uniform", "normal", "choice"]
Value = float | str | bool
Mesh = Literal["obj", "glb"]
ImageFormat = Literal["png", "jpg", "webp"]
DataSet = Literal["metadata", "cameras", "coco", "webdataset"]

KINDS: tuple[Kind, ...] = get_args(Kind)
MESHES: tuple[Mesh, ...] = get_args(Mesh)
IMAGE_FORMATS: tuple[ImageFormat, ...] = get_args(ImageFormat)
DATA_SETS: tuple[DataSet, ...] = get_args(DataSet)
# Who makes the pixels: of photos, and of people who do not exist.
PHOTO_METHODS = ("photo", "generator", "hybrid")
PEOPLE_METHODS = ("generator", "model")
# Controls beside the rig's parameters, and the names they can take.
NAMED: dict[str, tuple[str, ...]] = {
    "light": tuple(LIGHT_PRESETS),
    "expression": tuple(EXPRESSION_PRESETS),
    "method": tuple(dict.fromkeys(PHOTO_METHODS + PEOPLE_METHODS)),
}
SHARES = ("truncation", "strength")
SWITCHES = ("frontalise",)
CONTROLS: tuple[str, ...] = (*NAMED, *SWITCHES, *SHARES, *PARAMETERS)
SMALLEST, LARGEST = 16, 4096
MOST_ITEMS = 1_000_000
DEFAULT_NAMES = "{stem}-{index:06d}"
# These change from run to run, and a run must come to the same names after a break.
_UNSTEADY = ("date", "time", "face")


@dataclass(frozen=True)
class Control:
    """How one control moves.

    kind: "fixed" (1 value); "grid" (each value with every other control's); drawn for each item
    from "uniform" (low, high), "normal" (mean, deviation; held in the hard range) or "choice".
    """

    kind: Kind
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Photos:
    """Photos, and folders of photos (not the folders in them), in this order."""

    paths: tuple[Path, ...]


@dataclass(frozen=True)
class SavedProject:
    """A .mien file: its photo or person with the edits made there."""

    path: Path


@dataclass(frozen=True)
class People:
    """People who do not exist: so many, seeded by the job's seed, or those of given seeds."""

    count: int = 0
    seeds: tuple[int, ...] = ()


Input = Photos | SavedProject | People


@dataclass(frozen=True)
class Outputs:
    """What is written for each item.

    size: the longer side in pixels; None: as it is made (512 when aligned). Photos are never
    enlarged unless aligned. aligned: photos are cropped to the square around the head that the
    generator draws. The sidecar is the JSON beside the image; the mask is that of the face.
    embed_settings: the image holds what restores the edit when it is dropped on the window.
    """

    image: ImageFormat = "png"
    size: int | None = None
    aligned: bool = False
    sidecar: bool = True
    mask: bool = False
    depth: bool = False
    normals: bool = False
    albedo: bool = False
    landmarks: bool = False
    mesh: Mesh | None = None
    embed_settings: bool = True


@dataclass(frozen=True)
class Signing:
    """PEM files that sign each image's content credentials (C2PA); certificate: with its chain."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class Job:
    """A batch. out: the folder to write to. edits: controls by name, see CONTROLS.

    seed: of all that is drawn. draws: items for each input and grid point. relative: numbers of
    the rig's controls are added to the input's own, not put in their place. sign: None leaves the
    images unsigned.
    """

    input: Input
    out: Path
    seed: int = 0
    edits: Mapping[str, Control] = field(default_factory=dict)
    draws: int = 1
    relative: bool = False
    outputs: Outputs = field(default_factory=Outputs)
    datasets: tuple[DataSet, ...] = ()
    names: str = DEFAULT_NAMES
    sign: Signing | None = None

    def checked(self) -> Job:
        """This job. Raises JobError or ParameterError with one sentence about what is wrong."""
        for name, control in self.edits.items():
            _check_control(name, control, self)
        _check_input(self)
        _check_outputs(self)
        template = NameTemplate(self.names)
        for name in _UNSTEADY:
            if name in template.fields:
                raise JobError(f"names: a batch cannot use {{{name}}}; use {{index:06d}}.")
        return self


def load_job(path: Path | str) -> Job:
    """Read a job file; its paths are relative to the file's folder. Raises JobError."""
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise JobError(unreadable(path, error)) from error
    except (ValueError, RecursionError) as error:
        raise JobError(f"{path} is not valid JSON ({error}); mend it there.") from error
    try:
        return job_from_json(content, path.parent)
    except JobError as error:
        raise JobError(f"{path}: {error}") from error


def job_from_json(content: object, folder: Path = Path()) -> Job:
    """The checked job of a JSON document; folder: what relative paths start from.

    Raises JobError with one sentence that names the key.
    """
    top = Reading(content, "the job")
    if top.text("format") != FORMAT:
        raise JobError(f'format is not "{FORMAT}"; this is no batch job.')
    version = top.whole("version", 1, 10**6)
    if version > VERSION:
        raise JobError(f"version is {version}, this Mien reads jobs up to {VERSION}; update Mien.")
    plain = Job(People(1), Path())
    job = Job(
        input=_input(top.inner("input"), folder),
        out=folder / top.text("out"),
        seed=top.whole("seed", 0, 2**63 - 1, plain.seed),
        edits=_edits(top.inner("edits", {})),
        draws=top.whole("draws", 1, MOST_ITEMS, plain.draws),
        relative=top.switch("relative", plain.relative),
        outputs=_outputs(top.inner("outputs", {})),
        datasets=tuple(top.several("datasets", DATA_SETS)),
        names=top.text("names", plain.names),
        sign=_signing(top.optional("sign"), folder),
    )
    top.finish()
    return job.checked()


def job_to_json(job: Job) -> dict[str, object]:
    """The JSON document of a job, all keys written out; paths as they are in the job."""
    match job.input:
        case Photos(paths):
            given: dict[str, object] = {"photos": [str(p) for p in paths]}
        case SavedProject(path):
            given = {"project": str(path)}
        case People(count, seeds):
            given = {"people": list(seeds) if seeds else count}
    edits = {
        name: control.values[0] if control.kind == "fixed" else {control.kind: [*control.values]}
        for name, control in job.edits.items()
    }
    return {
        "format": FORMAT, "version": VERSION, "input": given, "out": str(job.out),
        "seed": job.seed, "edits": edits, "draws": job.draws, "relative": job.relative,
        "outputs": {name: getattr(job.outputs, name) for name in Outputs.__dataclass_fields__},
        "datasets": list(job.datasets), "names": job.names,
        "sign": job.sign and {name: str(path) for name, path in vars(job.sign).items()},
    }  # fmt: skip


def _input(given: Reading, folder: Path) -> Input:
    kind = given.only_key(("photos", "project", "people"))
    if kind == "photos":
        return Photos(tuple(folder / p for p in given.texts("photos")))
    if kind == "project":
        return SavedProject(folder / given.text("project"))
    people = given.wholes("people")
    if isinstance(people, int):
        return People(count=people)
    return People(seeds=tuple(people))


def _edits(given: Reading) -> dict[str, Control]:
    controls: dict[str, Control] = {}
    for name in given.keys(CONTROLS):
        value = given.take(name)
        kind: Kind = "fixed"
        values: object = [value]
        if isinstance(value, dict):
            kind = Reading(value, f"edits.{name}").only_key(KINDS[1:])
            values = value[kind]
        if not isinstance(values, list) or not values:
            raise JobError(f"edits.{name}: {kind} needs a list of values, like [0, 10].")
        controls[name] = Control(kind, tuple(_value(name, v) for v in values))
    return controls


def _value(name: str, value: object) -> Value:
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        return float(value)
    raise JobError(f"edits.{name}: {json.dumps(value)} is no value; give a number or a name.")


def _outputs(given: Reading) -> Outputs:
    plain = Outputs()

    def switch(name: str) -> bool:
        return given.switch(name, getattr(plain, name))

    outputs = Outputs(
        image=given.one_of("image", IMAGE_FORMATS, plain.image),
        size=given.whole("size", SMALLEST, LARGEST, None),
        aligned=switch("aligned"), sidecar=switch("sidecar"), mask=switch("mask"),
        depth=switch("depth"), normals=switch("normals"), albedo=switch("albedo"),
        landmarks=switch("landmarks"), mesh=given.one_of("mesh", MESHES, None),
        embed_settings=switch("embed_settings"),
    )  # fmt: skip
    given.finish()
    return outputs


def _signing(given: Reading | None, folder: Path) -> Signing | None:
    if given is None:
        return None
    signing = Signing(folder / given.text("certificate"), folder / given.text("key"))
    given.finish()
    return signing


def _check_control(name: str, control: Control, job: Job) -> None:
    where = f"edits.{name}"
    if name not in CONTROLS:
        raise JobError(f"{where}: there is no such control; see `python main.py info --rig`.")
    numbers = name in PARAMETERS or name in SHARES
    if control.kind in ("uniform", "normal"):
        if not numbers:
            raise JobError(f"{where}: {control.kind} is for numbers; use grid or choice.")
        if len(control.values) != 2:
            two = "low and high" if control.kind == "uniform" else "mean and deviation"
            raise JobError(f"{where}: {control.kind} needs two numbers, {two}.")
    for value in control.values:
        if numbers != (isinstance(value, float) and not isinstance(value, bool)):
            raise JobError(f"{where}: {value!r} is not {'a number' if numbers else 'possible'}.")
        if name in SWITCHES and not isinstance(value, bool):
            raise JobError(f"{where}: {value!r} is not possible; give true or false.")
        if name in NAMED and value not in NAMED[name]:
            raise JobError(
                f"{where}: there is no {value!r}; choose one of {', '.join(NAMED[name])}."
            )
    if numbers:
        _check_numbers(where, control, name, job)


def _check_numbers(where: str, control: Control, name: str, job: Job) -> None:
    low, high = (0.0, 1.0) if name in SHARES else PARAMETERS[name].hard
    if job.relative and name in PARAMETERS:
        low, high = low - high, high - low
    values = [float(v) for v in control.values]
    inside = values[:1] if control.kind == "normal" else values
    for value in inside:
        if not low <= value <= high:
            raise JobError(f"{where}: it cannot be {value:g}; give {low:g} to {high:g}.")
    if control.kind == "normal" and not 0 <= values[1] <= high - low:
        raise JobError(f"{where}: the deviation cannot be {values[1]:g}; give 0 to {high - low:g}.")
    if control.kind == "uniform" and values[0] > values[1]:
        raise JobError(f"{where}: uniform needs the lower number first.")


def _check_input(job: Job) -> None:
    match job.input:
        case Photos(paths):
            if not paths:
                raise JobError("input.photos is empty; name a folder or photos.")
        case People(count, seeds):
            if not seeds and not 1 <= count <= MOST_ITEMS:
                raise JobError(f"input.people cannot be {count}; give 1 to {MOST_ITEMS}.")
            if any(seed < 0 for seed in seeds):
                raise JobError("input.people: a seed cannot be negative; give numbers from 0 on.")
    if "truncation" in job.edits and not isinstance(job.input, People):
        raise JobError("edits.truncation is for people; leave it out for photos and projects.")
    wrong = {Photos: set(PEOPLE_METHODS) - set(PHOTO_METHODS), People: {"photo", "hybrid"}}
    chosen = set(job.edits["method"].values) if "method" in job.edits else set()
    for method in sorted(map(str, chosen & wrong.get(type(job.input), set()))):
        usable = PHOTO_METHODS if isinstance(job.input, Photos) else PEOPLE_METHODS
        raise JobError(
            f"edits.method: {method} does not go with this input; choose {' or '.join(usable)}."
        )


def _check_outputs(job: Job) -> None:
    size = job.outputs.size
    if size is not None and not SMALLEST <= size <= LARGEST:
        raise JobError(f"outputs.size cannot be {size}; give {SMALLEST} to {LARGEST}.")
    if job.datasets and not job.outputs.sidecar:
        raise JobError("datasets are made from the sidecars; leave outputs.sidecar at true.")
