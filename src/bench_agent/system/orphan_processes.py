"""Processes that left the session of the command that started them and were left behind: made our children, found and ended."""

import contextlib
import os
import signal
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
MOST_GENERATIONS = 20  # of orphans of orphans that are killed; far beyond what a suite starts
started_here: set[int] = set()  # pids of all that `process` started: children that are no orphans


def adopt_orphans() -> None:
    """From now on what our commands leave behind becomes our child instead of init's. Linux; elsewhere nothing happens.

    A process that left the session with an empty environment (`env -i setsid`) carries no mark: only so can it be found.
    """
    with contextlib.suppress(OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_adopted() -> None:
    """Kill what became our child without being started by us, and all below it: it is in a session of its own."""
    for _ in range(MOST_GENERATIONS):  # what a killed one leaves behind becomes ours in turn
        found = _adopted()
        if not found:
            return
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def reap_adopted() -> None:
    """Collect the exit codes of adopted processes that have ended: else they stay in the table of processes until we end."""
    for pid in _adopted():
        with contextlib.suppress(OSError):
            os.waitpid(pid, os.WNOHANG)


def _adopted() -> list[int]:
    """Our children that we did not start. One in our own session is a library's, which will wait for it itself."""
    return [pid for pid in _children() if pid not in started_here and _session_of(pid) not in (None, os.getsid(0))]


def _children() -> list[int]:
    """Our children, by /proc; none where the kernel does not tell."""
    found = []
    for path in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError, ValueError):
            found += [int(pid) for pid in path.read_text("ascii").split()]
    return found


def _session_of(pid: int) -> int | None:
    with contextlib.suppress(OSError):
        return os.getsid(pid)
    return None
