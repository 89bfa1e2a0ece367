"""Imitative and contrastive terms with a perception that can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from models.networks.perception import Perceived
from models.training.generator.data import Batch, Twin
from models.training.generator.guidance import Guidance
from tests.models.training.generator.nets import RECIPE, smooth_batch, tiny_trainer


class _MeanColour(nn.Module):
    """Sees the mean colour as skin, its first channel as every number of λ."""

    def forward(self, x: Tensor) -> Perceived:
        skin = x.mean((2, 3))
        identity = nn.functional.normalize(torch.cat([skin, torch.ones(len(x), 1)], 1), dim=1)
        landmarks = torch.zeros(len(x), 478, 2) + skin[:, None, :2]
        return Perceived(skin[:, :1].expand(-1, 241), identity, landmarks, skin)


def _with_twins(relit: float) -> Batch:
    batch = smooth_batch()
    size = batch.maps.shape[-1]
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    flow = torch.stack([columns, rows], -1).float().expand(len(batch), -1, -1, -1)
    twin = Twin(
        batch.rig, batch.maps, flow, torch.ones(len(batch), 1, size, size),
        torch.full((len(batch),), relit),
    )  # fmt: skip
    return replace(batch, twin=twin)


def test_pictures_like_the_wanted_ones_cost_nothing() -> None:
    batch = smooth_batch()
    seen = _MeanColour()(batch.real)
    batch = replace(batch, rig=seen.rig, landmarks=seen.landmarks)
    terms = Guidance(_MeanColour())(batch, batch.real, None)
    assert set(terms) == {"identity", "landmarks", "light", "skin"}
    assert all(value.item() == pytest.approx(0, abs=1e-6) for value in terms.values())
    terms = Guidance(_MeanColour())(batch, batch.real + 0.1, None)
    assert terms["skin"].item() == pytest.approx(2.0, abs=1e-4)


def test_twins_are_compared_by_what_changed() -> None:
    batch = _with_twins(relit=0.0)
    terms = Guidance(_MeanColour(), 2)(batch, batch.real, batch.real + 0.1)
    assert terms["warp"].item() == pytest.approx(1.0, abs=1e-3) and "hair" not in terms
    batch = _with_twins(relit=1.0)
    terms = Guidance(_MeanColour(), 2)(batch, batch.real, batch.real)
    assert "warp" not in terms and {"hair", "held_landmarks", "held_identity"} <= set(terms)


def test_a_guided_step_trains() -> None:
    trainer = tiny_trainer(recipe=RECIPE)
    trainer.guidance = Guidance(_MeanColour(), 2)
    shown = [trainer.step(_with_twins(relit=float(i % 2))) for i in range(4)]
    assert "warp" in shown[0] and "hair" in shown[1] and "skin" in shown[3]
