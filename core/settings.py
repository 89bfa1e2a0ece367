"""What Mien remembers between runs: one typed model in one JSON file, and the environment."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from core.errors import OutputError
from core.files import make_folder, write_file
from core.folders import config_folder

VERSION = 1
NAME, ASIDE = "settings.json", "settings-broken.json"
MAX_BYTES = 1 << 20

Device = Literal["auto", "cpu", "cuda"]
Theme = Literal["system", "dark", "light"]
PREVIEW_SIZES = (512, 1024, 2048, 4096)
MOST_MEMORY_GB = 1024


@dataclass(frozen=True)
class Values:
    """All settings. The first ones are the person's choices, the others what Mien noted.

    preview_size: longest side of the picture on the screen, px. memory_limit: of the engine, GB;
    0 is none. certificate and private_key: PEM files for content credentials (C2PA). shortcuts:
    the keys of commands that were changed, by name. folders: by what a dialog is for. choices:
    what was last chosen in a dialog, by its name. recent: files, the newest first. layout: Qt's
    states in base64, by name.
    """

    theme: Theme = "dark"
    device: Device = "auto"
    preview_size: int = 4096
    memory_limit: int = 0
    autosave: bool = True
    embed_settings: bool = True
    certificate: str = ""
    private_key: str = ""
    shortcuts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)
    choices: dict[str, dict[str, Any]] = field(default_factory=dict)
    recent: tuple[str, ...] = ()
    layout: dict[str, str] = field(default_factory=dict)


# What a variable can fix: MIEN_DEVICE and so on.
CHOICES = (
    "theme", "device", "preview_size", "memory_limit", "autosave", "embed_settings",
    "certificate", "private_key",
)  # fmt: skip


class SettingsFile:
    """The values of the file, and over them those of the environment, which are never written.

    A file that cannot be read is kept aside and gives the defaults. notices: sentences about
    such things. fixed: the choices that the environment makes. tell: is given the sentence when
    the file cannot be written, once, on any thread.
    """

    def __init__(
        self, path: Path | None = None, tell: Callable[[str], object] = lambda _: None
    ) -> None:
        self.path = path or config_folder() / NAME
        self.notices: list[str] = []
        self._tell: Callable[[str], object] | None = tell
        self._waiting: list[dict[str, Any]] = []
        self._own = self._load()
        self._fixed = self._environment()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="settings")

    @property
    def values(self) -> Values:
        """What holds now."""
        return replace(self._own, **self._fixed)

    @property
    def fixed(self) -> frozenset[str]:
        """The choices that variables make."""
        return frozenset(self._fixed)

    def change(self, **changes: Any) -> None:
        """Change values and write them soon, with what other windows wrote left in place.

        Raises ValueError for a value that a setting cannot have.
        """
        checked = {name: _checked(name, value) for name, value in changes.items()}
        self._own = replace(self._own, **checked)
        self._waiting.append({name: asdict(self._own)[name] for name in checked})
        self._writer.submit(self._write)

    def refresh(self) -> None:
        """Read what other windows wrote."""
        with contextlib.suppress(OSError, ValueError):
            raw = read(self.path)
            for changes in list(self._waiting):
                raw.update(changes)
            self._own = valid(raw)[0]

    def flush(self) -> None:
        """Wait until everything is written."""
        self._writer.submit(lambda: None).result()

    def _load(self) -> Values:
        try:
            raw = read(self.path)
        except FileNotFoundError:
            return Values()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self._put_aside(f"cannot be read ({reason}), so Mien begins with its defaults")
            return Values()
        values, unknown = valid(raw)
        if unknown:
            named = ", ".join(unknown)
            self._put_aside(f"holds values that Mien does not know; defaults serve for {named}")
        return values

    def _put_aside(self, what: str) -> None:
        aside = self.path.with_name(ASIDE)
        kept = ""
        with contextlib.suppress(OSError):
            aside.write_bytes(self.path.read_bytes())
            kept = f"; a copy is kept as {aside.name}"
        self.notices.append(f"The settings file {self.path} {what}{kept}.")

    def _environment(self) -> dict[str, Any]:
        fixed = {}
        for name in CHOICES:
            variable = f"MIEN_{name.upper()}"
            given = os.environ.get(variable)
            try:
                if given:
                    fixed[name] = _checked(name, _from_text(name, given))
            except ValueError:
                self.notices.append(
                    f"{variable} is {given!r}, which is no such setting; it is ignored."
                )
        return fixed

    def _write(self) -> None:
        changes = self._waiting[0]
        try:
            raw = read(self.path)
        except (OSError, ValueError):
            raw = {"version": VERSION}
        raw.update(changes)
        data = json.dumps(raw, indent=1, ensure_ascii=False).encode()
        try:
            write_file(make_folder(self.path.parent) / self.path.name, data, overwrite=True)
        except OutputError as error:
            if self._tell:
                self._tell(f"The settings are not kept: {error}")
            self._tell = None
        self._waiting.pop(0)


def read(path: Path) -> dict[str, Any]:
    """The settings file as it is. Raises OSError, ValueError."""
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError("it is too large")
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not JSON") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("version"), int):
        raise ValueError("it has no version")
    return raw


def valid(raw: Mapping[str, Any]) -> tuple[Values, list[str]]:
    """The values that are right, and the names of the others."""
    right, wrong = {}, []
    for name in (f.name for f in fields(Values) if f.name in raw):
        try:
            right[name] = _checked(name, raw[name])
        except ValueError:
            wrong.append(name)
    return Values(**right), sorted(wrong)


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(v, str) for v in value):
        raise ValueError(value)
    return tuple(value)


def _by_name(value: Any, check: Callable[[Any], Any]) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(k, str) for k in value):
        raise ValueError(value)
    return {name: check(each) for name, each in value.items()}


def _of(kind: type) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        # True is an int to Python.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise ValueError(value)
        return value

    return check


def _one_of(*possible: object) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if isinstance(value, bool) or value not in possible:
            raise ValueError(value)
        return value

    return check


def _memory(value: Any) -> Any:
    if not 0 <= _of(int)(value) <= MOST_MEMORY_GB:
        raise ValueError(value)
    return value


# What a setting may be; each gives the value as it is kept, or raises ValueError. A validation
# library took a fifth of a second of every start.
_CHECKS: dict[str, Callable[[Any], Any]] = {
    "theme": _one_of(*get_args(Theme)),
    "device": _one_of(*get_args(Device)),
    "preview_size": _one_of(*PREVIEW_SIZES),
    "memory_limit": _memory,
    "autosave": _of(bool),
    "embed_settings": _of(bool),
    "certificate": _of(str),
    "private_key": _of(str),
    "shortcuts": lambda value: _by_name(value, _texts),
    "folders": lambda value: _by_name(value, _of(str)),
    "choices": lambda value: _by_name(value, lambda each: _by_name(each, lambda v: v)),
    "recent": _texts,
    "layout": lambda value: _by_name(value, _of(str)),
}
_WORDS = {"1": True, "true": True, "yes": True, "on": True,
          "0": False, "false": False, "no": False, "off": False}  # fmt: skip


def _checked(name: str, value: Any) -> Any:
    try:
        return _CHECKS[name](value)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{name} cannot be {value!r}.") from error


def _from_text(name: str, text: str) -> Any:
    """An environment variable's text as the setting's kind. Raises ValueError."""
    kind = type(getattr(Values(), name))
    if kind is bool:
        if text.lower() not in _WORDS:
            raise ValueError(text)
        return _WORDS[text.lower()]
    return kind(text)


def load() -> Values:
    """What holds now, for those who change nothing."""
    return SettingsFile().values
