"""A search for the commits behind more memory under way: what is traced, and the gaps between it that are narrowed.

Takes a line of versions and what traces them; what is proved of the steps it finds is in `bisection/memory`.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bench_agent.bisection.lineage import Line, Version
from bench_agent.bisection.memory_gaps import Gap, gaps_of, largest_gap, positions_inside
from bench_agent.bisection.patch_weights import likely_inside
from bench_agent.errors import MeasureError
from bench_agent.records import CallMemory, Commit, Say
from bench_agent.results.culprits import UNCOMMITTED
from bench_agent.results.memory_search import MemoryCulprit
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

LEAST_SHARE = 0.1  # of the whole growth: gaps of less are not narrowed
AT_ONCE = 2  # versions that are traced at the same time
MOST_LEFT = 20  # commits told of those it lies among


class Traces(Protocol):
    """What traces versions: `bisection/traced_versions.TracedVersions`."""

    def trace(
        self, versions: Sequence[Version], benchmark: str, *, hash_seed: int = 1, lines: bool = False, left: bool = True
    ) -> tuple[dict[Version, CallMemory], dict[Version, str]]: ...

    def prepare_without(self, sha: str, *, parent: int | None) -> Version: ...


class OutOfTime(Exception):  # noqa: N818  what is known is reported
    pass


@dataclass(slots=True, kw_only=True)
class Narrowing:
    """One search under way. Positions are those of `line`."""

    line: Line
    versions: Traces
    benchmark: str
    deadline: float
    say: Say
    figures: dict[int, CallMemory] = field(default_factory=dict)
    skipped: dict[int, str] = field(default_factory=dict)
    culprits: list[MemoryCulprit] = field(default_factory=list)
    measurements: int = 0
    metric: Literal["peak", "left"] = "peak"
    weights: Callable[[], Sequence[float]] = tuple  # how suspicious positions 1 and on are; none: all alike
    branch_of: Callable[[Commit], Line | None] = lambda _: None  # what a merge brought, where that can be searched
    ended_by: Literal["time", "interrupt"] | None = None  # before all was told

    @property
    def grown(self) -> float:
        """Of the whole range."""
        return self.value(self.figures[self.line.last]) - self.value(self.figures[0])

    @property
    def left(self) -> tuple[str, ...]:
        """The shas among which the largest growth lies that is not proved yet; none while they are too many to be told."""
        proved = {culprit.sha for culprit in self.culprits}
        values = {position: self.value(memory) for position, memory in self.figures.items()}
        for gap in gaps_of(values, least=LEAST_SHARE * self.grown):
            shas = [self.line.versions[p].sha or UNCOMMITTED for p in range(gap.low + 1, gap.high + 1)]
            if not proved & {*shas}:
                return tuple(shas) if len(shas) <= MOST_LEFT else ()
        return ()

    def value(self, memory: CallMemory) -> float:
        return float(memory.held_bytes) if self.metric == "peak" else memory.left_bytes

    def trace(self, positions: list[int], *, left: bool = False) -> None:
        """What is not traced yet of these; what can't be is skipped. Raises MeasureError for an end of the line.

        left: also what calls leave behind, where that is not what is searched by.
        """
        wanted = [p for p in positions if p not in self.figures and p not in self.skipped]
        if not wanted:
            return
        if time.monotonic() > self.deadline:
            raise OutOfTime
        found, failed = self.sessions([self.line.versions[p] for p in wanted], seed=1, left=left)
        for position in wanted:
            version = self.line.versions[position]
            if version in found:
                self.figures[position] = found[version]
                continue
            why = failed.get(version, "it does not tell")
            if position in (0, self.line.last):
                message = f"the memory of {clean_text(self.benchmark)} can't be told at {version.label}: {why}"
                raise MeasureError(message, hint="choose another --good or --bad")
            self.skipped[position] = clean_text(why, limit=160)

    def sessions(
        self, versions: list[Version], *, seed: int, lines: bool = False, left: bool = False
    ) -> tuple[dict[Version, CallMemory], dict[Version, str]]:
        self.measurements += len(versions)
        left = left or self.metric == "left"
        return self.versions.trace(versions, self.benchmark, hash_seed=seed, lines=lines, left=left)

    def _next(self, gap: Gap) -> list[int]:
        """The positions to trace next inside it: where the commits are most suspicious, else evenly spread."""
        weights = self.weights()
        likely = likely_inside(gap.low, gap.high, weights, frozenset(self.skipped), AT_ONCE) if weights else []
        return likely or positions_inside(gap, self.skipped.keys(), AT_ONCE)

    def steps(self) -> list[Gap]:
        """The single steps, or sets of commits that can't be told apart, that gained most; narrowed one after the other."""
        least = LEAST_SHARE * self.grown
        while True:
            values = {position: self.value(memory) for position, memory in self.figures.items()}
            gap = largest_gap(values, self.skipped.keys(), least=least)
            if gap is None:
                return gaps_of(values, least=least)
            inside = self._next(gap)
            self.say(
                f"memory: {gap.high - gap.low} commits left, {quantity.size(gap.grown)} more, "
                f"{self.measurements} sessions, {max(self.deadline - time.monotonic(), 0):.0f} s left"
            )
            self.trace(inside)
