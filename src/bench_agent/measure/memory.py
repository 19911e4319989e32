"""Memory of the benchmarked processes, sampled from outside so that they pay nothing for it."""

import contextlib
import threading
import time
from bisect import bisect_left
from dataclasses import dataclass

from bench_agent.records import Window

PERIOD_S = 0.1  # between two samples
FAMILY_PERIOD_S = 0.5  # between two looks at which processes there are: a look reads all of /proc


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryTrace:
    """Resident bytes of all benchmarked processes together, over the monotonic clock, oldest first.

    Pages that processes share are counted once for each: for a suite that forks, an upper bound.
    """

    at: tuple[float, ...] = ()
    resident: tuple[int, ...] = ()

    def within(self, window: Window) -> tuple[int, int] | None:
        """(peak, mean) bytes while the window lasted, or of the nearest sample when it was shorter than a period."""
        if not self.at:
            return None
        low, high = bisect_left(self.at, window.started), bisect_left(self.at, window.stopped)
        values = self.resident[low:high]
        if not values:
            near = min(
                (i for i in (low - 1, low) if 0 <= i < len(self.at)), key=lambda i: abs(self.at[i] - window.started)
            )
            if abs(self.at[near] - window.started) > 2 * FAMILY_PERIOD_S:
                return None
            values = self.resident[near : near + 1]
        return max(values), sum(values) // len(values)

    @property
    def whole(self) -> tuple[int, int] | None:
        return (max(self.resident), sum(self.resident) // len(self.resident)) if self.resident else None


class MemorySampler:
    """Samples in a thread of its own from `start` to `stop`. `watch` adds a process; its descendants come with it."""

    def __init__(self) -> None:
        self._roots: set[int] = set()
        self._at: list[float] = []
        self._resident: list[int] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def watch(self, pid: int) -> None:
        self._roots.add(pid)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> MemoryTrace:
        self._stop.set()
        self._thread.join()
        return MemoryTrace(at=tuple(self._at), resident=tuple(self._resident))

    def _run(self) -> None:
        import psutil

        family: list[psutil.Process] = []
        looked = 0.0
        while not self._stop.wait(PERIOD_S):
            now = time.monotonic()
            if now - looked > FAMILY_PERIOD_S and self._roots:
                looked, family = now, []
                for pid in tuple(self._roots):
                    with contextlib.suppress(psutil.Error):
                        root = psutil.Process(pid)
                        family += [root, *root.children(recursive=True)]
            total = 0
            for process in family:
                with contextlib.suppress(psutil.Error):
                    total += process.memory_info().rss
            if total:
                self._at.append(now)
                self._resident.append(total)
