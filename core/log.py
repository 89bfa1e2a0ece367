"""The log: a file for each kind of process, which turns over before it grows large."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import logging.handlers
import platform
import sys
import threading
from pathlib import Path
from types import TracebackType

from core.folders import log_folder

LOG = logging.getLogger("mien")
BYTES, FILES = 1 << 20, 3


def log_path(name: str) -> Path:
    """Where the log of "window" or "engine" lies."""
    return log_folder() / f"{name}.log"


def start(name: str) -> None:
    """Log to log_path(name): also what nothing caught, on any thread, and native crashes.

    A folder that cannot be written leaves Mien without a log.
    """
    try:
        path = log_path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=BYTES, backupCount=FILES - 1, encoding="utf-8"
        )
        crashes = path.with_suffix(".crash").open("a", encoding="utf-8")
    except OSError:
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s"))
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    LOG.propagate = False
    faulthandler.enable(crashes)
    _hook_exceptions()
    system = platform.system(), platform.release(), platform.machine()
    LOG.info("%s started: Python %s, %s", name, platform.python_version(), " ".join(system))


def _hook_exceptions() -> None:
    former, former_thread = sys.excepthook, threading.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        LOG.error("Nothing caught this:", exc_info=(kind, error, trace))
        former(kind, error, trace)

    def thread_hook(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            caught = (args.exc_type, args.exc_value, args.exc_traceback)
            LOG.error("Nothing caught this on %s:", args.thread, exc_info=caught)
        former_thread(args)

    sys.excepthook, threading.excepthook = hook, thread_hook


def tail(name: str, lines: int = 200) -> str:
    """The log's last lines; "" without a log."""
    with contextlib.suppress(OSError):
        text = log_path(name).read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-lines:])
    return ""
