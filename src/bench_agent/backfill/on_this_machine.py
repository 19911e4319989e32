"""Answers measuring tasks on this machine, one after the other. An `Executor`.

Takes tasks, returns what fresh sessions of their commits gave, all benchmarks of a task in the same sessions, and why something
could not be measured. What to measure is decided elsewhere.
"""

import contextlib
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from bench_agent.bisection.kept_trees import END_SLOT
from bench_agent.bisection.lineage import Version
from bench_agent.bisection.versions import Versions
from bench_agent.config import Config
from bench_agent.errors import MeasureError
from bench_agent.measure.paired.side import SideError
from bench_agent.measure.paired.trees import CONFIG_FILES, open_trees, suite_files
from bench_agent.records import (
    Conditions,
    Machine,
    MeasuredPoint,
    MeasuringTask,
    PairSample,
    Problem,
    PytestProcess,
    Reach,
    Say,
    Suite,
    TaskResult,
)
from bench_agent.system.git import Repository
from bench_agent.system.machine import describe_machine
from bench_agent.text.clean import clean_text

LEAST_RING_S = 10.0  # for which rounds are sized, however little time is left


class LocalExecutor:
    """This machine. A context manager: while it is open it holds the repository's measuring lock and keeps its trees."""

    width = 1

    def __init__(
        self,
        config: Config,
        repository: Repository,
        suite: Suite,
        *,
        environment: Mapping[str, str],
        say: Say,
        worker: str = "",
        cache: Path | None = None,
    ) -> None:
        """suite: as it is collected now, whose interpreter and options all versions are started with.

        cache: where the trees live; None: the user's cache directory.
        """
        self._config, self._repository, self._suite = config, repository, suite
        self._environment, self._say, self._worker = environment, say, worker
        self._cache = cache
        self._open = contextlib.ExitStack()
        self._opened: tuple[Conditions, PytestProcess] | None = None
        self._versions: Versions | None = None
        self._warnings: list[str] = []
        self._python = ""  # version of the interpreter that ran the benchmarks; "" before the first ring
        self._iterations: dict[str, int] = {}  # of a round, by benchmark

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def measure(self, tasks: Iterable[MeasuringTask]) -> Iterator[TaskResult]:
        """An answer to each, in order. What can't be had at all is an answer with reasons."""
        for task in tasks:
            yield self._answer(task)

    def _answer(self, task: MeasuringTask) -> TaskResult:
        """Raises MeasureError where the trees can't be had, as while another run has them: that says nothing of the commits."""
        began = time.monotonic()
        found = _Answer(task)
        try:
            versions = self.ready(task.conditions, task.anchor, task.benchmarks)
            if task.counts:
                self._count(versions, task, found)
            if task.sets:
                self._time(versions, task, found, began + task.seconds)
        except SideError as error:
            found.fail(error.side.label, error.message)
        except NoEndError as error:
            for commit in task.commits:
                found.fail(Version(commit).label, error.message)
        return TaskResult(
            task=task,
            points=found.points(),
            machine=self._machine(),
            worker=self._worker,
            seconds=time.monotonic() - began,
            sessions=found.sessions,
            warnings=tuple(dict.fromkeys([*self._warnings, *found.notes])),
        )

    def _machine(self) -> Machine:
        return describe_machine(python=self._python)

    # --- versions

    def ready(self, conditions: Conditions, anchor: str, benchmarks: Sequence[str]) -> Versions:
        """The versions of these conditions and of the benchmarks' process; those of others are closed. Raises MeasureError."""
        process = self._suite.process_of(benchmarks[0])
        if self._versions is None or self._opened != (conditions, process):
            self._open.close()
            self._versions = self._open_versions(conditions, anchor, benchmarks, process)
            self._opened = (conditions, process)
        return self._versions

    def _open_versions(
        self, conditions: Conditions, anchor: str, benchmarks: Sequence[str], process: PytestProcess
    ) -> Versions:
        config = self._config
        if conditions.setup:
            config = replace(config, setup=conditions.setup)
        suite = self._suite
        if conditions.python:
            process = replace(process, executable=conditions.python)
            suite = Suite(processes=tuple(replace(p, executable=conditions.python) for p in suite.processes))
        top, root = self._repository.root.resolve(), config.root.resolve()
        end = Version(conditions.files_from or anchor)
        trees = self._open.enter_context(
            open_trees(config, self._repository, suite, environment=self._environment, say=self._say, cache=self._cache)
        )
        try:
            versions = Versions(
                trees,
                end=end,
                end_sha=end.sha,
                top=top,
                root=root,
                process=process,
                environment=self._environment,
                iterations=self._iterations,
                modules=suite.modules,
            )
        except MeasureError as error:
            raise NoEndError(error.message, hint=error.hint) from error
        self._open.enter_context(versions)
        versions.kept.may_fall_back = False  # what needs other files is a stretch of its own
        if conditions.files_from:
            ids = process.ids or tuple(benchmarks)
            files = suite_files(config, [top, versions.kept.end_tree], suite, ids, top)
            trees.fill(END_SLOT, [path for path in files if path not in CONFIG_FILES])
            versions.kept.overlaid = files
        self._warnings = [*trees.warnings, *trees.left_out]
        return versions

    @property
    def warnings(self) -> tuple[str, ...]:
        """Of the versions that were made ready last."""
        return tuple(self._warnings)

    # --- measuring

    def _count(self, versions: Versions, task: MeasuringTask, found: "_Answer") -> None:
        counted, failed = versions.count([Version(sha) for sha in task.commits], task.benchmarks)
        found.sessions += len(task.commits)
        for version, why in failed.items():
            found.fail(version.label, why)
        for label, problems in counted.problems.items():
            for benchmark, why in problems.items():
                found.fail(label, why, benchmark=benchmark)
        for label, reaches in counted.reaches.items():
            found.count(label, reaches)

    def _time(self, versions: Versions, task: MeasuringTask, found: "_Answer", deadline: float) -> None:
        beside = [Version(sha) for sha in (task.anchor, *task.commits)]
        budget_s = max(deadline - time.monotonic(), LEAST_RING_S)
        with versions.turns(beside, task.benchmarks, budget_s=budget_s) as ring:
            for number in range(task.sets):
                is_last = number + 1 == task.sets
                taken = ring.step(task.benchmarks if number else None, deadline=deadline, last=is_last)
                found.sessions += len(beside)
                self._python = ring.python or self._python
                found.take(taken.samples)
                for problem in taken.problems:
                    if problem.kind == "in_turns":
                        found.notes[f"{problem.benchmark}: {problem.message}"] = None
                        continue
                    labels = [problem.side] if problem.side else [Version(sha).label for sha in task.commits]
                    for label in labels:
                        found.fail(label, _in_words(problem), benchmark=problem.benchmark)
                if time.monotonic() > deadline:
                    break


