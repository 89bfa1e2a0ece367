"""The 3D morphable face model (3DMM): shapes, expressions and albedo over one mesh."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from models.face.parameters import EXPRESSION_NAMES
from models.face.subdivision import loop_matrix, subdivide_creases
from models.files.store import load_weights

DEFAULT_FACE_MODEL = Path(__file__).parents[2] / "resources" / "face_model.safetensors"
LANDMARK_COUNT = 478
MAX_LEVEL = 2

# The rims of the eyelids, subject's right and left: creased, so that a shut eye is tight.
EYELIDS: tuple[tuple[int, ...], ...] = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7),
    (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249),
)


def interpolating_matrix(
    triangles: np.ndarray, count: int, levels: int
) -> tuple[sp.csr_matrix, np.ndarray]:
    """Loop subdivision that nearly passes through the control points; the lids' rims are creases.

    Loop's rule shrinks the mesh; one step of residual correction puts the even vertices
    back: S (2I - E), E being S's first rows. Returns the ((V, C) matrix, triangles (F, 3)).
    """
    matrix = sp.identity(count, format="csr")
    creases = np.array([[loop[i - 1], loop[i]] for loop in EYELIDS for i in range(len(loop))])
    for _ in range(levels):
        step, finer = loop_matrix(triangles, matrix.shape[0], creases)
        creases = subdivide_creases(triangles, matrix.shape[0], creases)
        triangles, matrix = finer, step @ matrix
    even = matrix[:count]
    return (matrix @ (2 * sp.identity(count) - even)).tocsr(), triangles.astype(np.int32)


@dataclass(frozen=True)
class FaceModel:
    """Linear model over C control points, Loop-subdivided to V vertices.

    Shapes in millimetres in the face frame, albedo in linear RGB. Vertex i < 478 is
    MediaPipe's landmark i at every level.

    subdivision: (V, C) sparse, triangles: (F, 3) int32.
    control_mean: (C, 3); control_shape: (80, C, 3) per standard deviation;
    control_expression: (51, C, 3) at weight 1.
    albedo_mean: (V, 3); albedo_basis: (80, V, 3) per standard deviation; uv: (V, 2) in 0..1.
    mirror: (V,) index of the mirrored vertex. landmark_sigma: (478,) how far a real
    detection lies from the model, in millimetres: the noise the fit assumes.
    """

    level: int
    hash: str
    subdivision: sp.csr_matrix
    triangles: np.ndarray
    control_triangles: np.ndarray
    control_mean: np.ndarray
    control_shape: np.ndarray
    control_expression: np.ndarray
    albedo_mean: np.ndarray
    albedo_basis: np.ndarray
    uv: np.ndarray
    mirror: np.ndarray
    extend: np.ndarray
    landmark_sigma: np.ndarray

    @staticmethod
    def load(path: Path | None = None, level: int = MAX_LEVEL) -> FaceModel:
        """Read a face model file (cached). Level 0 is the control mesh, 2 the finest.

        Raises FileNotFoundError or ValueError naming the file.
        """
        return _load(Path(path or DEFAULT_FACE_MODEL), level)

    def subdivide(self, control: np.ndarray) -> np.ndarray:
        """(C, k) values on control points to (V, k) on vertices, float32."""
        return np.asarray(self.subdivision @ control, np.float32)

    def control_points(self, identity: np.ndarray, expression: np.ndarray) -> np.ndarray:
        """(C, 3) mm from identity (<= 80,) and expression (51,)."""
        k = len(identity)
        points = self.control_mean + np.tensordot(identity, self.control_shape[:k], 1)
        return points + np.tensordot(expression, self.control_expression, 1)

    def vertices(
        self, identity: np.ndarray, expression: np.ndarray, displacement: np.ndarray | None = None
    ) -> np.ndarray:
        """(V, 3) mm in the face frame; displacement (C, 3) is added on the control points."""
        points = self.control_points(identity, expression)
        return self.subdivide(points if displacement is None else points + displacement)

    def albedo(self, coefficients: np.ndarray) -> np.ndarray:
        """(V, 3) linear RGB, at least 0.004."""
        k = len(coefficients)
        albedo = self.albedo_mean + np.tensordot(coefficients, self.albedo_basis[:k], 1)
        return np.clip(albedo, 0.004, 1.0).astype(np.float32)

    def spread(self, landmarks: np.ndarray) -> np.ndarray:
        """(478, k) values on the landmarks to (C, k): the apron follows the outline."""
        return np.concatenate([landmarks, self.extend @ landmarks]).astype(np.float32)

    @cached_property
    def mean(self) -> np.ndarray:
        """(V, 3) mm."""
        return self.subdivide(self.control_mean)

    @cached_property
    def shape_basis(self) -> np.ndarray:
        """(80, V, 3) mm per standard deviation."""
        return np.stack([self.subdivide(b) for b in self.control_shape])

    @cached_property
    def expression_basis(self) -> np.ndarray:
        """(51, V, 3) mm at weight 1."""
        return np.stack([self.subdivide(b) for b in self.control_expression])


@lru_cache(maxsize=6)
def _load(path: Path, level: int) -> FaceModel:
    if not path.is_file():
        raise FileNotFoundError(
            f"The face model {path} is missing; restore it or build one with 'train face-model'."
        )
    tensors, metadata = load_weights(path)
    if metadata.get("kind") != "mien face model":
        raise ValueError(f"{path} is not a Mien face model; choose another file.")
    if tuple(metadata["expressions"].split()) != EXPRESSION_NAMES:
        raise ValueError(f"{path} has other expressions than this version; rebuild it.")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    return assemble(tensors, level, digest)


def assemble(tensors: Mapping[str, np.ndarray], level: int, digest: str) -> FaceModel:
    """Make the model of one subdivision level from the file's arrays."""
    t = {k: v.astype(np.float32) if v.dtype.kind == "f" else v for k, v in tensors.items()}
    count = len(t["control_mean"])
    matrix, triangles = interpolating_matrix(t["control_triangles"], count, level)
    v = matrix.shape[0]
    return FaceModel(
        level=level,
        hash=digest,
        subdivision=matrix.astype(np.float32),
        triangles=triangles,
        control_triangles=t["control_triangles"],
        control_mean=t["control_mean"],
        control_shape=t["control_shape"],
        control_expression=t["control_expression"],
        albedo_mean=t["albedo_mean"][:v],
        albedo_basis=t["albedo_basis"][:, :v],
        uv=np.asarray(matrix @ t["control_uv"], np.float32),
        mirror=_mirrored_vertices(matrix, t["control_mirror"]),
        extend=t["extend"],
        landmark_sigma=t["landmark_sigma"],
    )


def _mirrored_vertices(matrix: sp.csr_matrix, control_mirror: np.ndarray) -> np.ndarray:
    """Pair fine vertices by carrying a generic signal through the mirrored control mesh."""
    signal = np.random.default_rng(0).normal(size=(matrix.shape[1], 4))
    plain = np.asarray(matrix @ signal)
    turned = np.asarray(matrix @ signal[control_mirror])
    return np.asarray(cKDTree(plain).query(turned)[1])
