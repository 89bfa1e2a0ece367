"""Smoothing that follows fast motion at once and calms what rests."""

from __future__ import annotations

import math

import numpy as np


class OneEuroFilter:
    """The 1 € filter of Casiez, Roussel and Vogel (CHI 2012), for vectors.

    rest: cutoff in Hz for what does not move, lower is calmer. follow: how much the cutoff rises
    with the speed, in Hz for one unit a second. speed: cutoff of the speed itself.
    """

    def __init__(self, rest: float = 1.0, follow: float = 0.0, speed: float = 1.0) -> None:
        self._rest, self._follow, self._speed = rest, follow, speed
        self._time: float | None = None
        self._value = np.zeros(0)
        self._rate = np.zeros(0)

    def __call__(self, value: np.ndarray, seconds: float) -> np.ndarray:
        """The smoothed value (N,) at a time that never goes back."""
        if self._time is None or seconds <= self._time:
            if self._time is None:
                self._time, self._value, self._rate = seconds, value.astype(float), 0 * value
            return self._value.copy()
        step = seconds - self._time
        rate = (value - self._value) / step
        self._rate = self._rate + _share(step, self._speed) * (rate - self._rate)
        share = _share(step, self._rest + self._follow * np.abs(self._rate))
        self._value = self._value + share * (value - self._value)
        self._time = seconds
        return self._value.copy()


def _share(step: float, cutoff: float | np.ndarray) -> np.ndarray:
    """How much of a new value counts: the exponential filter's alpha at a cutoff in Hz."""
    return np.asarray(1 / (1 + 1 / (2 * math.pi * cutoff * step)))
