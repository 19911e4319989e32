"""`bisect --metric memory`: the commits behind more memory, found by exact figures and proved against their parents.

Two sessions of either end, or five where they differ, say whether there is anything to look for. Then one session a version
tells what a call holds: the gap between two traced versions across which most is gained is narrowed, two versions at a time,
until it is a single commit; that is traced again with another hash seed beside its parent, and the newest version without it.
Returns a finished `MemorySearch`.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from statistics import median

from bench_agent.bisection.lineage import Line, Version, read_branch, read_line
from bench_agent.bisection.memory_gaps import Gap
from bench_agent.bisection.memory_narrowing import Narrowing, OutOfTime
from bench_agent.bisection.patch_weights import patch_weights
from bench_agent.bisection.request import SearchRequest
from bench_agent.bisection.search import open_range
from bench_agent.bisection.traced_versions import TracedVersions
from bench_agent.config import Config
from bench_agent.detect.memory import LIMIT, MemoryChange, differ_within, grown_lines, is_above, judge_memory
from bench_agent.errors import GitError, MeasureError
from bench_agent.records import AllocatingLine, CallMemory, Commit, Say, Suite
from bench_agent.results.culprits import UNCOMMITTED, SearchedRange, Skipped
from bench_agent.results.memory_search import MemoryCulprit, MemorySearch
from bench_agent.system.git import Repository
from bench_agent.text.clean import clean_text

PROVING_SEED = 2  # the search itself has 1; each seed costs an interpreter
# Of what parts a commit from its parent; where two sessions of either differ by more, a third is asked. Evenly drawn sizes,
# searched although the ends are alike: somebody was proved in 9 of 2,000 searches, in 6 of 500 without this.
EXACT_SHARE = 0.002
EXPLAINS = 0.5  # of a merge's growth, by commits of its branch, for them to be named in its place
MORE_SEEDS = (3, 4, 5, 6)  # where sessions differ among themselves: five that were not looked at before


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
    opened = open_range(
        config, repository, request, line, suite=suite, environment=environment, say=say, iterations={}, began=began
    )
    with opened as (trees, versions), contextlib.ExitStack() as beside:
        traced = TracedVersions(versions)
        search = Narrowing(
            line=line,
            versions=traced,
            benchmark=request.benchmark,
            deadline=began + request.budget_s,
            say=say,
            branch_of=partial(read_branch, repository),
            weights=beside.enter_context(_weighed(repository, line)),
        )
        traced.begin([line.versions[0], line.versions[-1]], request.benchmark, hash_seed=PROVING_SEED)
        search.trace([0, line.last], left=True)
        change = judge_ends(search, limit=limit, target_bytes=target_bytes)
        if change.leaks and change.verdict != "more":
            search.metric = "left"
        if change.verdict == "more" or change.leaks:
            find(search)
        found = _result(nothing, search, change, time.monotonic() - began)
        return replace(found, warnings=tuple(dict.fromkeys([*found.warnings, *trees.warnings])))


@contextlib.contextmanager
def _weighed(repository: Repository, line: Line) -> Iterator[Callable[[], Sequence[float]]]:
    """The suspicion of each position, worked out beside the sessions of the ends; none where git can't tell."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(patch_weights, repository, line)

        def weights() -> Sequence[float]:
            try:
                return coming.result()
            except GitError:
                return ()

        yield weights


def judge_ends(search: Narrowing, *, limit: float = LIMIT, target_bytes: float | None = None) -> MemoryChange:
    """What became of the memory between the traced ends; more sessions of them until it is told, or can't be."""
    ends = [search.line.versions[p] for p in (0, search.line.last)]
    base, head = sides = [[search.figures[p]] for p in (0, search.line.last)]
    for seed in (PROVING_SEED, *MORE_SEEDS):
        change = judge_memory(base, head, limit=limit, target_bytes=target_bytes)
        if len(base) > 1 and not change.unsettled:
            return change
        if not _add(search, ends, sides, seed):
            return replace(change, verdict="undecided", regressed=False, leaks=False)
    return judge_memory(base, head, limit=limit, target_bytes=target_bytes)


def _add(
    search: Narrowing, versions: list[Version], sides: list[list[CallMemory]], seed: int, *, lines: bool = False
) -> bool:
    """One more session of each; False where one of them does not tell."""
    found, _ = search.sessions(versions, seed=seed, lines=lines, left=True)
    if len(found) < len(versions):
        return False
    for side, version in zip(sides, versions, strict=True):
        side.append(found[version])
    return True


def find(search: Narrowing) -> None:
    """Narrow and prove, until all is told, time is up or somebody presses Ctrl-C: what was proved by then stays."""
    try:
        for step in search.steps():
            if (culprit := _prove(search, step)) is not None:
                search.culprits.append(culprit)
                commit = search.line.commit(step.high)
                inside = _inside(search, commit, culprit) if not culprit.among else []
                search.culprits[-1:] = inside or [_with_restored(search, commit, culprit)]
    except OutOfTime:
        search.ended_by = "time"
    except KeyboardInterrupt:
        search.ended_by = "interrupt"


