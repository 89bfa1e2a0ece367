"""Mien: without arguments, or with photos, the app; with a command the command line.

`--self-test` does everything once and exits with 0 when all is well.
"""

from __future__ import annotations

import gc
import os
import sys


def main(argv: list[str]) -> int:
    """Opens the window, or runs the command that the arguments name; returns an exit status."""
    try:
        if argv == ["--self-test"]:
            from app.self_test import main as test_everything

            return test_everything()
        if not opens_window(argv):
            from core.cli import main as run_command

            return run_command(argv)
        if not has_screen():
            print(
                "mien: there is no screen to open a window on; start it in a desktop session, or "
                "use a command (see `main.py --help`).",
                file=sys.stderr,
            )
            return 2
        # Nothing that a start makes is garbage; looking for it took a tenth of the time.
        gc.disable()
        from app.main import main as open_app

        return open_app(argv)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in ("app", "core", "models"):
            raise
        print(
            f"mien: the package {error.name} is not installed; run `python3 .ci/setup.py`, "
            "then start Mien with `.venv/bin/python main.py`.",
            file=sys.stderr,
        )
        return 2


def opens_window(argv: list[str]) -> bool:
    """Whether the arguments are files to open, or none."""
    if not argv:
        return True
    from core.cli import COMMANDS

    return argv[0] not in COMMANDS and all(map(os.path.exists, argv))


def has_screen() -> bool:
    """Whether Qt can show a window; without X11 and Wayland it would abort the process."""
    known = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform != "linux" or any(map(os.environ.get, known))


if __name__ == "__main__":
    if hasattr(sys, "frozen"):
        import multiprocessing

        multiprocessing.freeze_support()
    sys.exit(main(sys.argv[1:]))
