"""How well generated faces obey, read by judges that no training used.

    python -m benchmarks.generator_judge --judge PYTHON [--checkpoint FILE] [--people N] [--out DIR]
        [--renders]

PYTHON runs benchmarks/judge.py (MediaPipe's landmarks, dlib's identities). Pose and expression
are compared with what was asked for, identities among edits and among people.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from core.rig.lights import light_preset
from core.rig.presets import expression_preset
from models.evaluation.perceived import landmark_errors, rig_landmarks
from models.evaluation.subject import Subject, rendered
from models.face.fitting import fit_landmarks
from models.face.model import LANDMARK_COUNT, FaceModel
from models.face.parameters import FaceParameters
from models.face.rig_vector import from_vector, to_vector
from models.networks.generator_store import load_generator
from models.networks.prior import RigPrior

# The judges find small faces badly: they see every picture at this size.
SEEN_SIZE = 512
TURNS = {
    f"{name}{degrees:+d}": (axis, float(degrees))
    for axis, (name, values) in enumerate({
        "yaw": (-20, -10, 10, 20), "pitch": (-15, -8, 8, 15), "roll": (-10, 10),
    }.items())
    for degrees in values
}  # fmt: skip
EXPRESSIONS = ("neutral", "smile", "open-mouth", "surprised", "eyes-closed", "kiss")
LIGHTS = ("left", "right", "top", "warm-right")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--judge", type=Path, required=True, metavar="PYTHON")
    parser.add_argument("--checkpoint", type=Path, metavar="FILE")
    parser.add_argument("--people", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep the pictures here")
    parser.add_argument("--renders", action="store_true",
                        help="judge the face model's renders: the judges' own error")  # fmt: skip
    args = parser.parse_args()
    subject = Subject.of(load_generator(args.checkpoint), RigPrior.load())
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.out or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        draw = (lambda rigs, _: rendered(rigs, SEEN_SIZE)) if args.renders else subject.draw
        rng = np.random.default_rng(args.seed)
        asked = write_pictures(subject, draw, args.people, rng, folder)
        points, descriptors = judged(folder, args.judge)
    report_pose(asked, points)
    report_landmarks(asked, points)
    report_identity(descriptors)


def edits_of(person: FaceParameters) -> dict[str, FaceParameters]:
    """The pictures of one person by name; "base" looks straight ahead."""
    base = replace(person, pose=np.zeros(3, np.float32))
    edits = {"base": base}
    for name, (axis, degrees) in TURNS.items():
        edits[name] = replace(base, pose=np.eye(3, dtype=np.float32)[axis] * np.float32(degrees))
    for name in EXPRESSIONS:
        edits[f"face-{name}"] = replace(base, expression=expression_preset(name))
    for name in LIGHTS:
        edits[f"light-{name}"] = replace(base, light=light_preset(name, base.light))
    return edits


def write_pictures(
    subject: Subject,
    draw: Callable[[np.ndarray, np.ndarray], np.ndarray],
    people: int,
    rng: np.random.Generator,
    folder: Path,
) -> dict[str, FaceParameters]:
    """PNGs <person>.<edit>, SEEN_SIZE px; returns what each was asked to show."""
    asked = {}
    rigs = subject.rigs(people, rng)
    codes = subject.noise(rigs, rng)
    for i, (rig, code) in enumerate(zip(rigs, codes, strict=True)):
        edits = edits_of(from_vector(rig))
        vectors = np.stack([to_vector(p) for p in edits.values()])
        pictures = draw(vectors, np.repeat(code[None], len(vectors), 0))
        for (name, parameters), picture in zip(edits.items(), pictures, strict=True):
            large = cv2.resize(picture, (SEEN_SIZE,) * 2, interpolation=cv2.INTER_CUBIC)
            asked[f"{i:03d}.{name}"] = parameters
            Image.fromarray(large).save(folder / f"{i:03d}.{name}.png")
    return asked


def judged(folder: Path, judge: Path) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Landmarks (478, 3) px and descriptors (128,) by picture; NaN where there is no face."""
    np.save(folder / "mirror.npy", FaceModel.load(level=0).mirror[:LANDMARK_COUNT])
    table = folder / "judge.npz"
    command = [str(judge), str(Path(__file__).with_name("judge.py")), str(folder), str(table)]
    subprocess.run(command, check=True, capture_output=True)
    with np.load(table) as data:
        return (
            dict(zip(data["names"], data["landmarks"], strict=True)),
            dict(zip(data["names"], data["descriptors"], strict=True)),
        )


