"""Correcting a request until what is measured on the picture matches what is wanted.

A damped secant search between brackets (regula falsi, Illinois): measuring costs a picture and a
fit, readings are noisy, and a face that is turned too far cannot be read at all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

MOST_STEPS = 10
# The first step assumes that pictures follow requests one to one, and goes most of the way.
_DAMPING = 0.9
# Slopes beyond these are noise.
_SLOPES = (0.3, 3.0)
# Requests nearer together than this share of the tolerance tell nothing new.
_NEAR = 0.1


@dataclass(frozen=True)
class Outcome:
    """The best request and its reading. reason: why it is not near enough; "" when it is."""

    request: float
    measured: float
    reason: str = ""


@dataclass(frozen=True)
class _Reading:
    """One measurement; error: measured − wanted."""

    request: float
    error: float


class Search:
    """Ask for `request` to be measured, `tell` the reading, until there is an outcome.

    bounds: what may be requested. tolerance: how near is near enough, in the target's unit.
    """

    def __init__(
        self, target: float, start: float, bounds: tuple[float, float], tolerance: float
    ) -> None:
        self._target = target
        self._low, self._high = min(bounds[0], start), max(bounds[1], start)
        self._tolerance = tolerance
        self._readings: list[_Reading] = []
        self.request = start
        self.steps = 0
        self.outcome: Outcome | None = None

    @property
    def fraction(self) -> float:
        """How much of the work is done at the least, 0 to 1."""
        return self.steps / MOST_STEPS

    def tell(self, measured: float | None) -> None:
        """The reading of `request`; None when the picture could not be read."""
        self.steps += 1
        if measured is None or not math.isfinite(measured):
            self._unreadable()
            return
        here = _Reading(self.request, measured - self._target)
        self._readings.append(here)
        if abs(here.error) <= self._tolerance:
            self.outcome = Outcome(here.request, measured)
        elif self.steps >= MOST_STEPS:
            self._give_up(f"it does not come nearer in {MOST_STEPS} steps")
        else:
            self._move(here)

    def _move(self, here: _Reading) -> None:
        bracket = self._bracket()
        wanted = self._between(*bracket) if bracket else self._ahead(here)
        wanted = min(max(wanted, self._low), self._high)
        if any(abs(r.request - wanted) < _NEAR * self._tolerance for r in self._readings):
            edge = wanted in (self._low, self._high) and not bracket
            why = f"the range ends at {wanted:g}" if edge else "smaller steps change nothing"
            errors = [r.error for r in self._readings]
            still = max(errors) - min(errors) < self._tolerance
            self._give_up("the reading does not follow the request" if still else why)
        else:
            self.request = wanted

    def _bracket(self) -> tuple[_Reading, _Reading] | None:
        """The narrowest pair of readings around the target, the one below first."""
        below = [r for r in self._readings if r.error < 0]
        above = [r for r in self._readings if r.error > 0]
        if not below or not above:
            return None
        pairs = [(a, b) for a in below for b in above]
        return min(pairs, key=lambda p: abs(p[0].request - p[1].request))

    def _between(self, below: _Reading, above: _Reading) -> float:
        """A secant that keeps off both ends, so that the bracket shrinks."""
        share = -below.error / (above.error - below.error)
        share = min(max(share, 0.15), 0.85)
        return below.request + share * (above.request - below.request)

    def _ahead(self, here: _Reading) -> float:
        """On with the slope of the last two readings."""
        slope = 1.0
        if len(self._readings) > 1:
            before = self._readings[-2]
            slope = (here.error - before.error) / (here.request - before.request)
            slope = min(max(slope, _SLOPES[0]), _SLOPES[1])
        return here.request - _DAMPING * here.error / slope

    def _unreadable(self) -> None:
        """Half way back to the last request that could be read."""
        if not self._readings or self.steps >= MOST_STEPS:
            self._give_up("the picture cannot be read there")
            return
        last = self._readings[-1].request
        if self.request > last:
            self._high = self.request
        else:
            self._low = self.request
        self.request = (self.request + last) / 2

    def _give_up(self, why: str) -> None:
        if not self._readings:
            self.outcome = Outcome(self.request, math.nan, why)
            return
        best = min(self._readings, key=lambda r: abs(r.error))
        self.outcome = Outcome(best.request, self._target + best.error, why)
