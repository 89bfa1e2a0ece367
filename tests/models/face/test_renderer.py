"""Pictures of the shipped face model in every mode."""

from dataclasses import replace

import numpy as np
import pytest

from models.face.camera import Camera
from models.face.features import feature_edges, wire_edges
from models.face.lighting import directional_light, linear_to_srgb, shade
from models.face.lines import Layer, draw_layers
from models.face.mesh import edges
from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.face.renderer import CLAY, MODES, FaceRenderer

SIZE = 160
CAMERA = Camera.standard(SIZE)


@pytest.fixture(scope="module")
def renderer() -> FaceRenderer:
    return FaceRenderer(FaceModel.load(level=1))


def _turned(yaw: float, pitch: float = 0.0) -> FaceParameters:
    return replace(FaceParameters(), pose=np.array([yaw, pitch, 0], np.float32))


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_draws_a_face_on_nothing(renderer: FaceRenderer, mode: str) -> None:
    picture = renderer.render(_turned(20), CAMERA, SIZE, SIZE + 10, mode)
    assert picture.shape == (SIZE + 10, SIZE, 4)
    assert picture.dtype == np.uint8
    assert (picture[:5, :5, 3] == 0).all()
    assert (picture[..., 3] > 0).mean() > 0.04
    again = renderer.render(_turned(20), CAMERA, SIZE, SIZE + 10, mode)
    np.testing.assert_array_equal(picture, again)


def test_an_unknown_mode_is_named(renderer: FaceRenderer) -> None:
    with pytest.raises(ValueError, match="'xray'; choose one of shaded"):
        renderer.render(FaceParameters(), CAMERA, SIZE, SIZE, "xray")


@pytest.mark.parametrize("mode", ["shaded", "textured"])
def test_pixels_equal_the_shading_formula_at_vertices(renderer: FaceRenderer, mode: str) -> None:
    parameters = replace(_turned(10, 5), light=directional_light((0.5, 0.3, 1), 0.6, ambient=0.2))
    posed = renderer.posed(parameters, CAMERA)
    cheek = 50
    # Shift the camera so that the vertex lies at a pixel's centre.
    x, y = posed.screen[cheek, :2]
    camera = CAMERA.scaled(1, 80 - x, 80 - y)
    picture = renderer.render(parameters, camera, SIZE, SIZE, mode)
    albedo = np.full(3, CLAY * (0.6 + 0.4 * posed.normals[cheek, 2]))
    if mode == "textured":
        albedo = renderer.model.albedo(parameters.albedo)[cheek]
    expected = 255 * linear_to_srgb(shade(albedo, posed.normals[cheek], parameters.light))
    assert np.abs(picture[80, 80, :3] - expected).max() <= 1.5
    assert picture[80, 80, 3] == 255


def test_the_light_stays_when_the_head_turns(renderer: FaceRenderer) -> None:
    lit = replace(FaceParameters(), light=directional_light((1, 0, 0.3), 0.8, ambient=0.1))
    for yaw in (-30.0, 0.0, 30.0):
        picture = renderer.render(replace(lit, pose=_turned(yaw).pose), CAMERA, SIZE, SIZE).astype(
            float
        )
        solid = picture[..., 3] == 255
        middle = np.flatnonzero(solid.any(axis=0)).mean()
        right = solid & (np.arange(SIZE) > middle)
        left = solid & (np.arange(SIZE) < middle)
        assert picture[right][:, 0].mean() > picture[left][:, 0].mean() + 40


def test_normals_and_depth_say_what_faces_and_what_is_near(renderer: FaceRenderer) -> None:
    nose = renderer.posed(FaceParameters(), CAMERA).screen[4]
    x, y = np.rint(nose[:2]).astype(int)
    depth = renderer.render(FaceParameters(), CAMERA, SIZE, SIZE, "depth")
    assert depth[y, x, 0] == depth[..., 0].max()
    normals = renderer.render(FaceParameters(), CAMERA, SIZE, SIZE, "normals").astype(float)
    solid = normals[..., 3] == 255
    right = solid & (np.arange(SIZE) > x + 25)
    left = solid & (np.arange(SIZE) < x - 25)
    assert normals[right][:, 0].mean() > 150 > 105 > normals[left][:, 0].mean()
    assert normals[solid][:, 2].min() > 100  # nothing shown faces away


