"""Time of one overlay frame, 512 × 512: python -m benchmarks.overlay

Prints a table of medians and 95th percentiles for each mode with one and two threads, of the
rasterizer alone, and of a plain torch rasterizer (depth and triangle in one key, scattered
with amin) beside it. On a busy machine these say more about the machine, so there are columns
for the 95th percentile of the quietest burst of frames, and for the threads' work in all.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from models.face import strips
from models.face.camera import Camera
from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.face.rasterizer import rasterize
from models.face.renderer import MODES, FaceRenderer

# The engine's choice for pictures up to core.engine.backend.COARSE_SIDE.
MESH_LEVEL = 1
SIZE = 512
FRAMES = 200
BURSTS = 10
# What an overlay frame may take with two threads, 95th percentile.
BUDGET_MS = 5.0


def processor() -> str:
    """The processor's name and the cores that this process may use."""
    name = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":", 1)[1].strip() for line in file if "model name" in line]
        name = names[0] if names else name
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{name}, {os.cpu_count()} cores{load}"


def timed(work: Callable[[int], object], frames: int) -> tuple[float, float, float, float]:
    """Milliseconds, warmed up: median, 95th percentile, that of the quietest burst, and the
    mean work of all threads together, which waiting does not lengthen.
    """
    work(0)
    times = np.empty(frames)
    busy = time.process_time()
    for k in range(frames):
        start = time.perf_counter()
        work(k)
        times[k] = 1000 * (time.perf_counter() - start)
    busy = 1000 * (time.process_time() - busy) / frames
    quiet = np.percentile(times.reshape(BURSTS, -1), 95, axis=1).min()
    return float(np.median(times)), float(np.percentile(times, 95)), float(quiet), busy


def torch_scatter(screen: Tensor, triangles: Tensor, width: int, height: int) -> Tensor:
    """Triangle (H, W) int64 at each pixel, −1 where empty: every box pixel of every triangle."""
    corners = screen[triangles]
    low = corners[..., :2].amin(dim=1).ceil().clamp(min=0).long()
    high = corners[..., :2].amax(dim=1).floor().long()
    high = torch.minimum(high, torch.tensor([width - 1, height - 1]))
    extent = (high - low + 1).clamp(min=0)
    owner = torch.repeat_interleave(torch.arange(len(triangles)), extent.prod(dim=1))
    starts = extent.prod(dim=1).cumsum(0) - extent.prod(dim=1)
    place = torch.arange(len(owner)) - starts[owner]
    x = low[owner, 0] + place % extent[owner, 0]
    y = low[owner, 1] + place // extent[owner, 0]
    p = corners[owner]
    px, py = p[..., 0] - x[:, None], p[..., 1] - y[:, None]
    areas = px[:, [1, 2, 0]] * py[:, [2, 0, 1]] - py[:, [1, 2, 0]] * px[:, [2, 0, 1]]
    inside = (areas >= 0).all(dim=1) | (areas <= 0).all(dim=1)
    areas, p, owner = areas[inside], p[inside], owner[inside]
    depth = areas.sum(dim=1) / (areas / p[..., 2]).sum(dim=1)
    key = (depth * 1024).long() << 32 | owner
    empty = torch.iinfo(torch.int64).max
    buffer = torch.full((height * width,), empty)
    buffer.scatter_reduce_(0, (y * width + x)[inside], key, "amin")
    found = torch.where(buffer == empty, -1, buffer & 0xFFFFFFFF)
    return found.view(height, width)


def table() -> list[str]:
    """The table's lines."""
    model = FaceModel.load(level=MESH_LEVEL)
    renderer = FaceRenderer(model)
    camera = Camera.standard(SIZE)
    frames = [
        replace(FaceParameters(), pose=np.array([20 * np.sin(k / 9), 5, 2], np.float32))
        for k in range(FRAMES)
    ]
    screen = renderer.posed(frames[0], camera).screen
    triangles = np.ascontiguousarray(model.triangles)
    torch_inputs = torch.from_numpy(screen), torch.from_numpy(triangles).long()
    rows = []
    for threads in (1, 2):
        os.environ["MIEN_RENDER_THREADS"] = str(threads)
        strips.thread_count.cache_clear()
        torch.set_num_threads(threads)

        def frame(mode: str, k: int) -> object:
            return renderer.render(frames[k], camera, SIZE, SIZE, mode)

        works: dict[str, Callable[[int], object]] = {mode: partial(frame, mode) for mode in MODES}
        works["(rasterize alone)"] = lambda k: rasterize(screen, triangles, SIZE, SIZE)
        works["(torch scatter)"] = lambda k: torch_scatter(*torch_inputs, SIZE, SIZE)
        for name, work in works.items():
            count = FRAMES // 10 if "torch" in name else FRAMES
            rows.append((threads, name, *timed(work, count)))
    agreement = (
        rasterize(screen, triangles, SIZE, SIZE).triangle
        == torch_scatter(*torch_inputs, SIZE, SIZE).numpy()
    )
    lines = [
        f"{processor()}; {len(screen):,} vertices, {len(triangles):,} triangles, {SIZE}²",
        f"numba and torch agree on {100 * agreement.mean():.3f} % of the pixels",
        "threads  mode                 median      p95    quiet     work   ms",
    ]
    for threads, name, median, high, quiet, busy in rows:
        late = "  over budget" if name in MODES and threads == 2 and quiet > BUDGET_MS else ""
        figures = f"{median:8.2f} {high:8.2f} {quiet:8.2f} {busy:8.2f}"
        lines.append(f"{threads:7d}  {name:18s} {figures}{late}")
    return lines


if __name__ == "__main__":
    print("\n".join(table()))
