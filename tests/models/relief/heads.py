"""A synthetic person: the mean face in front of a ball of hair, on a plain backdrop."""

from __future__ import annotations

import cv2
import numpy as np

from models.face.camera import Camera
from models.face.fitting import FaceFit
from models.face.lighting import shade
from models.face.mesh import vertex_normals
from models.face.model import FaceModel
from models.face.parameters import FaceParameters, neutral_light
from models.face.pose import rotation
from models.face.rasterizer import rasterize

BACKDROP = (90, 120, 200)


def millimetres(shape: tuple[int, ...], camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """How far pixels (H, W) lie to the right of the face's origin and above it, float32."""
    yy, xx = np.indices(shape[:2], np.float32)
    k = camera.focal / 1000
    return (xx - camera.cx) / k, (camera.cy - yy) / k


def picture(
    model: FaceModel, size: int = 320, yaw: float = 0.0
) -> tuple[np.ndarray, np.ndarray, FaceFit]:
    """Image (size, size, 3) uint8, matte (size, size) and the exact fit of a drawn person."""
    camera = Camera(size * 3.0, (size - 1) / 2, (size - 1) * 0.42)
    parameters = FaceParameters(pose=np.array([yaw, 0, 0], np.float32), light=neutral_light())
    vertices = model.vertices(parameters.identity, parameters.expression)
    points = vertices @ rotation(parameters.pose).T
    screen = camera.project(points)
    yy, xx = np.indices((size, size), np.float32)
    u, v = millimetres((size, size), camera)
    head = ((u / 88) ** 2 + ((v - 15) / 118) ** 2) < 1
    body = (np.abs(u) < 45 + 60 * np.clip((-v - 120) / 40, 0, 1)) & (v < -60)
    matte = cv2.GaussianBlur((head | body).astype(np.float32), (0, 0), 1.0)
    image = np.empty((size, size, 3), np.float32)
    image[:] = BACKDROP
    texture = 12 * np.sin(xx / 3) * np.cos(yy / 4)
    hair = np.stack([70 + texture, 50 + texture, 40 + texture], -1)
    person = np.where(head[..., None], hair, np.array([170.0, 125.0, 100.0]))
    person = np.where(((v < -125) & body)[..., None], np.array([60.0, 62.0, 70.0]), person)
    image += matte[..., None] * (person - image)
    fragments = rasterize(screen, model.triangles, size, size)
    colour = shade(
        model.albedo(parameters.albedo), vertex_normals(points, model.triangles), parameters.light
    )
    corners = colour[model.triangles[np.maximum(fragments.triangle, 0)]]
    face = (corners * fragments.bary[..., None]).sum(2)
    inside = (fragments.triangle >= 0) & (matte > 0.99)
    image[inside] = 255 * np.clip(face[inside], 0, 1) ** (1 / 2.2)
    low, high = screen[:468, :2].min(0), screen[:468, :2].max(0)
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    fit = FaceFit(parameters, camera, screen[:478, :2].copy(), box, 1.0)
    return np.clip(image, 0, 255).astype(np.uint8), matte, fit


def long_haired(model: FaceModel) -> tuple[np.ndarray, np.ndarray, FaceFit]:
    """The drawn person with black hair that hides what is beside the cheeks."""
    image, matte, fit = picture(model, 480)
    u, v = millimetres(image.shape, fit.camera)
    red, blue = image[..., 0].astype(int), image[..., 2].astype(int)
    hair = ((u / 118) ** 2 + ((v - 10) / 135) ** 2 < 1) & ((red < blue + 15) | (red < 95))
    hair &= (np.abs(u) > 55) | (v > 70)
    grain = np.random.default_rng(0).integers(0, 12, (int(hair.sum()), 1))
    image[hair] = np.array([18, 18, 24]) + grain
    soft = cv2.GaussianBlur(hair.astype(np.float32), (0, 0), 1.0)
    return image, np.maximum(matte, soft), fit
