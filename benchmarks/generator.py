"""Speed of generated faces: python -m benchmarks.generator [--weights FILE] [--photo PHOTO]

From a slider (a change of λ) to pixels, condition maps included, with each runtime in turns, so
that all see the same load of the machine; then the seconds of each stage of an inversion.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.photo.analyze import analyze
from core.photo.load import load_photo
from core.photo.scene import Scene
from core.portrait.graph import Graph, converted, openvino
from core.portrait.inversion import STEPS, TUNE_STEPS, Stage, Target, invert, tune
from core.portrait.runtime import Runtime
from core.portrait.views import views_of
from models.face.parameters import FaceParameters
from models.networks.generator import Generator, GeneratorSpec, NoiseEncoder
from models.networks.generator_store import LoadedGenerator, NoisePrior, load_generator

Draw = Callable[[tuple[np.ndarray, ...]], object]


def main() -> None:
    """Print one table per size, then the inversion's stages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, help="a generator's file (default: the shipped)")
    parser.add_argument("--random", type=int, nargs="*", default=[], metavar="SIZE",
                        help="as well: generators of these sizes with random weights")  # fmt: skip
    parser.add_argument("--photo", type=Path, help="a photo to embed")
    parser.add_argument("--tune", type=int, default=TUNE_STEPS, help="steps of tuning")
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}")
    shipped = load_generator(options.weights)
    frames(shipped, options.rounds)
    for size in options.random:
        frames(random_generator(size), options.rounds)
    if options.photo:
        stages(Runtime(shipped), options.photo, options.tune)


def random_generator(size: int) -> LoadedGenerator:
    """With random weights: as fast as a trained one."""
    spec = GeneratorSpec(size=size)
    noise = spec.noise
    prior = NoisePrior(np.zeros((noise, 160)), np.zeros(noise), np.eye(noise))
    return LoadedGenerator(spec, Generator(spec).eval(), NoiseEncoder(spec).eval(), {}, prior)


def frames(loaded: LoadedGenerator, rounds: int) -> None:
    """Wall time and work of one frame by each runtime, the condition maps included."""
    runtime = Runtime(loaded, keep=False)
    code = np.random.default_rng(0).standard_normal(loaded.spec.noise)
    probe = runtime.inputs(FaceParameters(), code)
    taken: dict[str, list[tuple[float, float]]] = {}
    ways = runtimes(runtime, probe)
    for i in range(rounds + 2):
        turned = replace(FaceParameters(), pose=np.array([i % 30 - 15, 0, 0], np.float32))
        for name, draw in ways.items():
            start, used = time.perf_counter(), time.process_time()
            draw(runtime.inputs(turned, code))
            spent = (time.perf_counter() - start, time.process_time() - used)
            taken.setdefault(name, []).append(spent)
    print(f"\n{loaded.spec.size} px, width {loaded.spec.width}; ms: median, p95, work, ratio")
    times = {name: np.array(rows[2:]) * 1000 for name, rows in taken.items()}
    base = float(np.median(times["PyTorch eager"][:, 0]))
    for name, t in times.items():
        middle = float(np.median(t[:, 0]))
        p95, work = float(np.percentile(t[:, 0], 95)), float(np.median(t[:, 1]))
        print(f"{name:22s} {middle:8.1f} {p95:8.1f} {work:8.1f} {base / middle:8.2f}")


def runtimes(runtime: Runtime, probe: tuple[np.ndarray, ...]) -> dict[str, Draw]:
    """The ways to draw that this machine has, by name."""
    ways: dict[str, Draw] = {
        "condition maps alone": lambda _: None,
        "PyTorch eager": runtime.by_torch,
    }
    if openvino() is not None:
        model = converted(runtime.module, probe, None)
        for precision in ("f32", "bf16"):
            ways[f"OpenVINO {precision}"] = by_graph(Graph(model, precision))
    return ways


def by_graph(graph: Graph) -> Draw:
    """A compiled graph as a way to draw."""
    return lambda inputs: graph(*inputs)[0]


def stages(runtime: Runtime, path: Path, steps: int) -> None:
    """Seconds and error of each stage of embedding a photo."""
    photo = load_photo(path)
    fit = analyze(photo)[0]
    target = Target.of(photo.pixels, fit.camera, fit.parameters, runtime.spec.size)
    start, used = time.perf_counter(), time.process_time()
    last: dict[str, tuple[float, float, float]] = {}

    def heard(stage: Stage) -> None:
        gap = np.abs(stage.picture.astype(int) - target.picture)[target.inside].mean()
        spent = (time.perf_counter() - start, time.process_time() - used, float(gap))
        last[stage.name] = spent

    latent = invert(runtime, target, STEPS, heard)
    views = views_of(Scene(photo, fit), runtime.spec.size)
    tune(runtime, target, latent, steps, heard, views)
    print(
        f"\n{STEPS} steps and {steps} of tuning; seconds until the stage's end, work, error of 255"
    )
    for name, (wall, work, gap) in last.items():
        print(f"{name:22s} {wall:8.2f} {work:8.2f} {gap:8.2f}")


if __name__ == "__main__":
    main()
