"""The outline of a turned head's back: the photo's own loose hair, where its shell turns away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.relief.frame import smoothstep
from models.relief.outline import smooth_loop
from models.relief.sheets import HAND_MM, Sheet
from models.relief.weave import BEFORE_MM, Weave

# How far beyond the outline it goes, mm, from what the shell covers.
ACROSS_MM = np.array([-6.0, -2.0, 2.0, 6.0, 10.0], np.float32)
# It comes as the outline goes so far back round the head, mm.
COMES_MM = 3.0, 10.0
# Where face or ear hide the outline it fades over so many points.
ENDS = 2.0


@dataclass(frozen=True)
class Fringe:
    """A strip along the outline of a turned shell.

    points: (U, 3) mm. uv: (U, 2) px of the frame. triangles: (F, 3) int32. opacity: (U,). after,
    share: (N,), it stands between a vertex of the shell and the one behind it, after, which are
    count vertices apart.
    """

    points: np.ndarray
    uv: np.ndarray
    triangles: np.ndarray
    opacity: np.ndarray
    after: np.ndarray
    share: np.ndarray
    count: int

    @classmethod
    def of(cls, weave: Weave, shell: Sheet, points: np.ndarray, outward: np.ndarray) -> Fringe:
        """Of a shell whose vertices' points and outward (V, 3) are turned."""
        count = len(weave.begin)
        first = _between(shell.uv, *_edge(shell.outward, count), count)[:, 1]
        after, share = _edge(outward, count)

        def there(values: np.ndarray) -> np.ndarray:
            return _between(values, after, share, count)

        seen = smooth_loop(np.where(weave.free & (share < 1), 1.0, 0.0), ENDS)
        further = there(shell.uv)[:, 1] - np.maximum(first, BEFORE_MM)
        opacity = smoothstep(further, *COMES_MM) * smoothstep(seen, 0.5, 1)
        opacity *= there(shell.opacity[:, None])[:, 0]
        some = np.flatnonzero(opacity > 0)
        after, share, opacity = after[some], share[some], opacity[some]
        way = there(outward) * [1, 1, 0]
        way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)
        # The photo's outline fades where the shell's does, half within and half beyond.
        edge = weave.begin - weave.toward * (HAND_MM + weave.soft / 2)[:, None]
        out = ACROSS_MM[:, None, None]
        return cls(
            (there(points) + out * way).reshape(-1, 3).astype(np.float32),
            (edge - out * weave.toward)[:, some].reshape(-1, 2).astype(np.float32),
            _strip(some), np.tile(opacity, len(ACROSS_MM)).astype(np.float32), after, share,
            count,
        )  # fmt: skip

    def like(self, values: np.ndarray) -> np.ndarray:
        """(U, C) what values (V, C) of the shell are where it turns away."""
        there = _between(values, self.after, self.share, self.count).astype(np.float32)
        return np.tile(there, (len(ACROSS_MM), 1))


def _edge(outward: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Where a shell of count points around, facing outward (V, 3), turns away.

    After a share (N,) of the way to the vertices after (N,), from those before; 1: nowhere.
    """
    depth = np.minimum.accumulate(outward[:, 2].reshape(-1, count))
    ring, own = np.clip((depth > 0).sum(0), 1, len(depth) - 1), np.arange(count)
    near, far = depth[ring - 1, own], depth[ring, own]
    share = np.where(far > 0, 1.0, near / np.maximum(near - far, 1e-6))
    return ring * count + own, np.clip(share, 0, 1)


def _between(values: np.ndarray, after: np.ndarray, share: np.ndarray, count: int) -> np.ndarray:
    """(N, C) values (V, C) of a shell between vertices after (N,) and those before them."""
    before = after - count
    return np.asarray(values[before] + share[:, None] * (values[after] - values[before]))


def _strip(some: np.ndarray) -> np.ndarray:
    """(F, 3) int32 triangles between neighbours among some points (N,) of the outline."""
    index = np.arange(len(ACROSS_MM) * len(some)).reshape(len(ACROSS_MM), -1)
    first = np.flatnonzero(np.diff(some) == 1)
    a, b, c, d = (index[k][:, first + j] for k in (slice(-1), slice(1, None)) for j in (0, 1))
    both = [np.stack([a, c, b], -1), np.stack([b, c, d], -1)]
    return np.concatenate(both).reshape(-1, 3).astype(np.int32)
