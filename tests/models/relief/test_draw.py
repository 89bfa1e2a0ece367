"""Drawing sheets against what they were photographed from."""

import numpy as np
import pytest

from models.relief.draw import Coat, Coverage, lay
from models.relief.rims import Rims, wings
from models.relief.sampling import pack


def sheet(width: int, height: int, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Grid vertices (V, 3) over a picture and their triangles."""
    x, y = np.arange(-step, width + step, step), np.arange(-step, height + step, step)
    gx, gy = np.meshgrid(x, y)
    screen = np.stack([gx, gy, np.full_like(gx, 1000)], -1).reshape(-1, 3).astype(np.float32)
    index = np.arange(gx.size).reshape(gx.shape)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    cells = np.concatenate([np.stack([a, c, b], -1), np.stack([b, c, d], -1)])
    return screen, cells.reshape(-1, 3).astype(np.int32)


def plain(count: int) -> dict[str, np.ndarray]:
    return {"gain": np.ones((count, 3), np.float32), "opacity": np.ones(count, np.float32)}


@pytest.fixture
def photo() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (40, 60, 3)).astype(np.float32)


def test_a_sheet_in_place_gives_back_every_pixel(photo: np.ndarray) -> None:
    screen, triangles = sheet(60, 40, 7)
    canvas, alpha = np.zeros((40, 60, 3), np.float32), np.zeros((40, 60), np.float32)
    coat = Coat(pack(photo, np.ones((40, 60), np.float32)), screen[:, :2], **plain(len(screen)))
    lay(screen, triangles, [coat], canvas, alpha)
    assert np.abs(canvas - photo).max() < 0.02
    np.testing.assert_allclose(alpha, 1)


def test_a_moved_sheet_carries_its_pixels(photo: np.ndarray) -> None:
    screen, triangles = sheet(60, 40, 7)
    canvas, alpha = np.zeros((40, 60, 3), np.float32), np.zeros((40, 60), np.float32)
    coat = Coat(pack(photo, np.ones((40, 60), np.float32)), screen[:, :2], **plain(len(screen)))
    lay(screen + np.array([5, 3, 0], np.float32), triangles, [coat], canvas, alpha)
    np.testing.assert_allclose(canvas[10:30, 10:50], photo[7:27, 5:45], atol=0.02)


def test_what_lies_behind_shows_through_by_what_is_left(photo: np.ndarray) -> None:
    screen, triangles = sheet(60, 40, 7)
    canvas, alpha = np.zeros((40, 60, 3), np.float32), np.zeros((40, 60), np.float32)
    quarter = np.full((40, 60), 0.25, np.float32)
    for texture in (pack(0.25 * photo, quarter), pack(photo, np.ones_like(quarter))):
        coat = Coat(texture, screen[:, :2], **plain(len(screen)))
        lay(screen, triangles, [coat], canvas, alpha)
    assert np.abs(canvas - photo).max() < 0.05
    np.testing.assert_allclose(alpha, 1, atol=1e-5)


def test_gain_darkens_in_proportion_and_never_passes_white() -> None:
    screen, triangles = sheet(8, 8, 4)
    for value, gain, expected in ((100, 0.5, 50.0), (60, 1.5, 90.0), (255, 2.0, 255.0)):
        canvas, alpha = np.zeros((8, 8, 3), np.float32), np.zeros((8, 8), np.float32)
        flat = np.full((8, 8, 3), value, np.float32)
        coat = Coat(
            pack(flat, np.ones((8, 8), np.float32)), screen[:, :2],
            np.full((len(screen), 3), gain, np.float32), np.ones(len(screen), np.float32),
        )  # fmt: skip
        lay(screen, triangles, [coat], canvas, alpha)
        assert canvas[4, 4, 0] == pytest.approx(expected, rel=0.02)


def test_the_nearer_triangle_wins() -> None:
    near, triangles = sheet(8, 8, 4)
    far = near + np.array([0, 0, 50], np.float32)
    both = np.concatenate([far, near])
    faces = np.concatenate([triangles, triangles + len(far)])
    colours = np.array([[[10.0] * 3, [200.0] * 3]])
    texture = pack(colours, np.ones((1, 2), np.float32))
    uv = np.zeros((len(both), 2), np.float32)
    uv[len(far) :, 0] = 1
    canvas, alpha = np.zeros((8, 8, 3), np.float32), np.zeros((8, 8), np.float32)
    lay(both, faces, [Coat(texture, uv, **plain(len(both)))], canvas, alpha)
    np.testing.assert_allclose(canvas, 200, atol=0.1)


def test_one_sided_sheets_show_no_back() -> None:
    corners = np.array([[1, 1, 100], [1, 8, 100], [8, 1, 100]], np.float32)
    for order, shown in (((0, 1, 2), True), ((0, 2, 1), False)):
        cover = Coverage(10, 10)
        cover.draw(corners, np.array([order], np.int32), one_sided=True)
        assert (cover.index >= 0).any() == shown


def test_an_opacity_beyond_its_range_ends_in_a_sharp_line_between_vertices() -> None:
    screen = np.array([[0, 0, 9], [20, 0, 9], [0, 20, 9], [20, 20, 9]], np.float32)
    triangles = np.array([[0, 1, 2], [1, 3, 2]], np.int32)
    white = pack(np.full((8, 8, 3), 255.0), np.ones((8, 8), np.float32))
    opacity = 0.5 + (10 - screen[:, 0]) / 2
    coat = Coat(white, np.full((4, 2), 3.5, np.float32), np.ones((4, 3), np.float32), opacity)
    canvas, alpha = np.zeros((20, 20, 3), np.float32), np.zeros((20, 20), np.float32)
    lay(screen, triangles, [coat], canvas, alpha)
    expected = np.clip(0.5 + (10 - np.arange(20)) / 2, 0, 1)
    np.testing.assert_allclose(alpha[1:-1], np.broadcast_to(expected, (18, 20)), atol=1e-3)


def test_what_is_hidden_changes_nothing_beside_it(photo: np.ndarray) -> None:
    screen, triangles = sheet(60, 40, 3)
    texture = pack(photo, np.ones((40, 60), np.float32))
    moved = screen + np.array([1.3, 0.6, 0], np.float32)
    hidden = np.zeros((40, 60), bool)
    hidden[5:33, 9:47] = True
    pictures = []
    for before in (hidden, np.zeros_like(hidden)):
        canvas, alpha = np.zeros((40, 60, 3), np.float32), before.astype(np.float32)
        rims = Rims()
        coat = Coat(texture, screen[:, :2], **plain(len(screen)))
        lay(moved, triangles, [coat], canvas, alpha, rims, wings(triangles))
        rims.blend(canvas, alpha)
        pictures.append(canvas)
    covered, bare = pictures
    assert not covered[7:31, 11:45].any()
    np.testing.assert_array_equal(covered[~hidden], bare[~hidden])
