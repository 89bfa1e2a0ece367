"""Light and skin colour of a fitted face from the photo's pixels (robust, linear light)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from models.face.fitting import FaceFit
from models.face.lighting import sh_basis, srgb_to_linear
from models.face.mesh import vertex_normals
from models.face.model import FaceModel
from models.face.pose import rotation
from models.face.rasterizer import rasterize

SHADING_FLOOR = 0.15
FACING = 0.3
MASK_LEVEL = 0.98
DEPTH_TOLERANCE_MM = 4.0
# Between vertices; the deviation of an average, in blocks of pixels.
SPACING_MM = 1.5
BLOCKS = 3
# Light of the mean studio portrait relative to its own brightness: front, a little above.
PRIOR_LIGHT = np.array([0.85, -0.12, 0.42, 0.0, 0.0, 0.0, 0.02, 0.0, 0.0])
PRIOR_WEIGHT = np.array([0.0, 1, 1, 1, 4, 4, 4, 4, 4]) * 0.02


@dataclass(frozen=True)
class VertexSamples:
    """What a photo shows at the mesh's vertices.

    colour: (V, 3) linear RGB; visible: (V,) bool; basis: (V, 9) SH basis of the normals.
    """

    colour: np.ndarray
    visible: np.ndarray
    basis: np.ndarray


def sample_vertices(
    model: FaceModel, fit: FaceFit, image: np.ndarray, mask: np.ndarray | None = None
) -> VertexSamples:
    """Read a photo (H, W, 3) uint8 sRGB at the fitted mesh's vertices.

    mask: (H, W) float, pixels below 0.98 count as hidden (hair, backdrop).
    """
    points = fit.vertices(model) @ rotation(fit.parameters.pose).T
    screen = fit.camera.project(points)
    low, high = screen[:, :2].min(0), screen[:, :2].max(0)
    scale = min(1.0, 320 / float((high - low).max()))
    size = np.ceil((high - low) * scale).astype(int) + 3
    local = screen.copy()
    local[:, :2] = (screen[:, :2] - low) * scale + 1
    depth = rasterize(local, model.triangles, int(size[0]), int(size[1])).depth
    depth[~np.isfinite(depth)] = 1e4
    nearest = cv2.remap(depth, local[:, 0][None], local[:, 1][None], cv2.INTER_NEAREST)[0]
    normals = vertex_normals(points, model.triangles)
    visible = (normals[:, 2] > FACING) & (screen[:, 2] < nearest + DEPTH_TOLERANCE_MM)
    h, w = image.shape[:2]
    x, y = screen[:, 0].copy(), screen[:, 1].copy()
    visible &= (x >= 0) & (y >= 0) & (x <= w - 1) & (y <= h - 1)
    if mask is not None:
        visible &= cv2.remap(mask, x[None], y[None], cv2.INTER_LINEAR)[0] > MASK_LEVEL
    spacing = fit.camera.focal / 1000 * SPACING_MM
    colour = srgb_to_linear(_averaged(image, screen[:, :2], spacing) / 255.0)
    return VertexSamples(colour.astype(np.float32), visible, sh_basis(normals))


def _averaged(image: np.ndarray, points: np.ndarray, spacing: float) -> np.ndarray:
    """(N, 3) colours of an image (H, W, 3) uint8 at points (N, 2) px.

    Averaging over a vertex' share of the surface, spacing px wide, keeps noise out of large
    photos.
    """
    sigma = spacing / 2 if spacing > 1.5 else 0.0
    # As far as the average looks.
    reach, ends = 4 * sigma + 2, np.array(image.shape[1::-1])
    low = np.clip(points.min(0) - reach, 0, ends - 1).astype(int)
    high = np.clip(points.max(0) + reach, low + 1, ends).astype(int)
    part = image[low[1] : high[1], low[0] : high[0]]
    size = high - low
    # Of a wide average nothing is lost when the pixels are averaged in blocks before.
    block = max(1, int(sigma / BLOCKS))
    if block > 1:
        size = np.maximum(size // block, 1)
        part = cv2.resize(part, tuple(size.tolist()), interpolation=cv2.INTER_AREA)
    if sigma:
        part = cv2.GaussianBlur(part, (0, 0), sigma / block)
    x, y = ((points - low + 0.5) * (size / (high - low)) - 0.5).astype(np.float32).T[:, None]
    return cv2.remap(part, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]


def shading(basis: np.ndarray, light: np.ndarray) -> np.ndarray:
    """(V, 3) or (V,) shading with a floor: no surface of a room is wholly black."""
    return np.maximum(basis @ light, SHADING_FLOOR)


def fit_white_light(
    samples: VertexSamples, albedo: np.ndarray, chosen: np.ndarray | None = None
) -> np.ndarray:
    """(9,) SH coefficients of white light over the given albedo (V, 3), by robust least squares.

    A ridge draws the directional bands to the mean studio light: a frontal face alone does
    not tell them from its own colours.
    """
    use = samples.visible if chosen is None else samples.visible & chosen
    basis = samples.basis[use].astype(np.float64)
    a = albedo[use].astype(np.float64)
    c = samples.colour[use].astype(np.float64)
    weight = np.ones(len(c))
    n = len(c)
    light = PRIOR_LIGHT.copy()
    for _ in range(6):
        power = weight * (a**2).sum(1)
        scale = power.sum() / max(n, 1)
        normal = (basis * power[:, None]).T @ basis / max(n, 1)
        right = basis.T @ (weight * (a * c).sum(1)) / max(n, 1)
        level = max(float(light[0] / PRIOR_LIGHT[0]), 0.05)
        ridge = np.diag(PRIOR_WEIGHT * scale)
        light = np.linalg.solve(normal + ridge, right + ridge @ (PRIOR_LIGHT * level))
        error = np.abs(c - a * shading(basis, light)[:, None]).mean(1)
        spread = 1.5 * np.median(error) + 1e-4
        weight = 1 / (1 + (error / spread) ** 2)
    return light


def fit_light_and_albedo(
    model: FaceModel, samples: VertexSamples, rounds: int = 3, components: int = 40
) -> tuple[np.ndarray, np.ndarray]:
    """SH light (9, 3) and albedo coefficients (80,) that explain the samples together.

    The light is white but for what no skin explains. Its brightness is taken as usual, as
    when the albedo was built: dark pixels are dark skin first, and dim light only beyond that.
    Raises ValueError when no vertex is visible.
    """
    if not samples.visible.any():
        raise ValueError("No vertex of the face is visible; light and albedo cannot be read.")
    coefficients = np.zeros(len(model.albedo_basis), np.float32)
    light = np.zeros((9, 3))
    skin = np.median(samples.colour[samples.visible], axis=0)
    albedo = np.broadcast_to(skin, samples.colour.shape)
    for _ in range(rounds):
        white = fit_white_light(samples, albedo)
        white = white / np.median(shading(samples.basis[samples.visible], white))
        light = white[:, None] * np.ones(3)
        coefficients = _fit_albedo(model, samples, shading(samples.basis, light), components)
        albedo = model.albedo(coefficients)
    use = samples.visible
    tint = _tint(samples.colour[use], albedo[use] * shading(samples.basis[use], light))
    return (light * tint).astype(np.float32), coefficients


def _tint(colour: np.ndarray, explained: np.ndarray) -> np.ndarray:
    """(3,) gain per channel that the albedo left over."""
    return np.median(colour / np.maximum(explained, 1e-3), axis=0) if len(colour) else np.ones(3)


def _fit_albedo(
    model: FaceModel, samples: VertexSamples, shade: np.ndarray, components: int
) -> np.ndarray:
    """MAP albedo coefficients under known shading, robust to hair, glasses and highlights."""
    use = np.flatnonzero(samples.visible)[::2]
    basis = model.albedo_basis[:components, use]
    # (components, N): in rows, and in float32, the products take half the time.
    design = (basis * shade[use].astype(np.float32)).reshape(components, -1)
    target = (samples.colour[use] - model.albedo_mean[use] * shade[use]).ravel().astype(np.float32)
    weight = np.ones(len(target), np.float32)
    sigma = 0.06
    x = np.zeros(components)
    for _ in range(3):
        weighted = design * (weight / np.float32(sigma**2))
        x = np.linalg.solve(weighted @ design.T + np.eye(components) * 20, weighted @ target)
        error = np.abs(target - x.astype(np.float32) @ design)
        weight = 1 / (1 + (error / (2 * np.median(error) + np.float32(1e-4))) ** 2)
    full = np.zeros(len(model.albedo_basis), np.float32)
    full[:components] = np.clip(x, -4, 4)
    return full
