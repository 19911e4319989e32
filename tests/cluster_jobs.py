"""Jobs for the workers of a cluster in tests: a worker imports them from here."""

import os
import signal
import time
from pathlib import Path

from bench_agent.cluster.on_worker import Workplace
from bench_agent.errors import MeasureError
from bench_agent.system.process import Running


def where(place: Workplace, payload: str) -> tuple[str, int, set[int], str]:
    """(payload, process, cores, the file that was sent)."""
    return payload, os.getpid(), set(os.sched_getaffinity(0)), (place.folder / "sent").read_text()


def refuse(place: Workplace, payload: str) -> None:
    raise MeasureError(f"{payload} can't be measured", hint="another one")


def prepare_once(place: Workplace, payload: str) -> int:
    place.kept.setdefault("times", []).append(payload)
    return len(place.kept["times"])


def die_once(place: Workplace, marker: str) -> str:
    """Kill the worker the first time."""
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


def die(place: Workplace, payload: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def sleep_outside(place: Workplace, folder: str) -> int | None:
    """A command of a minute, whose process is noted in the folder."""
    with Running(["sleep", "60"], cwd=place.folder) as running:
        Path(folder, f"{running.pid}").touch()
        return running.wait(60.0)


def slow_at_first(place: Workplace, payload: tuple[str, float]) -> str:
    """Slow the first time only, as on a worker that others use too."""
    marker, seconds = payload
    if not Path(marker).exists():
        Path(marker).touch()
        time.sleep(seconds)
    return "done"


def add(place: Workplace, numbers: list[int]) -> int:
    return sum(numbers)
