"""Editing a drawn person whose pose and light are known."""

import threading
from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.photo import scene as module
from core.photo.box import Box
from core.photo.load import Photo
from core.photo.scene import Scene
from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from tests.models.relief.heads import BACKDROP, picture

pytestmark = pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")


@pytest.fixture(scope="module")
def scene() -> Scene:
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, size=400)
    wide = np.full((460, 520, 3), BACKDROP, np.uint8)
    wide[60:, 60:460] = image
    alpha = np.zeros((460, 520), np.float32)
    alpha[60:, 60:460] = matte
    camera = replace(fit.camera, cx=fit.camera.cx + 60, cy=fit.camera.cy + 60)
    x0, y0, x1, y1 = fit.box
    moved = replace(
        fit, camera=camera, landmarks=fit.landmarks + 60, box=(x0 + 60, y0 + 60, x1 + 60, y1 + 60)
    )
    return Scene(wide, moved, alpha, model=model)


def test_no_edit_is_the_photo(scene: Scene) -> None:
    np.testing.assert_array_equal(scene.render_full(scene.fit.parameters), scene.photo)
    small = scene.render(scene.fit.parameters, 260)
    assert small.shape == (230, 260, 3)


def test_the_photo_itself_needs_no_layers(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "_stage", lambda _: pytest.fail("it was taken apart"))
    own = scene.fit.parameters
    assert scene.render(own, 271).shape == (240, 271, 3) and scene.opacity(own, 271) is None


def test_a_size_is_prepared_beside_the_drawing(scene: Scene) -> None:
    turned = replace(scene.fit.parameters, pose=np.array([12, 0, 0], np.float32))
    beside = threading.Thread(target=scene.prepare, args=(250,))
    beside.start()
    first = scene.render(turned, 250)
    beside.join()
    np.testing.assert_array_equal(scene.render(turned, 250), first)