class NoEndError(MeasureError):
    """The version whose benchmark files all others get can't be had."""


def _in_words(problem: Problem) -> str:
    """As a counting session tells it, where a file can't be imported: `cannot_be_imported` reads it."""
    return problem.message if problem.kind == "missing" else f"{problem.kind}: {problem.message}"


class _Answer:
    """What a task gave, while it is worked on."""

    def __init__(self, task: MeasuringTask) -> None:
        self._task = task
        self._shas = {Version(sha).label: sha for sha in (task.anchor, *task.commits)}
        self._pairs: dict[tuple[str, str], list[PairSample | None]] = defaultdict(list)  # (sha, benchmark)
        self._reaches: dict[tuple[str, str], Reach] = {}
        self._reasons: dict[tuple[str, str], str] = {}
        self.sessions = 0
        self.notes: dict[str, None] = {}

    def fail(self, label: str, why: str, *, benchmark: str = "") -> None:
        """benchmark: "" is all of them."""
        for each in [benchmark] if benchmark else self._task.benchmarks:
            self._reasons.setdefault((self._shas[label], each), clean_text(why, limit=160))

    def count(self, label: str, reaches: Mapping[str, Reach]) -> None:
        self._reaches.update({(self._shas[label], benchmark): reach for benchmark, reach in reaches.items()})

    def take(self, samples: Mapping[tuple[str, str], PairSample]) -> None:
        """One set of sessions."""
        for sha in self._task.commits:
            for benchmark in self._task.benchmarks:
                self._pairs[sha, benchmark].append(samples.get((benchmark, Version(sha).label)))

    def points(self) -> tuple[MeasuredPoint, ...]:
        ats = dict.fromkeys([*self._pairs, *self._reaches, *self._reasons])
        return tuple(
            MeasuredPoint(
                commit=sha,
                benchmark=benchmark,
                pairs=tuple(self._pairs.get((sha, benchmark), ())),
                reach=self._reaches.get((sha, benchmark)),
                reason=self._reasons.get((sha, benchmark)),
            )
            for sha, benchmark in ats
            if benchmark in self._task.benchmarks
        )
