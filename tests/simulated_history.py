"""A long history whose times and counts are made up, and an executor that answers tasks of it: searches run in milliseconds."""

import itertools
import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bench_agent.backfill.known import Known
from bench_agent.backfill.proofs import Proved
from bench_agent.backfill.search import Search
from bench_agent.backfill.stretch import Stretch, Wish, spread_positions
from bench_agent.bisection.lineage import Line, Version
from bench_agent.records import Commit, MeasuredPoint, MeasuringTask, PairSample, Reach, TaskResult


def sha_of(position: int) -> str:
    return f"{position:08x}" * 5


def position_of(sha: str) -> int:
    return int(sha[:8], 16)


def line_of(commits: int) -> Line:
    shas = [sha_of(position) for position in range(commits + 1)]
    return Line(
        versions=tuple(map(Version, shas)),
        commits=tuple(Commit(sha=sha, subject="", parents=(one,)) for one, sha in itertools.pairwise(shas)),
    )


def stretch_of(commits: int, benchmarks: Sequence[str], *, spread: int = 24) -> Stretch:
    return Stretch(
        repository="",
        line=line_of(commits),
        anchor=sha_of(commits),
        benchmarks=tuple(benchmarks),
        survey=spread_positions(commits, spread),
    )


def branch_at(merge: int, commits: int) -> tuple[Line, dict[str, float]]:
    """The commits that the merge at this position brought, and their positions as an executor wants them."""
    shas = [sha_of(merge - 1), *(sha_of(0xB0000000 + 1000 * merge + number) for number in range(1, commits + 1))]
    line = Line(
        versions=tuple(map(Version, shas)),
        commits=tuple(Commit(sha=sha, subject="", parents=(one,)) for one, sha in itertools.pairwise(shas)),
    )
    return line, {sha: merge - 1 + number / (commits + 1) for number, sha in enumerate(shas) if number}


@dataclass(slots=True, kw_only=True)
class SimulatedExecutor:
    """steps: benchmark -> {position: log units}. counted: benchmarks whose counts show them. broken: position -> why.

    moved: up to that position only benchmark files of that time can be imported. inside: commits of branches, sha -> position between that of the commit before the merge and the merge's.

    noise: spread of one version in one set of sessions, log units; every now and then five times that.
    """

    steps: Mapping[str, Mapping[float, float]]
    counted: frozenset[str] = frozenset()
    broken: Mapping[int, str] = field(default_factory=dict)
    moved: int = -1
    inside: Mapping[str, float] = field(default_factory=dict)
    noise: float = 0.012
    rng: random.Random = field(default_factory=lambda: random.Random(1))
    width: int = 1
    asked: list[MeasuringTask] = field(default_factory=list)

    def level(self, benchmark: str, sha: str) -> float:
        position = self.inside.get(sha, position_of(sha))
        return math.fsum(size for at, size in self.steps.get(benchmark, {}).items() if at <= position)

    def measure(self, tasks: Iterable[MeasuringTask]) -> Iterator[TaskResult]:
        for task in tasks:
            self.asked.append(task)
            versions = len(task.commits) + 1 if task.sets else 0
            yield TaskResult(
                task=task,
                points=tuple(self._points(task)),
                sessions=task.sets * versions + len(task.commits) * task.counts,
            )

    def _points(self, task: MeasuringTask) -> Iterator[MeasuredPoint]:
        for benchmark in task.benchmarks:
            base = [self._noisy(benchmark, task.anchor) for _ in range(task.sets)]
            for commit in task.commits:
                if position_of(commit) in self.broken:
                    yield MeasuredPoint(commit=commit, benchmark=benchmark, reason=self.broken[position_of(commit)])
                    continue
                if position_of(commit) <= self.moved < position_of(task.conditions.files_from or "0"):
                    file = benchmark.partition("::")[0]
                    yield MeasuredPoint(commit=commit, benchmark=benchmark, reason=f"{file}: ImportError: no name")
                    continue
                own = [self._noisy(benchmark, commit) for _ in range(task.sets)]
                yield MeasuredPoint(
                    commit=commit,
                    benchmark=benchmark,
                    pairs=tuple(pair_of(value - other) for value, other in zip(own, base, strict=True)),
                    reach=self._reach(benchmark, commit) if task.counts else None,
                )

    def _noisy(self, benchmark: str, sha: str) -> float:
        scale = self.noise * (5 if self.rng.random() < 0.02 else 1)
        return self.level(benchmark, sha) + self.rng.gauss(0, scale)

    def _reach(self, benchmark: str, sha: str) -> Reach:
        level = self.level(benchmark, sha) if benchmark in self.counted else 0.0
        lines = round(100_000 * math.exp(level))
        return Reach(functions={"m.py::f": 1}, lines={"m.py::f": lines}, files=("m.py",), complete=True)


class NoJournal:
    def write(self, result: TaskResult) -> None:
        pass


def search_in_memory(
    executor: SimulatedExecutor, stretch: Stretch, branches: Mapping[int, Line] | None = None
) -> Search:
    """A finished search whose answers are kept nowhere, without an end of time. branches: by the merge's position."""

    def branches_of(outer: Stretch, proof: Proved) -> list[Stretch]:
        line = (branches or {}).get(proof.position) if not outer.merge else None
        if line is None:
            return []
        return [replace(
            outer, line=line, anchor=line.versions[-1].sha, benchmarks=(proof.benchmark,), survey=(0, line.last),
            merge=outer.sha(proof.position),
        )]  # fmt: skip

    found = Search(
        stretches=[stretch], known=Known(), wish=Wish(), executor=executor, journal=NoJournal(),  # type: ignore[arg-type]
        deadline=math.inf, say=lambda text: None, branches_of=branches_of, priors=lambda stretch: {},
    )  # fmt: skip
    found.run()
    return found


def pair_of(ratio: float) -> PairSample:
    return PairSample(
        cpu_log_ratio=ratio, wall_log_ratio=ratio, base_s=1e-3, head_s=1e-3, base_cpu_s=1e-3, head_cpu_s=1e-3,
        cpu_use=1.0, rounds=50, iterations=1, seconds=0.1,
    )  # fmt: skip
