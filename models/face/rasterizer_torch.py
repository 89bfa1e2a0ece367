"""Differentiable renderer: the rasterizer says which triangle a pixel shows, torch does the rest.

Inside the face the gradients are exact. At outlines two neighbouring pixels are mixed by where
the outline passes between their centres (Laine et al. 2020, section 3.5, here from the outline's
edges themselves, so triangles below a pixel lose none), which makes coverage differentiable too.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from models.face.camera import DISTANCE, Camera
from models.face.lighting import BAND_0, BAND_1, BAND_2
from models.face.rasterizer import Fragments, rasterize
from models.face.silhouette import edge_triangles, outline_crossings, outline_edges


def rotation(pose_degrees: Tensor) -> Tensor:
    """Rotation (3, 3) of (3,) yaw, pitch, roll in degrees, as `models.face.pose.rotation`."""
    yaw, pitch, roll = torch.deg2rad(pose_degrees)
    cy, sy, cx, sx = torch.cos(yaw), torch.sin(yaw), torch.cos(pitch), torch.sin(pitch)
    cz, sz = torch.cos(roll), torch.sin(roll)
    zero, one = torch.zeros_like(yaw), torch.ones_like(yaw)
    about_x = torch.stack([one, zero, zero, zero, cx, sx, zero, -sx, cx]).view(3, 3)
    about_y = torch.stack([cy, zero, sy, zero, one, zero, -sy, zero, cy]).view(3, 3)
    about_z = torch.stack([cz, sz, zero, -sz, cz, zero, zero, zero, one]).view(3, 3)
    return about_z @ about_y @ about_x


def project(
    points: Tensor, focal: Tensor | float, cx: Tensor | float, cy: Tensor | float
) -> Tensor:
    """Points (V, 3) mm in the camera frame -> (V, 3) x px, y px, depth mm."""
    depth = DISTANCE - points[:, 2]
    x = cx + focal * points[:, 0] / depth
    y = cy - focal * points[:, 1] / depth
    return torch.stack([x, y, depth], dim=1)


def vertex_normals(vertices: Tensor, triangles: Tensor) -> Tensor:
    """Unit normals (V, 3) of vertices (V, 3) and triangles (F, 3) int64, weighted by area."""
    a, b, c = vertices[triangles].unbind(1)
    faces = torch.linalg.cross(b - a, c - a)
    summed = torch.zeros_like(vertices)
    for k in range(3):
        summed = summed.index_add(0, triangles[:, k], faces)
    return torch.nn.functional.normalize(summed, dim=1)


def sh_basis(normals: Tensor) -> Tensor:
    """Basis (..., 9) of unit normals (..., 3), as `models.face.lighting.sh_basis`."""
    x, y, z = normals.unbind(-1)
    return torch.stack([
        torch.full_like(x, BAND_0),
        -BAND_1 * y,
        BAND_1 * z,
        -BAND_1 * x,
        BAND_2 * x * y,
        -BAND_2 * y * z,
        BAND_2 / (2 * 3**0.5) * (3 * z * z - 1),
        -BAND_2 * x * z,
        BAND_2 / 2 * (x * x - y * y),
    ], dim=-1)  # fmt: skip


class TorchRenderer:
    """Renders one mesh topology; tensors may live on any device, ids are found on the CPU."""

    def __init__(self, triangles: np.ndarray) -> None:
        self._triangles = np.ascontiguousarray(triangles, np.int32)
        self._edges, self._beside = edge_triangles(self._triangles)

    def render(
        self,
        vertices: Tensor,
        albedo: Tensor,
        light: Tensor,
        camera: Camera,
        width: int,
        height: int,
    ) -> Tensor:
        """Picture (H, W, 4): linear radiance times coverage, and coverage, with gradients.

        vertices (V, 3) mm in the camera frame; albedo (V, 3) linear RGB; light (9, 3) SH
        coefficients. Back faces are left out. Gradients reach all three tensors, and through
        vertices the pose (`rotation`).
        """
        normals = vertex_normals(vertices, self._indices(vertices))
        attributes = torch.cat([normals, albedo], dim=1)
        screen = project(vertices, camera.focal, camera.cx, camera.cy)
        pixels, values, fragments = self._visible(screen, attributes, width, height)
        shading = sh_basis(torch.nn.functional.normalize(values[:, :3], dim=1)) @ light
        colour = values[:, 3:] * shading.clamp(min=0)
        painted = torch.cat([colour, torch.ones_like(colour[:, :1])], dim=1)
        flat = painted.new_zeros(height * width, 4).index_copy(0, pixels, painted)
        return self._mixed(flat, screen, fragments).view(height, width, 4)

    def interpolate(self, screen: Tensor, attributes: Tensor, width: int, height: int) -> Tensor:
        """Attributes (V, k) and coverage at every pixel (H, W, k + 1), with gradients.

        screen (V, 3) as `project` gives it. The attributes are multiplied by the coverage.
        """
        pixels, values, fragments = self._visible(screen, attributes, width, height)
        painted = torch.cat([values, torch.ones_like(values[:, :1])], dim=1)
        flat = painted.new_zeros(height * width, painted.shape[1]).index_copy(0, pixels, painted)
        return self._mixed(flat, screen, fragments).view(height, width, -1)

    def _indices(self, like: Tensor) -> Tensor:
        return torch.from_numpy(self._triangles).to(like.device, torch.int64)

    def _visible(
        self, screen: Tensor, attributes: Tensor, width: int, height: int
    ) -> tuple[Tensor, Tensor, Fragments]:
        """Covered pixels (N,) flat, their attributes (N, k), and the fragments."""
        drawn = screen.detach().cpu().numpy().astype(np.float32)
        fragments = rasterize(drawn, self._triangles, width, height, cull=True)
        flat = fragments.triangle.ravel()
        covered = np.flatnonzero(flat >= 0)
        pixels = torch.from_numpy(covered).to(screen.device)
        corners = torch.from_numpy(self._triangles[flat[covered]].astype(np.int64))
        corners = corners.to(screen.device)
        weights = _weights(screen[corners], pixels % width, pixels // width)
        return pixels, (weights[..., None] * attributes[corners]).sum(dim=1), fragments

    def _mixed(self, flat: Tensor, screen: Tensor, fragments: Fragments) -> Tensor:
        """flat (H·W, k) with the pixels beside the outline mixed by where it passes."""
        drawn = screen.detach().cpu().numpy().astype(np.float32)
        lines, owner = outline_edges(drawn, self._triangles, self._edges, self._beside)
        found = outline_crossings(drawn, self._triangles, lines, owner, fragments.depth)
        if not len(found):
            return flat
        width = fragments.depth.shape[1]
        ends = torch.from_numpy(lines[found[:, 0]].astype(np.int64)).to(screen.device)
        next_in = torch.from_numpy(_further_in(found, fragments)).to(screen.device)
        inner, outer, across, sign = torch.from_numpy(found[:, 1:].copy()).to(screen.device).T
        place = torch.stack([inner % width, inner // width], dim=1).to(screen.dtype)
        reach = _reach(screen[ends], place, across, sign)
        # 0: the outline lies at the inner pixel's centre, 1: at the outer's.
        gained = (reach - 0.5).clamp(min=0)[:, None]
        lost = (0.5 - reach).clamp(min=0)[:, None]
        # A pixel just reached starts with the colour that it was mixed with before.
        blended = flat[inner] + 2 * lost * (flat[next_in] - flat[inner])
        change_in = blended - flat[inner] + lost * (flat[outer] - blended)
        change_out = gained * (flat[inner] - flat[outer])
        return flat.index_add(0, outer, change_out).index_add(0, inner, change_in)


def _further_in(found: np.ndarray, fragments: Fragments) -> np.ndarray:
    """The flat index of the pixel behind each inner one, itself where no surface is there."""
    _, inner, _, across, sign = found.T
    height, width = fragments.depth.shape
    x = inner % width - np.where(across == 0, sign, 0)
    y = inner // width - np.where(across == 1, sign, 0)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    behind = np.where(inside, y * width + x, inner)
    return np.where(fragments.triangle.ravel()[behind] >= 0, behind, inner)


def _weights(corners: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Perspective-correct weights (N, 3) of pixels x, y in triangles (N, 3 corners, 3)."""
    px = corners[..., 0] - x[:, None]
    py = corners[..., 1] - y[:, None]
    following, previous = [1, 2, 0], [2, 0, 1]
    areas = px[:, following] * py[:, previous] - py[:, following] * px[:, previous]
    weights = areas / corners[..., 2]
    return weights / weights.sum(dim=1, keepdim=True)


def _reach(ends: Tensor, place: Tensor, across: Tensor, sign: Tensor) -> Tensor:
    """How far (N,) from the inner pixel's centre a line with ends (N, 2, 3) passes, in pixels."""
    rows = torch.arange(len(across), device=across.device)
    along = 1 - across
    a_along, b_along = ends[rows, 0, along], ends[rows, 1, along]
    a_across, b_across = ends[rows, 0, across], ends[rows, 1, across]
    share = (place[rows, along] - a_along) / (b_along - a_along)
    at = a_across + share * (b_across - a_across)
    return ((at - place[rows, across]) * sign).clamp(0, 1)
