"""The detector on shared portraits, as they are, tilted, small in a large photo, several."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.photo import detect
from core.photo.detect import detect_faces
from core.photo.load import load_photo

COUNT = 8


@pytest.fixture(scope="module")
def faces(portraits: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pixels and landmarks (478, 2) of a few portraits of one size."""
    file = np.load(portraits / "landmarks.npz")
    chosen = [i for i, size in enumerate(file["image_size"]) if tuple(size) == (410, 335)]
    return [
        (load_photo(portraits / "train" / f"{file['ids'][i]}.jpg").pixels,
         file["landmarks"][i, :, :2])
        for i in chosen[:: len(chosen) // COUNT][:COUNT]
    ]  # fmt: skip


def _box_centre(landmarks: np.ndarray) -> np.ndarray:
    return np.asarray((landmarks[:468].max(0) + landmarks[:468].min(0)) / 2)


@pytest.mark.parametrize("tilt", [-45, 0, 20, 45, 90, 180])
def test_tilted_portraits_are_found(
    faces: list[tuple[np.ndarray, np.ndarray]], tilt: float
) -> None:
    errors = []
    for pixels, landmarks in faces:
        height, width = pixels.shape[:2]
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -tilt, 1)
        matrix[:, 2] += (550 - width) / 2, (550 - height) / 2
        turned = cv2.warpAffine(pixels, matrix, (550, 550), borderMode=cv2.BORDER_REPLICATE)
        points = landmarks @ matrix[:, :2].T + matrix[:, 2]
        found = detect_faces(turned)
        assert len(found) == 1
        size = np.ptp(landmarks[:468], axis=0).max()
        assert np.linalg.norm(_box_centre(points) - found[0].centre) < 0.2 * size
        assert 0.6 < found[0].side / size < 1.2
        eyes = points[263] - points[33]
        roll = np.degrees(np.arctan2(eyes[1], eyes[0]))
        errors.append(abs((found[0].roll_degrees - roll + 180) % 360 - 180))
    assert max(errors) < 25
    assert np.median(errors) < 12


def test_small_faces_of_a_large_photo(faces: list[tuple[np.ndarray, np.ndarray]]) -> None:
    pixels, landmarks = faces[0]
    scale = 60 / np.ptp(landmarks[:468], axis=0).max()
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    photo = np.full((3000, 4000, 3), 120, np.uint8)
    photo[1500 : 1500 + len(small), 2500 : 2500 + small.shape[1]] = small
    found = detect_faces(photo)
    assert len(found) == 1
    assert found[0].side == pytest.approx(55, rel=0.3)
    np.testing.assert_allclose(
        found[0].centre, _box_centre(landmarks) * scale + [2500, 1500], atol=12
    )


def test_several_faces_come_largest_first(faces: list[tuple[np.ndarray, np.ndarray]]) -> None:
    photo = np.full((1100, 1800, 3), 90, np.uint8)
    places = [(0, 0, 1.0), (400, 0, 2.4), (1300, 200, 1.4)]
    for (x, y, scale), (pixels, _) in zip(places, faces, strict=False):
        part = cv2.resize(pixels, None, fx=scale, fy=scale)
        photo[y : y + len(part), x : x + part.shape[1]] = part
    found = detect_faces(photo)
    assert len(found) == 3
    assert [d.side for d in found] == sorted((d.side for d in found), reverse=True)
    assert 400 < found[0].centre[0] < 1200


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (40, 40), (300, 400)])
def test_nothing_in_nothing(shape: tuple[int, int]) -> None:
    assert detect_faces(np.full((*shape, 3), 127, np.uint8)) == []


def test_the_detector_kept_is_the_same(
    faces: list[tuple[np.ndarray, np.ndarray]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "new"))
    fresh = detect._detector.__wrapped__
    grey = cv2.cvtColor(faces[0][0], cv2.COLOR_RGB2GRAY)
    expected = fresh().run(grey, 0, -0.4)
    assert fresh().run(grey, 0, -0.4) == expected
    kept = next((tmp_path / "new").iterdir())
    kept.write_bytes(kept.read_bytes()[:1000])
    assert fresh().run(grey, 0, -0.4) == expected
    assert kept.stat().st_size > 1000


def test_a_photo_beyond_the_largest_search(
    faces: list[tuple[np.ndarray, np.ndarray]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Searched in a smaller copy, and told in its own pixels; dlib's places are a coarse grid."""
    photo = cv2.resize(faces[1][0], None, fx=3, fy=3)
    plain = detect_faces(photo)[0]
    monkeypatch.setattr("core.photo.detect.LARGEST_SIDE", 900)
    large = detect_faces(photo)[0]
    assert abs(large.side - plain.side) < 0.1 * plain.side
    assert np.linalg.norm(np.array(large.centre) - plain.centre) < 0.15 * plain.side


def _disguised(pixels: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The portrait in dark glasses and a scarf up to the nose."""
    out = pixels.copy()
    eyes = landmarks[[263, 33]]
    width = float(np.linalg.norm(eyes[0] - eyes[1]))
    for pair in ((33, 133), (263, 362)):
        x, y = landmarks[list(pair)].mean(axis=0).astype(int)
        axes = (int(0.27 * width), int(0.2 * width))
        cv2.ellipse(out, (int(x), int(y)), axes, 0, 0, 360, (18, 18, 20), -1)
    ends = [tuple(int(v) for v in eye) for eye in eyes]
    cv2.line(out, ends[0], ends[1], (18, 18, 20), max(2, int(0.05 * width)))
    lower = cv2.convexHull(landmarks[[234, 93, 58, 172, 150, 152, 379, 397, 288, 323, 454, 195]])
    cv2.fillPoly(out, [lower.astype(int)], (90, 130, 170))
    return out


def test_heads_that_hardly_show_are_found(faces: list[tuple[np.ndarray, np.ndarray]]) -> None:
    for pixels, landmarks in faces:
        size = np.ptp(landmarks[:468], axis=0).max()
        found = detect_faces(_disguised(pixels, landmarks))
        away = [np.linalg.norm(_box_centre(landmarks) - d.centre) / size for d in found]
        assert away and min(away) < 0.3
