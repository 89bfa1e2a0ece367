"""Few keys for a densely recorded curve."""

from __future__ import annotations

import numpy as np

from core.motion.timeline import Keyframe, Track


def thinned(curve: np.ndarray, tolerance: float) -> Track:
    """Linear keys that stay within tolerance of a curve (T,), one value a frame, from frame 0.

    The method of Ramer (1972) and of Douglas and Peucker (1973): the frame that lies farthest
    off the straight line becomes a key, as long as it is too far off.
    """
    kept = {0, len(curve) - 1}
    spans = [(0, len(curve) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        line = np.linspace(curve[first], curve[last], last - first + 1)
        off = np.abs(curve[first : last + 1] - line)
        worst = int(off.argmax())
        if off[worst] > tolerance:
            kept.add(first + worst)
            spans += [(first, first + worst), (first + worst, last)]
    return tuple(Keyframe(i, float(curve[i]), "linear") for i in sorted(kept))
