"""All that is measured so far, as one can ask for it: counts, changes between two commits, reasons. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

from bench_agent.bisection import counts
from bench_agent.bisection.steps import Step, step_between
from bench_agent.detect.unlike_machines import kind_of
from bench_agent.detect.verdict import clock_of, log_ratios
from bench_agent.records import MeasuredPoint, PairSample, Purpose, Reach, TaskResult


@dataclass(frozen=True, slots=True)
class RingSet:
    """One set of fresh sessions of one benchmark: log ratio to the anchor of everything in it, the anchor's own is 0."""

    purpose: Purpose
    anchor: str
    logs: Mapping[str, float]  # by sha
    machine: str = ""  # what kind it was taken on


@dataclass(slots=True)
class Known:
    """The answers of all machines together. Commits are shas; a change is after / before in log units."""

    tasks: set[str] = field(default_factory=set)  # keys of those that were answered
    reaches: dict[tuple[str, str], Reach] = field(default_factory=dict)  # (commit, benchmark)
    reasons: dict[tuple[str, str], str] = field(default_factory=dict)  # (commit, benchmark) -> why it can't be measured
    sets: dict[str, list[RingSet]] = field(default_factory=lambda: defaultdict(list))  # by benchmark, in time order
    times: dict[tuple[str, str], float] = field(default_factory=dict)  # (anchor, benchmark) -> seconds of one iteration
    sessions: int = 0
    warnings: dict[str, None] = field(default_factory=dict)
    _steps: dict[tuple[str, str, str, bool, int], Step | None] = field(default_factory=dict)
    _results: dict[str, list[TaskResult]] = field(default_factory=lambda: defaultdict(list))  # by whose benchmark files
    _parts: dict[str, "Known"] = field(default_factory=dict)

    def add_all(self, results: Iterable[TaskResult]) -> None:
        for result in results:
            self.add(result)

    def add(self, result: TaskResult) -> None:
        """Take over an answer; one that is known already changes nothing."""
        if result.task.key in self.tasks:
            return
        self.tasks.add(result.task.key)
        self._results[result.task.conditions.files_from].append(result)
        self.sessions += result.sessions
        self.warnings |= dict.fromkeys(result.warnings)
        grouped: dict[str, list[MeasuredPoint]] = defaultdict(list)
        for point in result.points:
            grouped[point.benchmark].append(point)
            at = (point.commit, point.benchmark)
            if point.reach is not None:
                self.reaches[at] = point.reach
            if point.reason is not None:
                self.reasons.setdefault(at, point.reason)
        for benchmark, points in grouped.items():
            self._add_sets(result, benchmark, points)

    def _add_sets(self, result: TaskResult, benchmark: str, points: list[MeasuredPoint]) -> None:
        taken: list[PairSample] = [pair for point in points for pair in point.pairs if pair is not None]
        if not taken:
            return
        clock = clock_of(taken)
        anchor, machine = result.task.anchor, kind_of(result.machine)
        self.times[anchor, benchmark] = median(pair.base_s for pair in taken)
        for number in range(max(len(point.pairs) for point in points)):
            logs = {
                point.commit: log_ratios([pair], clock)[0]
                for point in points
                if number < len(point.pairs) and (pair := point.pairs[number]) is not None
            }
            if logs:
                one = RingSet(purpose=result.task.purpose, anchor=anchor, logs={anchor: 0.0, **logs}, machine=machine)
                self.sets[benchmark].append(one)

    def under(self, files: str) -> "Known":
        """What was measured with the benchmark files of that commit; with others it fails, or is not the same work."""
        if self._results.keys() <= {files}:
            return self
        part = self._parts.setdefault(files, Known())
        part.add_all(self._results[files][len(part.tasks) :])
        return part

    # --- one commit

    def is_counted(self, commit: str, benchmark: str) -> bool:
        """Whether it was counted, or is known not to be measurable."""
        return (commit, benchmark) in self.reaches or (commit, benchmark) in self.reasons

    def is_measurable(self, commit: str, benchmark: str) -> bool:
        """Whether nothing is known that speaks against it."""
        return (commit, benchmark) not in self.reasons

    def reach(self, commit: str, benchmark: str) -> Reach | None:
        return self.reaches.get((commit, benchmark))

    def is_timed(self, commit: str, benchmark: str) -> bool:
        return any(commit in one.logs for one in self.sets.get(benchmark, ()))

    # --- two commits

    def pairs(self, benchmark: str, one: str, other: str, *, proof: bool = False) -> list[tuple[float, float]]:
        """(one, other) of each set that held both, in time order. proof: only of sets that were taken to prove `other`."""
        return [(s.logs[one], s.logs[other]) for s in self._with_both(benchmark, one, other, proof=proof)]

    def _with_both(self, benchmark: str, one: str, other: str, *, proof: bool) -> list[RingSet]:
        return [
            s
            for s in self.sets.get(benchmark, ())
            if one in s.logs and other in s.logs and (not proof or (s.purpose == "prove" and s.anchor == one))
        ]

    def have_met(self, benchmark: str, one: str, other: str) -> bool:
        """Whether they ever ran beside each other."""
        return any(one in s.logs and other in s.logs for s in self.sets.get(benchmark, ()))

    def differences(self, benchmark: str, one: str, other: str) -> list[float]:
        return [b - a for a, b in self.pairs(benchmark, one, other)]

    def by_machine(self, benchmark: str, one: str, other: str) -> dict[str, list[float]]:
        """The differences of each set that held both, by the kind of machine it was taken on."""
        found: dict[str, list[float]] = defaultdict(list)
        for s in self.sets.get(benchmark, ()):
            if one in s.logs and other in s.logs:
                found[s.machine].append(s.logs[other] - s.logs[one])
        return found

    def step(self, benchmark: str, one: str, other: str, *, proof: bool = False) -> Step | None:
        """The change from one commit to another; None when they never ran beside each other."""
        sets = self._with_both(benchmark, one, other, proof=proof)
        at = (benchmark, one, other, proof, len(sets))
        if at not in self._steps:
            self._steps[at] = self._step(benchmark, one, other, [s.logs for s in sets])
        return self._steps[at]

    def _step(self, benchmark: str, one: str, other: str, sets: list[Mapping[str, float]]) -> Step | None:
        if not sets:
            return None
        size = median(logs[other] - logs[one] for logs in sets)
        agreed = counts.counts_agree(self.reach(one, benchmark), self.reach(other, benchmark), size)
        early = sets if agreed else None
        return step_between([logs[one] for logs in sets], [logs[other] for logs in sets], final=True, early=early)
