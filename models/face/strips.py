"""Row strips of a picture worked on by a few threads.

Kernels release the GIL. Own threads, since OpenMP's spin for whole time slices when the
machine is busy (2 ms became 32 ms) and numba's portable layer aborts on calls from two threads.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise

import numpy as np

# Past this many the strips get too thin to pay.
MAX_THREADS = 8
_FEWEST_ROWS = 32
_STRIPS_PER_THREAD = 2


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
    like work. The calling thread works too, and takes what helpers have not begun: on a busy
    machine it never waits for a thread that gets no core. Raises what work raises.
    """
    threads = min(thread_count(), max(height // _FEWEST_ROWS, 1))
    if threads == 1:
        work(0, height)
        return
    count = threads * _STRIPS_PER_THREAD
    shares = np.arange(1, count) / count
    cuts = height * shares if rows is None else np.quantile(np.clip(rows, 0, height), shares)
    edges = [0, *(int(c) for c in np.maximum.accumulate(cuts)), height]
    strips = deque((top, bottom) for top, bottom in pairwise(edges) if bottom > top)

    def drain() -> None:
        while strips:
            try:
                top, bottom = strips.popleft()
            except IndexError:  # another thread took the last one
                return
            work(top, bottom)

    helpers = [_pool(thread_count()).submit(drain) for _ in range(threads - 1)]
    try:
        drain()
    finally:
        for helper in helpers:
            if not helper.cancel():
                helper.result()
