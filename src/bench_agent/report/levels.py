"""Changes of level: those that many benchmarks take together are joined, and each gets its commits from git.

A lasting change is placed by each benchmark's own noise, often a run or two beside that of the others; where many moved, the place
that most of them have is that of all. The commit of the first run of a new level need not be the cause: other commits lie
between it and the run before, and some commits touch no code.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bench_agent.errors import GitError
from bench_agent.records import Commit
from bench_agent.results.trends import LevelChange, Trend
from bench_agent.suspects.data_changes import kind_of
from bench_agent.system.git import Repository
from bench_agent.text.clean import clean_text

COMMON = 3  # benchmarks from which a change of level is one that they have in common
NEAR = 2  # runs by which noise misplaces it
MAX_RANGES = 20  # that git is asked about, the newest: 10 ms each
MAX_COMMITS = 500  # of a range: of more, none is told
NO_CAUSE = frozenset({"docs", "tooling"})  # kinds of files that no benchmark executes


@dataclass(frozen=True, slots=True)
class _Place:
    """One change of level: whose it is, which of its changes, at which run, in which direction."""

    trend: int
    change: int
    run: int
    worse: bool


def join_levels(trends: Sequence[Trend], order: Sequence[str]) -> tuple[Trend, ...]:
    """The trends with the changes that several have in common at one run, and how many have each.

    order: the ids of all runs, oldest first. O(changes^2) in the worst case, and they are few.
    """
    position = {run: number for number, run in enumerate(order)}
    places = [
        _Place(i, j, position[change.run], change.ratio > 1)
        for i, trend in enumerate(trends)
        for j, change in enumerate(trend.changes)
        if change.run in position
    ]
    joined: dict[tuple[int, int], LevelChange] = {}
    while places:
        (run, worse), _ = Counter((place.run, place.worse) for place in places).most_common(1)[0]
        near = [p for p in places if p.worse == worse and abs(p.run - run) <= NEAR]
        members = {p.trend: p for p in sorted(near, key=lambda p: -abs(p.run - run))}
        if len(members) < COMMON:
            members = {p.trend: p for p in places if (p.run, p.worse) == (run, worse)}
        example = next(trends[p.trend].changes[p.change] for p in members.values() if p.run == run)
        for place in members.values():
            change = trends[place.trend].changes[place.change]
            joined[place.trend, place.change] = replace(
                change,
                run=example.run,
                sha=example.sha,
                at=example.at,
                previous_sha=example.previous_sha,
                benchmarks=len(members),
            )
        gone = set(members.values())
        places = [place for place in places if place not in gone]
    return tuple(
        replace(trend, changes=tuple(joined.get((i, j), change) for j, change in enumerate(trend.changes)))
        for i, trend in enumerate(trends)
    )


def explain_levels(trends: Sequence[Trend], repository: Repository | None) -> tuple[Trend, ...]:
    """The trends with what git knows of the commits of each change; as they are where it knows none of them."""
    if repository is None:
        return tuple(trends)
    changes = sorted((c for trend in trends for c in trend.changes), key=lambda c: c.at or "", reverse=True)
    ranges = list(dict.fromkeys((c.previous_sha, c.sha) for c in changes if c.sha))[:MAX_RANGES]
    known: dict[tuple[str | None, str | None], _Range] = {
        (old, new): found for old, new in ranges if new and (found := _range(repository, old, new))
    }
    return tuple(replace(t, changes=tuple(_explained(c, known) for c in t.changes)) for t in trends)


@dataclass(frozen=True, slots=True)
class _Range:
    """Commits, newest first. whole: all after the last run of the old level; else the newest alone is known."""

    commits: Sequence[Commit]
    whole: bool


def _range(repository: Repository, old: str | None, new: str) -> _Range | None:
    """The commits after `old` up to `new`; `new` alone where git can't tell the others; None where it doesn't know `new`."""
    try:
        if repository.resolve(new) is None:
            return None
        found = repository.commits(old, new, limit=MAX_COMMITS + 1) if old and repository.resolve(old) else []
        if 0 < len(found) <= MAX_COMMITS:
            return _Range(found, whole=True)
        return _Range(repository.commits(None, new, limit=1), whole=False)
    except GitError:
        return None


def _explained(change: LevelChange, known: Mapping[tuple[str | None, str | None], _Range]) -> LevelChange:
    found = known.get((change.previous_sha, change.sha))
    if found is None or not found.commits:
        return change
    return replace(
        change,
        subject=clean_text(found.commits[0].subject),
        commits=len(found.commits) if found.whole else None,
        touches_code=touches_code(found.commits) if found.whole else None,
    )


def touches_code(commits: Iterable[Commit]) -> bool:
    """Whether any of the commits changes a file that a benchmark could execute or read, by the files' names."""
    return any(kind_of(file.path) not in NO_CAUSE for commit in commits for file in commit.files)
