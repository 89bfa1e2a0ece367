"""Several photos in one process: the failed ones are told, the rest are done."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from core.errors import OutputError, explained
from core.files import make_folder


def add_batch_options(parser: argparse.ArgumentParser) -> None:
    """Adds PHOTO..., --out and --overwrite."""
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace files of the same name in DIR"
    )


class OutputNames:
    """Names in one folder: files from before are protected, equal stems of one run numbered.

    The photos themselves are never written over, whatever is allowed.
    """

    def __init__(self, folder: Path, overwrite: bool, photos: Sequence[Path]) -> None:
        self.folder = make_folder(folder)
        self.overwrite = overwrite
        self._photos = {os.path.realpath(photo) for photo in photos}
        self._taken: set[str] = set()

    def stem(self, photo: Path, endings: Sequence[str]) -> str:
        """The stem for a photo's outputs, given the endings to write. Raises OutputError."""
        number, stem = 2, photo.stem
        while stem.lower() in self._taken:
            stem = f"{photo.stem}-{number}"
            number += 1
        self._taken.add(stem.lower())
        for ending in endings:
            path = self.folder / f"{stem}{ending}"
            if os.path.realpath(path) in self._photos:
                raise OutputError(f"{path} is one of the photos; choose another --out.")
            if os.path.lexists(path) and not self.overwrite:
                raise OutputError(
                    f"{path} exists already; choose another --out or add --overwrite."
                )
        return stem


def for_each(photos: Sequence[Path], work: Callable[[Path], str]) -> int:
    """Runs work on every photo and prints what it returns, or the reason of its failure.

    Returns 0, 1 when some photos failed and others not, 2 when all failed.
    """
    failed: list[Path] = []
    for photo in photos:
        start = time.perf_counter()
        try:
            done = work(photo)
        except Exception as error:  # noqa: BLE001 - one photo must not stop the others
            failed.append(photo)
            print(f"mien: {explained(error, photo)}", file=sys.stderr)
        else:
            print(f"{photo} -> {done} ({time.perf_counter() - start:.1f} s)", flush=True)
    if failed and len(photos) > 1:
        print(
            f"mien: {len(failed)} of {len(photos)} photos were left out; "
            "mend them as the lines above say, and give those again.",
            file=sys.stderr,
        )
    return 0 if not failed else 2 if len(failed) == len(photos) else 1