def _inside(search: Narrowing, merge: Commit, outer: MemoryCulprit) -> list[MemoryCulprit]:
    """The commits of a proved merge's branch that did it, proved against their parents there; none where they don't explain it."""
    branch = search.branch_of(merge)
    if branch is None:
        return []
    search.say(f"{merge.sha[:8]} is a merge of {branch.last} commits: searching inside")
    inner = Narrowing(
        line=branch,
        versions=search.versions,
        benchmark=search.benchmark,
        deadline=search.deadline,
        say=search.say,
        metric=search.metric,
        measurements=search.measurements,
    )
    try:
        inner.trace([0, branch.last])
        steps = inner.steps() if inner.grown >= EXPLAINS * (outer.bytes - outer.parent_bytes) else []
        found = [culprit for step in steps if (culprit := _prove(inner, step)) is not None]
    except MeasureError as error:
        search.say(f"the branch of {merge.sha[:8]} can't be traced: {error.message}")
        return []
    finally:
        search.measurements = inner.measurements
    if sum(c.bytes - c.parent_bytes for c in found) < EXPLAINS * (outer.bytes - outer.parent_bytes):
        return []
    commits = {commit.sha: commit for commit in branch.commits}
    return [
        replace(
            _with_restored(search, commits[culprit.sha], culprit),
            share=(culprit.bytes - culprit.parent_bytes) / search.grown,
            merge=merge.sha,
        )
        for culprit in found
    ]


def _prove(search: Narrowing, step: Gap) -> MemoryCulprit | None:
    """The step traced again with another hash seed, its parent beside it; None where they don't lie apart.

    Where sessions differ, those by which the step was found are no proof: it was chosen because they lie apart.
    """
    line = search.line
    versions = [line.versions[step.low], line.versions[step.high]]
    search.say(f"proving {versions[1].label} against its parent")
    sides: list[list[CallMemory]] = [[search.figures[step.low]], [search.figures[step.high]]]
    if not _add(search, versions, sides, PROVING_SEED, lines=True):
        return None
    if _lie_apart(search, sides) and not _agree(search, sides) and not _add(search, versions, sides, MORE_SEEDS[0]):
        return None
    if _lie_apart(search, sides):
        return _describe(search, step, *sides)
    fresh = [side[1:] for side in sides]
    for seed in MORE_SEEDS[len(fresh[0]) - 1 :]:
        if _overlap(search, fresh) or not _add(search, versions, fresh, seed):
            return None
    return _describe(search, step, *fresh) if _lie_apart(search, fresh) else None


def _lie_apart(search: Narrowing, sides: list[list[CallMemory]]) -> bool:
    before, after = ([search.value(memory) for memory in side] for side in sides)
    differs = differ_within([*sides[0], *sides[1]]) if search.metric == "peak" else 0.0
    return is_above(before, after, differs=differs)


def _agree(search: Narrowing, sides: list[list[CallMemory]]) -> bool:
    """Whether two sessions of each are enough."""
    before, after = ([search.value(memory) for memory in side] for side in sides)
    return max(max(side) - min(side) for side in (before, after)) <= EXACT_SHARE * (min(after) - max(before))


def _overlap(search: Narrowing, sides: list[list[CallMemory]]) -> bool:
    return min(search.value(m) for m in sides[1]) <= max(search.value(m) for m in sides[0])


def _describe(search: Narrowing, step: Gap, before: list[CallMemory], after: list[CallMemory]) -> MemoryCulprit:
    line = search.line
    commit = line.commit(step.high)
    total = search.grown
    was, now = (median(search.value(memory) for memory in side) for side in (before, after))
    between = [p for p in range(step.low + 1, step.high + 1)]
    one, other = (_lines(search, side) for side in (before, after))
    return MemoryCulprit(
        sha=commit.sha or UNCOMMITTED,
        subject=clean_text(commit.subject),
        author_date=clean_text(commit.author_date, limit=40) or None,
        parent_bytes=was,
        bytes=now,
        parent_left_bytes=_left_by(before) if search.metric == "peak" else None,
        left_bytes=_left_by(after) if search.metric == "peak" else None,
        share=(now - was) / total if total > 0 else None,
        sessions=len(after),
        among=tuple(line.versions[p].sha or UNCOMMITTED for p in between) if len(between) > 1 else (),
        lines=grown_lines(one, other, grown=now - was),
    )


def _left_by(sessions: list[CallMemory]) -> float:
    """What calls leave behind, by the sessions that looked; those that only narrowed did not."""
    return median(memory.left_bytes for memory in sessions if memory.calls)


def _lines(search: Narrowing, sessions: list[CallMemory]) -> tuple[AllocatingLine, ...]:
    """Those of the one session in which they were looked for."""
    told = [m.lines if search.metric == "peak" else m.left_lines for m in sessions]
    return next((lines for lines in told if lines), ())


def _with_restored(search: Narrowing, commit: Commit, culprit: MemoryCulprit) -> MemoryCulprit:
    restored, note = _taken_back(search, commit, search.grown) if not culprit.among else (None, None)
    return replace(culprit, restored=restored, note=note)


def _taken_back(search: Narrowing, commit: Commit, total: float) -> tuple[float | None, str | None]:
    """What of the whole growth goes when only this commit is taken back from the newest version; or why that is not known."""
    line = search.line
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


def _result(nothing: MemorySearch, search: Narrowing, change: MemoryChange, seconds: float) -> MemorySearch:
    line, ended = search.line, search.ended_by
    return replace(
        nothing,
        metric=search.metric,
        verdict="more" if search.metric == "left" else "undecided" if change.is_blurred else change.verdict,
        regressed=change.regressed or change.leaks,
        base_bytes=change.base_bytes if search.metric == "peak" else change.base_left_bytes,
        head_bytes=change.head_bytes if search.metric == "peak" else change.head_left_bytes,
        base_left_bytes=change.base_left_bytes,
        head_left_bytes=change.head_left_bytes,
        culprits=tuple(search.culprits),
        skipped=tuple(Skipped(sha=line.versions[p].sha, reason=why) for p, why in sorted(search.skipped.items())),
        range=SearchedRange(commits=line.last, left=search.left if ended else ()),
        measurements=search.measurements,
        seconds=seconds,
        out_of_time=ended == "time",
        interrupted=ended == "interrupt",
    )
