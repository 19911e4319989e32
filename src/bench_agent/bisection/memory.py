"""`bisect --metric memory`: the commits behind more memory, found by exact figures and proved against their parents.

One session a version tells what a call holds. So the search has no noise to fight: the gap between two traced versions across
which most is gained is narrowed, two versions at a time, until it is a single commit; that is traced again with other hash
seeds beside its parent, and the newest version without it. Returns a finished `MemorySearch`.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from bench_agent.bisection.lineage import Line, Version, read_line
from bench_agent.bisection.memory_gaps import Gap, gaps_of, largest_gap, positions_inside
from bench_agent.bisection.request import SearchRequest
from bench_agent.bisection.search import open_range
from bench_agent.bisection.versions import Versions
from bench_agent.config import Config
from bench_agent.detect.memory import LIMIT, MemoryChange, grown_lines, judge_memory
from bench_agent.errors import GitError, MeasureError
from bench_agent.records import CallMemory, Say, Suite
from bench_agent.results.culprits import UNCOMMITTED, SearchedRange, Skipped
from bench_agent.results.memory_search import MemoryCulprit, MemorySearch
from bench_agent.system.git import Repository
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

PROVING_SEED, LINES_SEED = 2, 3  # the search itself has 1
LEAST_SHARE = 0.1  # of the whole growth: gaps of less are not narrowed
AT_ONCE = 2  # versions whose sessions start together


class _OutOfTime(Exception):  # noqa: N818  what is known is reported
    pass


@dataclass(slots=True, kw_only=True)
class _Search:
    """One search under way. Positions are those of `line`."""

    line: Line
    versions: Versions
    benchmark: str
    deadline: float
    say: Say
    figures: dict[int, CallMemory] = field(default_factory=dict)
    skipped: dict[int, str] = field(default_factory=dict)
    measurements: int = 0
    metric: str = "peak"

    def value(self, memory: CallMemory) -> float:
        return float(memory.held_bytes) if self.metric == "peak" else memory.left_bytes

    def trace(self, positions: list[int]) -> None:
        """What is not traced yet of these; what can't be is skipped. Raises MeasureError for an end of the line."""
        wanted = [p for p in positions if p not in self.figures and p not in self.skipped]
        if not wanted:
            return
        if time.monotonic() > self.deadline:
            raise _OutOfTime
        found, failed = self.sessions([self.line.versions[p] for p in wanted], seed=1)
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
        self, versions: list[Version], *, seed: int, lines: bool = False
    ) -> tuple[dict[Version, CallMemory], dict[Version, str]]:
        self.measurements += len(versions)
        return self.versions.trace(versions, self.benchmark, hash_seed=seed, lines=lines)

    def steps(self) -> list[Gap]:
        """The single steps, or sets of commits that can't be told apart, that gained most; narrowed one after the other."""
        total = self.value(self.figures[self.line.last]) - self.value(self.figures[0])
        while True:
            values = {position: self.value(memory) for position, memory in self.figures.items()}
            gap = largest_gap(values, self.skipped.keys(), least=LEAST_SHARE * total)
            if gap is None:
                return gaps_of(values, least=LEAST_SHARE * total)
            inside = positions_inside(gap, self.skipped.keys(), AT_ONCE)
            self.say(
                f"memory: {gap.high - gap.low} commits left, {quantity.size(gap.grown)} more, "
                f"{self.measurements} sessions, {max(self.deadline - time.monotonic(), 0):.0f} s left"
            )
            self.trace(inside)


def search_memory(
    config: Config,
    repository: Repository,
    request: SearchRequest,
    *,
    suite: Suite,
    environment: Mapping[str, str],
    say: Say,
    limit: float = LIMIT,
    target_bytes: float | None = None,
) -> MemorySearch:
    """Search and prove. Raises MeasureError where an end of the range can't be traced, UsageError without a range."""
    began = time.monotonic()
    line = read_line(repository, request.good, request.bad)
    nothing = MemorySearch(
        benchmark=request.benchmark,
        good=line.versions[0].label,
        bad=line.versions[-1].label,
        verdict="same",
        range=SearchedRange(commits=line.last),
        warnings=line.notes,
    )
    if not line.last:
        return nothing
    with open_range(
        config, repository, request, line, suite=suite, environment=environment, say=say, iterations={}, began=began
    ) as (trees, versions):
        search = _Search(
            line=line,
            versions=versions,
            benchmark=request.benchmark,
            deadline=began + request.budget_s,
            say=say,
        )
        search.trace([0, line.last])
        change = judge_memory([search.figures[0]], [search.figures[line.last]], limit=limit, target_bytes=target_bytes)
        if change.leaks and change.verdict != "more":
            search.metric = "left"
        culprits, late = _culprits(search, change)
        return _result(nothing, search, change, culprits, late, trees.warnings, time.monotonic() - began)


