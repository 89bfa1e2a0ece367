"""Inversion of pictures that the generator made itself, whose latents are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import AssetError, CancelledError, OutputError
from core.portrait import runtime as runtimes
from core.portrait.inversion import Stage, Target, invert, tune
from core.portrait.latent import Latent
from core.portrait.runtime import Runtime
from models.face.parameters import FaceParameters
from tests.core.portrait.small import small_generator


@pytest.fixture(scope="module")
def runtime() -> Any:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(runtimes, "openvino", lambda: None)
        return Runtime(small_generator())


@pytest.fixture(scope="module")
def target(runtime: Runtime) -> Target:
    noise = np.random.default_rng(5).standard_normal(8).astype(np.float32)
    own = FaceParameters(pose=np.array([8, 2, 0], np.float32))
    return Target(runtime.draw(own, noise), np.ones((32, 32), bool), own)


def _error(runtime: Runtime, latent: Latent, target: Target) -> float:
    picture = runtime.draw(latent.parameters, latent.noise, latent.offset)
    return float(np.abs(picture.astype(int) - target.picture).mean())


def test_stages_come_nearer(runtime: Runtime, target: Target) -> None:
    heard: list[Stage] = []
    latent = invert(runtime, target, steps=60, report=heard.append)
    errors = [_error(runtime, stage.latent, target) for stage in heard]
    assert heard[0].name == "estimate" and {"W", "W+"} <= {s.name for s in heard}
    assert heard[-1].done == 1 and errors[-1] < 0.5 * errors[0]
    assert _error(runtime, latent, target) < 0.5 * errors[0]
    shown = runtime.draw(latent.parameters, latent.noise, latent.offset)
    assert shown.shape == heard[-1].picture.shape


def test_tuned_weights_are_kept_as_changes(
    runtime: Runtime, target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtimes, "openvino", lambda: None)
    plain = invert(runtime, target, steps=10)
    latent = tune(runtime, target, plain, 20)
    own = runtime.adapted(latent.tuning)
    assert runtime.adapted(latent.tuning) is own and runtime.adapted({}) is runtime
    assert _error(own, latent, target) < _error(runtime, plain, target)
    with pytest.raises(AssetError, match="another generator"):
        runtime.adapted({"nothing": np.zeros(3)})
    path = latent.save(tmp_path / "a.safetensors")
    again = Latent.load(path, runtime.key)
    np.testing.assert_array_equal(again.offset, latent.offset)
    assert again.tuning.keys() == latent.tuning.keys() and again.tuning
    with pytest.raises(OutputError):
        latent.save(path)
    with pytest.raises(AssetError, match="another generator"):
        Latent.load(path, "0" * 16)
    path.write_bytes(b"nothing")
    with pytest.raises(AssetError):
        Latent.load(path, runtime.key)


def test_tuning_goes_on_from_a_latent_and_leaves_it_alone(
    runtime: Runtime, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtimes, "openvino", lambda: None)
    found = invert(runtime, target, steps=10)
    heard: list[Stage] = []
    once = tune(runtime, target, found, 20, heard.append)
    assert {s.name for s in heard} == {"weights"} and heard[-1].loss < heard[0].loss
    np.testing.assert_allclose(once.offset, found.offset, atol=1e-6)
    np.testing.assert_array_equal(once.noise, found.noise)
    again: list[Stage] = []
    tune(runtime, target, once, 20, again.append)
    assert again[0].loss < 0.8 * heard[0].loss


def test_tuning_with_views_serves_them_too(
    runtime: Runtime, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtimes, "openvino", lambda: None)
    found = invert(runtime, target, steps=20)
    turned = FaceParameters(pose=np.array([-15, 0, 0], np.float32))
    view = replace(target, picture=target.picture[:, ::-1].copy(), parameters=turned)

    def gap(latent: Latent) -> float:
        picture = runtime.adapted(latent.tuning).draw(turned, latent.noise, latent.offset)
        return float(np.abs(picture.astype(int) - view.picture).mean())

    alone, both = tune(runtime, target, found, 60), tune(runtime, target, found, 60, views=[view])
    assert gap(both) < 0.9 * gap(alone)


def test_what_the_callback_raises_ends_the_work(runtime: Runtime, target: Target) -> None:
    def stop(stage: Stage) -> None:
        if stage.name == "W":
            raise CancelledError("The work was cancelled.")

    with pytest.raises(CancelledError):
        invert(runtime, target, steps=30, report=stop)
    assert not any(p.requires_grad for p in runtime.loaded.generator.parameters())
