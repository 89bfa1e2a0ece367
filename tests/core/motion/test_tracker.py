"""Faces followed in videos whose motion is known."""

from __future__ import annotations

import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.motion.capture import Ended, Source, Tracked, run
from core.photo.analyze import analyze
from core.photo.load import load_photo
from core.photo.scene import Scene
from core.rig.table import get_value, set_values
from models.face.parameters import EXPRESSION_NAMES

FRAMES, REST, RATE = 34, 9, 24
JAW = EXPRESSION_NAMES.index("jawOpen")


def _truth() -> tuple[np.ndarray, np.ndarray]:
    """Yaw in degrees and jaw as they differ from rest."""
    way = np.clip((np.arange(FRAMES) - REST) / (FRAMES - REST), 0, 1) * 2 * np.pi
    return 14 * np.sin(way), 0.3 * (1 - np.cos(2 * way))


@pytest.fixture(scope="module")
def video(portraits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person whom nothing was trained on turns the head and opens the mouth, then goes away."""
    files = sorted((portraits / "train").glob("*.jpg"))
    file = next(f for f in files if zlib.crc32(f.stem.encode()) % 10 == 0)
    photo = load_photo(file)
    fit = analyze(photo)[0]
    scene, base = Scene(photo, fit), fit.parameters
    path = tmp_path_factory.mktemp("video") / "face.avi"
    writer = None
    for yaw, jaw in zip(*_truth(), strict=True):
        values = {"yaw": get_value(base, "yaw") + yaw, "jawOpen": get_value(base, "jawOpen") + jaw}
        picture = scene.render(set_values(base, values), 360)
        if writer is None:
            code = cv2.VideoWriter.fourcc(*"MJPG")
            writer = cv2.VideoWriter(str(path), code, RATE, picture.shape[1::-1])
        writer.write(picture[..., ::-1])
    assert writer is not None
    for _ in range(3):
        writer.write(np.full_like(picture, 90))
    writer.release()
    return path


class _Pipe:
    """The child's end of a pipe that keeps what is said."""

    def __init__(self) -> None:
        self.said: list[Tracked | Ended] = []

    def send(self, message: Tracked | Ended) -> None:
        self.said.append(message)

    def poll(self) -> bool:
        return False


def _heard(source: Path | Source, mirror: bool = False) -> list[Tracked | Ended]:
    """All that the process would say, run in this one."""
    pipe = _Pipe()
    run(pipe, str(source) if isinstance(source, Path) else source, mirror, pace=False)  # type: ignore[arg-type]
    return pipe.said


@pytest.mark.parametrize("mirror", [False, True])
def test_yaw_and_jaw_follow_the_truth(video: Path, mirror: bool) -> None:
    said = _heard(video, mirror)
    assert said[-1] == Ended()
    pictures = [t for t in said if isinstance(t, Tracked)]
    assert len(pictures) == FRAMES + 3
    yaw, jaw = _truth()
    moved = [i for i, t in enumerate(pictures[:FRAMES]) if t.pose is not None]
    assert moved[0] == 8  # the first pictures are the neutral face
    found = np.array([(pictures[i].pose[0], pictures[i].expression[JAW]) for i in moved])  # type: ignore[index]
    sign = -1 if mirror else 1
    assert np.corrcoef(sign * found[:, 0], yaw[moved])[0, 1] > 0.97
    assert np.sqrt(np.mean((sign * found[:, 0] - yaw[moved]) ** 2)) < 3
    assert np.corrcoef(found[:, 1], jaw[moved])[0, 1] > 0.9
    # Without a face there is no motion, and the window keeps the rig still.
    assert not pictures[-1].found and pictures[-1].pose is None
    assert pictures[-1].preview.shape[1] <= 200


@pytest.mark.parametrize(("source", "words"), [
    (97, "There is no camera 98; plug one in"), ("gone.avi", "gone.avi cannot be played"),
])  # fmt: skip
def test_without_pictures_it_says_so(source: Source, words: str) -> None:
    said = _heard(source)
    assert len(said) == 1 and isinstance(said[0], Ended) and words in said[0].reason
