"""A timeline: keyframes of rig parameters, and the rig's state at any frame between them."""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal, get_args

from core.errors import ParameterError
from core.rig.table import parameter, set_values
from models.face.parameters import FaceParameters

# How a value goes from its key to the next one. smooth: a spline that never overshoots.
Easing = Literal["smooth", "linear", "in", "out", "in-out", "hold"]
EASINGS: tuple[Easing, ...] = get_args(Easing)
SCHEMA = 1
FPS_RANGE = (1.0, 120.0)
LONGEST = 200_000


@dataclass(frozen=True)
class Keyframe:
    """A value at a frame, and how it goes on from there."""

    frame: int
    value: float
    easing: Easing = "smooth"


# The keys of one parameter, in the order of their frames.
Track = tuple[Keyframe, ...]


@dataclass(frozen=True)
class Timeline:
    """Keyframes by the names of rig parameters.

    fps: frames a second. length: frames in all, the first is 0. loop: whether playing begins
    again at the end. Raises ParameterError for unknown parameters and values out of range.
    """

    fps: float = 24.0
    length: int = 48
    loop: bool = True
    tracks: Mapping[str, Track] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.fps) and FPS_RANGE[0] <= self.fps <= FPS_RANGE[1]):
            raise ParameterError(
                f"A timeline cannot have {self.fps:g} frames a second; give "
                f"{FPS_RANGE[0]:g} to {FPS_RANGE[1]:g}."
            )
        if not 1 <= self.length <= LONGEST:
            raise ParameterError(
                f"A timeline cannot have {self.length} frames; give 1 to {LONGEST}."
            )
        for name, track in self.tracks.items():
            _check(name, track)

    @property
    def seconds(self) -> float:
        """How long it plays once."""
        return self.length / self.fps

    # Reading.

    def value(self, name: str, frame: float) -> float | None:
        """A parameter at a frame, whole or not; None without keys."""
        track = self.tracks.get(name)
        return value_at(track, frame) if track else None

    def values(self, frame: float) -> dict[str, float]:
        """All animated parameters at a frame, by name."""
        return {name: value_at(track, frame) for name, track in self.tracks.items() if track}

    def at(self, base: FaceParameters, frame: float) -> FaceParameters:
        """The rig's state at a frame: base, with what is animated replaced."""
        return set_values(base, self.values(frame))

    def key_at(self, name: str, frame: int) -> Keyframe | None:
        """The key of a parameter at exactly this frame."""
        return next((k for k in self.tracks.get(name, ()) if k.frame == frame), None)

    # Changing: each gives a new timeline.

    def with_key(
        self, name: str, frame: int, value: float, easing: Easing | None = None
    ) -> Timeline:
        """A key added, or the one at this frame changed; easing None keeps what was there."""
        before = self.key_at(name, frame)
        kind = easing or (before.easing if before else "smooth")
        others = tuple(k for k in self.tracks.get(name, ()) if k.frame != frame)
        return self._with_track(name, (*others, Keyframe(frame, value, kind)))

    def without_key(self, name: str, frame: int) -> Timeline:
        """A key removed; a parameter without keys is no longer animated."""
        return self._with_track(name, (k for k in self.tracks.get(name, ()) if k.frame != frame))

    def moved(self, keys: Iterable[tuple[str, int]], by: int) -> Timeline:
        """Keys, each (name, frame), moved by so many frames; those they meet are replaced.

        No key goes before frame 0: the whole selection stops there.
        """
        chosen = {(n, f) for n, f in keys if self.key_at(n, f)}
        if not chosen:
            return self
        by = max(by, -min(f for _, f in chosen))
        tracks = dict(self.tracks)
        for name in {n for n, _ in chosen}:
            moving = {k for k in self.tracks[name] if (name, k.frame) in chosen}
            landed = {k.frame + by for k in moving}
            kept = [k for k in self.tracks[name] if k not in moving and k.frame not in landed]
            tracks[name] = _sorted([*kept, *(replace(k, frame=k.frame + by) for k in moving)])
        return replace(self, tracks=tracks)

    def without_track(self, name: str) -> Timeline:
        """A parameter that is no longer animated."""
        return self._with_track(name, ())

    def swept(self, name: str, start: float, end: float, frames: int | None = None) -> Timeline:
        """A parameter that goes evenly from start to end over so many frames, all by default.

        Whatever keys it had are replaced; a timeline that is too short grows.
        """
        count = self.length if frames is None else frames
        if count < 2:
            raise ParameterError(f"A sweep of {name} needs 2 frames or more, not {count}.")
        keys = (Keyframe(0, start, "linear"), Keyframe(count - 1, end, "linear"))
        grown = replace(self, length=max(self.length, count))
        return grown._with_track(name, keys)

    def _with_track(self, name: str, keys: Iterable[Keyframe]) -> Timeline:
        tracks = dict(self.tracks)
        track = _sorted(keys)
        if track:
            tracks[name] = track
        else:
            tracks.pop(name, None)
        return replace(self, tracks=tracks)

    # Files.

    def to_json(self) -> dict[str, Any]:
        """As the JSON document that `from_json` reads."""
        return {
            "schema": SCHEMA,
            "fps": self.fps,
            "length": self.length,
            "loop": self.loop,
            "tracks": {
                name: [[k.frame, k.value, k.easing] for k in track]
                for name, track in self.tracks.items()
            },
        }

    @staticmethod
    def from_json(document: object, name: str = "The timeline") -> Timeline:
        """The timeline of a JSON document. Raises ParameterError; name: what it calls it."""
        schema = document.get("schema") if isinstance(document, dict) else None
        if not isinstance(document, dict) or not isinstance(schema, int):
            raise ParameterError(f"{name} is not a timeline of Mien; choose another file.")
        if schema > SCHEMA:
            raise ParameterError(f"{name} was written by a newer Mien; update Mien to read it.")
        try:
            tracks = {
                str(parameter): _sorted(
                    Keyframe(int(frame), float(value), easing) for frame, value, easing in keys
                )
                for parameter, keys in document["tracks"].items()
            }
            fps, length = float(document["fps"]), int(document["length"])
            return Timeline(fps, length, bool(document.get("loop", True)), tracks)
        except ParameterError as error:
            raise ParameterError(f"{name} cannot be used: {error}") from error
        except KeyError as error:
            raise ParameterError(f"{name} is a timeline without {error}; write it in.") from error
        except (TypeError, ValueError, AttributeError, OverflowError) as error:
            raise ParameterError(
                f"{name} is a damaged timeline ({error}); write it again."
            ) from error

    @staticmethod
    def from_bytes(data: bytes, name: str = "The timeline") -> Timeline:
        """The timeline of a JSON file's bytes. Raises ParameterError."""
        try:
            return Timeline.from_json(json.loads(data), name)
        except (ValueError, RecursionError) as error:
            raise ParameterError(f"{name} is not JSON; choose a timeline of Mien.") from error

    def to_bytes(self) -> bytes:
        """A JSON file's bytes."""
        return (json.dumps(self.to_json(), indent=1) + "\n").encode()


