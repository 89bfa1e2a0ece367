"""Reading JSON whose faults are told by the key's path, one sentence each."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from typing import Any, TypeVar, cast

from core.errors import JobError

Name = TypeVar("Name", bound=str)
_MISSING: Any = object()


class Reading:
    """An object of a JSON document; each key is taken once. Raises JobError throughout."""

    def __init__(self, content: object, where: str) -> None:
        if not isinstance(content, dict):
            raise JobError(f"{where} must be an object in braces.")
        self._content: dict[str, Any] = dict(content)
        self._path = where
        self._known: list[str] = []

    def _named(self, key: str) -> str:
        return key if self._path == "the job" else f"{self._path}.{key}"

    def take(self, key: str, default: Any = _MISSING) -> Any:
        """The value of a key as it stands."""
        self._known.append(key)
        value = self._content.pop(key, default)
        if value is _MISSING:
            raise JobError(f"{self._named(key)} is missing.")
        return value

    def inner(self, key: str, default: Any = _MISSING) -> Reading:
        """An object inside."""
        return Reading(self.take(key, default), self._named(key))

    def optional(self, key: str) -> Reading | None:
        """An object inside; None where it is missing or null."""
        value = self.take(key, None)
        return None if value is None else Reading(value, self._named(key))

    def text(self, key: str, default: Any = _MISSING) -> str:
        """A text that is not empty."""
        return self._text(self.take(key, default), self._named(key))

    def texts(self, key: str) -> list[str]:
        """Several texts, or one."""
        value = self.take(key)
        several = value if isinstance(value, list) else [value]
        return [self._text(v, self._named(key)) for v in several]

    def whole(self, key: str, low: int, high: int, default: Any = _MISSING) -> Any:
        """A whole number from low to high; null stands for a default of None."""
        value = self.take(key, default)
        if value is default is None:
            return None
        return self._whole(value, self._named(key), low, high)

    def wholes(self, key: str) -> int | list[int]:
        """A whole number from 0 on, or several."""
        value, where = self.take(key), self._named(key)
        if isinstance(value, list) and value:
            return [self._whole(v, where, 0, 2**63 - 1) for v in value]
        return self._whole(value, where, 0, 2**63 - 1)

    def switch(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self.take(key, default)
        if not isinstance(value, bool):
            raise JobError(f"{self._named(key)} must be true or false, not {_shown(value)}.")
        return value

    def one_of(self, key: str, names: Sequence[Name], default: Any = _MISSING) -> Any:
        """One of some names; null stands for a default of None."""
        value = self.take(key, default)
        if value is default is None:
            return None
        return self._one_of(value, names, self._named(key))

    def several(self, key: str, names: Sequence[Name]) -> list[Name]:
        """Some of the names, each once, in the given order; none when the key is missing."""
        value, where = self.take(key, []), self._named(key)
        if not isinstance(value, list):
            raise JobError(f"{where} must be a list of {', '.join(names)}.")
        return list(dict.fromkeys(self._one_of(v, names, where) for v in value))

    def only_key(self, names: Sequence[Name]) -> Name:
        """The one key that the object has."""
        keys = list(self._content)
        if len(keys) != 1 or keys[0] not in names:
            raise JobError(f"{self._path} needs one of {', '.join(names)}, and only that.")
        return cast(Name, keys[0])

    def keys(self, names: Sequence[str]) -> list[str]:
        """The object's keys, which must be among the names."""
        for key in self._content:
            if key not in names:
                raise self._unknown(key, names)
        return list(self._content)

    def finish(self) -> None:
        """Refuse keys that nobody took."""
        for key in self._content:
            raise self._unknown(key, self._known)

    def _unknown(self, key: str, names: Sequence[str]) -> JobError:
        lower = {name.lower(): name for name in names}
        near = difflib.get_close_matches(key.lower(), lower, 1, 0.6)
        hint = f"did you mean {lower[near[0]]}?" if near else "leave it out."
        return JobError(f"{self._named(key)} is not known; {hint}")

    @staticmethod
    def _text(value: object, where: str) -> str:
        if not isinstance(value, str) or not value.strip() or "\0" in value:
            raise JobError(f"{where} must be a text, not {_shown(value)}.")
        return value

    @staticmethod
    def _whole(value: object, where: str, low: int, high: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise JobError(
                f"{where} cannot be {_shown(value)}; give a whole number from {low} to {high}."
            )
        return value

    @staticmethod
    def _one_of(value: object, names: Sequence[Name], where: str) -> Name:
        if value not in names:
            raise JobError(f"{where} cannot be {_shown(value)}; choose one of {', '.join(names)}.")
        return cast(Name, value)


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:37] + "..."
