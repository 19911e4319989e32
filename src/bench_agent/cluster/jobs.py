"""Jobs on a cluster: what is begun when, begun again elsewhere, and given up. Decided from plain values. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

LATE = 3.0  # times as long as the others of its kind took: a worker that slow is not waited for alone
LATE_LEAST_S = 30.0  # below, a second try would cost more than the wait: starting a suite takes seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerState:
    """A worker as the scheduler knows it: of rings it does one at a time, if it is fit for any."""

    address: str
    is_fit: bool
    running: bool = True


def slots_of(workers: Sequence[WorkerState]) -> int:
    """How many rings may be under way: one for each fit worker.

    No more, though the scheduler would take them: it blames every job that waits at a worker for the worker's death, and gives
    up those that were there at four deaths.
    """
    return sum(worker.is_fit and worker.running for worker in workers)


def late_jobs(running_s: Mapping[str, float], done_s: Sequence[float], *, idle: int) -> list[str]:
    """The jobs to begin a second time on the `idle` workers, since the one that has it is slow; the longest first.

    running_s: seconds since each was begun. done_s: of those that are done.
    """
    if not done_s:
        return []
    limit_s = max(LATE * median(done_s), LATE_LEAST_S)
    late = sorted((key for key, seconds in running_s.items() if seconds > limit_s), key=lambda key: -running_s[key])
    return late[: max(idle, 0)]


def describe_lost(jobs: int) -> str:
    """What is said when a worker died with so many of our jobs."""
    what = "a ring" if jobs == 1 else f"{jobs} rings"
    return f"a worker was lost with {what} under way: measured again on another"