def _culprits(search: _Search, change: MemoryChange) -> tuple[list[MemoryCulprit], bool]:
    """The proved ones, and whether the time ended before the search did."""
    if change.verdict != "more" and not change.leaks:
        return [], False
    try:
        found = [_prove(search, step) for step in search.steps()]
    except _OutOfTime:
        return [], True
    return [culprit for culprit in found if culprit is not None], False


def _prove(search: _Search, step: Gap) -> MemoryCulprit | None:
    """The step traced again with two other hash seeds, its parent beside it; None where they don't lie apart."""
    line = search.line
    parent, culprit = line.versions[step.low], line.versions[step.high]
    search.say(f"proving {culprit.label} against its parent")
    figures: dict[Version, list[CallMemory]] = {
        parent: [search.figures[step.low]],
        culprit: [search.figures[step.high]],
    }
    for seed in (PROVING_SEED, LINES_SEED):
        found, _ = search.sessions([parent, culprit], seed=seed, lines=seed == LINES_SEED)
        if len(found) < 2:
            return None
        for version, memory in found.items():
            figures[version].append(memory)
    before, after = ([search.value(memory) for memory in figures[version]] for version in (parent, culprit))
    if min(after) - max(before) <= max(max(after) - min(after), max(before) - min(before)):
        return None
    return _describe(search, step, figures[parent], figures[culprit])


def _describe(search: _Search, step: Gap, before: list[CallMemory], after: list[CallMemory]) -> MemoryCulprit:
    line = search.line
    commit = line.commit(step.high)
    total = search.value(search.figures[line.last]) - search.value(search.figures[0])
    between = [p for p in range(step.low + 1, step.high + 1)]
    one, other = (m[-1].lines if search.metric == "peak" else m[-1].left_lines for m in (before, after))
    restored, note = _restored(search, step, total) if len(between) == 1 else (None, None)
    return MemoryCulprit(
        sha=commit.sha or UNCOMMITTED,
        subject=clean_text(commit.subject),
        author_date=clean_text(commit.author_date, limit=40) or None,
        parent_bytes=search.value(before[0]),
        bytes=search.value(after[0]),
        share=(search.value(after[0]) - search.value(before[0])) / total if total > 0 else None,
        sessions=len(after),
        among=tuple(line.versions[p].sha or UNCOMMITTED for p in between) if len(between) > 1 else (),
        lines=grown_lines(one, other),
        restored=restored,
        note=note,
    )


def _restored(search: _Search, step: Gap, total: float) -> tuple[float | None, str | None]:
    """What of the whole growth goes when only this commit is taken back from the newest version; or why that is not known."""
    line, commit = search.line, search.line.commit(step.high)
    if not commit.sha or commit.sha == line.newest_commit.sha or total <= 0:
        return None, None
    try:
        version = search.versions.prepare_without(commit.sha, parent=1 if len(commit.parents) > 1 else None)
    except (MeasureError, GitError) as error:
        return None, clean_text(error.message, limit=160)
    found, failed = search.sessions([version], seed=1)
    if version not in found:
        return None, clean_text(failed.get(version, ""), limit=160)
    return (search.value(search.figures[line.last]) - search.value(found[version])) / total, None


def _result(
    nothing: MemorySearch,
    search: _Search,
    change: MemoryChange,
    culprits: list[MemoryCulprit],
    late: bool,
    warnings: list[str],
    seconds: float,
) -> MemorySearch:
    line = search.line
    return MemorySearch(
        benchmark=nothing.benchmark,
        good=nothing.good,
        bad=nothing.bad,
        metric="left" if search.metric == "left" else "peak",
        verdict="more" if search.metric == "left" else change.verdict,
        regressed=change.regressed or change.leaks,
        base_bytes=search.value(search.figures[0]),
        head_bytes=search.value(search.figures[line.last]),
        culprits=tuple(culprits),
        skipped=tuple(Skipped(sha=line.versions[p].sha, reason=why) for p, why in sorted(search.skipped.items())),
        range=nothing.range,
        measurements=search.measurements,
        seconds=seconds,
        out_of_time=late,
        warnings=tuple(dict.fromkeys([*nothing.warnings, *warnings])),
    )
