"""The JSON beside a picture: everything that is known of it, by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.export.outputs.maps import Maps, camera_label
from core.export.records import Task
from core.rig.table import SH_NAMES, values
from models.face.fitting import FaceFit

FORMAT, SCHEMA = "mien-sidecar", 1
CONVENTIONS = {
    "pixels": "x right, y down, pixel centres at integers",
    "pose": "degrees; yaw + nose to the image right, pitch + up, roll + clockwise in the image; "
    "R = Rz(-roll) Ry(yaw) Rx(-pitch), p_camera = R p_face",
    "camera": "1000 mm from the face's origin, looking along -z: x_px = cx + focal X / (1000 - Z), "
    "y_px = cy - focal Y / (1000 - Z)",
    "frame": "right-handed, millimetres, x to the image right, y up, z towards the camera",
    "landmarks": "MediaPipe's 468, then 5 for each iris; 3D in the camera frame",
    "crop": "x_px, y_px = crop [x, y, 1] of the original's pixels",
    "camera_label": "EG3D: 16 of cam2world (OpenCV axes, world = face frame, radius 2.7), then 9 "
    "of the intrinsics divided by width and height",
    "depth": "tenths of a millimetre from the camera, 0 = no face",
    "light": "coefficients of red, green, blue in this order of harmonics, linear light",
}


@dataclass(frozen=True)
class Shown:
    """What a sidecar tells beyond its task.

    fit: rig and camera in the picture's pixels. size: width, height. crop: (2, 3). person: seed,
    truncation and noise code of who does not exist.
    """

    fit: FaceFit
    size: tuple[int, int]
    crop: np.ndarray
    method: str
    person: Mapping[str, Any] | None = None


def sidecar(
    task: Task, shown: Shown, maps: Maps, files: Mapping[str, str], weights: Mapping[str, str],
    input_hash: str,
) -> bytes:  # fmt: skip
    """The sidecar's bytes. files: names by kind."""
    flat, solid = maps.landmarks()
    camera, parameters = shown.fit.camera, shown.fit.parameters
    document = {
        "format": FORMAT,
        "schema": SCHEMA,
        "file_name": files["image"],
        "files": dict(files),
        "width": shown.size[0],
        "height": shown.size[1],
        "index": task.item.index,
        "input": {"name": task.source.name, "sha256": input_hash},
        "seed": task.item.seed,
        "person": shown.person,
        "method": shown.method,
        "controls": dict(task.item.controls),
        "weights": dict(weights),
        "coefficients": {n: _short(v, 6) for n, v in values(parameters).items()},
        "light_order": list(SH_NAMES),
        "camera": {k: _short(getattr(camera, k), 4) for k in ("focal", "cx", "cy")},
        "camera_label": camera_label(camera, parameters.pose, shown.size),
        "crop": _numbers(shown.crop, 8),
        "landmarks_2d": _numbers(flat, 3),
        "landmarks_3d": _numbers(solid, 3),
        "conventions": CONVENTIONS,
    }
    return (json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _short(value: float, digits: int) -> float:
    return round(float(value), digits)


def _numbers(array: np.ndarray, digits: int) -> Any:
    return np.round(np.asarray(array, np.float64), digits).tolist()
