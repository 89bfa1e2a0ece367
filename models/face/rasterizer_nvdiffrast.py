"""Rasterizer on CUDA through nvdiffrast, where the user has installed it.

nvdiffrast is NVIDIA's, for research and evaluation only: Mien neither ships nor needs it.
"""

from __future__ import annotations

import importlib.util

import numpy as np
import torch

from models.face.rasterizer import Fragments

# Keeps the nearest and farthest vertex off the clip planes.
_DEPTH_MARGIN = 0.01


def is_available() -> bool:
    """Whether nvdiffrast is installed and a CUDA device is there."""
    return importlib.util.find_spec("nvdiffrast") is not None and torch.cuda.is_available()


def clip_positions(screen: np.ndarray, width: int, height: int) -> np.ndarray:
    """Clip-space positions (V, 4) float32 of screen (V, 3) x px, y px, depth mm.

    w is the depth, so that nvdiffrast interpolates in perspective. y is not turned over: its
    bottom-up row 0 then is our top row. Every depth must be above 0.
    """
    depth = screen[:, 2].astype(np.float64)
    near, far = depth.min() * (1 - _DEPTH_MARGIN), depth.max() * (1 + _DEPTH_MARGIN)
    out = np.empty((len(screen), 4), np.float32)
    # Pixel i's centre lies at (2i + 1) / size − 1 in normalised device coordinates.
    out[:, 0] = ((2 * screen[:, 0] + 1) / width - 1) * depth
    out[:, 1] = ((2 * screen[:, 1] + 1) / height - 1) * depth
    out[:, 2] = (far + near) / (far - near) * depth - 2 * far * near / (far - near)
    out[:, 3] = depth
    return out


class NvdiffrastRasterizer:
    """The CUDA backend: a drop-in for `CpuRasterizer`.

    Vertices are snapped to a sixteenth of a pixel there, so outline pixels may differ.
    """

    def __init__(self) -> None:
        """Open a context on the current CUDA device. Raises ImportError or RuntimeError."""
        import nvdiffrast.torch as nvdiffrast

        self._library = nvdiffrast
        self._context = nvdiffrast.RasterizeCudaContext()

    def rasterize(
        self, screen: np.ndarray, triangles: np.ndarray, width: int, height: int, cull: bool
    ) -> Fragments:
        """Fragments of screen (V, 3) x px, y px, depth mm and triangles (F, 3)."""
        screen = np.ascontiguousarray(screen, np.float32)
        kept = _drawable(screen, triangles, cull)
        if not len(kept):
            return _empty(width, height)
        chosen = np.ascontiguousarray(triangles[kept], np.int32)
        used = np.unique(chosen)
        positions = np.zeros((len(screen), 4), np.float32)
        positions[used] = clip_positions(screen[used], width, height)
        picture, _ = self._library.rasterize(
            self._context,
            torch.from_numpy(positions)[None].cuda().contiguous(),
            torch.from_numpy(chosen).cuda().contiguous(),
            (height, width),
            grad_db=False,
        )
        first, second, _, number = picture[0].cpu().numpy().transpose(2, 0, 1)
        return _fragments(first, second, number.astype(np.int64) - 1, kept, triangles, screen)


def _drawable(screen: np.ndarray, triangles: np.ndarray, cull: bool) -> np.ndarray:
    """Indices of the triangles in front of the camera (and, with cull, facing it)."""
    a, b, c = (screen[triangles[:, k]].astype(np.float64) for k in range(3))
    ahead = np.minimum(np.minimum(a[:, 2], b[:, 2]), c[:, 2]) > 0
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    return np.flatnonzero(ahead & (area < 0 if cull else area != 0))


def _empty(width: int, height: int) -> Fragments:
    return Fragments(
        np.full((height, width), -1, np.int32),
        np.zeros((height, width, 3), np.float32),
        np.full((height, width), np.inf, np.float32),
    )


def _fragments(
    first: np.ndarray,
    second: np.ndarray,
    number: np.ndarray,
    kept: np.ndarray,
    triangles: np.ndarray,
    screen: np.ndarray,
) -> Fragments:
    """Fragments of nvdiffrast's weights of vertex 0 and 1 and its triangle numbers (−1 empty)."""
    covered = number >= 0
    triangle = np.where(covered, kept[np.maximum(number, 0)], -1).astype(np.int32)
    bary = np.stack([first, second, 1 - first - second], axis=-1).astype(np.float32)
    bary[~covered] = 0
    depth = np.full(triangle.shape, np.inf, np.float32)
    corners = screen[triangles[triangle[covered]], 2]
    depth[covered] = (bary[covered] * corners).sum(axis=1)
    return Fragments(triangle, bary, depth)
