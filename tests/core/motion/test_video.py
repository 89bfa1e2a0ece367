"""Animations are read back by other programs' code, and are whole or not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import AssetError, CancelledError, MienError, OutputError
from core.export.provenance import GENERATED, read_source_type
from core.motion.rendering import Pace, drawer, frames
from core.motion.timeline import Timeline
from core.motion.video import Animation, check_target, write_animation
from core.photo.load import Photo
from models.face.parameters import FaceParameters

COUNT = 7
ABOUT = Animation.of(Timeline(12.0, COUNT), None)
XMP = ABOUT.metadata.xmp or b""


def pictures(count: int = COUNT) -> Iterator[np.ndarray]:
    """Plain colours of an odd size: red grows by 30 a frame."""
    for i in range(count):
        yield np.full((31, 45, 3), (20 + 30 * i, 120, 60), np.uint8)


def cancelled() -> Iterator[np.ndarray]:
    """Two pictures, then the person gives up."""
    yield from pictures(2)
    raise CancelledError("The work was cancelled.")


def test_a_video_plays_elsewhere_in_the_right_colours(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    path = write_animation(tmp_path / "a.mp4", pictures(), ABOUT)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert float(stream.average_rate) == 12
        assert container.metadata["comment"] == "Software: Mien"
        found = [f.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()
                 for f in container.decode(stream)]  # fmt: skip
    assert len(found) == COUNT
    for picture, truth in zip(found, pictures(), strict=True):
        assert picture.shape == (32, 46, 3)
        assert np.abs(picture[:31, :45].astype(int) - truth).max() <= 4
    data = path.read_bytes()
    box = data.index(bytes.fromhex("be7acfcb97a942e89c71999491e3afac")) - 8
    size = int.from_bytes(data[box : box + 4], "big")
    assert data[box : box + size].endswith(XMP) and box + size == len(data)


def test_a_gif_keeps_its_time_and_says_what_made_it(tmp_path: Path) -> None:
    path = write_animation(tmp_path / "a.gif", pictures(), ABOUT)
    image = Image.open(path)
    total = 0
    for index, truth in enumerate(pictures()):
        image.seek(index)
        total += image.info["duration"]
        shown = np.asarray(image.convert("RGB"))
        assert np.abs(shown.astype(int) - truth).max() <= 8
    assert image.n_frames == COUNT  # type: ignore[attr-defined]
    assert total == round(1000 * COUNT / 12, -1)
    assert XMP in path.read_bytes()
    assert read_source_type(XMP) == GENERATED


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    folder = write_animation(tmp_path / "turn", pictures(), ABOUT)
    files = sorted(folder.iterdir())
    assert [f.name for f in files] == [f"{i:04d}.png" for i in range(1, COUNT + 1)]
    for file, truth in zip(files, pictures(), strict=True):
        image = Image.open(file)
        np.testing.assert_array_equal(np.asarray(image), truth)
        assert image.info["xmp"] == XMP and image.info["Software"] == "Mien"


@pytest.mark.parametrize("name", ["a.mp4", "a.gif"])
def test_cancel_leaves_nothing(tmp_path: Path, name: str) -> None:
    if name.endswith("mp4"):
        pytest.importorskip("av")
    with pytest.raises(CancelledError):
        write_animation(tmp_path / name, cancelled(), ABOUT)
    assert not list(tmp_path.iterdir())


def test_cancel_leaves_whole_pictures(tmp_path: Path) -> None:
    with pytest.raises(CancelledError):
        write_animation(tmp_path / "turn", cancelled(), ABOUT)
    assert [f.name for f in sorted((tmp_path / "turn").iterdir())] == ["0001.png", "0002.png"]


@pytest.mark.parametrize("name", ["a.gif", "turn"])
def test_nothing_is_overwritten_unasked(tmp_path: Path, name: str) -> None:
    path = write_animation(tmp_path / name, pictures(), ABOUT)
    with pytest.raises(OutputError, match="exists already"):
        write_animation(path, pictures(), ABOUT)
    assert write_animation(path, pictures(), ABOUT, overwrite=True) == path


def test_other_names_and_a_missing_pyav_are_told_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OutputError, match=r"end it in \.mp4 or \.gif"):
        check_target(tmp_path / "a.avi", 1)
    monkeypatch.setattr("core.motion.video.has_pyav", lambda: False)
    with pytest.raises(AssetError, match="pip install av"):
        check_target(tmp_path / "a.mp4", 1)


def test_frames_follow_the_timeline_and_report_first() -> None:
    told: list[int] = []
    timeline = Timeline(length=3).swept("yaw", -10, 10)
    drawn = frames(timeline, FaceParameters(), lambda p: p.pose, told.append)
    assert [float(pose[0]) for pose in drawn] == [-10, 0, 10]
    assert told == [0, 1, 2, 3]


def test_a_cancelled_frame_is_not_drawn() -> None:
    def report(done: int) -> None:
        if done == 1:
            raise CancelledError("The work was cancelled.")

    drawn = frames(Timeline(), FaceParameters(), lambda p: p.pose, report)
    next(drawn)
    with pytest.raises(MienError):
        next(drawn)


def test_large_sizes_are_the_photos_own() -> None:
    class Scene:
        def render(self, parameters: FaceParameters, max_size: int = 512) -> np.ndarray:
            return np.array(max_size)

        def edited(self, parameters: FaceParameters, feather: float = 0.0) -> Photo:
            return Photo(np.zeros((8, 8, 3), np.uint8))

    assert drawer(Scene(), 800, 600)(FaceParameters()) == 600
    assert drawer(Scene(), 800, 800)(FaceParameters()).shape == (8, 8, 3)


def test_the_pace_counts_down() -> None:
    clock = iter([0.0, 0.0, 4.0, 8.0])
    pace = Pace(100, lambda: next(clock))
    assert pace.text(0) == "0 of 100 frames"
    assert pace.text(4) == "4 of 100 frames, 1.0 a second, 1 min 36 s left"
    assert pace.text(80) == "80 of 100 frames, 10.0 a second, 2 s left"
