"""Builds the folder that runs without Python, tests it, and says how large it is.

    python packaging/build.py [--out dist]

PyInstaller must be installed (`.venv/bin/pip install pyinstaller`). The folder is for the system
it was built on.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Runs from the command line; returns PyInstaller's or the self-test's exit status."""
    parser = argparse.ArgumentParser(description="Builds Mien for people without Python.")
    parser.add_argument("--out", type=Path, default=HERE.parent / "dist")
    parser.add_argument("--no-test", action="store_true", help="build only")
    args = parser.parse_args()
    if importlib.util.find_spec("PyInstaller") is None:
        print(
            f"mien: PyInstaller is missing; run `{sys.executable} -m pip install pyinstaller`.",
            file=sys.stderr,
        )
        return 2
    command = [
        sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN",
        "--distpath", str(args.out), "--workpath", str(args.out / "build"),
        str(HERE / "mien.spec"),
    ]  # fmt: skip
    built = subprocess.call(command, cwd=HERE.parent)
    if built:
        return built
    folder = args.out / "Mien"
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    print(f"{folder}: {size / 1e6:.0f} MB")
    if args.no_test:
        return 0
    program = folder / ("Mien.exe" if os.name == "nt" else "Mien")
    return subprocess.call([program, "--self-test"])


if __name__ == "__main__":
    sys.exit(main())
