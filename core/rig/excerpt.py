"""Some groups of a rig's state, and their text: what presets and the clipboard hold.

    {"format": "mien-edit", "version": 1, "name": "Smile",
     "values": {"expression": {"mouthSmileLeft": 0.5, …}, …},
     "fitted": {"expression": {…}, …}}

Whoever writes such a text by hand may leave out `name`, `fitted` and every value at its default.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from core.errors import ParameterError
from core.rig.lights import facing_level
from core.rig.table import GROUPS, PARAMETERS, set_values, values
from models.face.parameters import FaceParameters

FORMAT = "mien-edit"
VERSION = 1
# All groups at full precision take about a tenth of this.
MOST_CHARACTERS = 200_000


@dataclass(frozen=True, eq=False)
class Excerpt:
    """Groups of a face's parameters. fitted: what that face is without an edit."""

    groups: tuple[str, ...]
    parameters: FaceParameters
    fitted: FaceParameters = field(default_factory=FaceParameters)

    def onto(
        self,
        target: FaceParameters,
        fitted: FaceParameters,
        weight: float = 1.0,
        without: Collection[str] = (),
        by_change: bool = False,
    ) -> FaceParameters:
        """Another face's parameters with these groups, blended by weight, 0 to 1.

        fitted: the other face without an edit; a light takes over its exposure and white balance.
        without: groups that stay. by_change: what was changed here is changed by as much there.
        """
        taken: dict[str, np.ndarray] = {}
        for group in self.groups:
            if group in without:
                continue
            mine, base, theirs = (getattr(p, group) for p in (self.parameters, self.fitted, fitted))
            if by_change:
                mine = _clamped(group, theirs + (mine - base))
            elif group == "light":
                mine = mine * np.clip(facing_level(theirs) / facing_level(base), 0.05, 20.0)
            before = getattr(target, group)
            # Exactly the other's numbers at full weight.
            blended = mine if weight == 1 else before + weight * (mine - before)
            taken[group] = blended.astype(np.float32)
        return replace(target, **taken)


def excerpt_text(excerpt: Excerpt, name: str = "") -> str:
    """The excerpt as JSON, lossless."""
    content = {
        "format": FORMAT,
        "version": VERSION,
        **({"name": name} if name else {}),
        **{
            key: {g: _numbers(parameters, g) for g in excerpt.groups}
            for key, parameters in (("values", excerpt.parameters), ("fitted", excerpt.fitted))
        },
    }
    return json.dumps(content, indent=1, allow_nan=False)


def read_excerpt(text: str) -> tuple[Excerpt, str]:
    """The excerpt of a text, and its name or "". Raises ParameterError."""
    if len(text) > MOST_CHARACTERS:
        raise ParameterError("The text is too long to be an edit of Mien; copy one again.")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParameterError("The text is not an edit of Mien; copy one again.") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ParameterError("The text is not an edit of Mien; copy one again.")
    version = content.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise ParameterError(
            f"The edit is of version {version}, this Mien reads up to {VERSION}; update Mien."
        )
    wanted = _mapping(content.get("values"), "values")
    fitted = _mapping(content.get("fitted", {}), "fitted")
    groups = tuple(g.name for g in GROUPS if g.name in wanted)
    if not groups:
        raise ParameterError("The edit holds no group that this Mien knows; copy one again.")
    name = content.get("name", "")
    excerpt = Excerpt(groups, _parameters(wanted), _parameters(fitted))
    return excerpt, name.strip() if isinstance(name, str) else ""


def _numbers(parameters: FaceParameters, group: str) -> dict[str, float]:
    # Nine digits are all that a float32 has.
    return {name: float(f"{v:.9g}") for name, v in values(parameters, group).items()}


def _mapping(content: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(content, dict):
        raise ParameterError(f"The edit is damaged: its {what} are missing; copy one again.")
    return content


def _parameters(groups: Mapping[str, Any]) -> FaceParameters:
    """Names that this Mien does not know are left out: newer ones may have more."""
    found: dict[str, float] = {}
    for group, numbers in groups.items():
        for name, value in _mapping(numbers, f"values of {group!s:.40}").items():
            entry = PARAMETERS.get(name)
            if entry is None or entry.group != group:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ParameterError(f"The edit is damaged: {name} is not a number.")
            # A whole number may be larger than any float.
            found[name] = float(value) if abs(value) < 1e30 else float("inf")
    return set_values(FaceParameters(), found)


def _clamped(group: str, array: np.ndarray) -> np.ndarray:
    out = np.array(array, np.float32)
    for entry in (p for p in PARAMETERS.values() if p.array == group):
        out[entry.index] = entry.clamp(float(out[entry.index]))
    return out
