"""A resumable training loop: progress, ETA, checkpoints, a limit in minutes."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch


class Stateful(Protocol):
    """Anything a checkpoint can hold: modules, optimisers."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any]) -> Any: ...


@dataclass
class TrainingLoop:
    """Runs `step` until `steps` are done or `minutes` have passed, whichever comes first.

    `step(index, progress)` trains once and returns losses to show; progress runs from 0 to 1
    over steps or minutes (earlier runs of a resumed training count in both). Losses are
    shown as running means. The checkpoint is written atomically every `save_every` seconds.
    """

    checkpoint: Path
    steps: int
    minutes: float | None = None
    save_every: float = 120.0
    show_every: float = 20.0

    def run(
        self,
        parts: Mapping[str, Stateful],
        step: Callable[[int, float], dict[str, float]],
        resume: bool = False,
    ) -> int:
        """Train; returns the number of steps done in all. Ctrl+C saves before it ends."""
        done, before = self._restore(parts) if resume else (0, 0.0)
        started = saved = shown = time.monotonic()
        means: dict[str, float] = {}
        first = done
        try:
            while True:
                now = time.monotonic()
                progress = self._progress(done, before + now - started)
                if progress >= 1:
                    break
                for name, value in step(done, progress).items():
                    means[name] = 0.98 * means.get(name, value) + 0.02 * value
                done += 1
                if now - shown > self.show_every:
                    shown = now
                    self._show(done, progress, means, (done - first) / (now - started))
                if now - saved > self.save_every:
                    saved = now
                    self._save(parts, done, before + now - started)
        finally:
            self._save(parts, done, before + time.monotonic() - started)
        return done

    def _progress(self, done: int, seconds: float) -> float:
        by_time = seconds / (60 * self.minutes) if self.minutes else 0.0
        return max(done / self.steps, by_time)

    def _show(self, done: int, progress: float, means: dict[str, float], rate: float) -> None:
        left = (self.steps - done) / max(rate, 1e-6) / 60
        if self.minutes:
            left = min(left, (1 - progress) * self.minutes)
        losses = "  ".join(f"{name} {value:.4f}" for name, value in means.items())
        state = f"step {done}  {100 * progress:.0f} %  {losses}"
        print(f"{state}  {rate:.2f} steps/s  {left:.0f} min left", file=sys.stderr, flush=True)

    def _save(self, parts: Mapping[str, Stateful], done: int, seconds: float) -> None:
        self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.checkpoint.with_suffix(".tmp")
        states = {name: part.state_dict() for name, part in parts.items()}
        torch.save({"done": done, "seconds": seconds, "parts": states}, temporary)
        os.replace(temporary, self.checkpoint)

    def _restore(self, parts: Mapping[str, Stateful]) -> tuple[int, float]:
        if not self.checkpoint.exists():
            return 0, 0.0
        state = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
        for name, part in parts.items():
            part.load_state_dict(state["parts"][name])
        return int(state["done"]), float(state["seconds"])


def cosine_rate(progress: float, peak: float, warm_up: float = 0.02) -> float:
    """Learning rate: a linear rise over warm_up, then half a cosine down to zero."""
    if progress < warm_up:
        return peak * (progress + 1e-3) / warm_up
    return peak * 0.5 * (1 + math.cos(math.pi * (progress - warm_up) / (1 - warm_up)))


class MovingAverage:
    """Exponential moving average of a module's weights and buffers."""

    def __init__(self, module: torch.nn.Module, decay: float = 0.998) -> None:
        self.decay = decay
        self.steps = 0
        self.values = {k: v.detach().clone() for k, v in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: torch.nn.Module) -> None:
        """Take in the module's present state; the first steps count more."""
        self.steps += 1
        keep = min(self.decay, self.steps / (self.steps + 10))
        for name, value in module.state_dict().items():
            average = self.values[name]
            if average.is_floating_point():
                average.lerp_(value, 1 - keep)
            else:
                average.copy_(value)

    def state_dict(self) -> dict[str, Any]:
        """The averages and their age."""
        return {"values": self.values, "steps": self.steps}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Back to a saved state."""
        self.values = {k: v.clone() for k, v in state_dict["values"].items()}
        self.steps = int(state_dict["steps"])
