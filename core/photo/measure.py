"""What an edited picture shows: the face in it fitted anew, and whose it is."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from core.photo.analyze import fit_face
from core.photo.detect import Detection
from core.photo.load import Photo
from core.portrait.align import Alignment
from models.face.camera import Camera
from models.face.fitting import fit_pose_and_expression
from models.face.model import LANDMARK_COUNT, FaceModel
from models.face.parameters import FaceParameters
from models.face.pose import rotation
from models.files.store import StoreError
from models.networks.crop import BOX_SCALE, FaceCrop
from models.networks.perception import SIZE, PerceptionNetwork


def measured(
    picture: np.ndarray,
    camera: Camera,
    expected: FaceParameters,
    displacement: np.ndarray | None = None,
) -> FaceParameters:
    """The parameters that a picture (H, W, 3) uint8 sRGB shows, by the fit that photos get.

    camera: the picture's. expected: says where to look, and the person's shape: pose and
    expression are read with it, identity, skin and light without. displacement: (C, 3) mm, the
    person's, see FaceFit. Raises FaceError when what is there cannot be read, AssetError without
    the network's weights.
    """
    model = FaceModel.load(level=0)
    points = model.vertices(expected.identity, expected.expression)[:LANDMARK_COUNT]
    crop = FaceCrop.around(camera.project(points @ rotation(expected.pose).T)[:, :2])
    half = crop.side / BOX_SCALE / 2
    box = (crop.x - half, crop.y - half, crop.x + half, crop.y + half)
    fit = fit_face(Photo(picture), Detection(box, crop.roll, 1.0))
    pose, expression = fit_pose_and_expression(
        model, fit.landmarks, expected.identity, displacement
    )
    return replace(fit.parameters, pose=pose, expression=expression)


def identity(picture: np.ndarray, camera: Camera) -> np.ndarray | None:
    """Unit vector (128,) of whose face a picture (H, W, 3) uint8 shows; None without weights.

    Raises FaceError when the face lies outside the picture.
    """
    network = _network()
    if network is None:
        return None
    aligned, _ = Alignment.of(camera, SIZE).take(picture)
    return network.read(aligned[None]).identity[0].numpy()


@cache
def _network() -> PerceptionNetwork | None:
    try:
        return PerceptionNetwork.load()
    except StoreError:
        return None
