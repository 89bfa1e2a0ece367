"""The perception network: its heads' units, its skin colour, the files that it takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.evaluation.perceived import rig_landmarks
from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.face.rig_vector import RIG_SIZE, to_vector
from models.files.store import StoreError, save_weights
from models.networks.perception import (
    KIND,
    SKIN_POINTS,
    Perception,
    PerceptionNetwork,
    identity_distance,
    skin_colour,
)


def test_heads_are_differentiable_in_pictures_of_any_size() -> None:
    module = Perception().eval()
    x = torch.rand(2, 3, 256, 256, requires_grad=True)
    seen = module(x)
    assert seen.rig.shape == (2, RIG_SIZE)
    assert seen.landmarks.shape == (2, 478, 2)
    assert [s.shape[-1] for s in module.stages(x)] == [32, 16, 8]
    torch.testing.assert_close(seen.identity.norm(dim=1), torch.ones(2))
    for head in seen:
        (gradient,) = torch.autograd.grad(head.square().sum() + head.sum(), x, retain_graph=True)
        assert gradient.abs().sum() > 0


def test_skin_is_the_mean_colour_around_its_landmarks() -> None:
    points = torch.from_numpy(rig_landmarks(to_vector(FaceParameters())[None], 128))
    picture = torch.zeros(1, 3, 128, 128)
    for x, y in points[0, list(SKIN_POINTS)].round().long().tolist():
        picture[0, :, y - 3 : y + 4, x - 3 : x + 4] = torch.tensor([0.5, -0.2, 0.1])[:, None, None]
    found = skin_colour(picture, points)
    torch.testing.assert_close(found, torch.tensor([[0.5, -0.2, 0.1]]), atol=1e-5, rtol=0)


def test_distance_of_identities() -> None:
    a, b = np.array([[1.0, 0], [0, 1.0]]), np.array([[1.0, 0], [0.8, 0.6]])
    np.testing.assert_allclose(identity_distance(a, b), [0, 0.4])


def test_weights_of_another_face_model_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "perception.safetensors"
    tensors = {k: v.numpy() for k, v in Perception().state_dict().items()}
    save_weights(path, tensors, {"kind": KIND, "face_model": "another"})
    with pytest.raises(StoreError, match="another face model"):
        PerceptionNetwork.load(path)
    right = tmp_path / "right.safetensors"
    save_weights(right, tensors, {"kind": KIND, "face_model": FaceModel.load().hash})
    seen = PerceptionNetwork.load(right).read(np.zeros((3, 128, 128, 3), np.uint8), batch=2)
    assert seen.skin.shape == (3, 3)
    torch.testing.assert_close(seen.skin, -torch.ones(3, 3))
