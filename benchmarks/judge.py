"""Independent reading of pictures, in an environment of its own: python judge.py FOLDER OUT.npz

Needs mediapipe (face mesh) and, for identities, dlib with the weights of the package
face_recognition_models. Mien uses neither. For each PNG it stores `name`, landmarks
(478, 3) px (the mean of a plain and a mirrored reading) and dlib's descriptor (128,); NaN
where nothing was found.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

MIRROR = "mirror.npy"


def main(folder: Path, out: Path) -> None:
    """Read every PNG of the folder and write the table."""
    import mediapipe as mp  # type: ignore[import-not-found]

    mirror = np.load(folder / MIRROR)
    mesh = mp.solutions.face_mesh.FaceMesh(
        static_image_mode=True, refine_landmarks=True, min_detection_confidence=0.2
    )
    describe = descriptor_reader()
    names, points, descriptors = [], [], []
    for path in sorted(folder.glob("*.png")):
        image = np.array(Image.open(path).convert("RGB"))
        plain, turned = landmarks(mesh, image), landmarks(mesh, image[:, ::-1].copy())
        turned = turned[mirror]
        turned[:, 0] = image.shape[1] - 1 - turned[:, 0]
        names.append(path.stem)
        points.append((plain + turned) / 2)
        descriptors.append(describe(image))
    np.savez(out, names=names, landmarks=points, descriptors=descriptors)


def landmarks(mesh: Any, image: np.ndarray) -> np.ndarray:
    """(478, 3) px of the first face, NaN without one."""
    found = mesh.process(image).multi_face_landmarks
    if not found:
        return np.full((478, 3), np.nan)
    h, w = image.shape[:2]
    return np.array([[p.x * w - 0.5, p.y * h - 0.5, p.z * w] for p in found[0].landmark])


def descriptor_reader() -> Any:
    """A function image -> dlib's descriptor (128,); NaN without the weights or a face."""
    try:
        import dlib
        import face_recognition_models as weights  # type: ignore[import-not-found]
    except ImportError:
        return lambda image: np.full(128, np.nan)
    folder = Path(weights.__file__).parent / "models"
    detector = dlib.get_frontal_face_detector()
    shape = dlib.shape_predictor(str(folder / "shape_predictor_5_face_landmarks.dat"))
    network = dlib.face_recognition_model_v1(
        str(folder / "dlib_face_recognition_resnet_model_v1.dat")
    )

    def describe(image: np.ndarray) -> np.ndarray:
        boxes = detector(image, 1)
        if not boxes:
            return np.full(128, np.nan)
        largest = max(boxes, key=lambda b: b.area())
        return np.array(network.compute_face_descriptor(image, shape(image, largest), 4))

    return describe


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
