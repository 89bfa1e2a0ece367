"""The fitted face as a sheet of its own: its mesh, pixels, normals and what hair hides of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from scipy import sparse

from models.face.fitting import OUTLINE
from models.face.mesh import edges, vertex_normals
from models.relief.frame import HeadFrame, smoothstep
from models.relief.grid import BEYOND, Grid
from models.relief.rims import wings

# Normals blend with those of the surroundings over this distance from the outline.
NORMAL_SEAM_MM = 16.0
# Beyond this angle to the view the cheek's pixels are shared out more evenly.
STEEP, EVEN, CHEEK_MM = np.radians(64), 0.45, 66.0
CHEEK_BEGINS_MM, CHEEK_SURELY_MM = 44.0, 56.0
# Pixels spread this many times wider begin to show as streaks, and surely do.
STRETCH = 1.5, 2.6
# How often gains are averaged over neighbouring vertices.
SOFTEN_STEPS = 3


@dataclass(frozen=True)
class FaceSheet:
    """The face's mesh over its photo.

    triangles: (F, 3) int32. uv: (V, 2) px. normals: (V, 3) fitted, face frame. seam: (V,) share
    of around: (V, 3) the surroundings' normals, face frame. bare: (V,) 0 under hair. side: (V,) 1
    on the cheeks. view: (V, 3) the normals in the photo's camera frame.
    """

    triangles: np.ndarray
    uv: np.ndarray
    normals: np.ndarray
    seam: np.ndarray
    around: np.ndarray
    bare: np.ndarray
    side: np.ndarray
    view: np.ndarray

    @cached_property
    def wings(self) -> np.ndarray:
        """The mesh's edges, see `rims.wings`."""
        return wings(self.triangles)

    @cached_property
    def shown(self) -> np.ndarray:
        """Vertices that a triangle uses."""
        return np.unique(self.triangles)

    @cached_property
    def _around(self) -> sparse.csr_matrix:
        """(V, V): each vertex' mean over itself and its neighbours."""
        ends, _, _ = edges(self.triangles)
        count = len(self.uv)
        one = np.ones(len(ends), np.float32)
        joined = sparse.coo_matrix((one, (ends[:, 0], ends[:, 1])), (count, count))
        joined = joined + joined.T + sparse.identity(count, np.float32)
        share = sparse.diags(1 / np.asarray(joined.sum(1), np.float32).ravel())
        return sparse.csr_matrix(share @ joined, dtype=np.float32)

    def softened(self, gain: np.ndarray) -> np.ndarray:
        """Gains (V, 3) without what single folds of the mesh would draw as lines."""
        for _ in range(SOFTEN_STEPS):
            gain = self._around @ gain
        return gain

    @classmethod
    def of(
        cls, frame: HeadFrame, vertices: np.ndarray, triangles: np.ndarray, grid: Grid
    ) -> FaceSheet:
        """The sheet of fitted vertices (V, 3) mm and their triangles (F, 3)."""
        outline = vertices[list(OUTLINE)]
        reach = np.linalg.norm(vertices[:, None] - outline[None], axis=-1).min(1)
        seam = np.zeros(len(vertices), np.float32)
        used = np.unique(triangles)
        seam[used] = 1 - smoothstep(reach[used], 1.0, NORMAL_SEAM_MM)
        normals = vertex_normals(vertices, triangles)
        view = np.ascontiguousarray(normals @ frame.turn.T)
        around = _at(grid, grid.normals, frame.screen) @ frame.turn
        side = smoothstep(np.abs(vertices[:, 0]), CHEEK_BEGINS_MM, CHEEK_SURELY_MM)
        # Only near the edge: deeper in, nothing lies under the face.
        edge = smoothstep(_at(grid, grid.from_edge, frame.screen), 4.5, 2.5)
        hair = side * edge * _at(grid, grid.hair, frame.screen)
        covered = smoothstep(hair, 0.3, 0.7) * smoothstep(view[:, 2], 0.45, 0.25)
        return cls(
            triangles.astype(np.int32), frame.screen[:, :2].copy(), normals, seam, around,
            1 - covered, side, view,
        )  # fmt: skip

    def shading_normals(self, normals: np.ndarray) -> np.ndarray:
        """Unit normals (V, 3), face frame, of (V, 3) blended into the surroundings."""
        blend = self.seam[:, None]
        mixed = normals * (1 - blend) + self.around * blend
        return mixed / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), 1e-6)

    def slide(self, turned: np.ndarray) -> np.ndarray:
        """(V, 2) mm of picture by which the cheek's pixels move as its rim turns into view.

        The few pixels seen at grazing angles would smear; pixels from further in share the way.
        turned: (V,) depths of the normals after the turn.
        """
        depth = self.view[:, 2]
        angle = np.arccos(np.clip(depth, -0.6, 1))
        evened = np.where(angle > STEEP, STEEP + (angle - STEEP) * EVEN, angle)
        way = CHEEK_MM * (np.sin(evened) - np.sin(angle)) * smoothstep(turned - depth, 0.05, 0.35)
        flat = self.view[:, :2]
        out = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 0.05)
        return ((way * self.side)[:, None] * out * [1, -1]).astype(np.float32)

    def stretched(self, turned: np.ndarray) -> np.ndarray:
        """(V,) 0..1 where a turn spreads few pixels wide, as streaks."""
        wider = turned / np.maximum(self.view[:, 2], 0.08)
        return 0.85 * smoothstep(wider, *STRETCH) * self.side * self.bare

    def closing(self, turned: np.ndarray) -> np.ndarray:
        """(V,) where the rim turns into view: skin must close it, not the matte."""
        depth = self.view[:, 2]
        return smoothstep(turned - depth, 0.05, 0.2) * smoothstep(depth, 0.6, 0.4) * self.bare


def _at(grid: Grid, values: np.ndarray, screen: np.ndarray) -> np.ndarray:
    """Values of the grid under screen points (V, 3)."""
    cell = (screen[:, :2] / grid.spacing + BEYOND).astype(np.float32)
    out = cv2.remap(
        values, cell[:, 0][None], cell[:, 1][None], cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return out[0]
