"""What the picture on the screen measures, and correcting requests until it measures right."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.controller import Controller
from app.editor import Editor
from app.engine_link import EngineLink
from core.engine import messages as m
from core.engine.inspection import Measured
from core.rig.achieve import Search
from core.rig.table import PARAMETERS, RigParameter, get_value, set_values

# How near is near enough, by unit.
TOLERANCES = {"°": 0.5, "": 0.03}
_PAUSE_MS = 250


@dataclass(frozen=True, eq=False)
class Reading:
    """What the picture of these parameters showed. measured: None, and the reason."""

    requested: m.FaceParameters
    measured: m.FaceParameters | None
    identity: float | None
    reason: str

    def light_error(self) -> float | None:
        """Distance of the measured SH coefficients from the requested ones, as their share."""
        if self.measured is None:
            return None
        gap = np.linalg.norm(self.measured.light - self.requested.light)
        return float(gap / max(float(np.linalg.norm(self.requested.light)), 1e-6))


@dataclass
class _Correction:
    """A request under way to its target. base: what else is requested."""

    entry: RigParameter
    target: float
    search: Search
    base: m.FaceParameters


@dataclass(frozen=True)
class EmbedPoint:
    """One report of an embedding. identity: similarity, 1 for one person."""

    seconds: float
    loss: float
    identity: float | None


def achievable(entry: RigParameter) -> bool:
    """Whether a picture's reading of it can be compared with a number."""
    return entry.group in ("pose", "expression")


