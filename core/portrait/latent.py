"""A photo's latent: what the generator needs to draw it again, and its file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from core.errors import AssetError
from core.files import write_file
from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.face.rig_vector import from_vector, to_vector
from models.files.store import StoreError, load_weights

KIND, VERSION = "mien latent", "1"
_TUNING = "tuning."


@dataclass(frozen=True, eq=False)
class Latent:
    """A photo in the generator's terms.

    parameters: the photo's own λ. noise: (noise,) float32 n. offset: (layers, w) float32
    w⁺ − M(λ, n), so that an edit to λ' has the styles M(λ', n) + offset, which is Eq. 11 of
    DiscoFaceGAN. generator: names the weights it was found for. tuning: float16 changes of the
    synthesis' weights by name, empty when they were left alone.
    """

    parameters: FaceParameters
    noise: np.ndarray
    offset: np.ndarray
    generator: str
    tuning: dict[str, np.ndarray] = field(default_factory=dict)

    def save(self, path: Path | str, overwrite: bool = False) -> Path:
        """Write a safetensors file. Raises OutputError."""
        tensors = {
            "rig": to_vector(self.parameters), "noise": self.noise, "offset": self.offset,
        }  # fmt: skip
        tensors |= {_TUNING + name: value for name, value in self.tuning.items()}
        metadata = {
            "kind": KIND,
            "version": VERSION,
            "generator": self.generator,
            "face_model": FaceModel.load(level=0).hash,
        }
        arrays = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
        return write_file(Path(path), save(arrays, metadata=metadata), overwrite)

    @staticmethod
    def load(path: Path | str, generator: str) -> Latent:
        """Read a file made with the generator of that key. Raises AssetError."""
        try:
            tensors, metadata = load_weights(path)
        except StoreError as error:
            raise AssetError(f"{path} is missing or damaged; make it with `embed`.") from error
        if metadata.get("kind") != KIND or metadata.get("version") != VERSION:
            raise AssetError(f"{path} is not a latent of this version; embed the photo again.")
        same_face = metadata.get("face_model") == FaceModel.load(level=0).hash
        if metadata.get("generator") != generator or not same_face:
            raise AssetError(f"{path} was made with another generator; embed the photo again.")
        tuning = {k[len(_TUNING) :]: v for k, v in tensors.items() if k.startswith(_TUNING)}
        try:
            parameters = from_vector(tensors["rig"])
            return Latent(parameters, tensors["noise"], tensors["offset"], generator, tuning)
        except (KeyError, ValueError) as error:
            raise AssetError(f"{path} is damaged; embed the photo again.") from error
