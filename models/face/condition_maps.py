"""What a render-conditioned generator sees of the rig: normals, lit skin and mask."""

from __future__ import annotations

import numpy as np

from models.face.camera import Camera
from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.face.renderer import FaceRenderer
from models.face.rim import rim_fade

MAP_CHANNELS = 7
# A quarter of the triangles is enough for pictures of generators' sizes.
MAP_LEVEL = 1


class ConditionMaps:
    """Draws the maps of one face model; the skin is kept while its coefficients stay."""

    def __init__(self, model: FaceModel | None = None) -> None:
        self._renderer = FaceRenderer(model or FaceModel.load(level=MAP_LEVEL))
        self._fade = rim_fade(self._renderer.model)

    def render(self, parameters: FaceParameters, size: int) -> np.ndarray:
        """(size, size, 7) uint8 before Camera.generator: normals, lit sRGB skin, mask.

        Normals are in the camera frame, 0..255 for -1..1; all is multiplied by the mask, which
        fades towards the mesh's rim: what lies there is hair as often as skin.
        """
        lit, normals = self._renderer.lit_and_normals(
            parameters, Camera.generator(size), size, self._fade
        )
        mask = lit[..., 3:]
        cover = mask.astype(np.uint16)
        maps = [(picture[..., :3] * cover // 255).astype(np.uint8) for picture in (normals, lit)]
        return np.concatenate([*maps, mask], axis=-1)
