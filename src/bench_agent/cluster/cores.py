"""The core that a worker measures on: one that no other worker of this machine has, for as long as it measures.

A claim is a name that the kernel gives to one process at a time (an abstract socket of Linux). It leaves no file behind, holds
between users, and is free again at the moment its process ends, however that ends.
"""

import contextlib
import os
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench_agent.errors import MeasureError

CLAIM = "\0bench-agent-core-{}"  # the NUL makes it abstract: unix(7)
CLAIM_WAIT_S = 120.0  # for another worker's ring to end; rings take seconds to a minute
TOPOLOGY = "/sys/devices/system/cpu"


@contextlib.contextmanager
def own_core(cores: Sequence[int] | None = None, *, wait_s: float = CLAIM_WAIT_S) -> Iterator[int | None]:
    """A core of `cores` (None: those this thread may use) that is this thread's alone, with what it starts, until the end.

    None where the system pins nothing (no Linux). Raises MeasureError when others keep all of them for `wait_s`.
    """
    if not hasattr(os, "sched_getaffinity"):
        yield None
        return
    before = os.sched_getaffinity(0)
    claim, core = _claim(in_order(before if cores is None else cores), wait_s)
    try:
        os.sched_setaffinity(0, {core})
        yield core
    finally:
        with contextlib.suppress(OSError):  # a core that was taken out of service meanwhile
            os.sched_setaffinity(0, before)
        claim.close()


def in_order(cores: Sequence[int] | set[int], topology: str = TOPOLOGY) -> list[int]:
    """The cores, of each physical one its first thread before any second: two threads of one core share its speed."""
    ranks = {}
    for core in cores:
        siblings = _siblings(core, topology)
        ranks[core] = siblings.index(core) if core in siblings else 0
    return sorted(cores, key=lambda core: (ranks[core], core))


def _siblings(core: int, topology: str) -> list[int]:
    """As the kernel lists them: "0,4" or "0-1"."""
    try:
        text = (Path(topology) / f"cpu{core}" / "topology" / "thread_siblings_list").read_text("ascii").strip()
        found: list[int] = []
        for part in text.split(","):
            first, _, last = part.partition("-")
            found += range(int(first), int(last or first) + 1)
        return found
    except (OSError, ValueError):
        return [core]


def _claim(cores: Sequence[int], wait_s: float) -> tuple[socket.socket, int]:
    deadline = time.monotonic() + wait_s
    while True:
        for core in cores:
            claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            try:
                claim.bind(CLAIM.format(core))
                return claim, core
            except OSError:  # another process has it
                claim.close()
        if time.monotonic() >= deadline:
            raise MeasureError(
                f"all {len(cores)} cores of this machine are measured on by others",
                hint="start at most as many workers on a machine as it has cores",
            )
        time.sleep(0.05)
