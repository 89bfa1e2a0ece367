"""Pictures of the face model in each overlay mode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.face.camera import DISTANCE, Camera
from models.face.coverage import soften_outline
from models.face.features import IRIS, feature_points, wire_edges
from models.face.lighting import linear_to_srgb
from models.face.lines import Layer, draw_layers
from models.face.mesh import vertex_normals
from models.face.model import LANDMARK_COUNT, FaceModel
from models.face.mouth_lining import GUMS, MouthLining
from models.face.parameters import FaceParameters
from models.face.pose import rotation
from models.face.rasterizer import CpuRasterizer, Fragments, Rasterizer
from models.face.shading import interpolate, paint_fragments, shade_fragments

CLAY = 0.60
# The clay's lightness where it turns away from the camera, as a share.
_RIM = 0.6
_GRID_COLOUR = (214, 232, 255)
_FEATURE_COLOUR = (96, 214, 255)
_IRIS_COLOUR = (255, 196, 92)
_SHADOW_COLOUR = (8, 12, 20)
# Sides of which line widths are meant: they grow with the picture, but never below a hairline.
_REFERENCE_SIZE = 512


@dataclass(frozen=True)
class Posed:
    """The mesh in the camera frame: vertices (V, 3) mm, unit normals (V, 3), screen (V, 3)."""

    vertices: np.ndarray
    normals: np.ndarray
    screen: np.ndarray
    triangles: np.ndarray


class FaceRenderer:
    """Draws one face model. Back faces are left out: the mask is open behind."""

    def __init__(self, model: FaceModel, rasterizer: Rasterizer | None = None) -> None:
        self.model = model
        self.rasterizer = rasterizer or CpuRasterizer()
        count = len(model.control_mean)
        self._wires, self._features = wire_edges(model.control_triangles, count, model.level)
        self._triangles = np.ascontiguousarray(model.triangles, np.int32)
        size = model.subdivision.shape[0]
        self._lining = MouthLining(model.control_triangles, count, model.level, size)
        self._lined_triangles = np.concatenate([self._triangles, self._lining.triangles])
        clay = np.full((size, 3), CLAY, np.float32)
        self._clay = self._lining.coloured(clay, CLAY / 2)
        # One pair, so that threads never see one without the other.
        self._kept_skin = (b"", self._clay)

    def posed(
        self,
        parameters: FaceParameters,
        camera: Camera,
        displacement: np.ndarray | None = None,
        lined: bool = False,
    ) -> Posed:
        """The mesh of parameters before a camera; displacement (C, 3) mm on control points.

        lined adds the pocket behind the lips.
        """
        shape = self.model.vertices(parameters.identity, parameters.expression, displacement)
        if lined:
            shape = self._lining.extended(shape)
        vertices = shape @ rotation(parameters.pose).T
        triangles = self._lined_triangles if lined else self._triangles
        normals = vertex_normals(vertices, triangles)
        return Posed(vertices, normals, camera.project(vertices), triangles)

    def fragments(self, posed: Posed, width: int, height: int) -> tuple[Fragments, np.ndarray]:
        """Fragments of every touched pixel and their coverage (H, W) 0 to 1."""
        found = self.rasterizer.rasterize(posed.screen, posed.triangles, width, height, True)
        return soften_outline(found, posed.screen, posed.triangles, cull=True)

    def render(
        self,
        parameters: FaceParameters,
        camera: Camera,
        width: int,
        height: int,
        mode: str = "shaded",
        displacement: np.ndarray | None = None,
        supersample: int = 1,
    ) -> np.ndarray:
        """A picture (H, W, 4) uint8 RGBA, sRGB, alpha not multiplied in.

        mode: one of MODES. displacement: (C, 3) mm on the control points. supersample: draws
        so many times finer and averages, for final pictures. Raises ValueError for an unknown
        mode or an empty picture.
        """
        draw = _MODES.get(mode)
        if draw is None:
            raise ValueError(f"There is no mode {mode!r}; choose one of {', '.join(MODES)}.")
        if supersample > 1:
            camera = camera.scaled(supersample)
            width, height = width * supersample, height * supersample
        posed = self.posed(parameters, camera, displacement, lined=mode in _LINED)
        picture = draw(self, parameters, posed, width, height)
        return _averaged(picture, supersample) if supersample > 1 else picture

    def lit_and_normals(
        self, parameters: FaceParameters, camera: Camera, size: int, opacity: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Lit skin and camera-frame normals of one view, (size, size, 4) uint8 RGBA each.

        opacity: (V,) of the vertices, 0 to 1.
        """
        posed = self.posed(parameters, camera, lined=True)
        found, alpha = self.fragments(posed, size, size)
        # The pocket behind the lips is whole.
        whole = np.ones((len(posed.vertices), 1), np.float32)
        whole[: len(opacity), 0] = opacity
        alpha = alpha * interpolate(found, posed.triangles, whole)[..., 0]
        skin = self._skin(parameters)
        lit = shade_fragments(found, alpha, posed.triangles, posed.normals, skin, parameters.light)
        return lit, paint_fragments(found, alpha, posed.triangles, 0.5 + 0.5 * posed.normals)

    def _surface(
        self, posed: Posed, albedo: np.ndarray, light: np.ndarray, width: int, height: int
    ) -> np.ndarray:
        found, alpha = self.fragments(posed, width, height)
        return shade_fragments(found, alpha, posed.triangles, posed.normals, albedo, light)

    def _skin(self, parameters: FaceParameters) -> np.ndarray:
        """Albedo of the lined mesh, kept until the coefficients change."""
        key, skin = self._kept_skin
        wanted = parameters.albedo.tobytes()
        if key != wanted:
            skin = self._lining.coloured(self.model.albedo(parameters.albedo), GUMS)
            self._kept_skin = (wanted, skin)
        return skin

    def _shaded(self, parameters: FaceParameters, posed: Posed, w: int, h: int) -> np.ndarray:
        # Under even light only this keeps the form visible.
        facing = _RIM + (1 - _RIM) * np.clip(posed.normals[:, 2:], 0, 1)
        return self._surface(posed, self._clay * facing, parameters.light, w, h)

    def _textured(self, parameters: FaceParameters, posed: Posed, w: int, h: int) -> np.ndarray:
        return self._surface(posed, self._skin(parameters), parameters.light, w, h)

    def _plain(self, parameters: FaceParameters, posed: Posed, w: int, h: int) -> np.ndarray:
        return self._values(posed, _srgb(self._skin(parameters)), w, h)

    def _normals(self, parameters: FaceParameters, posed: Posed, w: int, h: int) -> np.ndarray:
        return self._values(posed, 0.5 + 0.5 * posed.normals, w, h)

    def _depth(self, parameters: FaceParameters, posed: Posed, w: int, h: int) -> np.ndarray:
        depth = posed.screen[:, 2]
        near, far = float(depth.min()), float(depth.max())
        level = 1 - 0.9 * (depth - near) / max(far - near, 1e-6)
        return self._values(posed, np.repeat(level[:, None], 3, axis=1), w, h)

    def _values(self, posed: Posed, colours: np.ndarray, w: int, h: int) -> np.ndarray:
        """Colours (V, 3), 0 to 1, as they are."""
        found, alpha = self.fragments(posed, w, h)
        return paint_fragments(found, alpha, posed.triangles, colours)

    def _wireframe(self, parameters: FaceParameters, posed: Posed, w: int, h: int) -> np.ndarray:
        depth = self._hull(posed, w, h)
        facing = _facing(posed)
        scale = max(max(w, h) / _REFERENCE_SIZE, 0.6)
        grid = Layer(self._wires, 0.55 * facing, 0.45 * scale, _GRID_COLOUR)
        lines = Layer(self._features, 0.95 * facing, 0.75 * scale, _FEATURE_COLOUR)
        return draw_layers(posed.screen, [grid, lines], depth)

    def _landmarks(self, parameters: FaceParameters, posed: Posed, w: int, h: int) -> np.ndarray:
        depth = self._hull(posed, w, h)
        strength = np.where(_facing(posed) > 0, 1.0, 0.3).astype(np.float32)
        scale = max(max(w, h) / _REFERENCE_SIZE, 0.6)
        main, iris = feature_points(), np.array(IRIS)
        rest = np.setdiff1d(np.arange(LANDMARK_COUNT), np.concatenate([main, iris]))
        layers = []
        for points, colour, radius in (
            (rest, _GRID_COLOUR, 1.1),
            (main, _FEATURE_COLOUR, 1.9),
            (iris, _IRIS_COLOUR, 1.7),
        ):
            dots = np.stack([points, points], 1)
            halo = 0.45 * strength
            layers += [
                Layer(dots, halo, (radius + 0.9) * scale, _SHADOW_COLOUR, 0.3),
                Layer(dots, strength, radius * scale, colour, 0.3),
            ]
        return draw_layers(posed.screen, layers, depth)

    def _hull(self, posed: Posed, width: int, height: int) -> np.ndarray:
        """Depth (H, W) that hides lines."""
        return self.rasterizer.rasterize(posed.screen, self._triangles, width, height, True).depth


