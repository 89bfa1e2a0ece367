"""What Mien remembers between runs: one typed model in one JSON file, and the environment."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from core.errors import OutputError
from core.files import make_folder, write_file
from core.folders import config_folder

VERSION = 1
NAME, ASIDE = "settings.json", "settings-broken.json"
MAX_BYTES = 1 << 20

Device = Literal["auto", "cpu", "cuda"]
PREVIEW_SIZES = (512, 1024, 2048, 4096)
# The environment gives texts.
PreviewSize = Annotated[
    Literal[512, 1024, 2048, 4096], BeforeValidator(lambda v: int(v) if isinstance(v, str) else v)
]


class Values(BaseModel):
    """All settings. The first ones are the person's choices, the others what Mien noted.

    preview_size: longest side of the picture on the screen, px. memory_limit: of the engine, GB;
    0 is none. certificate and private_key: PEM files for content credentials (C2PA). shortcuts:
    the keys of commands that were changed, by name. folders: by what a dialog is for. choices:
    what was last chosen in a dialog, by its name. recent: files, the newest first. layout: Qt's
    states in base64, by name.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    theme: Literal["system", "dark", "light"] = "dark"
    device: Device = "auto"
    preview_size: PreviewSize = 4096
    memory_limit: Annotated[int, Field(ge=0, le=1024)] = 0
    autosave: bool = True
    embed_settings: bool = True
    certificate: str = ""
    private_key: str = ""
    shortcuts: dict[str, tuple[str, ...]] = {}
    folders: dict[str, str] = {}
    choices: dict[str, dict[str, Any]] = {}
    recent: tuple[str, ...] = ()
    layout: dict[str, str] = {}


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
        environment = self._environment()
        self._fixed = {name: getattr(environment, name) for name in environment.model_fields_set}
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="settings")

    @property
    def values(self) -> Values:
        """What holds now."""
        return self._own.model_copy(update=self._fixed)

    @property
    def fixed(self) -> frozenset[str]:
        """The choices that variables make."""
        return frozenset(self._fixed)

    def change(self, **changes: Any) -> None:
        """Change values and write them soon, with what other windows wrote left in place.

        Raises pydantic.ValidationError for values outside the model.
        """
        checked = Values.model_validate(self._own.model_dump() | changes)
        self._own = checked
        self._waiting.append(checked.model_dump(mode="json", include=set(changes)))
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

    def _environment(self) -> Values:
        given = {n: v for n in CHOICES if (v := os.environ.get(f"MIEN_{n.upper()}"))}
        values, unknown = valid(given)
        for name in unknown:
            variable = f"MIEN_{name.upper()}"
            self.notices.append(
                f"{variable} is {given[name]!r}, which is no such setting; it is ignored."
            )
        return values

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
    try:
        return Values.model_validate(raw), []
    except ValidationError as error:
        wrong = {str(e["loc"][0]) for e in error.errors()}
    return Values.model_validate({k: v for k, v in raw.items() if k not in wrong}), sorted(wrong)


def load() -> Values:
    """What holds now, for those who change nothing."""
    return SettingsFile().values
