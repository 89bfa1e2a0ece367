"""What the real backend does where the fit of a face breaks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import core.photo.analyze
from core.engine.backend import PhotoBackend
from core.errors import FaceError


def test_broken_arithmetic_is_a_face_that_cannot_be_fitted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: Any) -> None:
        raise np.linalg.LinAlgError("Singular matrix")

    monkeypatch.setattr(core.photo.analyze, "analyze", broken)
    monkeypatch.setattr(core.photo.analyze, "fit_face", broken)
    photo: Any = SimpleNamespace(name="anna.jpg")
    with pytest.raises(FaceError, match=r"anna\.jpg cannot be fitted"):
        PhotoBackend().analyze(photo)
    with pytest.raises(FaceError, match=r"anna\.jpg cannot be fitted"):
        PhotoBackend().fit_box(photo, (0.0, 0.0, 50.0, 50.0))
