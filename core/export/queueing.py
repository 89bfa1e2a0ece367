"""Which item a worker makes next: it stays with its input, whose preparing costs the most."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

from core.export.plan import Plan


class Queue:
    """The items of a plan that are not settled yet."""

    def __init__(self, plan: Plan, settled: Collection[int]) -> None:
        self._plan = plan
        self._settled = settled
        self._fresh = iter(range(len(plan.sources)))
        self._open: dict[int, deque[int]] = {}
        self._own: dict[int, int] = {}
        self._left = len(plan) - len(settled)

    def __len__(self) -> int:
        return self._left

    def take(self, worker: int) -> int | None:
        """The next item of the worker's input, else of a new one, else of the one with most left.

        None when there is nothing left.
        """
        source = self._own.get(worker)
        if source not in self._open:
            source = self._next_source()
        if source is None:
            return None
        self._own[worker] = source
        index = self._open[source].popleft()
        if not self._open[source]:
            del self._open[source]
        self._left -= 1
        return index

    def put_back(self, index: int) -> None:
        """Give an item back, to be taken soon."""
        source = index // self._plan.per_source
        self._open.setdefault(source, deque()).appendleft(index)
        self._left += 1

    def _next_source(self) -> int | None:
        count = self._plan.per_source
        for source in self._fresh:
            items = range(source * count, (source + 1) * count)
            waiting = deque(i for i in items if i not in self._settled)
            if waiting:
                self._open[source] = waiting
                return source
        return max(self._open, key=lambda s: len(self._open[s]), default=None)