def _facing(posed: Posed) -> np.ndarray:
    """How squarely each vertex faces the camera, (V,): 0 turned away, 1 from 20 degrees on."""
    view = np.array([0, 0, DISTANCE], np.float32) - posed.vertices
    cosine = (posed.normals * view).sum(axis=1) / np.linalg.norm(view, axis=1)
    level = np.clip((cosine + 0.05) / 0.4, 0, 1)
    return np.asarray(level * level * (3 - 2 * level), np.float32)


def _srgb(linear: np.ndarray) -> np.ndarray:
    return linear_to_srgb(np.clip(linear, 0, 1))


def _averaged(picture: np.ndarray, factor: int) -> np.ndarray:
    """Mean of factor × factor pixels, weighted by their alpha."""
    height, width = picture.shape[0] // factor, picture.shape[1] // factor
    blocks = picture.reshape(height, factor, width, factor, 4).astype(np.float32)
    alpha = blocks[..., 3:]
    weight = alpha.sum(axis=(1, 3))
    out = np.empty((height, width, 4), np.uint8)
    out[..., :3] = (blocks[..., :3] * alpha).sum(axis=(1, 3)) / np.maximum(weight, 1e-6) + 0.5
    out[..., 3] = weight[..., 0] / factor**2 + 0.5
    return out


_Draw = Callable[[FaceRenderer, FaceParameters, Posed, int, int], np.ndarray]
_MODES: dict[str, _Draw] = {
    "shaded": FaceRenderer._shaded,
    "textured": FaceRenderer._textured,
    "albedo": FaceRenderer._plain,
    "normals": FaceRenderer._normals,
    "depth": FaceRenderer._depth,
    "wireframe": FaceRenderer._wireframe,
    "landmarks": FaceRenderer._landmarks,
}
# Modes with a skin show the mouth's inside too.
_LINED = ("shaded", "textured", "albedo")
MODES: tuple[str, ...] = tuple(_MODES)