class Measurements(QObject):
    """changed: reading, correction or embedding. watching: measure by itself after each edit."""

    changed = Signal()
    message = Signal(object)

    def __init__(
        self, editor: Editor, link: EngineLink, controller: Controller, parent: QObject | None
    ) -> None:
        super().__init__(parent)
        self._editor = editor
        self._client = link.client
        self._controller = controller
        self._asked: tuple[int, m.FaceParameters] | None = None
        self._again = False
        self._correction: _Correction | None = None
        self._watching = False
        # What was wanted of the controls that were corrected, and the request that gave it.
        self._wanted: dict[str, tuple[float, float]] = {}
        self._embedding: tuple[int, float] | None = None
        self.embedding: list[EmbedPoint] = []
        self.reading: Reading | None = None
        self.outcome = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self.measure)
        editor.changed.connect(self._edited)
        editor.photoChanged.connect(self._other_face)
        link.arrived.connect(self._arrived)

    # Measuring.

    @property
    def busy(self) -> bool:
        """Whether something is being measured."""
        return self._asked is not None

    @property
    def current(self) -> bool:
        """Whether the reading is that of the present edit."""
        return self.reading is not None and _same(self.reading.requested, self._editor.effective)

    def watch(self, on: bool) -> None:
        """Measure after each edit, once it rests."""
        self._watching = on
        if on and not self.current:
            self._timer.start()

    def measure(self) -> None:
        """Measure the present picture."""
        if self._asked:
            self._again = True
        elif self._ready() and not self._correction:
            self._ask(self._editor.effective)

    def wanted(self, name: str) -> float:
        """What is wanted of a control: its value, or what its value was corrected for."""
        value = get_value(self._editor.effective, name)
        target, request = self._wanted.get(name, (value, value))
        return target if abs(request - value) < 1e-4 else value

    # Correcting.

    @property
    def correcting(self) -> str:
        """The control being corrected, or ""."""
        return self._correction.entry.name if self._correction else ""

    @property
    def progress(self) -> float:
        """Of the correction, 0 to 1."""
        return self._correction.search.fraction if self._correction else 0.0

    def obstacle(self, name: str) -> str:
        """Why a control cannot be corrected now; "" when it can."""
        editor, group = self._editor, PARAMETERS[name].group
        if self._correction:
            return "Another control is being corrected"
        if group in editor.locked:
            return "The group is locked"
        if group in editor.state.muted:
            return "The group is muted, so nothing of it is shown"
        if editor.state.strength != 1:
            return "The strength is not 100 %, so the request is shown in part"
        return "" if self._ready() else "There is no photo or person to measure"

    def achieve(self, name: str) -> None:
        """Correct a request until the picture measures what is wanted; one step."""
        if self.obstacle(name):
            return
        self._editor.end()
        entry, target = PARAMETERS[name], self.wanted(name)
        start = get_value(self._editor.effective, name)
        search = Search(target, start, entry.soft, TOLERANCES[entry.unit])
        self._correction = _Correction(entry, target, search, self._editor.effective)
        self.outcome = ""
        self._continue()

    def cancel(self) -> None:
        """Give the correction up; nothing has changed."""
        if self._correction:
            self._correction = None
            self.outcome = "Cancelled; nothing was changed."
            self.changed.emit()

    def _continue(self) -> None:
        correction = self._correction
        if correction and self._asked is None:
            self._ask(self._moved(correction, correction.search.request))
        self.changed.emit()

    def _moved(self, correction: _Correction, value: float) -> m.FaceParameters:
        """As Editor.set_values will set it: the linked partner moves along."""
        names = [correction.entry.name]
        if self._editor.linked and correction.entry.link:
            names.append(correction.entry.link)
        return set_values(correction.base, dict.fromkeys(names, value))

    def _told(self, correction: _Correction, reading: Reading) -> None:
        name, search = correction.entry.name, correction.search
        search.tell(get_value(reading.measured, name) if reading.measured else None)
        outcome = search.outcome
        if outcome is None:
            self._continue()
            return
        self._correction = None
        label, unit = correction.entry.label, correction.entry.unit
        reached = f"{label} measures {outcome.measured:.{_digits(unit)}f}{unit}"
        if not np.isfinite(outcome.measured):
            self.outcome = f"{label} cannot be measured: {outcome.reason}."
            self.changed.emit()
            return
        self.outcome = f"{reached}: {outcome.reason}." if outcome.reason else f"{reached}."
        self._editor.set_values(
            {name: outcome.request}, f"Achieve {label} {correction.target:.{_digits(unit)}f}{unit}"
        )
        self._wanted[name] = (correction.target, outcome.request)
        self.measure()
        self.changed.emit()

    # Inside.

    def _ready(self) -> bool:
        editor = self._editor
        return self._controller.has_face() if editor.photo else editor.person is not None

    def _ask(self, parameters: m.FaceParameters) -> None:
        editor = self._editor
        noise = editor.person.noise if editor.person else None
        self._asked = (self._client.measure(parameters, editor.baseline, noise), parameters)
        self.changed.emit()

    def _arrived(self, event: object) -> None:
        if isinstance(event, m.EmbedStage):
            self._embedded(event)
        if not self._asked or not isinstance(event, m.Reply) or event.id != self._asked[0]:
            return
        parameters = self._asked[1]
        self._asked = None
        if isinstance(event, Measured):
            reading = Reading(parameters, event.parameters, event.identity, event.reason)
            if self._correction:
                self._told(self._correction, reading)
                return
            self.reading = reading
        else:
            self._correction = None
        if self._again:
            self._again = False
            self.measure()
        self.changed.emit()

    def _edited(self) -> None:
        correction = self._correction
        if correction and not _same(correction.base, self._editor.effective):
            self.cancel()
        if self._watching and not self._editor.dragging and not self.current:
            self._timer.start()
        self.changed.emit()

    def _other_face(self) -> None:
        self.cancel()
        self.reading = None
        self._wanted.clear()
        self.outcome = ""

    def _embedded(self, stage: m.EmbedStage) -> None:
        now = time.monotonic()
        if self._embedding is None or self._embedding[0] != stage.id:
            self._embedding = (stage.id, now)
            self.embedding = []
        similarity = None if stage.identity is None else 1 - stage.identity
        self.embedding.append(EmbedPoint(now - self._embedding[1], stage.loss, similarity))
        self.changed.emit()


def _digits(unit: str) -> int:
    return 1 if unit == "°" else 2


def _same(a: m.FaceParameters, b: m.FaceParameters) -> bool:
    groups = ("pose", "identity", "expression", "albedo", "light")
    return a is b or all(np.array_equal(getattr(a, g), getattr(b, g)) for g in groups)
