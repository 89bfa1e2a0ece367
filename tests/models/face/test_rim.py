from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.face.camera import Camera
from models.face.condition_maps import ConditionMaps
from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.face.pose import rotation
from models.face.rim import outer_border, rim_fade

NOSE, CHIN, BROW, LEFT_LID, LIP = 4, 152, 9, 386, 13


def test_the_border_of_a_square_with_a_hole() -> None:
    # 4 × 4 points, the middle square left out.
    points = np.array([(x, y, 0) for y in range(4) for x in range(4)], float)
    squares = [(x, y) for y in range(3) for x in range(3) if (x, y) != (1, 1)]
    first = np.array([4 * y + x for x, y in squares])[:, None]
    corners = first + [0, 1, 5, 4]
    triangles = np.concatenate([corners[:, [0, 1, 2]], corners[:, [0, 2, 3]]])
    inner = {5, 6, 9, 10}
    assert set(outer_border(triangles, points).tolist()) == set(range(16)) - inner


def test_the_face_is_whole_and_its_rim_fades() -> None:
    model = FaceModel.load(level=1)
    fade = rim_fade(model)
    border = outer_border(model.triangles, model.mean)
    assert fade[border].max() == 0 and fade.max() == 1
    # Eyes and mouth are open in the mesh, and no rim.
    assert fade[[NOSE, BROW, LEFT_LID, LIP]].min() > 0.99
    assert np.abs(fade - fade[model.mirror]).max() < 0.02


def test_maps_fade_at_the_hair_and_end_sharply_at_the_chin() -> None:
    size = 128
    parameters = replace(FaceParameters(), pose=np.array([25, 0, 0], np.float32))
    mask = ConditionMaps().render(parameters, size)[..., 6].astype(float) / 255
    model = FaceModel.load(level=1)
    vertices = model.vertices(parameters.identity, parameters.expression)
    turned = vertices @ rotation(parameters.pose).T
    chin, brow = np.rint(Camera.generator(size).project(turned[[CHIN, BROW]])[:, :2]).astype(int)

    def way(column: np.ndarray) -> int:
        """Pixels between nearly nothing and nearly all."""
        return int(((column > 0.05) & (column < 0.95)).sum())

    assert way(mask[chin[1] - 4 :, chin[0]]) <= 5
    assert way(mask[: brow[1], brow[0]]) >= 8
