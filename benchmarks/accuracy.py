"""How true fits and edits are, on people held out of all training.

    python -m benchmarks.accuracy --portraits DIR... [--judge PYTHON] [--edits N] [--out DIR]

Landmarks are compared with the folders' own (another network's). With --judge, the Python of
an environment that runs benchmarks/judge.py, pose and identity are read back from edited
pictures: the achieved over the requested angle, and dlib's identity distance.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from core.errors import FaceError
from core.photo.analyze import analyze
from core.photo.load import load_photo
from core.photo.scene import Scene
from core.rig.lights import light_preset
from models.face.fitting import FaceFit, fit_landmarks
from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.training.portraits import Portrait, PortraitSets, load_portraits

Edit = tuple[str, FaceParameters]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--portraits", nargs="+", type=Path, required=True, metavar="DIR")
    parser.add_argument("--judge", type=Path, metavar="PYTHON")
    parser.add_argument("--edits", type=int, default=12, help="people to edit, 0 for none")
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep the edited pictures here")
    args = parser.parse_args()
    sets = load_portraits(args.portraits)
    people = sets.split(held=True)
    fits = fit_all(people)
    report_landmarks(people, fits)
    if args.edits < 1:
        return
    sharp = [p for p in people if p.eye_distance > 45 and p.person in fits]
    chosen = sharp[:: max(len(sharp) // args.edits, 1)][: args.edits]
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.out or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        write_edits(chosen, fits, folder)
        if args.judge:
            report_edits(sets, folder, args.judge)


def fit_all(people: list[Portrait]) -> dict[str, FaceFit]:
    """The fit of the largest face of each portrait that has one."""
    fits, seconds = {}, []
    for p in people:
        start = time.process_time()
        try:
            fits[p.person] = analyze(load_photo(p.path))[0]
        except FaceError as error:
            print(f"refused {p.person}: {error}")
        seconds.append(time.process_time() - start)
    print(
        f"found {len(fits)} of {len(people)} faces; {1000 * np.median(seconds):.0f} ms of CPU each"
    )
    return fits


def report_landmarks(people: list[Portrait], fits: dict[str, FaceFit]) -> None:
    """Mean distance of the 468 points in % of the eye distance, per set."""
    for folder in sorted({p.path.parent.parent for p in people}):
        errors = np.array([
            landmark_error(fits[p.person].landmarks, p.landmarks)
            for p in people
            if p.path.parent.parent == folder and p.person in fits
        ])  # fmt: skip
        print(
            f"landmarks, {folder.name}: mean {errors.mean():.2f} %, median "
            f"{np.median(errors):.2f} %, worst {errors.max():.2f} % of {len(errors)}"
        )


def landmark_error(found: np.ndarray, truth: np.ndarray) -> float:
    """% of the true eye distance."""
    eyes = np.linalg.norm(truth[468, :2] - truth[473, :2])
    gap = np.linalg.norm(found[:468, :2] - truth[:468, :2], axis=1).mean()
    return float(100 * gap / eyes)


def edits_of(fit: FaceFit) -> Iterator[Edit]:
    """The edits measured, by name."""
    p = fit.parameters
    yield "same", p
    for degrees in (-25, -15, 15, 25):
        yield f"yaw{degrees:+d}", replace(p, pose=p.pose + np.array([degrees, 0, 0], np.float32))
    for degrees in (-12, 12):
        yield f"pitch{degrees:+d}", replace(p, pose=p.pose + np.array([0, degrees, 0], np.float32))
    for light in ("left", "warm-right"):
        yield f"light-{light}", replace(p, light=light_preset(light, p.light))
    for name, values in {
        "smile": {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8},
        "jaw": {"jawOpen": 0.5},
        "brows": {"browInnerUp": 0.8, "browOuterUpLeft": 0.6, "browOuterUpRight": 0.6},
    }.items():
        yield name, p.with_expression(values)


def write_edits(people: list[Portrait], fits: dict[str, FaceFit], folder: Path) -> None:
    """One PNG per person and edit; prints how exactly the unchanged edit returns the photo."""
    worst = np.inf
    for p in people:
        photo = load_photo(p.path)
        scene = Scene(photo, fits[p.person])
        Image.fromarray(photo.pixels).save(folder / f"{p.person}.source.png")
        for name, parameters in edits_of(fits[p.person]):
            picture = scene.render_full(parameters)
            if name == "same":
                error = np.mean((picture.astype(float) - photo.pixels) ** 2)
                worst = min(worst, 10 * np.log10(255**2 / max(error, 1e-6)))
            Image.fromarray(picture).save(folder / f"{p.person}.{name}.png")
    print(f"an edit that changes nothing: at least {worst:.1f} dB")


def report_edits(sets: PortraitSets, folder: Path, judge: Path) -> None:
    """Slopes of yaw and pitch and identity distances, as the judge reads them."""
    np.save(folder / "mirror.npy", sets.mirror_index)
    table = folder / "judge.npz"
    command = [str(judge), str(Path(__file__).with_name("judge.py")), str(folder), str(table)]
    subprocess.run(command, check=True, capture_output=True)
    with np.load(table) as data:
        points = dict(zip(data["names"], data["landmarks"], strict=True))
        descriptors = dict(zip(data["names"], data["descriptors"], strict=True))
    people = sorted({name.split(".")[0] for name in points})
    names = sorted({name.split(".", 1)[1] for name in points} - {"source"})
    for name in names:
        distances = np.array([
            np.linalg.norm(descriptors[f"{p}.{name}"] - descriptors[f"{p}.source"]) for p in people
        ])  # fmt: skip
        line = f"{name:18s} identity median {np.nanmedian(distances):.2f}"
        line += f" worst {np.nanmax(distances):.2f}"
        line += f" unread {int(np.isnan(distances).sum())} of {len(people)}"
        if name.startswith(("yaw", "pitch")):
            axis = 0 if name.startswith("yaw") else 1
            asked = float(name.removeprefix("yaw").removeprefix("pitch"))
            turns = [judged_turn(points, p, name)[axis] / asked for p in people]
            line += f"  achieved/requested median {np.nanmedian(turns):.2f}"
            line += f" ({np.nanmin(turns):.2f} to {np.nanmax(turns):.2f})"
        print(line)


def judged_turn(points: dict[str, np.ndarray], person: str, name: str) -> np.ndarray:
    """(3,) degrees from the source to the edit, by the face model on the judge's landmarks."""
    poses = []
    for key in (f"{person}.source", f"{person}.{name}"):
        if not np.isfinite(points[key]).all():
            return np.full(3, np.nan)
        poses.append(fit_landmarks(FaceModel.load(), points[key]).parameters.pose)
    return np.asarray(poses[1] - poses[0])


if __name__ == "__main__":
    main()
