"""Scenes of the generator in the place of photos."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import ParameterError
from core.photo.scene import Scene
from core.portrait import runtime as runtimes
from core.portrait.inversion import Target, invert
from core.portrait.people import People
from core.portrait.runtime import Runtime
from core.portrait.scenes import EmbeddedScene, GeneratedScene
from models.face.model import FaceModel
from tests.core.portrait.small import small_generator
from tests.models.relief.heads import picture


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(runtimes, "openvino", lambda: None)
        return Runtime(small_generator())


def test_a_generated_person_is_drawn_as_a_photo_is(runtime: Runtime) -> None:
    scene = GeneratedScene(runtime, People(runtime.loaded.noise_prior).person(1))
    own = scene.fit.parameters
    np.testing.assert_array_equal(scene.render_full(own), scene.photo)
    assert scene.photo.shape == (32, 32, 3) and scene.render(own, 16).shape == (16, 16, 3)
    turned = replace(own, pose=np.array([25, 0, 0], np.float32))
    assert np.abs(scene.render(turned).astype(int) - scene.photo).max() > 5
    x0, y0, x1, y1 = scene.fit.box
    assert 5 < x0 < x1 < 27 and 3 < y0 < y1 < 31.5


def test_an_embedded_photo_keeps_what_lies_outside(runtime: Runtime) -> None:
    image, _, fit = picture(FaceModel.load(level=1), size=300)
    photo = np.full((420, 560, 3), 120, np.uint8)
    photo[60:360, 130:430] = image
    camera = replace(fit.camera, cx=fit.camera.cx + 130, cy=fit.camera.cy + 60)
    fit = replace(fit, camera=camera, landmarks=fit.landmarks + [130, 60])
    latent = invert(runtime, Target.of(photo, camera, fit.parameters, 32), steps=20)
    scene = EmbeddedScene(runtime, photo, fit, latent, "generator")
    out = scene.render_full(fit.parameters)
    outside = np.ones(photo.shape[:2], bool)
    outside[scene.edited_box.rows, scene.edited_box.columns] = False
    assert outside.any()
    np.testing.assert_array_equal(out[outside], photo[outside])
    assert scene.render(fit.parameters, 280).shape == (210, 280, 3)
    with pytest.raises(ParameterError):
        EmbeddedScene(runtime, photo, fit, latent, "magic")


def test_a_hybrid_is_the_photo_until_it_shows_what_the_photo_did_not(runtime: Runtime) -> None:
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, size=300)
    own = fit.parameters
    latent = invert(runtime, Target.of(image, fit.camera, own, 32), steps=0)
    photo = Scene(image, fit, matte, model=model)
    hybrid = EmbeddedScene(runtime, image, fit, latent, "hybrid", photo)
    np.testing.assert_array_equal(hybrid.render_full(own), image)
    dimmed = replace(own, light=own.light * 0.7)
    np.testing.assert_array_equal(hybrid.render_full(dimmed), photo.render_full(dimmed))
    opened = own.with_expression({"jawOpen": 0.8})
    changed = np.abs(hybrid.render_full(opened).astype(int) - photo.render_full(opened)).max(-1)
    rows, columns = np.nonzero(changed > 2)
    x, y = fit.landmarks[13]
    assert len(rows) > 50
    assert np.abs(rows - y).max() < 60 and np.abs(columns - x).max() < 60
    np.testing.assert_array_equal(hybrid.edited(own).pixels, image)
