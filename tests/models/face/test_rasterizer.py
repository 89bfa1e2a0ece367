"""The rasterizer against rays and triangles, one by one."""

import numpy as np
import pytest

from models.face import strips
from models.face.camera import Camera
from models.face.coverage import soften_outline
from models.face.mesh import edges, vertex_normals
from models.face.rasterizer import Fragments, rasterize
from tests.models.face.shapes import sphere

SIZE = 48


def _scene() -> tuple[np.ndarray, np.ndarray, Camera]:
    rng = np.random.default_rng(5)
    centres = rng.uniform(-90, 90, (40, 1, 3))
    vertices = (centres + rng.normal(0, 40, (40, 3, 3))).reshape(-1, 3)
    return vertices, np.arange(120).reshape(-1, 3).astype(np.int32), Camera.standard(SIZE)


def _by_rays(vertices: np.ndarray, triangles: np.ndarray, camera: Camera) -> Fragments:
    """Moeller and Trumbore's intersection of every pixel's ray with every triangle."""
    y, x = np.mgrid[:SIZE, :SIZE]
    one = np.ones_like(x, float)
    rays = np.stack([(x - camera.cx) / camera.focal, (camera.cy - y) / camera.focal, -one], -1)
    eye = np.array([0, 0, 1000.0])
    triangle = np.full((SIZE, SIZE), -1)
    bary = np.zeros((SIZE, SIZE, 3))
    depth = np.full((SIZE, SIZE), np.inf)
    for t, (a, b, c) in enumerate(vertices[triangles]):
        p = np.cross(rays, c - a)
        determinant = p @ (b - a)
        u = p @ (eye - a) / determinant
        q = np.cross(eye - a, b - a)
        v = rays @ q / determinant
        distance = (c - a) @ q / determinant
        hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (distance < depth)
        triangle[hit] = t
        bary[hit] = np.stack([1 - u - v, u, v], -1)[hit]
        depth[hit] = distance[hit]
    return Fragments(triangle, bary, depth)


def test_it_sees_what_rays_see() -> None:
    vertices, triangles, camera = _scene()
    expected = _by_rays(vertices, triangles, camera)
    found = rasterize(camera.project(vertices), triangles, SIZE, SIZE)
    same = found.triangle == expected.triangle
    assert same.mean() > 0.999  # float32 may tip a pixel on an edge
    covered = same & (found.triangle >= 0)
    assert covered.mean() > 0.5
    np.testing.assert_allclose(found.depth[covered], expected.depth[covered], rtol=1e-5)
    np.testing.assert_allclose(found.bary[covered], expected.bary[covered], atol=2e-3)
    assert np.isinf(found.depth[found.triangle < 0]).all()
    assert (found.bary[found.triangle < 0] == 0).all()


def test_back_faces_go_only_when_culled() -> None:
    vertices, triangles = sphere(60, 2)
    screen = Camera.standard(64).project(vertices)
    plain = rasterize(screen, triangles, 64, 64)
    np.testing.assert_array_equal(
        plain.triangle, rasterize(screen, triangles, 64, 64, cull=True).triangle
    )
    inside_out = triangles[:, ::-1]
    assert (rasterize(screen, inside_out, 64, 64).triangle >= 0).sum() > 100
    hollow = rasterize(screen, inside_out, 64, 64, cull=True)
    centre = hollow.depth[32, 32]
    assert centre > 1000  # the far wall's inside
    assert plain.depth[32, 32] < 1000


def test_no_cracks_and_no_seams_between_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    vertices, triangles = sphere(90, 4)
    screen = Camera.standard(200).project(vertices)
    pictures = []
    for threads in (1, 3):
        monkeypatch.setattr(strips, "thread_count", lambda n=threads: n)
        found = rasterize(screen, triangles, 200, 200)
        pictures.append((found.triangle.copy(), soften_outline(found, screen, triangles)[1]))
    np.testing.assert_array_equal(pictures[0][0], pictures[1][0])
    np.testing.assert_array_equal(pictures[0][1], pictures[1][1])
    # Every row of a ball is one run of covered pixels.
    covered = pictures[0][0] >= 0
    assert (np.abs(np.diff(covered.astype(int), axis=1)).sum(axis=1) <= 2).all()


def test_the_soft_outline_measures_the_disc() -> None:
    radius = 70.0
    vertices, triangles = sphere(radius, 5)
    camera = Camera.standard(120)
    screen = camera.project(vertices)
    found, alpha = soften_outline(rasterize(screen, triangles, 120, 120), screen, triangles)
    silhouette = camera.focal * radius / np.sqrt(1000**2 - radius**2)
    assert alpha.sum() == pytest.approx(np.pi * silhouette**2, rel=2e-3)
    y, x = np.mgrid[:120, :120]
    distance = np.hypot(x - camera.cx, y - camera.cy)
    ideal = np.clip(silhouette - distance + 0.5, 0, 1)
    assert np.abs(alpha - ideal).max() < 0.15
    assert (found.triangle[alpha > 0] >= 0).all()
    assert np.isfinite(found.depth[alpha > 0]).all()
    assert (found.depth[alpha > 0] > 0).all()
    np.testing.assert_allclose(found.bary[alpha > 0].sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("size", [(0, 10), (10, -1)])
def test_an_empty_picture_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="cannot be drawn"):
        rasterize(np.zeros((3, 3)), np.array([[0, 1, 2]]), *size)


def test_broken_meshes_are_refused_and_hidden_ones_draw_nothing() -> None:
    triangle = np.array([[0, 1, 2]])
    screen = np.array([[0, 0, 1000.0], [9, 0, 1000], [0, 9, 1000]])
    broken = screen.copy()
    broken[0, 0] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        rasterize(broken, triangle, 10, 10)
    below, behind, flat = np.array([0, 100, 0]), np.array([0, 0, 2000]), np.array([1, 0, 1])
    for moved in (screen + below, screen - behind, screen * flat):
        assert (rasterize(moved, triangle, 10, 10).triangle == -1).all()


def test_a_spheres_normals_point_away_from_its_centre() -> None:
    vertices, triangles = sphere(50, 3)
    normals = vertex_normals(vertices, triangles)
    assert (normals * vertices).sum(axis=1).min() > 50 * 0.9995


def test_edges_of_a_closed_mesh_obey_euler() -> None:
    vertices, triangles = sphere(1, 2)
    unique, counts, of_triangle = edges(triangles)
    assert len(vertices) - len(unique) + len(triangles) == 2
    assert (counts == 2).all()
    for corner in range(3):
        found = unique[of_triangle[:, corner]]
        assert not (found == triangles[:, corner : corner + 1]).any()
