"""Mien: without arguments the app, with a command the command line."""

from __future__ import annotations

import multiprocessing
import sys


def main(argv: list[str]) -> int:
    """Opens the window, or runs the command that the arguments name; returns an exit status."""
    try:
        if argv:
            from core.cli import main as run_command

            return run_command(argv)
        from app.main import main as open_app
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in ("app", "core", "models"):
            raise
        print(
            f"mien: the package {error.name} is not installed; run `python3 .ci/setup.py`, "
            "then start Mien with `.venv/bin/python main.py`.",
            file=sys.stderr,
        )
        return 2
    return open_app()


if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main(sys.argv[1:]))
