"""Views of a photo that a generator is tuned with."""

from __future__ import annotations

import numpy as np

from core.photo.scene import Scene
from core.portrait.align import Alignment
from core.portrait.views import views_of
from models.face.condition_maps import ConditionMaps
from models.face.model import FaceModel
from tests.models.relief.heads import picture


def test_views_show_the_photo_at_their_parameters_where_it_was_seen() -> None:
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, size=300)
    views = views_of(Scene(image, fit, matte, model=model), 64)
    taken, inside = Alignment.of(fit.camera, 64).take(image)
    maps = ConditionMaps()
    for view in views:
        face = maps.render(view.parameters, 64)[..., 6] > 250
        turn = np.abs(view.parameters.pose - fit.parameters.pose).max()
        assert view.picture.shape == (64, 64, 3) and view.inside[face].mean() > 0.7
        # The skin lies where the parameters say.
        skin = np.abs(view.picture[face & view.inside].astype(int) - taken[32, 32]).mean()
        assert skin < 60
        if turn == 0:
            assert (view.inside == inside)[~face].all()
    turns = [abs(v.parameters.pose[0] - fit.parameters.pose[0]) for v in views]
    missed = [(inside & ~v.inside).sum() for v in views]
    assert missed[int(np.argmax(turns))] > 10
