"""mien fit: photos to rig parameters, with an overlay picture and a mesh if wanted."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.cli.faces import add_box_option, checked_box, faces
from core.cli.photos import OutputNames, add_batch_options, for_each
from core.export.meshes import glb, obj
from core.export.picture import export_picture
from core.files import write_file
from core.photo.load import Photo, load_photo
from core.rig.table import values
from models.face.model import FaceModel
from models.face.renderer import MODES, FaceRenderer

if TYPE_CHECKING:
    from models.face.fitting import FaceFit

SCHEMA = 1
LANDMARKS = 468
OVERLAY_OPACITY = 0.75


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `fit`."""
    add_batch_options(parser)
    parser.add_argument(
        "--overlay", action="store_true", help="write the model laid over the photo as well"
    )
    parser.add_argument(
        "--overlay-mode", choices=MODES, default="shaded", help="how (default shaded)"
    )
    add_box_option(parser)
    parser.add_argument("--mesh", choices=("obj", "glb"), help="write each face's mesh as well")


def run(args: argparse.Namespace) -> int:
    """Fits every photo; see `for_each` for the status."""
    checked_box(args.box)
    names = OutputNames(args.out, args.overwrite, args.photos)
    model = FaceModel.load()
    return for_each(args.photos, lambda photo: _fit(photo, args, names, model))


def _fit(path: Path, args: argparse.Namespace, names: OutputNames, model: FaceModel) -> str:
    endings = [".json"]
    endings += ["-overlay.png"] if args.overlay else []
    endings += [f".{args.mesh}"] if args.mesh else []
    photo = load_photo(path)
    stem = names.stem(path, endings)
    fits = faces(photo, args.box)
    document = described(photo, fits, model)
    if args.overlay:
        picture = overlaid(photo, fits, model, args.overlay_mode)
        target = names.folder / f"{stem}-overlay.png"
        export_picture(replace(photo, pixels=picture), target, overwrite=args.overwrite)
    if args.mesh:
        for number, fit in enumerate(fits, 1):
            ending = f".{args.mesh}" if number == 1 else f"-face{number}.{args.mesh}"
            data = (obj if args.mesh == "obj" else glb)(
                fit.vertices(model), model.triangles, model.uv,
                model.albedo(fit.parameters.albedo),
            )  # fmt: skip
            write_file(names.folder / f"{stem}{ending}", data, args.overwrite)
    text = json.dumps(document, indent=1) + "\n"
    target = write_file(names.folder / f"{stem}.json", text.encode(), args.overwrite)
    count = "1 face" if len(fits) == 1 else f"{len(fits)} faces"
    return f"{target}, {count}"


def described(photo: Photo, fits: list[FaceFit], model: FaceModel) -> dict[str, Any]:
    """The JSON document of a photo's faces."""
    width, height = photo.size
    return {
        "schema": SCHEMA,
        "photo": photo.source.name if photo.source else "",
        "width": width,
        "height": height,
        "model": model.hash,
        "faces": [_face(fit) for fit in fits],
    }


def _face(fit: FaceFit) -> dict[str, Any]:
    p = fit.parameters
    return {
        "box": _numbers(np.array(fit.box), 2),
        "confidence": round(float(fit.confidence), 4),
        "pose": {name: round(v, 3) for name, v in values(p, "pose").items()},
        "landmarks": _numbers(fit.landmarks[:LANDMARKS, :2], 2),
        "irises": _numbers(fit.landmarks[LANDMARKS:, :2], 2),
        "lighting": _numbers(p.light, 5),
        "identity": _numbers(p.identity, 4),
        "albedo": _numbers(p.albedo, 4),
        "expression": {name: round(v, 4) for name, v in values(p, "expression").items()},
        "camera": {
            "focal": round(float(fit.camera.focal), 3),
            "cx": round(float(fit.camera.cx), 3),
            "cy": round(float(fit.camera.cy), 3),
        },
    }


def _numbers(array: np.ndarray, digits: int) -> Any:
    return np.round(np.asarray(array, np.float64), digits).tolist()


def overlaid(
    photo: Photo, fits: list[FaceFit], model: FaceModel, shown: str = "shaded"
) -> np.ndarray:
    """The photo (H, W, 3) uint8 with the model in a mode, and its landmarks, over every face."""
    renderer = FaceRenderer(model)
    width, height = photo.size
    picture = photo.pixels.astype(np.float32)
    for fit in reversed(fits):  # the largest face is drawn last, on top
        own = fit.displacement if len(fit.displacement) else None
        for mode, opacity in {shown: OVERLAY_OPACITY, "landmarks": 1.0}.items():
            layer = renderer.render(fit.parameters, fit.camera, width, height, mode, own)
            weight = layer[..., 3:] * np.float32(opacity / 255)
            picture += weight * (layer[..., :3] - picture)
    return np.rint(picture).astype(np.uint8)
