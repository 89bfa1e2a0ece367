"""A resumed training goes on exactly where it stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from models.training.loop import MovingAverage, TrainingLoop, cosine_rate


def _train(checkpoint: Path, steps: list[int]) -> torch.Tensor:
    """Train a small layer up to each of the step counts, from the checkpoint each time."""
    for position, count in enumerate(steps):
        torch.manual_seed(0)
        net = torch.nn.Linear(3, 1)
        optimiser = torch.optim.AdamW(net.parameters(), 0.05)
        average = MovingAverage(net, 0.9)

        def step(
            index: int,
            progress: float,
            net: torch.nn.Linear = net,
            optimiser: torch.optim.AdamW = optimiser,
            average: MovingAverage = average,
        ) -> dict[str, float]:
            inputs = torch.randn(8, 3, generator=torch.Generator().manual_seed(index))
            loss = (net(inputs) - inputs.sum(1, keepdim=True)).pow(2).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            average.update(net)
            return {"loss": float(loss.detach())}

        loop = TrainingLoop(checkpoint, count)
        parts = {"net": net, "optimiser": optimiser, "average": average}
        assert loop.run(parts, step, resume=position > 0) == count
    return torch.cat([net.weight.detach().ravel(), average.values["weight"].ravel()])


def test_resuming_equals_training_in_one_go(tmp_path: Path) -> None:
    whole = _train(tmp_path / "a.ckpt", [12])
    parts = _train(tmp_path / "b.ckpt", [5, 12])
    torch.testing.assert_close(parts, whole)


def test_an_interrupted_training_is_saved(tmp_path: Path) -> None:
    net = torch.nn.Linear(1, 1)
    checkpoint = tmp_path / "folder" / "c.ckpt"

    def step(index: int, progress: float) -> dict[str, float]:
        if index == 3:
            raise KeyboardInterrupt
        return {}

    with pytest.raises(KeyboardInterrupt):
        TrainingLoop(checkpoint, 10).run({"net": net}, step)
    assert torch.load(checkpoint, weights_only=True)["done"] == 3


def test_minutes_end_a_training(tmp_path: Path) -> None:
    loop = TrainingLoop(tmp_path / "d.ckpt", 10**9, minutes=0.2 / 60)
    seen: list[float] = []

    def step(index: int, progress: float) -> dict[str, float]:
        seen.append(progress)
        return {}

    loop.run({}, step)
    assert seen == sorted(seen) and seen[-1] < 1


def test_rate_rises_then_falls_to_zero() -> None:
    assert cosine_rate(0, 1) < 0.1
    assert cosine_rate(0.02, 1) == pytest.approx(1)
    assert cosine_rate(0.51, 1) == pytest.approx(0.5)
    assert cosine_rate(1, 1) == pytest.approx(0)
