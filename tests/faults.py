"""Makes the system calls of a writer fail, one after the other."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

ERRORS = (errno.ENOSPC, errno.EIO)
_CALLS = ("open", "write", "fsync", "link", "replace", "close")


class _Fault:
    """Counts the calls, and fails at one of them."""

    def __init__(self, at: int, number: int) -> None:
        self.left = at
        self.number = number
        self.hit = ""

    def wrap(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """The call as it fails: a write after half of it, a close after all of it."""

        def call(*args: Any, **kwargs: Any) -> Any:
            self.left -= 1
            if self.left != -1:
                return real(*args, **kwargs)
            self.hit = name
            if name == "write":
                real(args[0], args[1][: len(args[1]) // 2])
            elif name == "close":
                real(*args)
            raise OSError(self.number, os.strerror(self.number))

        return call


def faults(number: int, write: Callable[[], object], most: int = 100) -> Iterator[str]:
    """Calls write with the first, second, ... system call failing; yields the name of each.

    It ends with the first time that no call fails; the test looks at the files in between.
    """
    for at in range(most):
        fault = _Fault(at, number)
        with pytest.MonkeyPatch.context() as patch:
            for name in _CALLS:
                patch.setattr(os, name, fault.wrap(name, getattr(os, name)))
            write()
        if not fault.hit:
            return
        yield fault.hit
    raise AssertionError("there is no end of system calls")
