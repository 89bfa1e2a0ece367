"""Items made on a Ray cluster: the optional package `ray`, one actor for each worker.

All nodes must see the job's inputs and its output folder under the same paths.
"""

from __future__ import annotations

import os
from typing import Any

from core.errors import AssetError, installing
from core.export.job import Job
from core.export.records import Result, Task

# For a cluster on this machine: items travel by files, so Ray's own store can be small.
_HERE: dict[str, Any] = {"include_dashboard": False, "object_store_memory": 80 << 20}


class RayExecutor:
    """address: of a running cluster; None starts one on this machine. See `Executor`.

    workers: how many; None: one for each of the cluster's cores.
    """

    def __init__(self, address: str | None = None, workers: int | None = None) -> None:
        self._address, self._count = address, workers
        self._ray: Any = None
        self._job: Job | None = None
        self._actors: list[Any] = []
        self._tasks: dict[Any, int] = {}

    def start(self, job: Job, most: int) -> int:
        """Join the cluster and start the actors. Raises AssetError."""
        # Ray reports its use to its makers otherwise; Mien sends nothing anywhere.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            import ray
        except ImportError as error:
            raise AssetError(
                f"Ray is not installed; run {installing('ray')}, or leave --ray out."
            ) from error
        try:
            ray.init(self._address, log_to_driver=False, **({} if self._address else _HERE))
        except Exception as error:
            reason = " ".join(str(error).split())[:200]
            raise AssetError(
                f"The Ray cluster {self._address or 'here'} cannot be reached ({reason})."
            ) from error
        self._ray, self._job = ray, job
        count = self._count or max(1, int(ray.cluster_resources().get("CPU", 1)))
        count = min(count, most)
        self._actors = [self._actor() for _ in range(count)]
        return count

    def submit(self, worker: int, task: Task) -> None:
        """Hand the task to its actor."""
        self._tasks[self._actors[worker].make.remote(task)] = worker

    def wait(self, seconds: float) -> list[tuple[int, Result | None]]:
        """Take what is ready."""
        ready, _ = self._ray.wait(list(self._tasks), num_returns=1, timeout=seconds)
        found: list[tuple[int, Result | None]] = []
        for reference in ready:
            worker = self._tasks.pop(reference)
            try:
                found.append((worker, self._ray.get(reference)))
            except self._ray.exceptions.RayActorError:
                self._actors[worker] = self._actor()
                found.append((worker, None))
        return found

    def close(self) -> None:
        """Kill the actors and leave the cluster."""
        for actor in self._actors:
            self._ray.kill(actor)
        if self._actors:
            self._ray.shutdown()
        self._actors, self._tasks = [], {}

    def _actor(self) -> Any:
        from core.export.workshop import Workshop

        return self._ray.remote(num_cpus=1)(Workshop).remote(self._job)
