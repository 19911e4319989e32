"""Commits measured against an anchor: what a measuring machine is asked for, and what it answers.

Plain values, so that the same question can be put to this machine or to a worker elsewhere. An answer is a ratio taken in turns
on one machine, so answers of several machines can stand beside each other.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Literal, Protocol

from bench_agent.records.pairs import PairSample
from bench_agent.records.runs import Machine
from bench_agent.records.work import Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How the versions of a stretch of history are made to run: the same for all that are compared with each other."""

    files_from: str = ""  # sha whose benchmark files all versions get; "": each has its own
    python: str = ""  # the interpreter; "": the suite's
    setup: str = ""  # the command that builds a version; "": none


Purpose = Literal["count", "survey", "narrow", "prove"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuringTask:
    """Commits to measure beside an anchor in one ring, with benchmarks that share its checkouts and sessions."""

    purpose: Purpose  # for those who watch; and what proves a commit is not what it was found by
    repository: str  # the checkout's folder on the machine that asks; a worker elsewhere has its own clone of it
    anchor: str  # sha that the ratios are to
    commits: tuple[str, ...]  # shas; few enough for one ring (`MOST_ABREAST`)
    benchmarks: tuple[str, ...]  # node ids
    counts: bool = False  # count one call of each benchmark at the commits, first
    part: int = 0  # of a question that is asked in parts: more sets of the same ring
    sets: int = 0  # sets of fresh sessions, each one pair for every commit and benchmark; 0: counts alone
    seconds: float = 120.0  # at most; what was measured by then is answered
    conditions: Conditions = Conditions()

    @property
    def key(self) -> str:
        """Names the question, whoever is asked and however long it may take."""
        asked = {name: value for name, value in asdict(self).items() if name not in ("repository", "seconds")}
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:20]


MOST_ABREAST = 6  # commits beside the anchor: every one lengthens the ring; trees are kept for eight


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredPoint:
    """One benchmark at one commit, as one task measured it."""

    commit: str
    benchmark: str
    pairs: tuple[PairSample | None, ...] = ()  # against the anchor, one for each set of sessions; None: not in that set
    reach: Reach | None = None  # what one call executes, if it was counted
    reason: str | None = None  # why it could not be measured


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResult:
    """The answer to a task. The sets of all its points are the same ones, in order: their pairs may be subtracted."""

    task: MeasuringTask
    points: tuple[MeasuredPoint, ...]  # the anchor among them where it could not be measured
    machine: Machine = field(default_factory=Machine)  # with the interpreter that ran the benchmarks
    worker: str = ""  # its name; "": this machine
    seconds: float = 0.0
    sessions: int = 0  # of one version each
    warnings: tuple[str, ...] = ()


class Executor(Protocol):
    """Answers tasks: this machine, one after the other, or a cluster."""

    @property
    def width(self) -> int:
        """How many tasks are worked on at once."""
        ...

    def measure(self, tasks: Iterable[MeasuringTask]) -> Iterator[TaskResult]:
        """An answer to each task, as they come, in any order; a task that can't be done at all has points with reasons."""
        ...
