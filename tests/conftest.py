"""Settings and fixtures for all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session", autouse=True)
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings, logs and the like of nobody."""
    with pytest.MonkeyPatch.context() as patched:
        for name in ("CONFIG", "DATA", "LOGS", "STATE"):
            patched.setenv(f"MIEN_{name}", str(tmp_path_factory.mktemp(name.lower())))
        yield


@pytest.fixture(scope="session")
def portraits() -> Path:
    """Folder of large training portraits; the test is skipped where it is missing."""
    folder = SHARED / "portraits"
    if not (folder / "landmarks.npz").is_file():
        pytest.skip("the shared portraits are not here")
    return folder


@pytest.fixture(scope="session")
def small_portraits() -> Path:
    """Folder of small training portraits; the test is skipped where it is missing."""
    folder = SHARED / "portraits_uk"
    if not (folder / "landmarks.npz").is_file():
        pytest.skip("the shared small portraits are not here")
    return folder
