"""mien render: a picture of the face model, and its mesh if wanted."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from core.cli.rig_options import add_rig_options, parameters_from
from core.errors import AssetError, OutputError, ParameterError
from core.export.picture import export_picture, generated_photo
from core.files import write_file
from core.photo.load import Photo
from models.face.camera import Camera
from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.face.pose import rotation
from models.face.rasterizer import CpuRasterizer, Rasterizer
from models.face.renderer import MODES, FaceRenderer

SUFFIXES = (".png", ".webp", ".jpg", ".jpeg")
# JPEG keeps no transparency: this dark grey takes its place.
GROUND = (32, 33, 36)
SMALLEST, LARGEST = 16, 4096
# Above this the finer drawing costs more memory than it shows.
_LARGE = 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `render`."""
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="picture: .png, .webp or .jpg"
    )
    parser.add_argument(
        "--mode", choices=MODES, default="textured", help="what to show (default textured)"
    )
    parser.add_argument(
        "--size", type=int, default=512, metavar="N",
        help=f"the picture's side in pixels, {SMALLEST} to {LARGEST} (default 512)",
    )  # fmt: skip
    parser.add_argument(
        "--mesh", choices=("obj", "glb"), help="write the turned mesh beside the picture as well"
    )
    parser.add_argument(
        "--rasterizer", choices=("cpu", "nvdiffrast"), default="cpu",
        help="what finds the pixels (nvdiffrast: CUDA and your own copy of NVIDIA's library)",
    )  # fmt: skip
    parser.add_argument("--overwrite", action="store_true", help="replace files of the same name")
    add_rig_options(parser)


def run(args: argparse.Namespace) -> int:
    """Draws and writes; returns 0. Raises MienError."""
    out, mesh = _targets(args)
    if not SMALLEST <= args.size <= LARGEST:
        raise ParameterError(
            f"--size cannot be {args.size}; give a number from {SMALLEST} to {LARGEST}."
        )
    parameters = parameters_from(args, FaceParameters())
    model = _model()
    picture = FaceRenderer(model, _rasterizer(args.rasterizer)).render(
        parameters, Camera.portrait(args.size), args.size, args.size, args.mode,
        supersample=3 if args.size <= _LARGE else 2,
    )  # fmt: skip
    data = _mesh_bytes(args.mesh, model, parameters) if mesh else b""
    print(export_picture(_photo(picture, out.suffix.lower()), out, overwrite=args.overwrite))
    if mesh:
        print(write_file(mesh, data, args.overwrite))
    return 0


def _targets(args: argparse.Namespace) -> tuple[Path, Path | None]:
    """The picture's and the mesh's path, checked before any work. Raises OutputError."""
    out: Path = args.out
    if out.suffix.lower() not in SUFFIXES:
        raise OutputError(f"{out} is no picture's name; end it in .png, .webp or .jpg.")
    mesh = out.with_suffix(f".{args.mesh}") if args.mesh else None
    for path in (out, mesh):
        if path is not None and os.path.lexists(path) and not args.overwrite:
            raise OutputError(f"{path} exists already; choose another --out or add --overwrite.")
    return out, mesh


def _model() -> FaceModel:
    try:
        return FaceModel.load()
    except (OSError, ValueError) as error:
        raise AssetError(str(error)) from error


def _rasterizer(name: str) -> Rasterizer:
    """Raises AssetError where nvdiffrast cannot run."""
    if name == "cpu":
        return CpuRasterizer()
    from models.face.rasterizer_nvdiffrast import NvdiffrastRasterizer, is_available

    if not is_available():
        raise AssetError(
            "nvdiffrast needs a CUDA device and its Python package; use --rasterizer cpu."
        )
    return NvdiffrastRasterizer()


def _photo(picture: np.ndarray, suffix: str) -> Photo:
    """A render (H, W, 4) uint8 as what is exported."""
    if suffix in (".jpg", ".jpeg"):
        image = Image.fromarray(picture)
        ground = Image.new("RGBA", image.size, (*GROUND, 255))
        return generated_photo(np.asarray(Image.alpha_composite(ground, image).convert("RGB")))
    return replace(generated_photo(picture[..., :3]), alpha=picture[..., 3])


def _mesh_bytes(kind: str, model: FaceModel, parameters: FaceParameters) -> bytes:
    from core.export.meshes import glb, obj

    write = {"obj": obj, "glb": glb}[kind]
    shape = model.vertices(parameters.identity, parameters.expression)
    vertices = shape @ rotation(parameters.pose).T
    return write(vertices, model.triangles, model.uv, model.albedo(parameters.albedo))