def test_an_open_mouth_is_dark_and_no_hole(renderer: FaceRenderer) -> None:
    for yaw in (-25.0, 0.0, 25.0):
        parameters = _turned(yaw).with_expression({"jawOpen": 1.0})
        screen = renderer.posed(parameters, CAMERA).screen
        x, y = np.rint(screen[[13, 14], :2].mean(axis=0)).astype(int)
        lip = np.rint(screen[17, :2]).astype(int)
        assert renderer.render(parameters, CAMERA, SIZE, SIZE, "normals")[y, x, 3] == 0
        picture = renderer.render(parameters, CAMERA, SIZE, SIZE, "textured").astype(int)
        assert picture[y, x, 3] == 255
        assert picture[y, x, :3].max() < picture[lip[1], lip[0], :3].max() / 2


def test_a_portrait_holds_the_head_in_every_pose(renderer: FaceRenderer) -> None:
    for pose in ((0, 0, 0), (90, 0, 0), (-90, 0, 0), (0, 40, 0), (0, -40, 0), (30, 0, 45)):
        parameters = replace(FaceParameters(), pose=np.array(pose, np.float32))
        screen = renderer.posed(
            parameters.with_expression({"jawOpen": 1.0}), Camera.portrait(SIZE)
        ).screen
        assert screen[:, :2].min() > -0.5
        assert screen[:, :2].max() < SIZE - 0.5


def test_lines_have_their_width_and_go_behind_the_surface() -> None:
    depth = np.full((40, 60), np.inf, np.float32)
    depth[:, 30:] = 900
    screen = np.array([[5, 12.3, 1000], [54, 12.3, 1000], [5, 30.6, 850], [54, 30.6, 850]])
    across = np.array([[0, 1], [2, 3]])
    line = Layer(across, np.ones(4), 0.75, (255, 0, 0))
    picture = draw_layers(screen, [line], depth)
    opacity = picture[..., 3] / 255
    np.testing.assert_allclose(opacity[:22, 10:28].sum(axis=0), 1.5, atol=0.02)
    np.testing.assert_allclose(opacity[22:, 10:50].sum(axis=0), 1.5, atol=0.02)
    assert (opacity[:22, 32:] == 0).all()
    assert (picture[opacity > 0][:, :3] == [255, 0, 0]).all()
    faint = draw_layers(screen, [replace(line, hidden=0.25)], depth)[..., 3] / 255
    np.testing.assert_allclose(faint[:22, 34:50].sum(axis=0), 0.25 * 1.5, atol=0.02)


def test_layers_are_drawn_over_each_other() -> None:
    dot = np.array([[0, 0]])
    screen = np.array([[5.0, 5.0, 900]])
    depth = np.full((11, 11), np.inf, np.float32)
    low = Layer(dot, np.array([1.0]), 3, (0, 0, 255))
    high = Layer(dot, np.array([0.5]), 1, (255, 255, 0))
    picture = draw_layers(screen, [low, high], depth)
    np.testing.assert_allclose(picture[5, 5], [128, 128, 128, 255], atol=1)
    np.testing.assert_array_equal(picture[5, 7], [0, 0, 255, 255])


def test_finer_drawing_keeps_the_picture(renderer: FaceRenderer) -> None:
    plain = renderer.render(_turned(15), CAMERA, SIZE, SIZE).astype(float)
    fine = renderer.render(_turned(15), CAMERA, SIZE, SIZE, supersample=3).astype(float)
    assert np.abs(plain[..., 3] - fine[..., 3]).max() < 50
    solid = (plain[..., 3] == 255) & (fine[..., 3] == 255)
    assert np.abs(plain - fine)[solid].mean() < 1


def test_drawn_lines_follow_the_control_mesh(renderer: FaceRenderer) -> None:
    model = renderer.model
    control = model.control_triangles
    wires, features = wire_edges(control, len(model.control_mean), model.level)
    assert len(features) == 2 * len(feature_edges())  # each landmark link is a mesh edge
    assert len(wires) == 2 * len(edges(control)[0])
    fine, _, _ = edges(model.triangles)
    known = {tuple(e) for e in fine.tolist()}
    assert {tuple(e) for e in np.sort(wires, axis=1).tolist()} <= known
