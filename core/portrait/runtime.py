"""Runs the generator: rig and noise code to pixels, by OpenVINO where it serves, else PyTorch."""

from __future__ import annotations

import copy
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import torch
from torch import nn

from core.device import compute_device
from core.errors import AssetError
from core.log import LOG
from core.portrait.early import NO_PICTURE
from core.portrait.graph import Graph, converted, fastest, forget, graph_key, inputs_of, openvino
from core.portrait.picture import Picture
from models.face.condition_maps import ConditionMaps
from models.face.parameters import FaceParameters
from models.face.rig_vector import to_vector
from models.networks.generator_file import weights_key
from models.networks.threads import one_thread

if TYPE_CHECKING:
    from models.networks.generator_store import LoadedGenerator

Result = TypeVar("Result")
# Mean error of 255 within which a graph shows what PyTorch shows.
EXACT_ERROR, FAST_ERROR = 0.1, 2.0
# bf16 must take at most this share of float32's time to be chosen.
WORTH = 0.85


class Runtime:
    """One generator, ready to draw. Not for several threads at once.

    keep: whether the converted graph is kept in the cache, which is of use for shipped weights
    only. exact: everything in float32, so that results are the same whatever else the machine
    does; otherwise a race decides whether previews and searches are in bfloat16. key names the
    weights. backend says in words what makes the pixels, notice why it is not the fast way (or
    ""), half whether the processor is quick in bfloat16. news: sentences about what was given up
    on the way, for whoever takes them out.
    """

    def __init__(
        self,
        loaded: LoadedGenerator,
        keep: bool = True,
        news: list[str] | None = None,
        exact: bool = False,
    ) -> None:
        self.loaded = loaded
        self.news: list[str] = [] if news is None else news
        self._keep, self._all_exact = keep, exact
        self.spec, self.noise_prior = loaded.spec, loaded.noise_prior
        self.maps = ConditionMaps()
        self.half = False
        self.module = Picture(loaded.generator).eval().requires_grad_(False)
        self.device, self.notice = compute_device()
        weights = loaded.generator.state_dict()
        self.key = weights_key({name: value.cpu().numpy() for name, value in weights.items()})
        self.module.to(self.device, memory_format=torch.channels_last)
        self._fast: Graph | None = None
        self._exact: Graph | None = None
        self._adapted: tuple[str, Runtime] | None = None
        self.backend = "PyTorch on CUDA"
        if self.device.type == "cpu":
            self._choose()

    @staticmethod
    def load(exact: bool = False) -> Runtime:
        """With the shipped generator, or the file that MIEN_GENERATOR names. Raises AssetError."""
        try:
            from models.networks.generator_store import load_generator

            return Runtime(load_generator(os.environ.get("MIEN_GENERATOR")), exact=exact)
        except (OSError, ValueError) as error:
            raise AssetError(f"Faces cannot be generated: {error}") from error

    def adapted(self, changes: Mapping[str, np.ndarray]) -> Runtime:
        """The generator with changes of its synthesis' weights, by name; itself without any.

        The one asked for last is kept: making it takes some seconds.
        """
        if not changes:
            return self
        key = changes_key(changes)
        kept = self._adapted
        if kept is None or kept[0] != key:
            generator = copy.deepcopy(self.loaded.generator)
            add_changes(generator.synthesis, changes)
            loaded = replace(self.loaded, generator=generator)
            kept = key, Runtime(loaded, False, self.news, self._all_exact)
            self._adapted = kept
        return kept[1]

    def draw(
        self,
        parameters: FaceParameters,
        noise: np.ndarray,
        shift: np.ndarray | None = None,
        final: bool = False,
    ) -> np.ndarray:
        """The picture (S, S, 3) uint8 sRGB of a rig's state and a noise code (noise,).

        shift: (layers, w) added to the styles, as of W+ (DiscoFaceGAN, Eq. 11). final: in
        float32, whatever previews are drawn in.
        """
        inputs = self.inputs(parameters, noise, shift)
        return survive(self, lambda: self._draw(inputs, final))[0]

    def styles(self, parameters: FaceParameters, noise: np.ndarray) -> np.ndarray:
        """w (w,) float32 of a rig's state and a noise code: M(λ, n)."""
        rig = torch.from_numpy(to_vector(parameters)[None]).to(self.device)
        code = torch.from_numpy(np.asarray(noise, np.float32)[None]).to(self.device)
        with one_thread(), torch.inference_mode():
            return self.loaded.generator.mapping(rig, code)[0].cpu().numpy()

    def inputs(
        self, parameters: FaceParameters, noise: np.ndarray, shift: np.ndarray | None = None
    ) -> tuple[np.ndarray, ...]:
        """What `Picture` takes: λ, noise, shift and maps, each with a first axis of 1."""
        return inputs_of(self.maps, self.spec, parameters, noise, shift)

    def by_torch(self, inputs: Sequence[np.ndarray]) -> np.ndarray:
        """The pictures (N, S, S, 3) uint8 of `inputs` with a first axis of N, by PyTorch.

        A GPU short of memory gets its caches back, then halves. Raises torch.OutOfMemoryError
        when a single picture does not fit.
        """
        try:
            return self._run(inputs)
        except torch.OutOfMemoryError:
            pass  # left first, since the traceback holds what the failed run had made
        torch.cuda.empty_cache()
        half = len(inputs[0]) // 2
        if half == 0:
            return self._run(inputs)
        parts = [[array[:half] for array in inputs], [array[half:] for array in inputs]]
        return np.concatenate([self.by_torch(part) for part in parts])

    def leave_gpu(self) -> None:
        """Go on with the processor."""
        self.device = torch.device("cpu")
        self.module.to(self.device)
        self._adapted = None
        torch.cuda.empty_cache()
        self._choose()
        self._tell("The GPU's memory is full: the processor draws generated faces from now on.")

    def leave_half(self) -> None:
        """Go on in float32."""
        self.half, self._fast = False, self._exact
        self.backend = "OpenVINO float32"
        self._tell("Half precision failed on this face: pictures are drawn in float32 from now on.")

    def _tell(self, text: str) -> None:
        LOG.warning(text)
        self.news.append(text)

    def _run(self, inputs: Sequence[np.ndarray]) -> np.ndarray:
        tensors = [torch.from_numpy(array).to(self.device) for array in inputs]
        with one_thread(), torch.inference_mode():
            return self.module(*tensors)[0].cpu().numpy()

    def _draw(self, inputs: tuple[np.ndarray, ...], final: bool) -> np.ndarray:
        graph = self._exact if final else self._fast
        if graph is None:
            return self.by_torch(inputs)
        pixels, mean = graph(*inputs)
        if not np.isfinite(mean):
            raise FloatingPointError
        return pixels

    def _choose(self) -> None:
        """Compile the graphs, check them against PyTorch, take bf16 where it is faster."""
        self.backend = "PyTorch"
        if openvino() is None:
            self.notice = "OpenVINO is not installed; generated faces are drawn more slowly."
            return
        code = np.random.default_rng(0).standard_normal(self.spec.noise)
        probe = self.inputs(FaceParameters(), code)
        truth = self.by_torch(probe)
        key = graph_key(self.key) if self._keep else None
        try:
            model = converted(self.module, probe, key)
            exact = Graph(model, "f32")
            fast = exact if self._all_exact else Graph(model, "bf16")
            error = _error(exact(*probe)[0], truth)
        except RuntimeError as problem:  # OpenVINO's own errors, on processors it does not serve
            self.notice = f"OpenVINO cannot be used ({' '.join(str(problem).split())[:120]})."
            return
        if error > EXACT_ERROR:
            if key:
                forget(key)
            self.notice = "OpenVINO draws other pixels than PyTorch here and is not used."
            return
        self._exact = self._fast = exact
        self.backend = "OpenVINO float32"
        if self._all_exact:
            return
        # A short race: bf16 without the processor's support is many times slower.
        if _error(fast(*probe)[0], truth) < FAST_ERROR and fastest(
            lambda: fast(*probe)
        ) < WORTH * fastest(lambda: exact(*probe)):
            self._fast, self.backend, self.half = fast, "OpenVINO bfloat16", True


