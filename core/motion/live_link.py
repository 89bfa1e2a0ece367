"""Takes of Epic's Live Link Face app: CSV files of ARKit's blend shapes, in and out.

A file has the columns Timecode, BlendShapeCount, 52 blend shapes under ARKit's names (capital
first), and yaw, pitch and roll of head, left and right eye in radians. Signs are those of
Unreal's rotators: yaw turns to the subject's right (to the image left), pitch down, roll
clockwise in the image; so yaw and pitch are the negatives of ours (docs/motion.md). The app's
variants are read too: no head rotation (zeros), rows without a face (count 0, empty cells),
names in other spellings, semicolons or tabs, missing columns.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.errors import ParameterError
from core.motion.thinning import thinned
from core.motion.timeline import Timeline, Track
from core.rig.table import PARAMETERS, values
from models.face.parameters import ARKIT_NAMES, UNSUPPORTED_EXPRESSIONS, FaceParameters

POSE = {"HeadYaw": ("yaw", -1), "HeadPitch": ("pitch", -1), "HeadRoll": ("roll", 1)}
EYES = tuple(f"{s}Eye{a}" for s in ("Left", "Right") for a in ("Yaw", "Pitch", "Roll"))
# The app writes the sideways shapes right before left; everything else in ARKit's order.
_SIDEWAYS = {"jawLeft": "jawRight", "jawRight": "jawLeft", "mouthLeft": "mouthRight",
             "mouthRight": "mouthLeft"}  # fmt: skip
SHAPES = tuple(_SIDEWAYS.get(n, n) for n in ARKIT_NAMES)
COLUMNS = (*(n[0].upper() + n[1:] for n in SHAPES), *POSE, *EYES)
HEADER = ("Timecode", "BlendShapeCount", *COLUMNS)
# Radians that the app's files show for a whole look to the side, and for one up or down.
LOOK = (0.58, 0.61)
# Of the time code, by the largest frame number seen: the app counts in one of these.
RATES = (24, 25, 30, 60, 120)
# What may be left out of a take: weights, and degrees.
TOLERANCE = {"expression": 0.01, "pose": 0.2}
# The app sees a little tongue in every face.
TONGUE = 0.02
MAX_ROWS = 200_000


@dataclass(frozen=True, eq=False)
class Take:
    """What a file holds. times: (T,) seconds from 0. curves: (T,) each, by rig parameter.

    notes: sentences on what was left out.
    """

    times: np.ndarray
    curves: dict[str, np.ndarray]
    notes: tuple[str, ...] = ()

    @property
    def fps(self) -> float:
        """Frames a second, the median over the take."""
        if len(self.times) < 2:
            return 60.0
        return float(min(round(1 / float(np.median(np.diff(self.times)))) or 1, 120))

    def sampled(self, fps: float) -> dict[str, np.ndarray]:
        """The curves at even steps of 1 / fps seconds, linear in between."""
        count = max(1, math.floor(self.times[-1] * fps + 1e-6) + 1)
        at = np.arange(count) / fps
        return {name: np.interp(at, self.times, curve) for name, curve in self.curves.items()}

    def mirrored(self) -> Take:
        """As seen in a mirror: left and right change places, yaw and roll their sign."""
        curves = {(PARAMETERS[n].mirror or n): c for n, c in self.curves.items()}
        for name in ("yaw", "roll"):
            if name in curves:
                curves[name] = -curves[name]
        return Take(self.times, curves, self.notes)

    def recentred(self) -> Take:
        """With the head straight in the first frame."""
        pose = [n for n, _ in POSE.values() if n in self.curves]
        return Take(
            self.times, self.curves | {n: self.curves[n] - self.curves[n][0] for n in pose},
            self.notes,
        )  # fmt: skip

    def timeline(self, fps: float | None = None) -> Timeline:
        """Keys at as few frames as keep the curves, linear in between; still ones are left out.

        fps: the take's own when None. Raises ParameterError when the take is too long.
        """
        rate = self.fps if fps is None else fps
        tracks: dict[str, Track] = {}
        length = 1
        for name, curve in self.sampled(rate).items():
            length = len(curve)
            entry = PARAMETERS[name]
            kept = np.clip(curve, *entry.hard)
            if float(np.abs(kept).max()) > TOLERANCE[entry.group]:
                tracks[name] = thinned(kept, TOLERANCE[entry.group])
        return Timeline(rate, length, True, tracks)


def read_take(data: bytes, name: str = "The file") -> Take:
    """The take in a CSV file's bytes. Raises ParameterError; name: what it calls the file."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParameterError(f"{name} is not a CSV text; choose a Live Link Face take.") from error
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        header = next(lines, [])
        places, notes = _places(header, name)
        times: list[tuple[float, ...] | None] = []
        rows: list[list[float]] = []
        for time, row in _rows(lines, header, places, name):
            times.append(time)
            rows.append(row)
    except csv.Error as error:
        raise ParameterError(f"{name} is not a CSV text ({error}); choose another.") from error
    if not rows:
        raise ParameterError(f"{name} shows no face in any frame; record it again.")
    seconds = _seconds(times)
    kept = _rising(seconds)
    curves = dict(zip(places, np.array(rows)[kept].T, strict=True))
    for shape in UNSUPPORTED_EXPRESSIONS:
        if np.abs(curves.pop(shape, np.zeros(1))).max() > TONGUE:
            notes.append(f"{shape} is left out: the face model has no tongue.")
    for column, (pose, sign) in POSE.items():
        if column in curves:
            curves[pose] = np.degrees(curves.pop(column)) * sign
    return Take(seconds[kept] - seconds[kept][0], curves, tuple(notes))


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _places(header: list[str], name: str) -> tuple[dict[str, int], list[str]]:
    """Where each known column lies: shapes by ARKit's names, head by the app's; and notes."""
    known = {_plain(n): n for n in (*ARKIT_NAMES, *POSE)}
    places: dict[str, int] = {}
    for index, cell in enumerate(header):
        column = known.get(_plain(cell))
        if column and column not in places:
            places[column] = index
    shapes = [n for n in ARKIT_NAMES if n in places]
    if not shapes:
        raise ParameterError(
            f"{name} has no column of a blend shape, such as JawOpen; choose a CSV file of Live "
            "Link Face."
        )
    missing = [n for n in ARKIT_NAMES if n not in places and n not in UNSUPPORTED_EXPRESSIONS]
    notes = [f"Missing columns stay at rest: {', '.join(missing)}."] if missing else []
    return places, notes


