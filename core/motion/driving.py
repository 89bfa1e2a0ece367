"""A tracked motion on another rig, and a recording of it as a timeline."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.motion.live_link import TOLERANCE, Take
from core.motion.timeline import Timeline
from core.rig.table import PARAMETERS, group, values
from models.face.parameters import FaceParameters

_GROUPS = ("pose", "expression")


def driven(base: FaceParameters, pose: np.ndarray, expression: np.ndarray) -> FaceParameters:
    """The rig moved by differences from neutral: pose (3,) degrees, expression (51,) weights.

    Weights stay within 0 and 1 unless base lies outside, angles within their hard range.
    """
    low, high = np.minimum(base.expression, 0), np.maximum(base.expression, 1)
    limit = np.array([p.hard[1] for p in group("pose").parameters], np.float32)
    return replace(
        base,
        pose=np.clip(base.pose + pose, -limit, limit),
        expression=np.clip(base.expression + expression, low, high),
    )


class Recording:
    """What the rig did, from frame `start` of a timeline on. base: how it was at rest."""

    def __init__(self, start: int, base: FaceParameters) -> None:
        self._start = start
        self._base = _moving(base)
        self._times: list[float] = []
        self._rows: list[dict[str, float]] = []

    def add(self, seconds: float, parameters: FaceParameters) -> None:
        """The rig at a time; a time that does not go on is left out."""
        if not self._times or seconds > self._times[-1]:
            self._times.append(seconds)
            self._rows.append(_moving(parameters))

    def onto(self, timeline: Timeline) -> Timeline:
        """The timeline with what moved recorded over it; it grows where it is too short."""
        if len(self._times) < 2:
            return timeline
        times = np.array(self._times) - self._times[0]
        curves = {n: np.array([row[n] for row in self._rows]) for n in self._rows[0]}
        moved = {
            n: c for n, c in curves.items()
            if n in timeline.tracks
            or np.abs(c - self._base[n]).max() > TOLERANCE[PARAMETERS[n].group]
        }  # fmt: skip
        taken = Take(times, moved).timeline(timeline.fps)
        tracks = dict(timeline.tracks)
        for name, track in taken.tracks.items():
            shifted = [replace(key, frame=key.frame + self._start) for key in track]
            kept = [k for k in tracks.get(name, ()) if k.frame < self._start]
            last = self._start + taken.length - 1
            after = [k for k in tracks.get(name, ()) if k.frame > last]
            tracks[name] = (*kept, *shifted, *after)
        return replace(
            timeline, length=max(timeline.length, self._start + taken.length), tracks=tracks
        )


def _moving(parameters: FaceParameters) -> dict[str, float]:
    return {n: v for g in _GROUPS for n, v in values(parameters, g).items()}
