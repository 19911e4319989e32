"""The published result of `bench-agent status`.

Typed dictionaries, not records: `status` may cost next to nothing, and importing dataclasses alone is a fifth of that.
"""

from typing import Literal, NotRequired, TypedDict

from bench_agent.results.report import Status as RunStatus


class RunUnderWay(TypedDict):
    """A run that measures now."""

    run_id: str
    done: int  # benchmarks measured so far
    of: int | None  # benchmarks in all, once known
    current: str | None  # the benchmark being measured
    estimate_s: float | None  # seconds left, from the last run
    elapsed_s: float


class LastRun(TypedDict, total=False):
    """The newest finished run."""

    run_id: str
    started_at: str  # ISO 8601, UTC
    status: RunStatus
    headline: str  # the verdict in one sentence
    regressions: list[str]  # the five worst slowdowns, in words
    report_path: str | None  # the file that holds everything
    takes_s: dict[str, float]  # what the newest whole call took, "full" and "quick", as far as known
    names: list[str]  # of the benchmarks, at most 60: what -k can select


class Status(TypedDict):
    """What is known here and what is going on."""

    schema: Literal["bench-agent/status/1"]
    status: RunStatus  # of the newest run; "running" during one, "no_results" before the first
    running: NotRequired[list[RunUnderWay]]
    last: NotRequired[LastRun]
    next_command: NotRequired[str]  # how to start
    takes: NotRequired[str]  # how long a run may take, in words
    runs_stored: int