def report_pose(asked: dict[str, FaceParameters], points: dict[str, np.ndarray]) -> None:
    """Mean error of the pose in degrees, by edit; and the turn read over the turn asked for."""
    found = {
        key: fit_landmarks(FaceModel.load(), value).parameters.pose
        for key, value in points.items()
        if np.isfinite(value).all() and key.split(".")[1] in (*TURNS, "base")
    }
    print("pose, mean |asked − read| in degrees (turn from the straight picture, read/asked)")
    every: list[float] = []
    for name, (axis, degrees) in TURNS.items():
        keys = [k for k in found if k.split(".")[1] == name]
        if not keys:
            continue
        error = [abs(found[k] - asked[k].pose)[axis] for k in keys]
        bases = {k: found.get(f"{k.split('.')[0]}.base") for k in keys}
        turn = [(found[k] - b)[axis] / degrees for k, b in bases.items() if b is not None]
        print(f"  {name:9s} {np.mean(error):5.2f} ({np.median(turn):.2f})")
        every += error
    if every:
        print(f"  all       {np.mean(every):5.2f}")


def report_landmarks(asked: dict[str, FaceParameters], points: dict[str, np.ndarray]) -> None:
    """Mean distance of 468 landmarks from the rig's, % of the eye distance, by expression.

    And how much of the asked motion from the neutral face is read: the least-squares factor.
    """
    print("landmarks, % of the eye distance (share of the asked motion)")
    unread = {k for k, v in points.items() if not np.isfinite(v).all()}
    truth = {
        k: rig_landmarks(to_vector(asked[k])[None], SEEN_SIZE)[0]
        for k in points
        if k not in unread and k.split(".")[1] in ("base", *(f"face-{e}" for e in EXPRESSIONS))
    }
    for name in dict.fromkeys(k.split(".")[1] for k in truth):
        keys = [k for k in truth if k.split(".")[1] == name]
        read = np.stack([points[k][:, :2] for k in keys])
        wanted = np.stack([truth[k] for k in keys])
        errors = landmark_errors(read, wanted, SEEN_SIZE)
        starts = {k: f"{k.split('.')[0]}.face-neutral" for k in keys}
        moved = [
            motion_share(points[k][:468, :2] - points[s][:468, :2], truth[k][:468] - truth[s][:468])
            for k, s in starts.items()
            if s in truth and s != k
        ]
        share = f" ({np.mean(moved):.2f})" if moved and name != "base" else ""
        print(f"  {name:16s} {errors.mean():.2f}{share}")
    print(f"  no face found in {len(unread)} of {len(points)} pictures")


def motion_share(read: np.ndarray, wanted: np.ndarray) -> float:
    """Factor that brings wanted motions (N, 2) nearest to those read."""
    return float((read * wanted).sum() / (wanted * wanted).sum())


def report_identity(descriptors: dict[str, np.ndarray]) -> None:
    """dlib's distances (0.6 tells people apart): edits from the base, bases from each other."""
    print("identity distance (dlib)")
    bases = {k.split(".")[0]: v for k, v in descriptors.items() if k.endswith(".base")}
    for kind in ("yaw", "pitch", "roll", "face", "light"):
        distances = [
            np.linalg.norm(value - bases[key.split(".")[0]])
            for key, value in descriptors.items()
            if key.split(".")[1].startswith(kind)
        ]
        print(f"  {kind:6s} median {np.nanmedian(distances):.2f} worst {np.nanmax(distances):.2f}")
    pairs = [np.linalg.norm(a - b) for a, b in itertools.combinations(bases.values(), 2)]
    print(f"  seeds  median {np.nanmedian(pairs):.2f} least {np.nanmin(pairs):.2f}")


if __name__ == "__main__":
    main()
