"""When to render what: low while the hand moves, full when it rests, the newest wins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.engine.messages import View
from models.face.parameters import FaceParameters

MOVING_SIZE = 512
# Few sizes, because the engine keeps what it prepared for each.
REST_SIZES = (512, 1024, 2048, 4096)
# A full picture may take this long before its size is cut down.
REST_BUDGET_MS = 400.0


@dataclass(frozen=True, eq=False)
class Wish:
    """What the window wants to show; full_size: long side that the screen can use, px."""

    parameters: FaceParameters
    view: View = "photo"
    overlay: str | None = None
    full_size: int = MOVING_SIZE
    noise: np.ndarray | None = None

    def key(self) -> tuple[object, ...]:
        """Equal keys give equal pictures of one photo and face."""
        p = self.parameters
        noise = np.empty(0) if self.noise is None else self.noise
        arrays = (p.pose, p.identity, p.expression, p.albedo, p.light, noise)
        return (self.view, self.overlay, *(a.tobytes() for a in arrays))


class RenderPolicy:
    """A state machine with at most one request under way.

    Tell it what is wanted (`wish`) and what came back (`finished`, `lost`); `next` says what to
    request now. Equal requests are skipped, and what was wanted meanwhile and is no longer is
    never rendered.
    """

    def __init__(self) -> None:
        self._wish: Wish | None = None
        self._moving = False
        self._under_way: tuple[tuple[object, ...], int] | None = None
        self._shown: tuple[tuple[object, ...], int] | None = None
        self._ms_per_pixel = 0.0

    @property
    def busy(self) -> bool:
        """Whether a request is under way."""
        return self._under_way is not None

    def wish(self, wish: Wish | None, moving: bool = False) -> None:
        """The newest state; moving while a drag goes on. None: nothing to show."""
        self._wish = wish
        self._moving = moving

    def next(self) -> tuple[Wish, int] | None:
        """The wish to request now and its size, or None; marks it as under way."""
        if self._under_way or self._wish is None:
            return None
        key, size = self._wish.key(), self._size(self._wish)
        if self._shown and self._shown[0] == key and self._shown[1] >= size:
            return None
        self._under_way = (key, size)
        return self._wish, size

    def finished(self, milliseconds: float, pixels: int) -> None:
        """The request under way came back as a picture."""
        self._shown, self._under_way = self._under_way, None
        if pixels > 0:
            cost = milliseconds / pixels
            self._ms_per_pixel = cost if cost < self._ms_per_pixel else (
                0.5 * (self._ms_per_pixel + cost)
            )  # fmt: skip

    def lost(self, retry: bool) -> None:
        """The request under way failed; without retry it counts as shown, not to loop."""
        if not retry:
            self._shown = self._under_way
        self._under_way = None

    def forget(self) -> None:
        """What is shown no longer counts: render the wish again."""
        self._shown = None

    def _size(self, wish: Wish) -> int:
        if self._moving:
            return MOVING_SIZE
        fitting = [s for s in REST_SIZES if s < wish.full_size]
        sizes = REST_SIZES[: len(fitting) + 1]
        affordable = [s for s in sizes if s * s * self._ms_per_pixel <= REST_BUDGET_MS]
        return affordable[-1] if affordable else MOVING_SIZE
