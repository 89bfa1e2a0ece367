"""Latency and frame rate, measured from the pictures that arrive."""

from __future__ import annotations

import time
from collections import deque

SLOW_FPS = 10.0
_WINDOW = 1.0


class Figures:
    """Counts pictures over the last second of a drag; that a hand rests makes none of them slow."""

    def __init__(self) -> None:
        self._last: float | None = None
        # When each arrived, and the seconds that it took.
        self._pictures: deque[tuple[float, float]] = deque()
        self.engine_ms = 0.0
        self.latency_ms = 0.0
        self.size = (0, 0)
        self._rate = 0.0

    def picture(
        self, engine_ms: float, latency_ms: float, size: tuple[int, int], moving: bool
    ) -> None:
        """One picture arrived."""
        self.engine_ms, self.latency_ms, self.size = engine_ms, latency_ms, size
        now = time.monotonic()
        if not moving:
            self._last = None
            self._pictures.clear()
            return
        if self._last is not None:
            self._pictures.append((now, min(now - self._last, latency_ms / 1000)))
            while now - self._pictures[0][0] > _WINDOW:
                self._pictures.popleft()
        self._last = now
        if len(self._pictures) > 1:
            spent = sum(seconds for _, seconds in self._pictures)
            self._rate = len(self._pictures) / max(spent, 1e-3)

    @property
    def rate(self) -> float:
        """Pictures per second of the last drag; 0 before the first."""
        return self._rate

    def lines(self) -> list[tuple[str, bool]]:
        """What to show, and which lines tell of trouble."""
        width, height = self.size
        rate = f"{self._rate:.0f} fps" if self._rate else "– fps"
        return [
            (f"{self.latency_ms:.0f} ms to the window", False),
            (f"{self.engine_ms:.1f} ms in the engine", False),
            (f"{rate} while dragging", 0 < self._rate < SLOW_FPS),
            (f"{width} × {height} px", False),
        ]
