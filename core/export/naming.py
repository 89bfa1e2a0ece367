"""File names from a template such as {stem}_{yaw:+.0f}: safe on all systems, never two alike."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice

from core.errors import ParameterError
from core.rig.table import PARAMETERS

# What a template may ask for besides any parameter of the rig, and what it gives.
FIELDS: dict[str, str] = {
    "stem": "the photo's or person's name",
    "index": "the number of the item, from 0",
    "seed": "the person's seed",
    "face": "the number of the face in its photo, from 1",
    "date": "the day, as 2031-05-27",
    "time": "the time, as 14-05-09",
}
Value = str | int | float
# Room for endings (".landmarks.json") and numbers within the 255 bytes of most file systems.
MAX_BYTES = 200
_SPEC = re.compile(r"[+-]?0?\d{0,2}(\.\d{1,2})?[dfgs]?")
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)


class NameTemplate:
    """A checked template. Raises ParameterError with one sentence about what is wrong with it."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._parts = list(string.Formatter().parse(text))
        except ValueError as error:
            raise ParameterError(
                f"The name template {text!r} has a brace too many or too few; write {{stem}}."
            ) from error
        for literal, name, spec, conversion in self._parts:
            _check_literal(text, literal)
            if name is not None:
                _check_field(text, name, spec or "", conversion)
        if not text.strip():
            raise ParameterError("The name template is empty; write for example {stem}.")

    @property
    def fields(self) -> list[str]:
        """The names of the values it needs, in order."""
        return list(dict.fromkeys(name for _, name, _, _ in self._parts if name is not None))

    def name(self, values: Mapping[str, Value]) -> str:
        """The name, without an ending, of one item. Raises ParameterError for a missing value."""
        out = ""
        for literal, name, spec, _ in self._parts:
            out += literal
            if name is None:
                continue
            if name not in values:
                raise ParameterError(
                    f"{{{name}}} has no value here; the name template can use "
                    f"{', '.join(f for f in FIELDS if f in values)} and rig parameters."
                )
            out += _formatted(values[name], spec or "", name)
        return safe_name(out)


def unique_names(
    template: NameTemplate, items: Iterable[Mapping[str, Value]], taken: Iterable[str] = ()
) -> Iterator[str]:
    """A name for each item, in order; equal ones get -2, -3, ….

    Upper and lower case count as equal, as on Windows and macOS. taken: names to avoid. Raises
    ParameterError as NameTemplate.name does.
    """
    used = {_folded(name) for name in taken}
    last: dict[str, int] = {}
    for values in items:
        name = plain = template.name(values)
        key = _folded(plain)
        number = last.get(key, 1)
        while _folded(name) in used:
            number += 1
            name = f"{plain}-{number}"
        last[key] = number
        used.add(_folded(name))
        yield name


def preview(
    text: str, items: Iterable[Mapping[str, Value]], ending: str = "", count: int = 3
) -> list[str]:
    """The first names that a template gives. Raises ParameterError."""
    return [name + ending for name in islice(unique_names(NameTemplate(text), items), count)]


def dated(moment: datetime | None = None) -> dict[str, Value]:
    """The values of {date} and {time}; now when None."""
    now = moment or datetime.now()
    return {"date": f"{now:%Y-%m-%d}", "time": f"{now:%H-%M-%S}"}


def safe_name(text: str) -> str:
    """A file name that Windows, macOS and Linux all take, at most MAX_BYTES of UTF-8."""
    whole = unicodedata.normalize("NFC", text).encode("utf-8", "replace")
    name = _FORBIDDEN.sub("_", whole[:MAX_BYTES].decode("utf-8", "ignore"))
    name = name.strip().rstrip(". ")
    if name.startswith("."):
        name = "_" + name[1:]
    if not name:
        return "unnamed"
    return f"_{name}" if _RESERVED.match(name) else name


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _check_literal(text: str, literal: str) -> None:
    found = _FORBIDDEN.search(literal)
    if found:
        raise ParameterError(
            f"The name template {text!r} holds {found.group()!r}, which file names cannot; "
            "leave it out."
        )


def _check_field(text: str, name: str, spec: str, conversion: str | None) -> None:
    if name not in FIELDS and name not in PARAMETERS:
        raise ParameterError(
            f"The name template knows no {{{name}}}; use "
            f"{', '.join(f'{{{f}}}' for f in FIELDS)} or a rig parameter such as {{yaw}}."
        )
    if conversion or not _SPEC.fullmatch(spec):
        raise ParameterError(
            f"The name template {text!r} formats {{{name}}} in a way that Mien does not know; "
            f"write for example {{index:05d}} or {{yaw:.1f}}."
        )


def _formatted(value: Value, spec: str, name: str) -> str:
    if isinstance(value, float):
        if spec.endswith("d"):
            value = round(value)
        elif not spec:
            spec = ".6g"
    try:
        text = format(value, spec)
    except ValueError as error:
        raise ParameterError(
            f"{{{name}:{spec}}} does not fit {value!r}; leave the part after the colon out."
        ) from error
    return re.sub(r"^-(?=[0.]*$)", "", text)  # no "-0"
