"""The generator as one OpenVINO graph: converted once, kept in the cache, compiled at start."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.folders import cache_folder
from models.face.condition_maps import ConditionMaps
from models.face.parameters import FaceParameters
from models.face.rig_vector import to_vector
from models.networks.generator_file import GeneratorSpec

if TYPE_CHECKING:
    import torch

THREADS = 1 if (os.cpu_count() or 1) <= 2 else 2
KEPT_GRAPHS = 4
NAME = "generator.xml"
# The code that a graph is made from.
FORM = ("models.networks.generator", "core.portrait.picture")


def openvino() -> Any:
    """The package, or None where it is not installed.

    Its telemetry reports the import to its makers without asking; Mien sends nothing anywhere.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino as package
    except ImportError:
        return None
    return package


class Graph:
    """A compiled graph on the processor; arrays in, arrays out."""

    def __init__(self, model: Any, precision: str) -> None:
        package = openvino()
        compiled = package.Core().compile_model(
            model, "CPU",
            {
                "INFERENCE_PRECISION_HINT": precision,
                "INFERENCE_NUM_THREADS": THREADS,
                "PERFORMANCE_HINT": "LATENCY",
            },
        )  # fmt: skip
        self._outputs = len(compiled.outputs)
        self._request = compiled.create_infer_request()

    def __call__(self, *inputs: np.ndarray) -> list[np.ndarray]:
        """The outputs, copies."""
        self._request.infer(dict(enumerate(inputs)))
        request = self._request
        return [np.array(request.get_output_tensor(i).data) for i in range(self._outputs)]


def inputs_of(
    maps: ConditionMaps,
    spec: GeneratorSpec,
    parameters: FaceParameters,
    noise: np.ndarray,
    shift: np.ndarray | None = None,
) -> tuple[np.ndarray, ...]:
    """What `Picture` takes: λ, noise, shift and maps, each with a first axis of 1."""
    if shift is None:
        shift = np.zeros((spec.layers, spec.w))
    return (
        to_vector(parameters)[None],
        np.asarray(noise, np.float32)[None],
        np.asarray(shift, np.float32)[None],
        maps.render(parameters, spec.size)[None],
    )


def graph_key(weights: str) -> str:
    """Names the graph of weights by their key, the code it is made from and OpenVINO's version."""
    digest = hashlib.sha256()
    for name in FORM:
        found = importlib.util.find_spec(name)
        with contextlib.suppress(OSError):  # a packed app may lack it, and changes as a whole
            digest.update(Path(found.origin if found and found.origin else "").read_bytes())
    version = openvino().get_version().split("-")[0]
    return f"{weights}-{digest.hexdigest()[:8]}-{version}"


def kept(key: str) -> Any:
    """The OpenVINO model that an earlier start kept by this key, or None."""
    folder = _folder(key)
    if not (folder / NAME).is_file():
        return None
    with contextlib.suppress(OSError, RuntimeError):  # a damaged copy is made again
        model = openvino().Core().read_model(folder / NAME)
        with contextlib.suppress(OSError):
            os.utime(folder)
        return model
    return None


def forget(key: str) -> None:
    """Keep the model of this key no longer."""
    shutil.rmtree(_folder(key), ignore_errors=True)


def converted(module: torch.nn.Module, inputs: tuple[np.ndarray, ...], key: str | None) -> Any:
    """The module as an OpenVINO model with the static shapes of inputs.

    key: of `graph_key`; the cache then keeps the model. None: nothing is kept.
    """
    model = kept(key) if key else None
    if model is None:
        package = openvino()
        model = _convert(package, module, inputs)
        if key:
            with contextlib.suppress(OSError):  # without a cache the next start only takes longer
                _keep(package, model, _folder(key))
    return model


def _folder(key: str) -> Path:
    return cache_folder() / "graphs" / key


def _convert(package: Any, module: torch.nn.Module, inputs: tuple[np.ndarray, ...]) -> Any:
    import torch

    examples = tuple(torch.from_numpy(array) for array in inputs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tracing, which OpenVINO does
        model = package.convert_model(module, example_input=examples)
    # Static shapes: dynamic ones take twice the time.
    pairs = zip(model.inputs, inputs, strict=True)
    model.reshape({port: list(array.shape) for port, array in pairs})
    return model


def _keep(package: Any, model: Any, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
    try:
        package.save_model(model, temporary / NAME, compress_to_fp16=False)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    others = [p for p in folder.parent.iterdir() if p != folder and not p.name.startswith(".")]
    for old in sorted(others, key=lambda p: p.stat().st_mtime)[: -(KEPT_GRAPHS - 1)]:
        shutil.rmtree(old, ignore_errors=True)


def fastest(work: Any, rounds: int = 5) -> float:
    """Seconds of the quickest of some runs, after one to warm up."""
    work()
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best
