"""Sets Mien up in .venv beside the code, with nothing but Python 3.11 to start from.

python3 .ci/setup.py          installs what Mien needs
python3 .ci/setup.py --open   ... and opens it
python3 .ci/setup.py --dev    ... with the tools for tests and checks
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
# There while work goes on in .venv, and after that was broken off.
UNFINISHED = VENV / ".mien-unfinished"
OLDEST_PYTHON = (3, 11)
CODE = ("app", "core", "models")

# What Qt's window needs on Linux, by Debian's package names.
LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


def main() -> int:
    """Installs, and opens Mien if asked; returns an exit status."""
    parser = argparse.ArgumentParser(description="Sets Mien up in .venv beside the code.")
    parser.add_argument("--dev", action="store_true", help="with the tools for tests and checks")
    parser.add_argument("--open", action="store_true", help="open Mien when done")
    args = parser.parse_args()
    if sys.version_info < OLDEST_PYTHON:
        print("mien: Python 3.11 or newer is needed; run this with a newer one.", file=sys.stderr)
        return 2
    try:
        install_system_libraries()
        python = make_environment()
        install_packages(python, args.dev)
        compile_code(python)
    except subprocess.CalledProcessError as error:
        command = " ".join(map(str, error.cmd[:6]))
        print((error.stdout or b"").decode(errors="replace"), end="", file=sys.stderr)
        print(f"mien: `{command} ...` failed; see above and run this again.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nmien: stopped; run this again to go on.", file=sys.stderr)
        return 130
    if args.open:
        with contextlib.suppress(KeyboardInterrupt):
            return subprocess.call([python, ROOT / "main.py"])
        return 130
    print(f"mien: ready. Open it with: {os.path.relpath(python)} main.py")
    return 0


def install_system_libraries() -> None:
    """On Debian and its kin, installs the libraries that are missing; elsewhere names them."""
    missing = missing_packages() if sys.platform == "linux" else []
    if not missing:
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if shutil.which("apt-get") is None:
        print(f"mien: these libraries seem to be missing: {' '.join(missing)}", file=sys.stderr)
        return
    prefix: list[str] = []
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            print(f"mien: as root, run: {' '.join(command)}", file=sys.stderr)
            return
        prefix = ["sudo"]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*prefix, "apt-get", "update"], check=True, env=environment)
    subprocess.run([*prefix, *command], check=True, env=environment)


def missing_packages() -> list[str]:
    """Debian's names of the libraries that do not load, and of Python's venv if it is missing."""
    missing = []
    for library, package in LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    if not VENV.exists() and importlib.util.find_spec("ensurepip") is None:
        missing.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    return missing


def make_environment() -> Path:
    """The interpreter of .venv, which is made when missing, and anew when half made."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if UNFINISHED.exists():
        print("mien: the last run was broken off; .venv is made anew.", flush=True)
        shutil.rmtree(VENV)
    if not python.exists():
        VENV.mkdir(exist_ok=True)
        UNFINISHED.touch()
        # Its errors are told below, its traceback at Ctrl+C is not.
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True, capture_output=True)
    return python


def install_packages(python: Path, dev: bool) -> None:
    """Installs what pyproject.toml names, unless that was done already."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = list(project["dependencies"])
    stamp = VENV / (".mien-dev" if dev else ".mien")
    if dev:
        wanted += project["optional-dependencies"]["dev"]
    mark = hashlib.sha256("\n".join(wanted).encode()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == mark:
        return
    UNFINISHED.touch()
    done = subprocess.run([python, "-m", "pip", "install", "--no-input", *wanted])
    UNFINISHED.unlink()  # pip takes back what it could not install
    done.check_returncode()
    stamp.write_text(mark, encoding="utf-8")


def compile_code(python: Path) -> None:
    """Compiles what a start would compile each time, for Python may be told to keep nothing.

    Qt's bindings hold some of their own code as text inside a library; with SBK_EMBED=0 they lay
    it out as files, again when they are of another version by now.
    """
    lay_out = "import compileall, shiboken6; compileall.compile_dir(*shiboken6.__path__, quiet=1)"
    subprocess.run([python, "-c", lay_out], env=os.environ | {"SBK_EMBED": "0"}, check=True)
    subprocess.run([python, "-m", "compileall", "-q", *CODE], cwd=ROOT, check=True)


if __name__ == "__main__":
    sys.exit(main())
