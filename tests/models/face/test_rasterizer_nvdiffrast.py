"""nvdiffrast's backend: its geometry anywhere, its pixels where it is installed."""

import numpy as np
import pytest

from models.face.camera import Camera
from models.face.rasterizer import CpuRasterizer
from models.face.rasterizer_nvdiffrast import (
    NvdiffrastRasterizer,
    _fragments,
    clip_positions,
    is_available,
)
from tests.models.face.shapes import sphere


def test_clip_space_puts_pixel_centres_and_depths_where_the_library_wants_them() -> None:
    screen = np.array([[-0.5, -0.5, 900], [99.5, 49.5, 1000], [0, 0, 1100]], np.float32)
    x, y, z, w = clip_positions(screen, 100, 50).T
    np.testing.assert_allclose(x / w, [-1, 1, -0.99], atol=1e-6)
    np.testing.assert_allclose(y / w, [-1, 1, -0.98], atol=1e-6)
    assert (np.abs(z / w) < 1).all()
    assert (np.diff(z / w) > 0).all()  # nearer is smaller
    np.testing.assert_allclose(w, screen[:, 2])


def test_its_answer_becomes_fragments() -> None:
    # As documented: weights of vertex 0 and 1, and the triangle's number counted from 1.
    triangles = np.array([[0, 1, 2], [2, 1, 0]], np.int32)
    screen = np.array([[0, 0, 800], [9, 0, 900], [0, 9, 1000]], np.float32)
    first, second = np.array([[0.2, 0]], np.float32), np.array([[0.3, 0]], np.float32)
    number = np.array([[1, 0]]) - 1
    found = _fragments(first, second, number, np.array([1]), triangles, screen)
    np.testing.assert_array_equal(found.triangle, [[1, -1]])
    np.testing.assert_allclose(found.bary[0], np.array([[0.2, 0.3, 0.5], [0, 0, 0]]), atol=1e-6)
    depth = 0.2 * 1000 + 0.3 * 900 + 0.5 * 800
    assert found.depth[0, 0] == pytest.approx(depth)
    assert np.isinf(found.depth[0, 1])


@pytest.mark.skipif(not is_available(), reason="nvdiffrast or CUDA is not here")
@pytest.mark.parametrize("cull", [False, True])
def test_it_draws_what_the_processor_draws(cull: bool) -> None:
    vertices, triangles = sphere(80, 3)
    vertices = np.concatenate([vertices, vertices * 0.5 + [60, 0, 60]])
    triangles = np.concatenate([triangles, triangles[:, ::-1] + len(vertices) // 2])
    screen = Camera.standard(203).project(vertices)
    ours = CpuRasterizer().rasterize(screen, triangles, 203, 201, cull)
    theirs = NvdiffrastRasterizer().rasterize(screen, triangles, 203, 201, cull)
    same = ours.triangle == theirs.triangle
    assert same.mean() > 0.98  # snapping moves edges by up to a sixteenth of a pixel
    both = same & (ours.triangle >= 0)
    np.testing.assert_allclose(theirs.depth[both], ours.depth[both], atol=0.5)
    np.testing.assert_allclose(theirs.bary[both], ours.bary[both], atol=0.05)
