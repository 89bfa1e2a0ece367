"""A GPU short of memory and half precision without numbers, on the real drawing and inversion.

Machines for tests have neither: the network's own modules raise, or draw NaN, in their place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from core.device import compute_device
from core.errors import AssetError
from core.portrait import runtime as runtimes
from core.portrait.graph import openvino
from core.portrait.inversion import Target, invert
from core.portrait.runtime import Runtime
from models.face.parameters import FaceParameters
from tests.core.portrait.small import small_generator

NOISE = np.zeros(8, np.float32)


class ShortOfMemory:
    """Before a module: as many pictures at once as fit on the "GPU", after some calls that fail."""

    def __init__(self, runtime: Runtime, fit: int, first: int = 0) -> None:
        self.runtime, self.fit, self.first = runtime, fit, first
        self.batches: list[int] = []

    def __call__(self, _: object, inputs: tuple[Any, ...]) -> None:
        count = len(inputs[0])
        self.batches.append(count)
        self.first -= 1
        if self.runtime.device.type == "cuda" and (count > self.fit or self.first >= 0):
            raise torch.OutOfMemoryError("CUDA out of memory.")


@pytest.fixture
def on_gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """A runtime that takes the processor for a GPU."""
    monkeypatch.setattr(runtimes, "openvino", lambda: None)
    runtime = Runtime(small_generator())

    class Device(str):
        type = "cuda"

    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    runtime.device = Device("cpu")
    yield runtime


def _batch(runtime: Runtime, count: int) -> list[np.ndarray]:
    turned = [FaceParameters(pose=np.array([4.0 * i, 0, 0], np.float32)) for i in range(count)]
    rows = [runtime.inputs(p, NOISE) for p in turned]
    return [np.concatenate(column) for column in zip(*rows, strict=True)]


def test_first_caches_are_freed_then_batches_halved(
    on_gpu: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = _batch(on_gpu, 5)
    whole = on_gpu.by_torch(inputs)
    freed: list[int] = []
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: freed.append(1))
    short = ShortOfMemory(on_gpu, 2)
    on_gpu.module.register_forward_pre_hook(short)
    np.testing.assert_allclose(on_gpu.by_torch(inputs), whole.astype(int), atol=1)
    assert short.batches == [5, 2, 3, 1, 2] and len(freed) == 2
    assert on_gpu.device.type == "cuda" and on_gpu.news == []


def test_a_single_picture_is_tried_again_with_freed_caches(on_gpu: Runtime) -> None:
    short = ShortOfMemory(on_gpu, 2, first=1)
    on_gpu.module.register_forward_pre_hook(short)
    on_gpu.draw(FaceParameters(), NOISE)
    assert short.batches == [1, 1] and on_gpu.device.type == "cuda" and on_gpu.news == []


def test_at_last_the_processor_draws_and_says_so(on_gpu: Runtime) -> None:
    expected = on_gpu.draw(FaceParameters(), NOISE)
    on_gpu.module.register_forward_pre_hook(ShortOfMemory(on_gpu, 0))
    for _ in range(2):
        np.testing.assert_array_equal(on_gpu.draw(FaceParameters(), NOISE), expected)
    assert on_gpu.device.type == "cpu" and on_gpu.backend == "PyTorch"
    assert len(on_gpu.news) == 1 and "GPU's memory is full" in on_gpu.news[0]


def test_a_face_is_found_on_the_processor_then(on_gpu: Runtime) -> None:
    target = Target(on_gpu.draw(FaceParameters(), NOISE), np.ones((32, 32), bool), FaceParameters())
    expected = invert(on_gpu, target, steps=4)
    synthesis = on_gpu.loaded.generator.synthesis
    synthesis.register_forward_pre_hook(ShortOfMemory(on_gpu, 1, first=3))
    stages: list[str] = []
    latent = invert(on_gpu, target, steps=4, report=lambda s: stages.append(s.name))
    np.testing.assert_array_equal(latent.offset, expected.offset)
    assert on_gpu.device.type == "cpu" and len(on_gpu.news) == 1


def test_memory_short_on_the_processor_is_a_memory_error(on_gpu: Runtime) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("none left")

    on_gpu.module.register_forward_pre_hook(full)
    with pytest.raises(MemoryError):
        on_gpu.draw(FaceParameters(), NOISE)


def _no_numbers_in_half(runtime: Runtime) -> None:
    """Bfloat16 activations of the synthesis are no numbers any more."""

    def spoil(_: object, __: object, picture: torch.Tensor) -> torch.Tensor:
        return picture * torch.nan if torch.is_autocast_enabled("cpu") else picture

    runtime.loaded.generator.synthesis.register_forward_hook(spoil)


def test_inversion_without_numbers_goes_on_in_float32(on_gpu: Runtime) -> None:
    runtime = on_gpu
    runtime.device = torch.device("cpu")
    target = Target(
        runtime.draw(FaceParameters(), NOISE), np.ones((32, 32), bool), FaceParameters()
    )
    expected = invert(runtime, target, steps=4)
    _no_numbers_in_half(runtime)
    runtime.half = True
    latent = invert(runtime, target, steps=4)
    np.testing.assert_array_equal(latent.offset, expected.offset)
    assert not runtime.half and len(runtime.news) == 1 and "float32" in runtime.news[0]


class Spoilt(torch.nn.Module):
    """A picture whose numbers went over float's edge."""

    def __init__(self, inside: torch.nn.Module) -> None:
        super().__init__()
        self.generator = inside.generator
        self.inside = inside

    def forward(self, *inputs: torch.Tensor) -> Any:
        pixels, mean = self.inside(*inputs)
        return pixels, mean * torch.nan


@pytest.mark.skipif(openvino() is None, reason="OpenVINO is not installed")
def test_a_graph_without_numbers_gives_way_to_float32() -> None:
    from core.portrait.graph import Graph, converted

    runtime = Runtime(small_generator(), keep=False)
    expected = runtime.draw(FaceParameters(), NOISE, final=True)
    probe = runtime.inputs(FaceParameters(), NOISE)
    runtime._fast = Graph(converted(Spoilt(runtime.module), probe, None), "f32")
    runtime.half = True
    np.testing.assert_array_equal(runtime.draw(FaceParameters(), NOISE), expected)
    assert not runtime.half and runtime._fast is runtime._exact and len(runtime.news) == 1


def test_weights_without_numbers_are_told(on_gpu: Runtime) -> None:
    runtime = on_gpu
    runtime.device = torch.device("cpu")
    target = Target(
        runtime.draw(FaceParameters(), NOISE), np.ones((32, 32), bool), FaceParameters()
    )
    synthesis = runtime.loaded.generator.synthesis
    synthesis.register_forward_hook(lambda _, __, picture: picture * torch.nan)
    with pytest.raises(AssetError, match="no picture"):
        invert(runtime, target, steps=4)


def test_the_device_is_the_persons_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    for choice, there, device, notice in (
        ("auto", True, "cuda", False), ("auto", False, "cpu", False), ("cpu", True, "cpu", False),
        ("cuda", True, "cuda", False), ("cuda", False, "cpu", True),
    ):  # fmt: skip
        monkeypatch.setenv("MIEN_DEVICE", choice)
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        found, why = compute_device()
        assert found.type == device and bool(why) == notice
