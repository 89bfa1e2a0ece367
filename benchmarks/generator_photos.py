"""How well photos of held-out people are found in the generator, and what edits keep of them.

    python -m benchmarks.generator_photos --portraits DIR... --judge PYTHON [--checkpoint FILE]
        [--people N] [--out DIR]

After each stage (estimate, W+, tuned weights): PSNR of the face in the generator's frame, and the
distance that dlib's recogniser sees between the photo and the picture pasted back. Then that
distance for each edit and each way to make pixels. PYTHON runs benchmarks/judge.py.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.generator_judge import judged
from core.photo.analyze import analyze
from core.photo.load import load_photo
from core.photo.scene import Scene
from core.portrait.inversion import Target, estimate, invert, tune
from core.portrait.latent import Latent
from core.portrait.runtime import Runtime
from core.portrait.scenes import METHODS, EmbeddedScene
from core.portrait.views import views_of
from core.rig.lights import light_preset
from core.rig.presets import expression_preset
from models.face.fitting import FaceFit
from models.face.parameters import FaceParameters
from models.networks.generator_store import load_generator
from models.training.portraits import Portrait, load_portraits

# Only faces with more pixels than the generator has show what it lacks.
EYES_PX = 60.0
TURNS = (-35, -25, 25, 35)
STAGES = ("estimate", "W+", "tuned")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--portraits", nargs="+", type=Path, required=True, metavar="DIR")
    parser.add_argument("--judge", type=Path, required=True, metavar="PYTHON")
    parser.add_argument("--checkpoint", type=Path, metavar="FILE")
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep the pictures here")
    args = parser.parse_args()
    sharp = [p for p in load_portraits(args.portraits).split(held=True) if p.eye_distance > EYES_PX]
    people = sharp[:: max(len(sharp) // args.people, 1)][: args.people]
    runtime = Runtime(load_generator(args.checkpoint))
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.out or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        found = [write_person(runtime, person, folder) for person in people]
        for name in STAGES:
            psnr, seconds = np.transpose([rows[name] for rows in found])
            print(
                f"{name:9s} face PSNR median {np.median(psnr):.1f} dB, least {psnr.min():.1f}; "
                f"CPU {np.median(seconds):.1f} s in all"
            )
        report(judged(folder, args.judge)[1])


def write_person(
    runtime: Runtime, person: Portrait, folder: Path
) -> dict[str, tuple[float, float]]:
    """PNGs <person>.<stage> and <person>.<edit>.<method>; PSNR and seconds by stage."""
    photo = load_photo(person.path)
    fit = analyze(photo)[0]
    target = Target.of(photo.pixels, fit.camera, fit.parameters, runtime.spec.size)
    face = runtime.maps.render(fit.parameters, runtime.spec.size)[..., 6] > 200
    start = time.process_time()
    found: list[tuple[float, Latent]] = []

    def keep(latent: Latent) -> None:
        found.append((time.process_time() - start, latent))

    keep(estimate(runtime, target))
    keep(invert(runtime, target))
    scene = Scene(photo, fit)
    keep(tune(runtime, target, found[-1][1], views=views_of(scene, runtime.spec.size)))
    Image.fromarray(photo.pixels).save(folder / f"{person.person}.photo.png")
    out = {}
    for name, (seconds, latent) in zip(STAGES, found, strict=True):
        drawn = EmbeddedScene(runtime, photo, fit, latent, "generator")
        error = np.square(drawn.reconstruction[face] - target.picture[face].astype(float)).mean()
        out[name] = (float(10 * np.log10(255**2 / error)), seconds)
        whole = drawn.render_full(fit.parameters)
        Image.fromarray(whole).save(folder / f"{person.person}.{name}.png")
    ways: dict[str, Scene | EmbeddedScene] = {"photo": scene}
    ways |= {m: EmbeddedScene(runtime, photo, fit, found[-1][1], m, scene) for m in METHODS}
    for name, parameters in edits_of(fit):
        for method, way in ways.items():
            pixels = way.render_full(parameters)
            Image.fromarray(pixels).save(folder / f"{person.person}.{name}.{method}.png")
    return out


def edits_of(fit: FaceFit) -> Iterator[tuple[str, FaceParameters]]:
    """Names and parameters of edits: turns to the side, expressions, lights."""
    own = fit.parameters
    yield "none", own
    for degrees in TURNS:
        yield f"yaw {degrees:+d}", replace(own, pose=np.array([degrees, 0, 0], np.float32))
    yield "jaw open", own.with_expression({"jawOpen": 0.7})
    yield "laugh", replace(own, expression=expression_preset("laugh"))
    for light in ("left", "top"):
        yield f"light {light}", replace(own, light=light_preset(light, own.light))


def report(descriptors: dict[str, np.ndarray]) -> None:
    """Medians over people of dlib's distance to the photo; in brackets pictures without a face."""
    distances: dict[str, list[float]] = {}
    for key, value in descriptors.items():
        person, name = key.split(".", 1)
        away = float(np.linalg.norm(value - descriptors[f"{person}.photo"]))
        distances.setdefault(name, []).append(away)
    for name, values in sorted(distances.items()):
        lost = int(np.isnan(values).sum())
        print(
            f"{name:24s} median {np.nanmedian(values):.2f} worst {np.nanmax(values):.2f}"
            + (f" ({lost})" if lost else "")
        )


if __name__ == "__main__":
    main()