def _plain(column: str) -> str:
    """A column's name without case, spaces and lines; "_L" and "_R" become the words."""
    column = re.sub(r"[_ ]L$", "Left", re.sub(r"[_ ]R$", "Right", column.strip()))
    return re.sub(r"[^a-z0-9]", "", column.lower())


def _rows(
    lines: Iterator[list[str]], header: list[str], places: dict[str, int], name: str
) -> Iterator[tuple[tuple[float, ...] | None, list[float]]]:
    """Time code and numbers of each row that shows a face."""
    plain = [_plain(cell) for cell in header]
    clock = plain.index("timecode") if "timecode" in plain else None
    count = plain.index("blendshapecount") if "blendshapecount" in plain else None
    for number, row in enumerate(lines, 2):
        cells = [row[i].strip() if i < len(row) else "" for i in places.values()]
        absent = count is not None and count < len(row) and row[count].strip() in ("0", "0.0")
        if absent or not any(cells):
            continue
        if number > MAX_ROWS:
            raise ParameterError(f"{name} has over {MAX_ROWS} rows; cut it into shorter takes.")
        found = []
        for column, cell in zip(places, cells, strict=True):
            try:
                value = float(cell.replace(",", "."))
            except ValueError:
                value = math.nan
            if not math.isfinite(value):
                raise ParameterError(
                    f"{name} has no number but {cell[:20]!r} in row {number}, column {column}; "
                    "mend that row or leave it out."
                )
            found.append(value)
        yield _timecode(row[clock]) if clock is not None and clock < len(row) else None, found


def _timecode(cell: str) -> tuple[float, ...] | None:
    """Hours, minutes, seconds, frames of "HH:MM:SS:FF.fff"; None for anything else."""
    parts = re.split(r"[:;]", cell.strip())
    try:
        found = tuple(float(part.replace(",", ".")) for part in parts)
    except ValueError:
        return None
    return found if len(found) == 4 and all(0 <= p < 1000 for p in found) else None


def _seconds(codes: list[tuple[float, ...] | None]) -> np.ndarray:
    """Seconds from the first row; without time codes the rows are 1/60 s apart."""
    known = [c for c in codes if c]
    if len(known) < len(codes):
        return np.arange(len(codes)) / 60
    table = np.array(known)
    clock = table[:, :3] @ [3600.0, 60.0, 1.0]
    # A take of a second shows every frame number, a shorter one is counted as the app does first.
    whole = np.ptp(clock) > 1
    rate = next((r for r in RATES if whole and r > table[:, 3].max()), 60)
    seconds = clock + table[:, 3] / rate
    midnight = np.concatenate([[0], np.cumsum(np.diff(seconds) < -43_200)])
    seconds += 86_400 * midnight
    return seconds - seconds[0]


def _rising(seconds: np.ndarray) -> np.ndarray:
    """Which rows to keep so that time goes on: of several at one time the last."""
    later = np.minimum.accumulate(np.append(seconds, np.inf)[:0:-1])[::-1]
    return seconds < later


def write_take(timeline: Timeline, base: FaceParameters) -> bytes:
    """A CSV file of the timeline's frames, one row each; base: what is not animated.

    Weights are held within 0 and 1, tongueOut is 0, the eyes' angles follow the gaze.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for frame in range(timeline.length):
        shown = values(base) | timeline.values(frame)
        shapes = [min(max(shown.get(n, 0.0), 0.0), 1.0) for n in SHAPES]
        pose = [math.radians(shown[n]) * sign for n, sign in POSE.values()]
        numbers = [*shapes, *pose, *_eyes(shown)]
        row = (_code(frame, timeline.fps), len(COLUMNS), *(f"{v:.10f}" for v in numbers))
        writer.writerow(row)
    return text.getvalue().encode()


def _eyes(shown: dict[str, float]) -> list[float]:
    """Yaw, pitch and roll of both eyes in radians, as the app derives them from the gaze."""
    angles = []
    for side, sign in (("Left", 1), ("Right", -1)):
        inwards = shown[f"eyeLookIn{side}"] - shown[f"eyeLookOut{side}"]
        down = shown[f"eyeLookDown{side}"] - shown[f"eyeLookUp{side}"]
        angles += [sign * LOOK[0] * inwards, LOOK[1] * down, 0.0]
    return angles


def _code(frame: int, fps: float) -> str:
    """HH:MM:SS:FF.fff of a frame, counted as the app does whatever the take's rate."""
    rate = 60 if fps <= 60 else 120
    seconds, part = divmod(frame / fps + 1e-9, 1)
    minutes, second = divmod(int(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour % 24:02d}:{minute:02d}:{second:02d}:{part * rate:06.3f}"
