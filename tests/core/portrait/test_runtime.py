"""The runtime's graphs against the plain networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.portrait import graph, runtime
from core.portrait.runtime import Runtime
from models.face.condition_maps import ConditionMaps
from models.face.parameters import FaceParameters
from models.face.rig_vector import to_vector
from models.networks.generator import maps_to_input
from tests.core.portrait.small import small_generator


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path))
    return tmp_path / "graphs"


@pytest.fixture(scope="module")
def plain() -> Runtime:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(runtime, "openvino", lambda: None)
        return Runtime(small_generator())


def _plain(loaded: Any, parameters: FaceParameters, noise: np.ndarray) -> np.ndarray:
    """(S, S, 3) float of 0..255 through Generator.forward."""
    maps = ConditionMaps().render(parameters, loaded.spec.size)
    with torch.inference_mode():
        picture = loaded.generator(
            torch.from_numpy(to_vector(parameters))[None],
            torch.from_numpy(noise)[None],
            maps_to_input(torch.from_numpy(maps)[None]),
        )
    return np.clip(picture[0].permute(1, 2, 0).numpy() * 127.5 + 127.5, 0, 255)


def test_pictures_are_the_generators(cache: Path) -> None:
    loaded = small_generator()
    drawn = Runtime(loaded)
    noise = np.random.default_rng(1).standard_normal(8).astype(np.float32)
    turned = FaceParameters(pose=np.array([20, 5, 0], np.float32))
    for parameters in (FaceParameters(), turned):
        expected = _plain(loaded, parameters, noise)
        assert np.abs(drawn.draw(parameters, noise, final=True) - expected).max() <= 1
        assert np.abs(drawn.draw(parameters, noise) - expected).mean() < 2


def test_exact_ones_run_no_race(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a race decides may be another thing the next time."""
    pytest.importorskip("openvino")
    monkeypatch.setattr(runtime, "WORTH", 1e9)
    raced = Runtime(small_generator())
    monkeypatch.setattr(runtime, "fastest", lambda _: pytest.fail("there was a race"))
    exact = Runtime(small_generator(), exact=True)
    assert raced.half and not exact.half and exact.backend == "OpenVINO float32"
    noise = np.ones(8, np.float32)
    first, last = (exact.draw(FaceParameters(), noise, final=final) for final in (False, True))
    np.testing.assert_array_equal(first, last)
    np.testing.assert_array_equal(last, raced.draw(FaceParameters(), noise, final=True))
    name, weight = next(exact.loaded.generator.synthesis.named_parameters())
    assert not exact.adapted({name: np.zeros(tuple(weight.shape), np.float32)}).half


def test_shifted_styles_are_those_of_other_codes(plain: Runtime) -> None:
    """M(λ, n) + (M(λ, n') − M(λ, n)) draws what n' does."""
    first, second = np.random.default_rng(2).standard_normal((2, 8)).astype(np.float32)
    own = FaceParameters()
    shift = plain.styles(own, second) - plain.styles(own, first)
    moved = plain.draw(own, first, np.tile(shift, (plain.spec.layers, 1)))
    assert np.abs(moved.astype(int) - plain.draw(own, second)).max() <= 1


class Tiny(torch.nn.Module):
    """Something quick to convert."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 2 * x


def test_graphs_are_kept_by_weights(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if graph.openvino() is None:
        pytest.skip("OpenVINO is not installed")
    inputs = (np.ones((1, 3), np.float32),)
    model = graph.converted(Tiny(), inputs, "a")
    np.testing.assert_array_equal(graph.Graph(model, "f32")(*inputs)[0], 2 * inputs[0])
    for key in "bcdef":
        graph.converted(Tiny(), inputs, key)
    kept = {p.name[0] for p in cache.iterdir()}
    assert len(kept) == graph.KEPT_GRAPHS and "f" in kept
    last = cache / "f" / graph.NAME

    def unexpected(*_: object) -> None:
        raise AssertionError("converted again")

    with monkeypatch.context() as patched:
        patched.setattr(graph, "_convert", unexpected)
        graph.converted(Tiny(), inputs, "f")
    last.write_text("damaged")
    assert graph.converted(Tiny(), inputs, "f") is not None
    assert last.read_text().startswith("<?xml")


def test_without_openvino(plain: Runtime) -> None:
    assert "OpenVINO" in plain.notice
    noise = np.zeros(8, np.float32)
    expected = _plain(plain.loaded, FaceParameters(), noise)
    assert np.abs(plain.draw(FaceParameters(), noise) - expected).max() <= 1


def test_a_graph_that_draws_otherwise_is_refused(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong:
        def __init__(self, *_: object) -> None: ...

        def __call__(self, *_: object) -> list[np.ndarray]:
            return [np.zeros((1, 32, 32, 3), np.uint8), np.zeros(())]

    monkeypatch.setattr(runtime, "converted", lambda *_: None)
    monkeypatch.setattr(runtime, "Graph", Wrong)
    assert "not used" in Runtime(small_generator()).notice
