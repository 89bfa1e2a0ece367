"""Presets to choose from: the built-in ones, and a folder of the person's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.errors import MienError, OutputError, ParameterError
from core.files import make_folder, unique_path, write_file
from core.rig.excerpt import MOST_CHARACTERS, Excerpt, excerpt_text, read_excerpt
from core.rig.lights import LIGHT_PRESETS
from core.rig.presets import EXPRESSION_PRESETS, POSE_PRESETS, expression_preset
from models.face.parameters import FaceParameters

SUFFIX = ".json"
OWN = "own"
LONGEST_NAME = 60


@dataclass(frozen=True, eq=False)
class Preset:
    """A named excerpt. section: its group, or OWN. path: the file of one's own."""

    section: str
    name: str
    excerpt: Excerpt
    path: Path | None = None

    @property
    def title(self) -> str:
        """What undo texts call it."""
        return f"Preset {self.name}"


def built_in() -> tuple[Preset, ...]:
    """Expressions, lights and poses that come with Mien."""

    def preset(group: str, name: str, array: np.ndarray) -> Preset:
        parameters = replace(FaceParameters(), **{group: np.asarray(array, np.float32)})
        return Preset(group, name.replace("-", " ").capitalize(), Excerpt((group,), parameters))

    return (
        *(preset("expression", n, expression_preset(n)) for n in EXPRESSION_PRESETS),
        *(preset("light", p.label, p.coefficients()) for p in LIGHT_PRESETS.values()),
        *(preset("pose", n, np.array(angles)) for n, angles in POSE_PRESETS.items()),
    )


class PresetFolder:
    """The person's own presets: a JSON file each, named after the preset; made when needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.presets: list[Preset] = []

    def load(self) -> list[str]:
        """Read all files; returns a sentence for each that cannot be read."""
        problems: list[str] = []
        self.presets = []
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            try:
                self._keep(_read(path))
            except MienError as error:
                problems.append(str(error))
        return problems

    def add(self, name: str, excerpt: Excerpt) -> Preset:
        """Save a new one. Raises ParameterError for its name, OutputError."""
        name = self._free_name(name)
        path = unique_path(make_folder(self._folder) / _file_name(name))
        write_file(path, excerpt_text(excerpt, name).encode())
        return self._keep(Preset(OWN, name, excerpt, path))

    def rename(self, preset: Preset, name: str) -> Preset:
        """Another name for one's own. Raises ParameterError, OutputError."""
        path = _path(preset)
        if name.strip() == preset.name:
            return preset
        name = self._free_name(name, preset)
        write_file(path, excerpt_text(preset.excerpt, name).encode(), overwrite=True)
        self.presets.remove(preset)
        return self._keep(replace(preset, name=name))

    def delete(self, preset: Preset) -> None:
        """Remove one's own for good. Raises OutputError."""
        path = _path(preset)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{path} cannot be deleted ({error.strerror}).") from error
        self.presets.remove(preset)

    def take_in(self, path: Path) -> Preset:
        """Copy a file from elsewhere. Raises ParameterError, OutputError."""
        found = _read(path)
        taken = {p.name.casefold() for p in self.presets}
        names = (found.name, *(f"{found.name} {n}" for n in range(2, len(taken) + 3)))
        return self.add(next(n for n in names if n.casefold() not in taken), found.excerpt)

    def export(self, preset: Preset, path: Path, overwrite: bool = False) -> None:
        """Write a preset to a file elsewhere. Raises OutputError."""
        write_file(path, excerpt_text(preset.excerpt, preset.name).encode(), overwrite)

    def __iter__(self) -> Iterator[Preset]:
        return iter(self.presets)

    def _keep(self, preset: Preset) -> Preset:
        self.presets.append(preset)
        self.presets.sort(key=lambda p: p.name.casefold())
        return preset

    def _free_name(self, name: str, present: Preset | None = None) -> str:
        name = " ".join(name.split())
        if not name or len(name) > LONGEST_NAME:
            raise ParameterError(f"A preset's name has 1 to {LONGEST_NAME} characters.")
        if any(p is not present and p.name.casefold() == name.casefold() for p in self.presets):
            raise ParameterError(f"There is a preset {name!r} already; choose another name.")
        return name


def _read(path: Path) -> Preset:
    try:
        if path.stat().st_size > MOST_CHARACTERS:
            raise ParameterError(f"{path.name} is too large for a preset; choose another file.")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(f"{path.name} cannot be read; choose another file.") from error
    try:
        excerpt, name = read_excerpt(text)
    except ParameterError as error:
        raise ParameterError(f"{path.name} is no preset: {error}") from error
    return Preset(OWN, (" ".join(name.split()) or path.stem)[:LONGEST_NAME], excerpt, path)


def _path(preset: Preset) -> Path:
    if preset.path is None:
        raise ParameterError(f"{preset.name} comes with Mien and stays as it is.")
    return preset.path


def _file_name(name: str) -> str:
    return (re.sub(r"[^\w -]", "_", name) or "preset") + SUFFIX
