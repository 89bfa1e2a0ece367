"""A step learns, a stopped training goes on, a grown one starts from the same pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
import torch.nn.functional as F

from models.training.generator.checkpoint import load_checkpoint, save_checkpoint
from models.training.generator.trainer import GeneratorTrainer
from tests.models.training.generator.nets import RECIPE, smooth_batch, tiny_trainer


def _train(trainer: GeneratorTrainer, steps: int, first: int = 0) -> list[float]:
    return [trainer.step(smooth_batch(seed=first + i))["L1"] for i in range(steps)]


def test_pairs_are_learnt_beside_the_adversary() -> None:
    losses = _train(tiny_trainer(), 40)
    assert sum(losses[-5:]) < 0.9 * sum(losses[3:8])


def test_the_adversary_waits() -> None:
    trainer = tiny_trainer(recipe=replace(RECIPE, quiet=0.016, ramp=0.016))
    shown = [set(trainer.step(smooth_batch())) for _ in range(4)]
    assert "judge" not in shown[0] | shown[1] | shown[2] and "judge" in shown[3]


def test_rows_without_a_target_do_not_pull_at_it() -> None:
    batch = smooth_batch()
    other = replace(batch, paired=torch.zeros(8), real=batch.real + 5)
    found = tiny_trainer(recipe=replace(RECIPE, adversarial=0.0)).step(other)
    assert found["l1"] == 0 and found["bands"] == 0


def test_a_stopped_training_goes_on(tmp_path: Path) -> None:
    trainer = tiny_trainer()
    before = _train(trainer, 24)
    save_checkpoint(tmp_path / "c", trainer, 24, 12.5)
    again = tiny_trainer(seed=9)
    assert load_checkpoint(tmp_path / "c", again) == (24, 12.5)
    assert again.images == trainer.images and again.average.steps == trainer.average.steps
    after = _train(again, 8, first=24)
    assert sum(after) / 8 < 1.2 * sum(before[-8:]) / 8
    for name, value in trainer.average.values.items():
        assert value.shape == again.average.values[name].shape


def test_a_kill_between_the_moves_of_a_save_loses_nothing(tmp_path: Path) -> None:
    trainer = tiny_trainer()
    save_checkpoint(tmp_path / "c", trainer, 3, 1.0)
    (tmp_path / "c").rename(tmp_path / "c.new")
    assert load_checkpoint(tmp_path / "c", tiny_trainer(seed=1)) == (3, 1.0)


def test_a_missing_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="without --resume"):
        load_checkpoint(tmp_path / "c", tiny_trainer())


def test_growth_starts_from_the_enlarged_picture(tmp_path: Path) -> None:
    small = tiny_trainer(16)
    _train(small, 20)
    save_checkpoint(tmp_path / "c", small, 20, 1.0)
    large = tiny_trainer(32, seed=5)
    assert load_checkpoint(tmp_path / "c", large) == (0, 0.0)
    maps = torch.randn(2, 7, 32, 32)
    rig, code = torch.randn(2, 241), torch.randn(2, 4)
    with torch.no_grad():
        expected = small.drawing.generator(rig, code, F.avg_pool2d(maps, 2))
        found = large.drawing.generator(rig, code, maps)
    expected = F.interpolate(expected, scale_factor=2.0, mode="bilinear")
    torch.testing.assert_close(found, expected)
    # The discriminator's blocks moved up by one.
    blocks = [t.discriminator.trunk.blocks for t in (small, large)]
    torch.testing.assert_close(blocks[0][0].first.weight, blocks[1][1].first.weight)


def test_another_width_is_refused(tmp_path: Path) -> None:
    large = tiny_trainer(32)
    save_checkpoint(tmp_path / "c", large, 1, 1.0)
    with pytest.raises(ValueError, match="cannot become"):
        load_checkpoint(tmp_path / "c", tiny_trainer(16))


def _work(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    trainer = tiny_trainer()
    torch.manual_seed(rank)
    for i in range(4):
        trainer.step(smooth_batch(seed=2 * i + rank))
    save_checkpoint(Path(folder) / f"rank{rank}", trainer, 4, 0.0)
    assert trainer.images == 4 * 8 * 2
    dist.destroy_process_group()


def test_two_processes_stay_equal(tmp_path: Path) -> None:
    mp.spawn(_work, (str(tmp_path),), nprocs=2)
    trainers = [tiny_trainer(seed=3), tiny_trainer(seed=4)]
    for rank, trainer in enumerate(trainers):
        load_checkpoint(tmp_path / f"rank{rank}", trainer)
    for module in ("drawing", "discriminator"):
        pairs = zip(*(getattr(t, module).parameters() for t in trainers), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)
