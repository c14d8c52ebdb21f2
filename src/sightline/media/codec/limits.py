"""What this process may take from the machine, as far as its system lets a process say so."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress

try:
    import resource
except ImportError:  # Windows
    resource = None

_OPEN_FILES = 64
"""The pipes, the file, what a library opens to start with, and room."""
_PR_SET_PDEATHSIG = 1
"""prctl(2) of Linux."""


def confine(memory_mb: int) -> None:
    """Bound memory and open files, leave no core dump. For good: a limit cannot be raised again."""
    if resource is not None:
        _limit(resource.RLIMIT_AS, memory_mb << 20)
        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)


def limit_writing(most_mb: int) -> None:
    """No file can be written beyond this size any more, with 0 none at all; pipes are none. Call
    when all is imported."""
    sys.dont_write_bytecode = True
    if resource is not None:
        _limit(resource.RLIMIT_FSIZE, most_mb << 20)


def die_with_parent() -> None:
    """Also where a decoder hangs and holds the interpreter, which then cannot see that it ended."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - numpy has loaded it

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _limit(what: int, most: int) -> None:
    if resource is not None:
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(ValueError, OSError):  # a system that has the name and not the limit
            resource.setrlimit(what, (most, most))
