"""Smooth displacement fields over the landmark mesh, spread from a few handles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import scipy.linalg

from models.training.face_model.expression_topology import face_triangles

Vector = Sequence[float]
Handles = dict[int, tuple[float, float, float]]

FACE_POINTS = 468
POINTS = 478
MIRROR = np.array([-1.0, 1.0, 1.0])


def cotangent_laplacian(points: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Dense cotangent Laplacian (V, V) and the area around each vertex (V,) in mm²."""
    count = len(points)
    laplacian = np.zeros((count, count))
    area = np.zeros(count)
    for k in range(3):
        i, j, o = triangles[:, k], triangles[:, (k + 1) % 3], triangles[:, (k + 2) % 3]
        a, b = points[i] - points[o], points[j] - points[o]
        cross = np.linalg.norm(np.cross(a, b), axis=1)
        # Obtuse corners would give negative weights and overshooting fields.
        weight = np.clip((a * b).sum(1) / np.maximum(cross, 1e-6) / 2, 0.05, 5.0)
        np.add.at(laplacian, (i, j), -weight)
        np.add.at(laplacian, (j, i), -weight)
        np.add.at(area, i, cross / 6)
    np.fill_diagonal(laplacian, -laplacian.sum(1))
    return laplacian, np.maximum(area, 1.0)


class Surface:
    """The neutral face, over which a few handles are spread into smooth fields.

    The spread is the mean of a Gaussian process on the surface whose precision is
    (1 - reach² Δ)², a Matérn covariance (Lindgren, Rue, Lindström 2011): it passes through the
    handles, dies away within about `reach` millimetres along the skin and never jumps from one
    lip or lid to the other.
    """

    def __init__(self, neutral: np.ndarray, mirror: np.ndarray) -> None:
        """neutral (478, 3) mm, face frame; mirror (478,) partner of each landmark."""
        self.neutral = np.asarray(neutral, np.float64)
        self.mirror = np.asarray(mirror)
        self._laplacian, self._area = cotangent_laplacian(
            self.neutral[:FACE_POINTS], face_triangles(self.mirror)
        )
        # By reach, (468, 468).
        self._precision: dict[float, np.ndarray] = {}

    def spread(
        self, handles: Mapping[int, Vector], still: Iterable[int] = (), reach: float = 14.0
    ) -> np.ndarray:
        """Field (478, K) through the handles (K values each) and zero at `still`.

        The iris points stay. A handle overrules `still`.
        """
        fixed = dict.fromkeys(still, None) | dict.fromkeys(handles, None)
        index = np.array(sorted(i for i in fixed if i < FACE_POINTS))
        width = len(next(iter(handles.values())))
        values = np.array([handles.get(int(i), (0.0,) * width) for i in index], np.float64)
        if reach not in self._precision:
            operator = np.diag(self._area) + reach**2 * self._laplacian
            self._precision[reach] = operator @ (operator / self._area[:, None])
        precision = self._precision[reach]
        free = np.setdiff1d(np.arange(FACE_POINTS), index)
        field = np.zeros((POINTS, width))
        field[index] = values
        field[free] = scipy.linalg.solve(
            precision[np.ix_(free, free)], -precision[np.ix_(free, index)] @ values, assume_a="pos"
        )
        return field

    def both_sides(self, handles: Mapping[int, Vector]) -> Handles:
        """Handles of the subject's right side together with their mirror images."""
        both: Handles = {}
        for i, (x, y, z) in handles.items():
            other = int(self.mirror[i])
            both[i] = (0.0 if other == i else x, y, z)
            if other != i:
                both[other] = (-x, y, z)
        return both

    def symmetric(
        self, handles: Mapping[int, Vector], still: Iterable[int] = (), reach: float = 14.0
    ) -> np.ndarray:
        """Mirror-symmetric field (478, 3) from handles of the subject's right side."""
        still = list(still)
        still += [int(self.mirror[i]) for i in still]
        field = self.spread(self.both_sides(handles), still, reach)
        return (field + self.mirrored(field)) / 2

    def mirrored(self, field: np.ndarray) -> np.ndarray:
        """The field (478, 3) seen in a mirror."""
        return field[self.mirror] * MIRROR

    def right_mask(self, width: float) -> np.ndarray:
        """1 on the subject's right, 0 on the left, smooth over ±width mm; (478, 1).

        With the mask of the other side it adds up to one everywhere.
        """
        x = np.clip(self.neutral[:, 0] / width, -1, 1)
        right = 0.5 - 0.25 * (3 * x - x**3)
        # Exactly complementary even where the neutral is symmetric to rounding only.
        return ((right + 1 - right[self.mirror]) / 2)[:, None]

    def halves(self, field: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
        """Split a symmetric field into (left, right), which add up to it and mirror each other."""
        right = field * self.right_mask(width)
        return self.mirrored(right), right


def rotate_about_x(points: np.ndarray, centre: Vector | np.ndarray, degrees: float) -> np.ndarray:
    """Points (N, 3) turned about the axis through centre along x; + lowers what is in front."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    return np.asarray((points - np.asarray(centre)) @ turn.T + np.asarray(centre))


def rotate_about_y(points: np.ndarray, centre: Vector | np.ndarray, degrees: float) -> np.ndarray:
    """Points (N, 3) turned about the axis through centre along y; + moves the front to +x."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    return np.asarray((points - np.asarray(centre)) @ turn.T + np.asarray(centre))