def test_preview_and_full_size_look_alike(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The full size, its layers made at half of it and drawn in strips, made small again."""
    monkeypatch.setattr(module, "LAYER_SIDE", max(scene.box.width, scene.box.height) // 2)
    monkeypatch.setattr(module, "STRIP_PIXELS", 60 * scene.box.width)
    turned = replace(scene.fit.parameters, pose=np.array([15, 5, 0], np.float32))
    full = scene.render_full(turned)
    preview = scene.render(turned, 260)
    small = cv2.resize(full, preview.shape[1::-1], interpolation=cv2.INTER_AREA)
    difference = np.abs(small.astype(int) - preview)
    assert difference.mean() < 0.5
    assert np.percentile(difference, 99) < 12
    np.testing.assert_array_equal(scene.render_full(scene.fit.parameters), scene.photo)


def test_strips_leave_no_trace(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    turned = replace(scene.fit.parameters, pose=np.array([15, 5, 0], np.float32))
    whole = scene.render_full(turned)
    monkeypatch.setattr(module, "STRIP_PIXELS", 41 * scene.box.width)
    difference = np.abs(scene.render_full(turned).astype(int) - whole)
    assert (difference > 1).mean() < 1e-4


def test_an_edit_leaves_the_rest_of_the_photo_alone(scene: Scene) -> None:
    turned = replace(scene.fit.parameters, pose=np.array([15, 5, 0], np.float32))
    out = scene.render_full(turned)
    b = scene.edited_box
    outside = np.ones(out.shape[:2], bool)
    outside[b.top : b.bottom, b.left : b.right] = False
    np.testing.assert_array_equal(out[outside], scene.photo[outside])
    assert np.abs(out.astype(int) - scene.photo)[200:300, 220:320].mean() > 3


def test_a_blink_draws_the_eyes_alone(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it drawn, the picture is the same."""
    blink = scene.fit.parameters.with_expression({"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0})
    windows = []
    paint = scene._paint

    def noted(stage: object, drawing: object, window: Box, *rest: object) -> object:
        windows.append(window)
        return paint(stage, drawing, window, *rest)  # type: ignore[arg-type]

    scene.prepare(300)
    monkeypatch.setattr(scene, "_paint", noted)
    few = scene.render(blink, 300)
    monkeypatch.setattr(module, "STILL", 2.0)
    every = scene.render(blink, 300)
    assert windows[0].width * windows[0].height < 0.4 * windows[1].width * windows[1].height
    assert np.abs(few.astype(int) - every).max() <= 1


def test_light_leaves_the_backdrop(scene: Scene) -> None:
    light = scene.fit.parameters.light * 0.6
    out = scene.render_full(replace(scene.fit.parameters, light=light))
    behind = scene.matte < 0.001
    np.testing.assert_array_equal(out[behind], scene.photo[behind])
    sure = scene.matte > 0.99
    assert out[sure].mean() < 0.9 * scene.photo[sure].mean()


def test_a_change_of_light_leaves_no_seam(scene: Scene) -> None:
    """At the edited part's lower rim the rows change no faster than in the photo."""
    longer = ((0, 120), (0, 0))
    photo = np.pad(scene.photo, (*longer, (0, 0)), mode="edge")
    tall = Scene(photo, scene.fit, np.pad(scene.matte, longer, mode="edge"), model=scene.model)
    rim = tall.edited_box.bottom
    assert rim < len(photo)
    light = scene.fit.parameters.light * 0.5
    out = tall.render_full(replace(scene.fit.parameters, light=light))
    change = out.astype(int) - photo
    assert np.abs(change[rim - 1] - change[rim]).max() <= 1
    assert np.abs(change[: rim - 150]).max() > 20


def test_an_opened_mouth_is_dark_inside(scene: Scene) -> None:
    opened = scene.fit.parameters.with_expression({"jawOpen": 0.8})
    out = scene.render_full(opened).astype(int)
    x, y = np.rint(scene.fit.landmarks[13]).astype(int)
    k = scene.fit.camera.focal / 1000
    inside = out[y + int(7 * k), x].mean()
    assert inside < 0.5 * scene.photo[y, x].mean()
    chin_x, chin_y = np.rint(scene.fit.landmarks[152]).astype(int)
    below = np.abs(out - scene.photo)[chin_y + int(3 * k) : chin_y + int(9 * k), chin_x]
    assert below.mean() > 3


def test_a_cut_out_follows_its_person(scene: Scene) -> None:
    """What shows the person, and not the plain backdrop, is opaque after a turn."""
    own = np.rint(scene.matte * 255).astype(np.uint8)
    photo = Photo(scene.photo, own, native_alpha=own.astype(np.uint16) * 257)
    cut = Scene(photo, scene.fit, scene.matte, model=scene.model)
    np.testing.assert_array_equal(cut.edited(scene.fit.parameters).alpha, own)
    turned = replace(scene.fit.parameters, pose=np.array([25, 0, 0], np.float32))
    result = cut.edited(turned)
    assert result.alpha is not None and result.native_alpha is not None
    shown = np.abs(result.pixels.astype(int) - BACKDROP).max(2) > 12
    assert ((result.alpha > 128) != shown).mean() < 0.005
    assert ((own > 128) != shown).mean() > 0.01
    np.testing.assert_array_equal(result.native_alpha // 257, result.alpha)
    side = max(own.shape) // 2
    small = cut.opacity(turned, side)
    assert small is not None and small.shape == cut.render(turned, side).shape[:2]
    few = cv2.resize(result.alpha, small.shape[::-1], interpolation=cv2.INTER_AREA)
    # Drawing the picture has told it; by itself it is the same.
    alone = cut.opacity(replace(turned), side)
    assert alone is not None
    np.testing.assert_allclose(alone, small, atol=2)
    assert ((small > 128) != (few > 128)).mean() < 0.005
    assert scene.opacity(turned, side) is None


def test_a_veil_stays_even(scene: Scene) -> None:
    photo = Photo(scene.photo, np.full(scene.photo.shape[:2], 128, np.uint8))
    veiled = Scene(photo, scene.fit, scene.matte, model=scene.model)
    turned = replace(scene.fit.parameters, pose=np.array([25, 0, 0], np.float32))
    alpha = veiled.edited(turned).alpha
    assert alpha is not None
    np.testing.assert_array_equal(alpha, 128)


def test_a_small_face_turns_as_a_large_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A photo made small turns into the large photo's turn made small, without steps or holes."""
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, size=400)
    turned = replace(fit.parameters, pose=np.array([25, 0, 0], np.float32))
    truth = Scene(image, fit, matte, model=model).render_full(turned)
    truth = cv2.resize(truth, (100, 100), interpolation=cv2.INTER_AREA)
    few = cv2.resize(image, (100, 100), interpolation=cv2.INTER_AREA)
    cover = cv2.resize(matte, (100, 100), interpolation=cv2.INTER_AREA)
    x0, y0, x1, y1 = ((np.array(fit.box) + 0.5) / 4 - 0.5).tolist()
    small = replace(
        fit, camera=fit.camera.scaled(0.25), landmarks=(fit.landmarks + 0.5) / 4 - 0.5,
        box=(x0, y0, x1, y1),
    )  # fmt: skip

    def off() -> float:
        scene = Scene(few, small, cover, model=model)
        np.testing.assert_array_equal(scene.render_full(fit.parameters), few)
        return float(np.abs(scene.render_full(turned).astype(int) - truth).mean())

    fine = off()
    monkeypatch.setattr(module, "LEAST_DENSITY", 1e-3)
    assert fine < min(2.0, 0.8 * off())
