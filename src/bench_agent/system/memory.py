"""Memory of the benchmarked processes, sampled from outside so that they pay nothing for it."""

import os
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
        family: list[int] = []
        looked = 0.0
        while not self._stop.wait(PERIOD_S):
            now = time.monotonic()
            if now - looked > FAMILY_PERIOD_S and self._roots:
                looked = now
                family = list({pid: None for root in tuple(self._roots) for pid in family_of(root)})  # each once
            total = sum(map(resident_bytes, family))
            if total:
                self._at.append(now)
                self._resident.append(total)


def family_of(pid: int) -> list[int]:
    """The process and its descendants. Linux lists a task's children in a file: a thousandth of a walk through /proc."""
    found, waiting = [], [pid]
    while waiting:
        current = waiting.pop()
        try:
            tasks = os.listdir(f"/proc/{current}/task")  # noqa: PTH208
            for task in tasks:
                with open(f"/proc/{current}/task/{task}/children", "rb") as file:  # noqa: PTH123
                    waiting += map(int, file.read().split())
        except FileNotFoundError:
            if _HAS_CHILDREN_FILES:
                continue  # it ended meanwhile
            return _family_by_psutil(pid)
        except OSError:
            continue
        found.append(current)
    return found


_HAS_CHILDREN_FILES = os.path.exists(f"/proc/self/task/{os.getpid()}/children")  # noqa: PTH110


def _family_by_psutil(pid: int) -> list[int]:
    import psutil

    try:
        root = psutil.Process(pid)
        return [pid, *(child.pid for child in root.children(recursive=True))]
    except psutil.Error:
        return []


def resident_bytes(pid: int) -> int:
    """Resident memory of a process, 0 when it has ended."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * _PAGE
    except FileNotFoundError:
        return 0 if _HAS_CHILDREN_FILES else _resident_by_psutil(pid)
    except (OSError, IndexError, ValueError):
        return 0


def _resident_by_psutil(pid: int) -> int:
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


_PAGE = os.sysconf("SC_PAGE_SIZE")
