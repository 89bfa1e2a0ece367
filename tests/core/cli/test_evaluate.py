"""`mien evaluate` writes its report and pictures, and says what it will not do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.cli import main
from core.export.provenance import GENERATED, file_xmp, read_source_type
from models.evaluation.report import CAPTIONS
from models.face.parameters import FaceParameters
from models.networks.generator import Generator, GeneratorSpec, NoiseEncoder
from models.networks.generator_store import NoisePrior, save_generator
from models.networks.prior import RigPrior


class Anybody:
    """Takes the place of the trained prior."""

    def sample(self, rng: np.random.Generator, truncation: float = 1.0) -> FaceParameters:
        moved = {
            k: (v + 0.2 * rng.normal(size=v.shape)).astype(np.float32)
            for k, v in vars(FaceParameters()).items()
        }
        return replace(FaceParameters(), **moved)


@pytest.fixture
def checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    torch.manual_seed(0)
    spec = GeneratorSpec(size=32, width=16, noise=4, w=16)
    path = tmp_path / "untrained.safetensors"
    noise_prior = NoisePrior(np.zeros((4, 160)), np.zeros(4), np.eye(4))
    save_generator(path, Generator(spec), NoiseEncoder(spec), noise_prior, "untrained")
    monkeypatch.setattr(RigPrior, "load", staticmethod(Anybody))
    return path


def test_a_report_with_its_pictures(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["evaluate", "--checkpoint", str(checkpoint), "--samples", "32", "--out"]
    out = tmp_path / "report"
    assert main([*options, str(out)]) == 0
    assert {p.name for p in out.iterdir()} == {"report.md", *CAPTIONS}
    assert {read_source_type(file_xmp(out / name)) for name in CAPTIONS} == {GENERATED}
    text = (out / "report.md").read_text(encoding="utf-8")
    assert "untrained.safetensors" in text and "nan" not in text
    shown = capsys.readouterr()
    assert shown.out.strip() == str(out / "report.md")
    assert "varying one factor" in shown.err
    assert main([*options, str(out)]) == 2
    assert "exists already" in capsys.readouterr().err


def test_too_few_samples_and_missing_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--samples", "3", "--out", str(tmp_path)]) == 2
    assert "--samples" in capsys.readouterr().err
    missing = str(tmp_path / "none.safetensors")
    assert main(["evaluate", "--checkpoint", missing, "--out", str(tmp_path)]) == 2
    assert "does not exist" in capsys.readouterr().err
