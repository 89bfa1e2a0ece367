"""The control mesh: landmarks, eye patches and two rings of apron, subdivided linearly."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from models.training.portraits import PortraitSets

# MediaPipe's face outline, clockwise in the picture from the top of the forehead.
OUTLINE = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
LANDMARKS = 478
RINGS_MM = (13.0, 30.0)
# How much of the outline's own motion each ring follows under expressions.
RING_FOLLOWS = (0.85, 0.45)


@dataclass(frozen=True)
class ControlMesh:
    """Topology over C = 550 control points and the linear maps that make it.

    extend: (C, 478) landmark displacements to control displacements.
    apron: (C, 3) constant offsets of the ring points from the landmarks' image, mm.
    """

    triangles: np.ndarray
    extend: sp.csr_matrix
    apron: np.ndarray
    mirror: np.ndarray

    def control(self, landmarks: np.ndarray) -> np.ndarray:
        """(478, 3) landmark shape to (C, 3) control points."""
        return np.asarray(self.extend @ landmarks) + self.apron


def build_control_mesh(sets: PortraitSets, neutral: np.ndarray) -> ControlMesh:
    """Mesh over the landmarks, the closed eyes and the apron around the neutral's outline."""
    n = len(OUTLINE)
    ring1 = LANDMARKS + np.arange(n)
    ring2 = ring1 + n
    loops = [np.array(OUTLINE), ring1, ring2]
    faces = [sets.triangles, sets.eye_triangles]
    for inner, outer in itertools.pairwise(loops):
        a, b = inner, np.roll(inner, -1)
        c, d = outer, np.roll(outer, -1)
        # Diagonals mirror each other on the two halves, so that the mesh is symmetric.
        half = np.arange(n) < n // 2
        first = np.where(half[:, None], np.stack([a, c, d], 1), np.stack([a, c, b], 1))
        second = np.where(half[:, None], np.stack([a, d, b], 1), np.stack([b, c, d], 1))
        faces += [first, second]
    extend = _extension(n)
    rings = _ring_points(neutral)
    points = np.asarray(extend @ neutral)
    apron = np.zeros_like(points)
    apron[LANDMARKS:] = rings - points[LANDMARKS:]
    position = {v: i for i, v in enumerate(OUTLINE)}
    turn = np.array([position[int(sets.mirror_index[v])] for v in OUTLINE])
    mirror = np.concatenate([sets.mirror_index, ring1[turn], ring2[turn]])
    triangles = np.concatenate(faces).astype(np.int64)
    triangles = _symmetric(triangles, points + apron, mirror)
    triangles = _consistent(triangles, points + apron)
    return ControlMesh(triangles.astype(np.int32), extend, apron.astype(np.float32), mirror)


def _extension(n: int) -> sp.csr_matrix:
    """Ring points follow their outline point, smoothed along the loop."""
    smooth = sp.diags([0.5], [0], shape=(n, n)).tolil()
    for i in range(n):
        smooth[i, (i + 1) % n] += 0.25
        smooth[i, (i - 1) % n] += 0.25
    smooth = smooth.tocsr()
    pick = sp.csr_matrix((np.ones(n), (np.arange(n), OUTLINE)), shape=(n, LANDMARKS))
    rows = [sp.identity(LANDMARKS), smooth @ pick, smooth @ smooth @ smooth @ pick]
    return sp.vstack(rows).tocsr()


def expression_extension(mesh: ControlMesh) -> sp.csr_matrix:
    """As `mesh.extend`, with the rings damped: the neck and scalp move less than the face."""
    n = len(OUTLINE)
    weight = np.ones(LANDMARKS + 2 * n)
    weight[LANDMARKS : LANDMARKS + n] = RING_FOLLOWS[0]
    weight[LANDMARKS + n :] = RING_FOLLOWS[1]
    return sp.diags(weight) @ mesh.extend


def _ring_points(neutral: np.ndarray) -> np.ndarray:
    """Two rings that continue the surface outwards and bend back around the head."""
    outline = neutral[list(OUTLINE)]
    tangent = np.roll(outline, -1, 0) - np.roll(outline, 1, 0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    # Outwards from the axis of the head at the height of the eyes, bent back.
    out = outline - np.array([0, 5.0, 0])
    out[:, 2] = 0
    out -= (out * tangent).sum(1, keepdims=True) * tangent
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    below = np.clip(-outline[:, 1] / 60, 0, 1)[:, None]
    above = np.clip((outline[:, 1] - 20) / 60, 0, 1)[:, None]
    side = 1 - np.maximum(below, above)
    back = np.array([0, 0, -1.0])
    rings = []
    at = outline
    for step, turn in zip(np.diff((0.0, *RINGS_MM)), (0, 1), strict=True):
        lift = np.array([0, 0.35 * turn, 0]) * below
        amount_out = (
            below * (0.45 - 0.55 * turn)
            + above * (0.75 - 0.25 * turn)
            + side * (0.35 - 0.30 * turn)
        )
        amount_back = below * 0.9 + above * (0.65 + 0.25 * turn) + side * 0.95
        move = out * amount_out + back * amount_back + lift
        move /= np.linalg.norm(move, axis=1, keepdims=True)
        for _ in range(3):
            move = 0.5 * move + 0.25 * (np.roll(move, 1, 0) + np.roll(move, -1, 0))
        at = at + step * move
        rings.append(at)
    return np.concatenate(rings)


def _symmetric(triangles: np.ndarray, points: np.ndarray, mirror: np.ndarray) -> np.ndarray:
    """Where the two halves are cut along other diagonals, copy the subject's right half."""
    present = {tuple(sorted(t)) for t in triangles.tolist()}
    odd = np.array([tuple(sorted(mirror[t])) not in present for t in triangles])
    right = odd & (points[triangles][:, :, 0].mean(1) < 0)
    copied = mirror[triangles[right]][:, [0, 2, 1]]
    return np.concatenate([triangles[~odd | right], copied])


def _consistent(triangles: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Order all corners alike across shared edges, normals out of the face."""
    by_edge: dict[tuple[int, int], list[int]] = {}
    for i, t in enumerate(triangles.tolist()):
        for a, b in ((t[0], t[1]), (t[1], t[2]), (t[2], t[0])):
            by_edge.setdefault((min(a, b), max(a, b)), []).append(i)
    out = triangles.copy()
    done = np.zeros(len(out), bool)
    stack = [0]
    done[0] = True
    while stack:
        i = stack.pop()
        t = out[i].tolist()
        for a, b in ((t[0], t[1]), (t[1], t[2]), (t[2], t[0])):
            for j in by_edge[min(a, b), max(a, b)]:
                if done[j]:
                    continue
                u = out[j].tolist()
                if (a, b) in ((u[0], u[1]), (u[1], u[2]), (u[2], u[0])):
                    out[j] = out[j][[0, 2, 1]]
                done[j] = True
                stack.append(j)
    corners = points[out]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return out if normal[:, 2].sum() > 0 else out[:, [0, 2, 1]]
