"""Loop subdivision against its published weights."""

import numpy as np
import pytest

from models.face.mesh import edges
from models.face.subdivision import loop_matrix, subdivide_creases
from tests.models.face.shapes import grid, icosahedron


def test_a_closed_mesh_has_loops_weights() -> None:
    vertices, triangles = icosahedron()
    matrix, finer = loop_matrix(triangles, len(vertices))
    assert matrix.shape == (12 + 30, 12)
    assert finer.shape == (80, 3)
    # Valence 5: (5/8 - (3/8 + cos(72°)/4)²) / 5 for each neighbour.
    beta = (0.625 - (0.375 + 0.25 * np.cos(np.radians(72))) ** 2) / 5
    row = np.sort(matrix[0].toarray().ravel())
    np.testing.assert_allclose(row[-6:], [beta] * 5 + [1 - 5 * beta])
    for k in range(12, 42):
        weights = np.sort(matrix[k].data)
        np.testing.assert_allclose(weights, [1 / 8, 1 / 8, 3 / 8, 3 / 8])


def test_new_triangles_keep_their_orientation() -> None:
    vertices, triangles = icosahedron()
    matrix, finer = loop_matrix(triangles, len(vertices))
    a, b, c = (matrix @ vertices)[finer].transpose(1, 0, 2)
    assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), a + b + c) > 0).all()
    assert (edges(finer)[1] == 2).all()


def test_the_border_is_a_cubic_spline_and_lines_stay_lines() -> None:
    vertices, triangles = grid(5)
    matrix, _ = loop_matrix(triangles, len(vertices))
    np.testing.assert_allclose(np.asarray(matrix.sum(axis=1)).ravel(), 1)
    middle = matrix[2].toarray().ravel()  # a vertex amid the lower border
    np.testing.assert_allclose(middle[[1, 2, 3]], [1 / 8, 3 / 4, 1 / 8])
    inner = 2 * 5 + 2  # regular, valence 6: a linear function is reproduced
    np.testing.assert_allclose((matrix @ vertices)[inner], vertices[inner], atol=1e-12)


def test_creases_stay_sharp_over_levels() -> None:
    vertices, triangles = grid(5)
    # A roof: the ridge along y = 2 must keep its height.
    vertices[:, 2] = 2 - np.abs(vertices[:, 1] - 2)
    ridge = np.array([[10 + i, 11 + i] for i in range(4)])
    lines = ridge
    for _ in range(2):
        matrix, finer = loop_matrix(triangles, len(vertices), lines)
        lines = subdivide_creases(triangles, len(vertices), lines)
        vertices, triangles = matrix @ vertices, finer
        on_ridge = np.unique(lines)
        np.testing.assert_allclose(vertices[on_ridge, 1:], [[2, 2]] * len(on_ridge), atol=1e-12)
    assert len(lines) == 16


def test_a_crease_must_be_an_edge() -> None:
    vertices, triangles = grid(3)
    with pytest.raises(ValueError, match="not an edge"):
        loop_matrix(triangles, len(vertices), np.array([[0, 8]]))
