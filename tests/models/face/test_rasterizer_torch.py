"""Gradients of the differentiable renderer against differences and closed forms."""

import numpy as np
import pytest
import torch
from torch import Tensor

from models.face.camera import Camera
from models.face.lighting import directional_light, shade
from models.face.mesh import vertex_normals as plain_normals
from models.face.pose import rotation as plain_rotation
from models.face.rasterizer import rasterize
from models.face.rasterizer_torch import TorchRenderer, rotation
from models.face.shading import interpolate
from tests.models.face.shapes import sphere

SIZE = 64
CAMERA = Camera.standard(SIZE)
LIGHT = directional_light((0.4, 0.5, 1), 0.7, ambient=0.3)


def _ball() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An egg with a skin of many colours: vertices, triangles, albedo."""
    vertices, triangles = sphere(70, 3)
    vertices = vertices * [0.8, 1.1, 1]
    albedo = 0.5 + 0.3 * np.sin(vertices / 15 + [0, 1, 2])
    return vertices, triangles, albedo


Inputs = tuple[Tensor, Tensor, Tensor]


def _tensors(*arrays: np.ndarray) -> Inputs:
    a, b, c = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in arrays)
    return a, b, c


def _moved(tensors: Inputs, changed: int, step: Tensor) -> Inputs:
    a, b, c = (t + step if k == changed else t for k, t in enumerate(tensors))
    return a, b, c


def _inside() -> Tensor:
    """Smooth random weights that vanish at the outline."""
    y, x = np.mgrid[:SIZE, :SIZE]
    falling = np.clip(1 - np.hypot((x - CAMERA.cx) / 13, (y - CAMERA.cy) / 18), 0, 1)
    waves = np.stack([np.sin(x / 5 + k) + np.cos(y / 7 - k) for k in range(4)], -1)
    return torch.tensor(falling[..., None] * waves)


def test_the_picture_is_the_plain_renderers() -> None:
    vertices, triangles, albedo = _ball()
    picture = TorchRenderer(triangles).render(
        *_tensors(vertices, albedo, LIGHT), CAMERA, SIZE, SIZE
    )
    found = rasterize(CAMERA.project(vertices), triangles, SIZE, SIZE, cull=True)
    normals = interpolate(found, triangles, plain_normals(vertices, triangles))
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-9)
    expected = shade(interpolate(found, triangles, albedo), normals, LIGHT)
    inside = _inside().detach().numpy().any(axis=-1)
    np.testing.assert_allclose(picture.detach().numpy()[inside][:, :3], expected[inside], atol=1e-4)
    np.testing.assert_allclose(picture.detach().numpy()[inside][:, 3], 1)


@pytest.mark.parametrize("changed", range(3))
def test_inner_gradients_equal_differences(changed: int) -> None:
    vertices, triangles, albedo = _ball()
    renderer, weights = TorchRenderer(triangles), _inside()

    def loss(tensors: Inputs) -> Tensor:
        return (renderer.render(*tensors, CAMERA, SIZE, SIZE) * weights).sum()

    tensors = _tensors(vertices, albedo, LIGHT)
    loss(tensors).backward()
    gradient = tensors[changed].grad
    assert gradient is not None
    step = torch.tensor(np.random.default_rng(1).normal(size=gradient.shape)) * 1e-3
    with torch.no_grad():
        ahead, back = (loss(_moved(tensors, changed, sign * step)) for sign in (1, -1))
        difference = (ahead - back) / 2
    assert difference.item() == pytest.approx((gradient * step).sum().item(), rel=2e-2)


def test_pose_gradients_add_up_to_the_pictures_change() -> None:
    vertices, triangles, albedo = _ball()
    renderer = TorchRenderer(triangles)
    y, x = np.mgrid[:SIZE, :SIZE]
    weights = torch.tensor(np.sin(x / 9) + y / SIZE)[..., None]

    def loss(yaw: Tensor) -> Tensor:
        pose = torch.stack([yaw, torch.tensor(10.0).double(), torch.tensor(20.0).double()])
        turned = torch.tensor(vertices) @ rotation(pose).T
        rest = (torch.tensor(albedo), torch.tensor(LIGHT).double())
        return (renderer.render(turned, *rest, CAMERA, SIZE, SIZE) * weights).sum()

    slopes, count = [], 40
    for k in range(count):
        yaw = torch.tensor(10 + 10 * (k + 0.5) / count, dtype=torch.float64, requires_grad=True)
        loss(yaw).backward()
        assert yaw.grad is not None
        slopes.append(yaw.grad.item())
    change = (loss(torch.tensor(20.0).double()) - loss(torch.tensor(10.0).double())).item()
    assert 10 * np.mean(slopes) == pytest.approx(change, rel=0.05)


def test_coverage_grows_as_the_disc_does() -> None:
    vertices, triangles = sphere(60, 4)
    size = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    albedo, light = torch.ones(len(vertices), 3).double(), torch.tensor(LIGHT).double()
    picture = TorchRenderer(triangles).render(
        torch.tensor(vertices) * size, albedo, light, CAMERA, SIZE, SIZE
    )
    area = picture[..., 3].sum()
    area.backward()

    def disc(scale: float) -> float:
        tangent = (60 * scale) ** 2 / (1000**2 - (60 * scale) ** 2)
        return float(np.pi * CAMERA.focal**2 * tangent)

    assert area.item() == pytest.approx(disc(1), rel=5e-3)
    assert size.grad is not None
    assert size.grad.item() == pytest.approx((disc(1.01) - disc(0.99)) / 0.02, rel=0.02)


def test_the_rotation_is_the_plain_one() -> None:
    pose = np.array([25.0, -12.0, 40.0])
    np.testing.assert_allclose(rotation(torch.tensor(pose)), plain_rotation(pose), atol=1e-6)
