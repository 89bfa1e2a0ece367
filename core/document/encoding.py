"""What documents are made of, as JSON values and back; project file and journal share it."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from core.document.state import EditState, PersonState
from core.engine.terms import METHODS, Method
from core.errors import OutputError
from core.rig.table import GROUPS, PARAMETERS, values
from models.face.parameters import FaceParameters

_GROUP_NAMES = frozenset(g.name for g in GROUPS)
# No number of a document is near this, not even a time in milliseconds.
_LARGEST = 1e15


def from_text(text: bytes | str) -> Any:
    """JSON text as values. Raises ValueError, also for NaN and infinite numbers."""
    try:
        return json.loads(text, parse_constant=number, parse_float=number)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def to_text(value: Any, indent: int | None = None) -> str:
    """Values as JSON text. Raises OutputError for what JSON cannot hold."""
    separators = None if indent else (",", ":")
    try:
        return json.dumps(value, allow_nan=False, indent=indent, separators=separators)
    except (TypeError, ValueError) as error:
        text = f"The document cannot be kept ({error}); undo the last step and report it."
        raise OutputError(text) from error


def number(value: Any) -> float:
    """A number of reasonable size. Raises ValueError."""
    out = float(value)
    if not math.isfinite(out) or abs(out) > _LARGEST:
        raise ValueError(f"{out} is not a number that Mien can use")
    return out


def share(value: Any) -> float:
    """A number, held between 0 and 1. Raises ValueError."""
    return min(max(number(value), 0.0), 1.0)


def index(value: Any) -> int:
    """A place in a list. Raises ValueError."""
    out = int(value)
    if not 0 <= out < 1 << 31:
        raise ValueError(f"{out} is not the number of a face")
    return out


def parameters_from(named: Any) -> FaceParameters:
    """The rig from values by name. Names of rigs other than ours are left out."""
    out = FaceParameters()
    for name, value in named.items():
        entry = PARAMETERS.get(name)
        if entry is not None:
            getattr(out, entry.array)[entry.index] = number(value)
    return out


def edit_to(edit: EditState) -> dict[str, Any]:
    """An edit as JSON."""
    return {
        "strength": edit.strength,
        "method": edit.method,
        "muted": sorted(edit.muted),
        "parameters": values(edit.parameters),
    }


def edit_from(content: Mapping[str, Any]) -> EditState:
    """An edit from JSON. Raises KeyError, TypeError, ValueError."""
    return EditState(
        parameters_from(content["parameters"]),
        frozenset(content["muted"]) & _GROUP_NAMES,
        share(content["strength"]),
        _method(content.get("method", "photo")),
    )


def person_to(person: PersonState) -> dict[str, Any]:
    """A generated person as JSON."""
    return {
        "seed": person.seed,
        "truncation": person.truncation,
        "noise": [float(v) for v in person.noise],
        "parameters": values(person.parameters),
    }


def person_from(content: Mapping[str, Any]) -> PersonState:
    """A generated person from JSON. Raises KeyError, TypeError, ValueError."""
    seed = content["seed"]
    return PersonState(
        parameters_from(content["parameters"]),
        np.array([number(v) for v in content["noise"]], np.float32),
        None if seed is None else int(seed),
        share(content["truncation"]),
    )


def to_bytes(data: bytes | np.ndarray) -> bytes:
    """Bytes as they are, an array as those of a .npy file."""
    if isinstance(data, bytes):
        return data
    buffer = io.BytesIO()
    np.save(buffer, data, allow_pickle=False)
    return buffer.getvalue()


def from_npy(data: bytes) -> np.ndarray:
    """An array from such bytes. Raises ValueError, also for anything but finite numbers."""
    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except (EOFError, MemoryError, SyntaxError) as error:
        raise ValueError("an array is cut off") from error
    if not isinstance(array, np.ndarray) or not np.issubdtype(array.dtype, np.floating):
        raise ValueError("an array holds no numbers")
    if not np.isfinite(array).all():
        raise ValueError("an array is not all numbers")
    return array


def _method(name: Any) -> Method:
    for method in METHODS:
        if method == name:
            return method
    raise ValueError(f"there is no method {name!r}")
