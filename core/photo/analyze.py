"""Find and fit every face of a photo: detect, read landmarks, fit shape, pose, light, albedo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.errors import FaceError
from core.photo.detect import Detection, detect_faces
from core.photo.load import Photo
from models.face.fitting import FaceFit, fit_landmarks
from models.face.light_fit import fit_light_and_albedo, sample_vertices
from models.face.model import LANDMARK_COUNT, FaceModel
from models.face.pose import rotation
from models.networks.reconstruction import ReconstructionNetwork

MIN_CONFIDENCE = 0.5
SMALLEST_FACE_PX = 40.0
LARGEST_YAW = 75.0
# A fit this far (mm at the face) from its own landmarks is no face.
WORST_FIT_MM = 3.0


def analyze(photo: Photo) -> list[FaceFit]:
    """Every face of a photo, largest first, fitted.

    Raises FaceError with the reason when there is none that can be used.
    """
    detections = detect_faces(photo.pixels)
    if not detections:
        raise FaceError(
            f"No face was found in {photo.name}; use a photo with a face at least "
            f"{SMALLEST_FACE_PX:.0f} pixels wide, or give a box around it."
        )
    fits, refused = [], []
    for detection in detections:
        try:
            fits.append(fit_face(photo, detection))
        except FaceError as error:
            refused.append(error)
        except (ValueError, ArithmeticError):
            # One face whose numbers break must not cost the photo its others.
            refused.append(
                FaceError(f"A face in {photo.name} cannot be fitted; use a clearer photo of it.")
            )
    fits = _without_doubles(fits)
    if not fits:
        raise refused[0]
    fits.sort(key=lambda f: -(f.box[2] - f.box[0]) * (f.box[3] - f.box[1]))
    boxes = [f.box for f in fits]
    return [replace(f, others=tuple(boxes[:i] + boxes[i + 1 :])) for i, f in enumerate(fits)]


def fit_face(photo: Photo, detection: Detection) -> FaceFit:
    """Fit one face from its box (the detector's, or one drawn by hand).

    Raises FaceError when what the box holds is no face that can be used.
    """
    network = ReconstructionNetwork.load()
    image = photo.pixels
    points, confidence = network.landmarks(image, detection.box, detection.roll_degrees)
    size = points[:468, :2].max(0) - points[:468, :2].min(0)
    if confidence < MIN_CONFIDENCE:
        raise FaceError(
            f"No clear face was found in {photo.name}; "
            "use a sharper photo, or give a box close around the face."
        )
    if size.max() < SMALLEST_FACE_PX:
        raise FaceError(
            f"The face in {photo.name} is only {size.max():.0f} pixels high; "
            f"use a photo with a face of at least {SMALLEST_FACE_PX:.0f} pixels."
        )
    model = FaceModel.load()
    fit = fit_landmarks(model, points, confidence)
    fit = replace(fit, confidence=confidence * _plausibility(model, fit))
    if fit.confidence < MIN_CONFIDENCE:
        raise FaceError(f"The face in {photo.name} cannot be fitted; use a clearer photo of it.")
    if abs(float(fit.parameters.pose[0])) > LARGEST_YAW:
        raise FaceError(
            f"The face in {photo.name} is turned too far to the side; "
            f"use a photo turned by less than {LARGEST_YAW:.0f} degrees."
        )
    samples = sample_vertices(model, fit, image)
    if not samples.visible.any():
        raise FaceError(f"The face lies outside {photo.name}; use a photo that shows it whole.")
    light, albedo = fit_light_and_albedo(model, samples)
    return replace(fit, parameters=replace(fit.parameters, light=light, albedo=albedo))


def _plausibility(model: FaceModel, fit: FaceFit) -> float:
    """0..1: how near the bases alone come to the landmarks, and how usual the face is."""
    p = fit.parameters
    bare = model.vertices(p.identity, p.expression)[:LANDMARK_COUNT] @ rotation(p.pose).T
    gap = fit.camera.project(bare)[:468, :2] - fit.landmarks[:468]
    error_mm = float(np.linalg.norm(gap, axis=1).mean()) * 1000 / fit.camera.focal
    usual = float((p.identity**2).mean())
    return float(np.exp(-((error_mm / WORST_FIT_MM) ** 2)) * np.exp(-((usual / 4) ** 2)))


def _without_doubles(fits: list[FaceFit]) -> list[FaceFit]:
    """Drop fits that landed on the same face as a better one."""
    kept: list[FaceFit] = []
    for fit in sorted(fits, key=lambda f: -f.confidence):
        centre = np.array(fit.box).reshape(2, 2).mean(0)
        inside = any(
            k.box[0] < centre[0] < k.box[2] and k.box[1] < centre[1] < k.box[3] for k in kept
        )
        if not inside:
            kept.append(fit)
    return kept