def value_at(track: Track, frame: float) -> float:
    """The value at a frame of a track with keys; before the first and after the last it rests."""
    index = bisect_right(track, frame, key=lambda k: k.frame)
    if index == 0:
        return track[0].value
    if index == len(track):
        return track[-1].value
    a, b = track[index - 1], track[index]
    way = (frame - a.frame) / (b.frame - a.frame)
    if a.easing == "smooth":
        return _spline(track, index - 1, way)
    return a.value + (b.value - a.value) * eased(a.easing, way)


def eased(easing: Easing, way: float) -> float:
    """How much of the way between two values is done at a share of the time, 0 to 1.

    The quadratic easings of Penner (2002); smooth depends on the neighbours and is not here.
    """
    if easing == "hold":
        return 0.0
    if easing == "in":
        return way * way
    if easing == "out":
        return way * (2 - way)
    if easing == "in-out":
        return 2 * way * way if way < 0.5 else 1 - 2 * (1 - way) * (1 - way)
    return way


def _spline(track: Track, index: int, way: float) -> float:
    """Cubic Hermite between keys index and index + 1, monotone (Fritsch and Butland 1984)."""
    a, b = track[index], track[index + 1]
    width = b.frame - a.frame
    left, right = (width * _slope(track, i) for i in (index, index + 1))
    rest = 1 - way
    return (
        a.value * rest * rest * (1 + 2 * way)
        + left * way * rest * rest
        + b.value * way * way * (3 - 2 * way)
        - right * way * way * rest
    )


def _slope(track: Track, index: int) -> float:
    """The tangent at a key: flat at the ends and where the direction turns, so that no value
    between two keys lies outside them."""
    if index in (0, len(track) - 1):
        return 0.0
    before, here, after = track[index - 1 : index + 2]
    h0, h1 = here.frame - before.frame, after.frame - here.frame
    d0, d1 = (here.value - before.value) / h0, (after.value - here.value) / h1
    if d0 * d1 <= 0:
        return 0.0
    w0, w1 = 2 * h1 + h0, h1 + 2 * h0
    return (w0 + w1) / (w0 / d0 + w1 / d1)


def _sorted(keys: Iterable[Keyframe]) -> Track:
    return tuple(sorted(keys, key=lambda k: k.frame))


def _check(name: str, track: Track) -> None:
    entry = parameter(name)
    low, high = entry.hard
    for key in track:
        if not (math.isfinite(key.value) and low <= key.value <= high):
            raise ParameterError(
                f"{name} cannot be {key.value:g} at frame {key.frame}; give a value from "
                f"{low:g} to {high:g}."
            )
        if key.easing not in EASINGS:
            raise ParameterError(
                f"There is no easing {key.easing!r}; choose one of {', '.join(EASINGS)}."
            )
    if track and not 0 <= track[0].frame <= track[-1].frame < LONGEST:
        raise ParameterError(f"{name} has a key outside frames 0 to {LONGEST - 1}.")
    if any(a.frame == b.frame for a, b in pairwise(track)):
        raise ParameterError(f"{name} has two keys at one frame; keep one of them.")
