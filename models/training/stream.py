"""Batches prepared by processes of their own beside the training."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch.utils.data import DataLoader, IterableDataset


def stream(batches: IterableDataset, workers: int, pinned: bool = False) -> Iterator[Any]:
    """What a data set yields, without end, by so many processes; 0: in this one.

    pinned: in memory that a graphics card reads directly. The data set must go through pickle:
    a forked process would inherit OpenCV's pool without its threads, and wait for them for ever.
    """
    beside: dict[str, Any] = {"multiprocessing_context": "spawn", "prefetch_factor": 4}
    loader = DataLoader(
        batches, batch_size=None, num_workers=workers, pin_memory=pinned,
        **(beside if workers else {}),
    )  # fmt: skip
    return iter(loader)
