"""The memory of one call of many benchmarks along one line of commits: which commits are traced, and which changed what for good.

Figures are exact, so one session a commit is enough to look, and all benchmarks share it. A gap between two traced commits across
which a benchmark changes is narrowed to a single commit; that is proved in sessions beside its parent with another hash seed, in
which the lines are looked for too. What traces versions is handed in; what a merge brought is a line of its own.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bench_agent.backfill.kept_traces import TracesAll
from bench_agent.backfill.memory_steps import ProvedStep, Series, agree, lie_apart, proved_step
from bench_agent.bisection.lineage import Line
from bench_agent.bisection.memory_gaps import Gap, gaps_of, positions_inside
from bench_agent.bisection.traced_versions import Look, TracedSet
from bench_agent.detect.memory import (
    LEFT_BYTES,
    STEADY_SHARE,
    TOLD_BYTES,
    differ_within,
)
from bench_agent.records import CallMemory, Say
from bench_agent.text import quantity

ABREAST = 2  # commits that are traced at the same time
SECOND_SEED, THIRD_SEED = 2, 3  # the search itself has 1; each costs an interpreter
LEAST_S = 3.0  # sessions with less time are not begun


class OutOfTime(Exception):  # noqa: N818  what is known is reported
    pass


@dataclass(slots=True, kw_only=True)
class MemoryLine:
    """One line under way. Positions are those of `line`."""

    line: Line
    versions: TracesAll
    benchmarks: tuple[str, ...]
    resolution: float  # ratio - 1
    deadline: float  # time.monotonic()
    say: Say
    noise: Mapping[str, float] = field(
        default_factory=dict
    )  # benchmark -> bytes by which sessions of one commit differ
    figures: dict[int, dict[str, CallMemory]] = field(default_factory=dict)
    skipped: dict[int, dict[str, str]] = field(default_factory=dict)  # position -> benchmark -> why
    proved: list[ProvedStep] = field(default_factory=list)
    refuted: set[tuple[Series, int, int]] = field(default_factory=set)  # steps that another hash seed does not show
    sessions: int = 0

    # --- looking

    def look(self, positions: Sequence[int]) -> None:
        """Trace these with all benchmarks; the ends first, since they say how steady the figures are. Raises OutOfTime."""
        ends = [0, self.line.last]
        self.trace(ends, self.benchmarks, left=True)
        if not self.noise:
            self.noise = self._noise(ends)
        inside = [p for p in positions if p not in ends]
        for number in range(0, len(inside), ABREAST):
            self.trace(inside[number : number + ABREAST], self.benchmarks, left=True)

    def trace(self, positions: Sequence[int], benchmarks: Collection[str], *, left: bool) -> None:
        """Raises OutOfTime."""
        told = self._sessions(positions, benchmarks, Look(left=left))
        for position in positions:
            version = self.line.versions[position]
            self.figures[position] = self.figures.get(position, {}) | told.memory.get(version, {})
            self.skipped.setdefault(position, {}).update(told.failed.get(version, {}))
        if told.not_reached:
            raise OutOfTime

    def _sessions(self, positions: Sequence[int], benchmarks: Collection[str], look: Look) -> TracedSet:
        left_s = self.deadline - time.monotonic()
        if left_s < LEAST_S:
            raise OutOfTime
        self.sessions += len(positions)
        ordered = [id for id in self.benchmarks if id in benchmarks]
        versions = [self.line.versions[p] for p in positions]
        return self.versions.trace_all(versions, ordered, replace(look, seconds=left_s))

    def _noise(self, ends: Sequence[int]) -> dict[str, float]:
        """By how much sessions of one commit differ, and calls within a session."""
        again = self._sessions(ends, self.benchmarks, Look(hash_seed=SECOND_SEED, left=False))
        found = {}
        for benchmark in self.benchmarks:
            sizes = []
            for end in ends:
                one = self.figures[end].get(benchmark)
                other = again.memory.get(self.line.versions[end], {}).get(benchmark)
                if one and other:
                    sizes += [abs(one.held_bytes - other.held_bytes), differ_within([one, other])]
            found[benchmark] = max(sizes, default=0.0)
        return found

    def hidden(self) -> dict[str, float]:
        """The benchmarks of which sessions differ so much that changes of what is looked for may not be seen: of how many bytes."""
        found = {}
        for benchmark, noise in self.noise.items():
            held = [told[benchmark].held_bytes for told in self.figures.values() if benchmark in told]
            if held and noise > STEADY_SHARE * max(self.resolution * min(held), TOLD_BYTES):
                found[benchmark] = noise / STEADY_SHARE
        return found

    # --- steps

    def all_series(self) -> list[Series]:
        return [Series(id, metric) for id in self.benchmarks for metric in ("peak", "left")]

    def gaps(self, series: Series) -> list[Gap]:
        """Neighbours among the traced positions between which this changes, the largest change first."""
        values = self._values(series)
        signed = [*gaps_of(values, least=1.0), *gaps_of({p: -v for p, v in values.items()}, least=1.0)]
        told = [gap for gap in signed if self._is_told(series, values[gap.low], values[gap.high])]
        return sorted(told, key=lambda gap: -gap.grown)

    def _values(self, series: Series) -> dict[int, float]:
        known = {p: told[series.benchmark] for p, told in self.figures.items() if series.benchmark in told}
        return {p: series.value(m) for p, m in known.items() if series.metric == "peak" or m.calls}

    def _is_told(self, series: Series, before: float, after: float) -> bool:
        if series.metric == "left":
            return max(before, after) >= max(LEFT_BYTES, 2 * min(before, after))
        size = abs(after - before)
        is_large = size >= max(self.resolution * before, TOLD_BYTES)
        return is_large and self.noise.get(series.benchmark, 0.0) <= STEADY_SHARE * size

    def inside(self, series: Series, gap: Gap) -> list[int]:
        """The positions to trace next in a gap of this series; none where it can't be narrowed."""
        skipped = [p for p, why in self.skipped.items() if series.benchmark in why]
        return positions_inside(gap, skipped, ABREAST)

    def search(self) -> None:
        """Until all that changes is narrowed, and proved or refuted. Raises OutOfTime: what was proved by then stays."""
        while self._prove_next() or self._narrow_next():
            pass

    def _narrow_next(self) -> bool:
        """The gap with the largest change, and whatever else changes there; False where none is left."""
        wide = [(s, gap) for s in self.all_series() for gap in self.gaps(s) if self.inside(s, gap)]
        if not wide:
            return False
        series, gap = max(wide, key=lambda one: self._share(*one))
        positions = self.inside(series, gap)
        beside = [s for s, other in wide if any(other.low < p < other.high for p in positions)]
        places = len({(other.low, other.high) for _, other in wide})
        self.say(f"memory: {quantity.counted(places, 'place')} to search, {self.sessions} sessions")
        self.trace(positions, {s.benchmark for s in beside}, left=any(s.metric == "left" for s in beside))
        return True

    def _share(self, series: Series, gap: Gap) -> float:
        values = self._values(series)
        return gap.grown / max(values[gap.low], values[gap.high])

    # --- proof

    def _prove_next(self) -> bool:
        """A step that is not settled, all series of one commit in the same sessions; False where there is none."""
        waiting = self._unsettled()
        if not waiting:
            return False
        (low, high), own = next(iter(waiting.items()))
        self.say(f"proving {self.line.versions[high].label} against its parent")
        self._prove(low, high, own)
        return True

    def open_gaps(self, series: Series) -> list[tuple[Gap, bool]]:
        """Where this changes and no commit is proved to have done it; whether another hash seed does not show it."""
        known = {(step.low, step.high) for step in self.proved if step.series == series}
        left = [gap for gap in self.gaps(series) if (gap.low, gap.high) not in known]
        return [(gap, (series, gap.low, gap.high) in self.refuted) for gap in left]

    def _unsettled(self) -> dict[tuple[int, int], list[Series]]:
        settled = {(step.series, step.low, step.high) for step in self.proved} | self.refuted
        found: dict[tuple[int, int], list[Series]] = {}
        for series in self.all_series():
            for gap in self.gaps(series):
                if (series, gap.low, gap.high) not in settled and not self.inside(series, gap):
                    found.setdefault((gap.low, gap.high), []).append(series)
        return found

    def _prove(self, low: int, high: int, series: Sequence[Series]) -> None:
        sides: dict[Series, list[list[CallMemory]]] = {
            one: [[self.figures[p][one.benchmark]] for p in (low, high)] for one in series
        }
        self._add(low, high, sides, Look(hash_seed=SECOND_SEED, lines=True))
        unsure = {one: told for one, told in sides.items() if lie_apart(one, *told) and not agree(one, *told)}
        if unsure:
            self._add(low, high, unsure, Look(hash_seed=THIRD_SEED))
        for one, (before, after) in sides.items():
            if min(len(before), len(after)) > 1 + (one in unsure) and lie_apart(one, before, after):
                self.proved.append(proved_step(one, low, high, before, after))
            else:
                self.refuted.add((one, low, high))

    def _add(self, low: int, high: int, sides: Mapping[Series, list[list[CallMemory]]], look: Look) -> None:
        told = self._sessions([low, high], {one.benchmark for one in sides}, look)
        if told.not_reached:
            raise OutOfTime
        for one, both in sides.items():
            for side, position in zip(both, (low, high), strict=True):
                memory = told.memory.get(self.line.versions[position], {}).get(one.benchmark)
                side += [memory] if memory is not None else []
