"""What the options of files come to."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from core.cli.export_options import add_export_options, export_options
from core.document.project import Project
from core.errors import ParameterError
from core.export.options import ExportOptions


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the person who runs the tests."""
    monkeypatch.setenv("MIEN_CONFIG", str(tmp_path))


def options(*given: str, project: Project | None = None) -> ExportOptions:
    """What a command line asks for."""
    parser = argparse.ArgumentParser()
    add_export_options(parser)
    return export_options(parser.parse_args(given), project)


def test_everything_is_said_and_embedded_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = options(project=Project("a.jpg"))
    assert plain.provenance and plain.quality == 95 and '"photo": "a.jpg"' in plain.document
    assert not plain.certificate
    off = options("--no-settings", "--no-provenance", "--quality", "70", project=Project())
    assert off == ExportOptions(70, False)
    monkeypatch.setenv("MIEN_EMBED_SETTINGS", "false")
    assert options(project=Project()).document == ""


def test_signing_needs_two_files(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ParameterError, match="give both"):
        options("--c2pa-cert", "a.pem")
    both = options("--c2pa-cert", "a.pem", "--c2pa-key", "b.pem")
    assert (both.certificate, both.key) == ("a.pem", "b.pem")
    monkeypatch.setenv("MIEN_CERTIFICATE", "c.pem")
    monkeypatch.setenv("MIEN_PRIVATE_KEY", "d.pem")
    assert (options().certificate, options().key) == ("c.pem", "d.pem")
    assert options("--c2pa-cert", "a.pem", "--c2pa-key", "b.pem").key == "b.pem"


@pytest.mark.parametrize("quality", ["0", "101"])
def test_a_quality_outside_is_refused(quality: str) -> None:
    with pytest.raises(ParameterError, match="--quality cannot be"):
        options("--quality", quality)