def survive(runtime: Runtime, work: Callable[[], Result]) -> Result:
    """What work() returns: repeated on the processor when a GPU's memory does not do, and in
    float32 when half precision makes what is no number (FloatingPointError).

    Raises MemoryError and AssetError when that does not help either.
    """
    while True:
        try:
            return work()
        except torch.OutOfMemoryError as error:
            if runtime.device.type == "cpu":
                raise MemoryError(str(error)) from None
            fall_back = runtime.leave_gpu
        except FloatingPointError:
            if not runtime.half:
                raise AssetError(NO_PICTURE) from None
            fall_back = runtime.leave_half
        fall_back()


def _error(picture: np.ndarray, truth: np.ndarray) -> float:
    return float(np.abs(picture.astype(np.int16) - truth).mean())


@torch.no_grad()
def add_changes(module: nn.Module, changes: Mapping[str, np.ndarray]) -> None:
    """Add to a module's weights by name. Raises AssetError for changes of another module."""
    weights = dict(module.named_parameters())
    for name, change in changes.items():
        if name not in weights or weights[name].numel() != change.size:
            raise AssetError("These changes belong to another generator; find the face again.")
        weight = weights[name]
        weight += torch.from_numpy(change.astype(np.float32)).view_as(weight).to(weight.device)


def changes_key(changes: Mapping[str, np.ndarray]) -> str:
    """Sixteen hexadecimal digits of changes of weights."""
    digest = hashlib.sha256()
    for name, value in sorted(changes.items()):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()[:16]
