"""`train face-model`: the whole face model from portrait folders."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.face.model import DEFAULT_FACE_MODEL, FaceModel, assemble
from models.face.parameters import ALBEDO_SIZE, EXPRESSION_NAMES
from models.files.store import save_weights
from models.training.face_model.expressions import expression_fields
from models.training.face_model.identity import IdentityModel, separate
from models.training.face_model.mesh import (
    ControlMesh,
    build_control_mesh,
    expression_extension,
)
from models.training.face_model.parametrise import parametrise
from models.training.face_model.shapes import (
    align_all,
    close_lips,
    neutral_mean,
    unsmiling,
)
from models.training.origin import add_origin, origin_of
from models.training.portraits import PortraitSets, load_portraits

Say = Callable[[str], None]
# 80 components of shape and of skin need more people than that.
FEWEST_PEOPLE = 100


@dataclass(frozen=True)
class Geometry:
    """The shape half of the face model and how it was made."""

    mesh: ControlMesh
    identity: IdentityModel
    tensors: dict[str, np.ndarray]


def build_geometry(sets: PortraitSets, say: Say = print) -> Geometry:
    """Mean, identity and expression bases from the landmarks of the training people.

    Raises ValueError for fewer than FEWEST_PEOPLE.
    """
    people = sets.split(held=False)
    if len(people) < FEWEST_PEOPLE:
        raise ValueError(
            f"A face model needs portraits of {FEWEST_PEOPLE} people to train on, and here are "
            f"{len(people)}; give more."
        )
    shapes, _ = align_all(people, sets.mirror_index)
    neutral = neutral_mean(shapes, sets.mirror_index)
    say(f"aligned {len(people)} faces; neutral from the closed, narrow mouths")
    fields = expression_fields(neutral, sets.mirror_index)
    identity = separate(shapes, neutral, fields, unsmiling(shapes), sets.mirror_index)
    mean = close_lips(identity.mean[None])[0]
    fields = expression_fields(mean, sets.mirror_index)
    e = identity.explained
    say(f"identity variance explained: 10 {e[9]:.3f}, 20 {e[19]:.3f}, 40 {e[39]:.3f}")
    mesh = build_control_mesh(sets, mean)
    moving = expression_extension(mesh)
    tensors = {
        "control_mean": mesh.control(mean).astype(np.float32),
        "control_shape": np.stack([mesh.extend @ b for b in close_lips(identity.basis)]).astype(
            np.float16
        ),
        "control_expression": np.stack([moving @ f for f in fields]).astype(np.float16),
        "control_triangles": mesh.triangles,
        "control_mirror": mesh.mirror.astype(np.int32),
        "control_uv": parametrise(mesh.control(mean), mesh.triangles),
        "extend": mesh.extend[478:].toarray().astype(np.float32),
        "landmark_sigma": identity.sigma,
    }
    return Geometry(mesh, identity, tensors)


def shape_only_model(geometry: Geometry) -> FaceModel:
    """The model with a grey albedo, for fitting before the albedo is known."""
    count = 8500
    tensors = dict(geometry.tensors)
    tensors["albedo_mean"] = np.full((count, 3), 0.4, np.float32)
    tensors["albedo_basis"] = np.zeros((ALBEDO_SIZE, count, 3), np.float32)
    return assemble(tensors, 2, "shape-only")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--portraits", nargs="+", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, default=DEFAULT_FACE_MODEL, metavar="FILE")
    add_origin(parser)


def run(args: argparse.Namespace) -> int:
    """Build and write the face model; progress goes to standard output."""
    from models.training.face_model.albedo import build_albedo

    sets = load_portraits(args.portraits)
    geometry = build_geometry(sets)
    albedo = build_albedo(sets, shape_only_model(geometry))
    write_face_model(args.out, geometry, albedo, args.portraits, origin_of(args))
    print(f"wrote {args.out}: {FaceModel.load(args.out).hash}")
    return 0


def write_face_model(
    path: Path,
    geometry: Geometry,
    albedo: dict[str, np.ndarray],
    folders: Sequence[Path],
    origin: Mapping[str, str],
) -> None:
    """Write geometry and albedo as one safetensors file; origin: its licence and credit."""
    metadata = {
        "kind": "mien face model",
        "version": "1",
        "expressions": " ".join(EXPRESSION_NAMES),
        "portraits": " ".join(Path(f).name for f in folders),
        "licence": f"{origin['licence']}; landmark topology: MediaPipe, Apache-2.0",
        "credit": origin["credit"],
    }
    save_weights(path, {**geometry.tensors, **albedo}, metadata)
