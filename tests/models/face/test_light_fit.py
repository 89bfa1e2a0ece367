"""Light and albedo read back from colours that were shaded with known ones."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.face.light_fit import VertexSamples, _averaged, fit_light_and_albedo, fit_white_light
from models.face.lighting import directional_light, sh_basis
from models.face.mesh import vertex_normals
from models.face.model import FaceModel


def samples_under(light: np.ndarray, albedo: np.ndarray) -> VertexSamples:
    model = FaceModel.load()
    basis = sh_basis(vertex_normals(model.mean, model.triangles))
    colour = albedo * np.maximum(basis @ light, 0.15)
    return VertexSamples(colour.astype(np.float32), basis[:, 2] > 0.3, basis)


def test_direction_of_a_side_light() -> None:
    model = FaceModel.load()
    truth = directional_light((1.0, 0.4, 0.8), 0.8, ambient=0.4)
    found = fit_white_light(samples_under(truth, model.albedo_mean), model.albedo_mean)
    shade = [sh_basis(np.array([[x, 0.2, 0.8]], np.float32)) @ light
             for light in (truth[:, 0], found) for x in (-0.5, 0.5)]  # fmt: skip
    assert shade[3] > 1.15 * shade[2]
    assert abs(float((shade[3] / shade[2] - shade[1] / shade[0])[0])) < 0.35


def test_hidden_vertices_do_not_count() -> None:
    model = FaceModel.load()
    light = directional_light((0, 0.5, 1), 0.8, ambient=0.3)
    clean = samples_under(light, model.albedo_mean)
    spoiled = VertexSamples(clean.colour.copy(), clean.visible, clean.basis)
    spoiled.colour[~clean.visible] = 5.0
    a, b = (fit_white_light(s, model.albedo_mean) for s in (clean, spoiled))
    assert np.array_equal(a, b)


def test_light_and_albedo_explain_the_colours() -> None:
    model = FaceModel.load()
    coefficients = np.zeros(80, np.float32)
    coefficients[:3] = 1.0, -0.8, 0.5
    light = directional_light((-0.4, 0.3, 1), 0.8, ambient=0.3)
    samples = samples_under(light, model.albedo(coefficients))
    found, albedo = fit_light_and_albedo(model, samples)
    again = model.albedo(albedo) * np.maximum(samples.basis @ found, 0.15)
    v = samples.visible
    assert np.abs(again[v] - samples.colour[v]).mean() < 0.03


@pytest.mark.parametrize(("spacing", "tolerance"), [(1.0, 0), (5.0, 0), (37.0, 1)])
def test_colours_are_averages_of_the_whole_photo(spacing: float, tolerance: int) -> None:
    rng = np.random.default_rng(1)
    image = cv2.resize(rng.integers(0, 256, (60, 80, 3), np.uint8), (801, 603))
    points = rng.uniform((150, 200), (600, 400), (50, 2)).astype(np.float32)
    points[:2] = (3, 5), (799, 602)
    blurred = cv2.GaussianBlur(image, (0, 0), spacing / 2) if spacing > 1.5 else image
    whole = cv2.remap(blurred, points[None, :, 0], points[None, :, 1], cv2.INTER_LINEAR)[0]
    found = _averaged(image, points, spacing)
    assert np.abs(found.astype(int) - whole)[2:].max() <= tolerance
    # Blocks at the photo's own rim.
    assert np.abs(found.astype(int) - whole).max() <= 8 * tolerance
