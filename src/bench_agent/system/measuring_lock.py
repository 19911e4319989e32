"""One measurement at a time in a repository: two at once would disturb each other, and meet in the same trees.

The lock is a locked file in the repository's folder of our cache; it vanishes with its process, however that ends.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from bench_agent.errors import MeasureError
from bench_agent.text.clean import clean_text


class MeasuringLock:
    """Held from `take` to `leave`. home: the repository's folder, made when it is missing."""

    def __init__(self, home: Path, *, wait_s: float, on_wait: Callable[[str], None]) -> None:
        """wait_s: how long to wait for whoever holds it, after telling `on_wait` who that is."""
        self._home, self._wait_s, self._say = home, wait_s, on_wait
        self._held: int | None = None

    def take(self) -> None:
        """Raises MeasureError when another process keeps it, OSError when the folder can't be written."""
        deadline = time.monotonic() + self._wait_s
        told = False
        while (descriptor := self._try()) is None:
            with contextlib.suppress(FileNotFoundError):
                who = clean_text((self._home / "lock").read_text(errors="replace")) or "another process"
                if time.monotonic() >= deadline:
                    raise MeasureError(
                        f"bench-agent is already measuring in this repository ({who})",
                        hint="wait until it has ended: two measurements at once would disturb each other",
                    )
                if not told:
                    self._say(f"waiting for another bench-agent in this repository ({who})")
                    told = True
            time.sleep(0.2)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()}".encode(), 0)
        self._held = descriptor

    def leave(self) -> None:
        if self._held is not None:
            (self._home / "lock").unlink(missing_ok=True)
            os.close(self._held)
            self._held = None
        with contextlib.suppress(OSError):
            self._home.rmdir()  # unless somebody waits there already

    def _try(self) -> int | None:
        """The locked file's descriptor; None when another holds it, or has just left and taken the file away."""
        path = self._home / "lock"
        self._home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(descriptor).st_ino == path.stat().st_ino:
                return descriptor
        except OSError:
            pass
        os.close(descriptor)
        return None


def who_is_measuring(home: Path) -> str | None:
    """Who holds the lock of that folder; None when nobody does. Raises OSError when that can't be known."""
    with (
        contextlib.suppress(FileNotFoundError),
        (home / "lock").open("r+") as lock,
    ):  # nobody ever finished or died here
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return clean_text(lock.read()) or "another process"
    return None
