"""Training of the perception network: its margin, its augmentation, the command."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from models.evaluation.perceived import rig_landmarks
from models.face.condition_maps import ConditionMaps
from models.face.parameters import FaceParameters
from models.face.rig_vector import PARTS, to_vector
from models.networks.perception import IDENTITY_FEATURES, PerceptionNetwork
from models.training import perception, perception_data
from models.training.generator_pool import PoolWriter
from models.training.generator_views import Aligned


def test_margin_softmax_widens_the_own_angle() -> None:
    margin = perception.MarginSoftmax(3, scale=4.0)
    with torch.no_grad():
        margin.centres.zero_()
        margin.centres[:, :3] = torch.eye(3)
    angle = 0.7
    identity = torch.zeros(1, IDENTITY_FEATURES)
    identity[0, 0], identity[0, 1] = np.cos(angle), np.sin(angle)
    own = np.exp(4 * np.cos(angle + 0.35))
    others = np.exp(4 * np.sin(angle)) + 1
    found = margin(identity, torch.tensor([0]), 0.35)
    assert abs(found.item() + np.log(own / (own + others))) < 1e-4


def test_augmentation_moves_picture_and_landmarks_together() -> None:
    rig = to_vector(FaceParameters())
    points = rig_landmarks(rig[None], 128)[0]
    for seed in range(6):
        image = np.zeros((128, 128, 3), np.uint8)
        x, y = points[1].round().astype(int)
        image[y - 2 : y + 3, x - 2 : x + 3] = 255
        changed, light, moved = perception_data.augment(
            image, rig, points, np.random.default_rng(seed + 100)
        )
        bright = np.argwhere(changed[y - 20 : y + 20, x - 20 : x + 20].max(2) > 150)
        centre = bright.mean(0)[::-1] + (x - 20, y - 20)
        assert np.abs(centre - moved[1]).max() < 1.5
        gain = light[PARTS["light"]] / rig[PARTS["light"]]
        np.testing.assert_allclose(gain.reshape(9, 3), np.tile(gain[:3], (9, 1)), rtol=1e-4)


@pytest.mark.parametrize("size", [128, 96])
def test_the_command_writes_weights_that_load(tmp_path: Path, size: int) -> None:
    rng = np.random.default_rng(0)
    maps, writer = ConditionMaps(), PoolWriter(size)
    for person in range(3):
        base = replace(FaceParameters(), identity=rng.normal(size=80).astype(np.float32))
        for yaw in (0.0, 15.0):
            shown = replace(base, pose=np.array([yaw, 0, 0], np.float32))
            seen = maps.render(shown, size)
            row = Aligned(np.ascontiguousarray(seen[..., 3:6]), seen[..., 6] > 0, shown)
            writer.add(row, person, yaw == 0)
    writer.save(tmp_path)
    parser = argparse.ArgumentParser()
    perception.add_arguments(parser)
    out = tmp_path / "perception.safetensors"
    options = ["--data", str(tmp_path), "--held", str(tmp_path), "--out", str(out), "--steps", "1"]
    assert perception.run(parser.parse_args(options)) == 0
    assert perception.run(parser.parse_args([*options, "--resume"])) == 0
    assert out.stat().st_size < 8e6
    PerceptionNetwork.load(out)
