"""People drawn before PyTorch is there: by the graph that an earlier start kept."""

from __future__ import annotations

import contextlib
import os

import numpy as np

from core.errors import AssetError
from core.portrait.graph import Graph, graph_key, inputs_of, kept, openvino
from models.face.condition_maps import ConditionMaps
from models.face.parameters import FaceParameters
from models.files.store import StoreError
from models.networks.generator_file import GeneratorFile, weights_key

# As a runtime says it of pictures that fail.
NO_PICTURE = "The generator draws no picture of this face; reset it or choose another."


class Early:
    """Draws as a `Runtime` does, in float32, and can do nothing else. See there for attributes."""

    backend = "OpenVINO float32"

    def __init__(self, file: GeneratorFile, key: str, graph: Graph) -> None:
        self.spec, self.noise_prior, self.key = file.spec, file.noise_prior, key
        self._graph = graph
        self._maps = ConditionMaps()

    @staticmethod
    def load() -> Early | None:
        """With the generator that `Runtime.load` takes; None when no graph of it was kept."""
        if openvino() is None:
            return None
        # What is wrong with the file or the graph is told by the runtime, which comes after.
        with contextlib.suppress(StoreError, OSError, RuntimeError):
            file = GeneratorFile.read(os.environ.get("MIEN_GENERATOR"))
            key = weights_key(file.weights("generator"))
            model = kept(graph_key(key))
            if model is not None:
                return Early(file, key, Graph(model, "f32"))
        return None

    def draw(
        self, parameters: FaceParameters, noise: np.ndarray, final: bool = False
    ) -> np.ndarray:
        """The picture (S, S, 3) uint8 of a rig's state and a noise code. Raises AssetError."""
        pixels, mean = self._graph(*inputs_of(self._maps, self.spec, parameters, noise))
        if not np.isfinite(mean):
            raise AssetError(NO_PICTURE)
        picture: np.ndarray = pixels[0]
        return picture
