"""Row strips of a picture worked on by a few threads.

Kernels release the GIL. Own threads, since OpenMP's spin for whole time slices when the
machine is busy (2 ms became 32 ms) and numba's portable layer aborts on calls from two threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise

import numpy as np

# Past this many the strips get too thin to pay.
MAX_THREADS = 8
_FEWEST_ROWS = 32


@cache
def thread_count() -> int:
    """How many threads draw: one a core, or MIEN_RENDER_THREADS."""
    wanted = os.environ.get("MIEN_RENDER_THREADS", "")
    if wanted.isdecimal() and int(wanted) > 0:
        return min(int(wanted), MAX_THREADS)
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    return min(available or os.cpu_count() or 1, MAX_THREADS)


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="render")


def in_strips(
    work: Callable[[int, int], None], height: int, rows: np.ndarray | None = None
) -> None:
    """Run work(top, bottom) over strips that cover the rows 0 to height - 1 once.

    rows: y of what is drawn (any shape); its quantiles place the cuts, so that each strip has
    like work. The calling thread does the first strip. Raises what work raises.
    """
    count = min(thread_count(), max(height // _FEWEST_ROWS, 1))
    shares = np.arange(1, count) / count
    if rows is None or count == 1:
        cuts = height * shares
    else:
        cuts = np.quantile(np.clip(rows, 0, height), shares)
    edges = [0, *(int(c) for c in np.maximum.accumulate(cuts)), height]
    waiting = [
        _pool(count).submit(work, top, bottom)
        for top, bottom in pairwise(edges[1:])
        if bottom > top
    ]
    try:
        if edges[1] > 0:
            work(edges[0], edges[1])
    finally:
        for future in waiting:
            future.result()
