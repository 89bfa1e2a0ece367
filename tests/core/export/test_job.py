"""Job files: read, written, and refused with one sentence that names the key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import JobError, MienError
from core.export.job import (
    Control,
    Job,
    People,
    Photos,
    Signing,
    job_from_json,
    job_to_json,
    load_job,
)

BASE: dict[str, Any] = {
    "format": "mien-batch", "version": 1, "input": {"people": 3}, "out": "out",
}  # fmt: skip


def test_a_job_survives_the_way_through_json(tmp_path: Path) -> None:
    content = BASE | {
        "input": {"photos": ["faces", "one.jpg"]},
        "seed": 5,
        "draws": 2,
        "relative": True,
        "edits": {
            "yaw": {"grid": [-10, 0, 10]},
            "jawOpen": {"uniform": [0, 0.5]},
            "pitch": {"normal": [0, 4]},
            "light": {"choice": ["studio", "left"]},
            "frontalise": True,
            "method": "hybrid",
        },
        "outputs": {"image": "webp", "size": 128, "aligned": True, "mesh": "glb", "depth": True},
        "datasets": ["coco", "metadata"],
        "names": "{stem}-{yaw:.0f}-{index}",
        "sign": {"certificate": "chain.pem", "key": "/keys/key.pem"},
    }
    path = tmp_path / "job.json"
    path.write_text(json.dumps(content))
    job = load_job(path)
    assert job.input == Photos((tmp_path / "faces", tmp_path / "one.jpg"))
    assert job.out == tmp_path / "out"
    assert job.sign == Signing(tmp_path / "chain.pem", Path("/keys/key.pem"))
    assert job.edits["pitch"] == Control("normal", (0.0, 4.0))
    assert job.edits["frontalise"] == Control("fixed", (True,))
    assert job_from_json(json.loads(json.dumps(job_to_json(job)))) == job


def test_a_short_job_has_sensible_rest() -> None:
    job = job_from_json(BASE)
    assert job == Job(People(3), Path("out"))
    assert job_from_json(BASE | {"input": {"people": [7, 3]}}).input == People(seeds=(7, 3))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "else"}, "format is not"),
        ({"version": 2}, "update Mien"),
        ({"input": {}}, "needs one of photos, project, people"),
        ({"input": {"people": 0}}, "input.people cannot be 0"),
        ({"input": {"people": -4}}, "input.people cannot be -4"),
        ({"input": {"photos": []}}, "input.photos is empty"),
        ({"input": {"photos": [3]}}, "input.photos must be a text"),
        ({"out": ""}, "out must be a text"),
        ({"seed": 1.5}, "seed cannot be 1.5"),
        ({"draws": 0}, "draws cannot be 0"),
        ({"draw": 2}, "draw is not known; did you mean draws?"),
        ({"edits": {"yav": 2}}, "edits.yav is not known; did you mean yaw?"),
        ({"edits": {"yaw": 95}}, "edits.yaw: it cannot be 95; give -90 to 90"),
        ({"edits": {"yaw": float("nan")}}, "edits.yaw: it cannot be nan"),
        ({"edits": {"yaw": "left"}}, "edits.yaw: 'left' is not a number"),
        ({"edits": {"yaw": None}}, "edits.yaw: null is no value"),
        ({"edits": {"yaw": {"grid": []}}}, "edits.yaw: grid needs a list"),
        ({"edits": {"yaw": {"gird": [1]}}}, "needs one of grid, uniform, normal, choice"),
        ({"edits": {"yaw": {"uniform": [3, 1]}}}, "lower number first"),
        ({"edits": {"yaw": {"uniform": [3]}}}, "two numbers, low and high"),
        ({"edits": {"yaw": {"normal": [0, -1]}}}, "deviation cannot be -1"),
        ({"edits": {"light": "disco"}}, "there is no 'disco'; choose one of studio"),
        ({"edits": {"light": 3}}, "edits.light"),
        ({"edits": {"light": {"uniform": [0, 1]}}}, "uniform is for numbers"),
        ({"edits": {"frontalise": "yes"}}, "give true or false"),
        ({"edits": {"truncation": 2}}, "edits.truncation: it cannot be 2"),
        ({"edits": {"method": "photo"}}, "photo does not go with this input"),
        ({"input": {"photos": "a"}, "edits": {"method": "model"}}, "model does not go with"),
        ({"input": {"photos": "a"}, "edits": {"truncation": 1}}, "edits.truncation is for people"),
        ({"outputs": {"image": "gif"}}, 'outputs.image cannot be "gif"'),
        ({"outputs": {"size": 3}}, "outputs.size cannot be 3; give a whole number from 16"),
        ({"outputs": {"mask": 1}}, "outputs.mask must be true or false"),
        ({"outputs": {"masks": True}}, "did you mean mask?"),
        ({"outputs": {"sidecar": False}, "datasets": ["coco"]}, "leave outputs.sidecar"),
        ({"datasets": ["imagenet"]}, "choose one of metadata"),
        ({"sign": "a.pem"}, "sign must be an object"),
        ({"sign": {"certificate": "a.pem"}}, "sign.key is missing"),
        ({"sign": {"certificate": "a", "key": "b", "kye": 1}}, "sign.kye is not known"),
        ({"outputs": {"embed_settings": 1}}, "outputs.embed_settings must be true or false"),
        ({"names": "{stem"}, "brace"),
        ({"names": "{date}"}, "a batch cannot use {date}"),
    ],
)
def test_faults_are_one_sentence(change: dict[str, Any], words: str) -> None:
    with pytest.raises(MienError) as caught:
        job_from_json(BASE | change)
    text = str(caught.value)
    assert words in text
    assert text.endswith((".", "?")) and "\n" not in text


@pytest.mark.parametrize("text", ["", "[1]", "{", '"mien-batch"', "[" * 100_000])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "job.json"
    path.write_text(text)
    with pytest.raises(JobError, match=r"job\.json"):
        load_job(path)
    with pytest.raises(JobError, match="does not exist"):
        load_job(tmp_path / "missing.json")
