"""The line of commits that is searched: first parents from the good version to the bad one, and what merges brought.

Reads it from the repository for two revisions, as a `Line` of versions, and spreads the ranking's suspicion over it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench_agent.errors import UsageError
from bench_agent.records import Commit
from bench_agent.suspects.commits import MAX_COMMITS, UNCOMMITTED
from bench_agent.system.git import Repository


@dataclass(frozen=True, slots=True)
class Version:
    """A state of the project that can be measured: a commit, the working tree, or the newest version without one commit."""

    sha: str  # "" is the working tree
    is_newest_without: bool = False  # the newest version, with the change of `sha` taken back

    @property
    def is_working_tree(self) -> bool:
        return not self.sha

    @property
    def label(self) -> str:
        """What people call it, and unlike any other's."""
        if self.is_working_tree:
            return "working tree"
        return f"end without {self.sha[:12]}" if self.is_newest_without else self.sha[:12]

    @property
    def short(self) -> str:
        return self.label[:8]

    @property
    def key(self) -> str:
        """How files name it."""
        return f"-{self.sha}" if self.is_newest_without else self.sha


WORKING_TREE = Version("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """versions[0] is the good one, versions[i] the state after commits[i - 1]: positions 0 to `last`."""

    versions: tuple[Version, ...]
    commits: tuple[Commit, ...]
    notes: tuple[str, ...] = ()

    @property
    def last(self) -> int:
        return len(self.commits)

    @property
    def newest_commit(self) -> Version:
        """The last version, or the commit that the working tree's changes are made to."""
        return next(version for version in reversed(self.versions) if version.sha)

    def commit(self, position: int) -> Commit:
        """The commit that made the version at a position from 1 on."""
        return self.commits[position - 1]


def _line(start: str, commits: Sequence[Commit], notes: Sequence[str] = ()) -> Line:
    versions = (Version(start), *(Version(commit.sha) for commit in commits))
    return Line(versions=versions, commits=tuple(commits), notes=tuple(notes))


def read_line(repository: Repository, good: str, bad: str | None) -> Line:
    """The first-parent line good..bad, oldest first; bad None: HEAD, and the uncommitted changes as the last commit.

    Where good is not itself on the line, it begins at the newest of good's ancestors that is. Raises UsageError when there is
    no line. Three calls of git, whatever the number of commits.
    """
    end = bad or repository.resolve("HEAD")
    if end is None:
        raise UsageError("the repository has no commits yet", hint="commit something to search")
    commits = list(reversed(repository.commits(good, end, limit=MAX_COMMITS, first_parent=True, files=False)))
    start, notes = good, []
    if commits and commits[0].parents and commits[0].parents[0] != good:
        start = commits[0].parents[0]
        notes.append(f"{good[:8]} is on another line than {end[:8]}: searched from {start[:8]}, where they part")
    elif commits and not commits[0].parents:
        hint = "this clone is shallow: git fetch --unshallow" if repository.is_shallow() else "see: git merge-base"
        raise UsageError(f"{good[:8]} and {end[:8]} share no history", hint=hint)
    elif not commits and good != end and repository.merge_base(good, end) != good:
        raise UsageError(f"{end[:8]} is older than {good[:8]}", hint="--good is the older, faster one")
    if bad is None and (repository.uncommitted() or _untracked(repository)):
        commits.append(Commit(sha="", subject=UNCOMMITTED, parents=(end,), files=repository.uncommitted()))
    return _line(start, commits, notes)


def _untracked(repository: Repository) -> bool:
    return bool(repository.git("ls-files", "--others", "--exclude-standard", "-z").strip("\0"))


def read_branch(repository: Repository, merge: Commit) -> Line | None:
    """The line of what a merge brought: from where its branch left ours to the branch's end. None for other merges than of two."""
    branches = read_branches(repository, merge) if len(merge.parents) == 2 else []
    return branches[0] if branches else None


def read_branches(repository: Repository, merge: Commit) -> list[Line]:
    """The lines of what a merge brought, one a branch; without those that are no plain line from where they left ours."""
    ours, *others = merge.parents or ("",)
    branches = []
    for theirs in others:
        start = repository.merge_base(ours, theirs)
        if start is None or start == theirs:
            continue
        commits = list(reversed(repository.commits(start, theirs, limit=MAX_COMMITS, first_parent=True, files=False)))
        if commits and commits[0].parents[:1] == (start,):
            branches.append(_line(start, commits))
    return branches


def commits_at(line: Line, commits: Sequence[Commit]) -> list[tuple[str, ...]]:
    """Position by position, from 1: the sha of its commit, and for a merge those of the commits it brought.

    commits: of the whole range, those of merged branches among them.
    """
    parents = {commit.sha: commit.parents for commit in commits}
    seen = {commit.sha for commit in line.commits} | {line.versions[0].sha}
    found = []
    for commit in line.commits:
        here = [commit.sha]
        waiting = list(commit.parents[1:])
        while waiting:
            sha = waiting.pop()
            if sha in seen or sha not in parents:
                continue
            seen.add(sha)
            here.append(sha)
            waiting += parents[sha]
        found.append(tuple(here))
    return found


def spread_suspicion(line: Line, commits: Sequence[Commit], scores: Mapping[str, float]) -> list[float]:
    """The suspicion of each position from 1: its commit's score, and for a merge those of the commits it brought.

    commits: as for `commits_at`. scores: by sha.
    """
    return [sum(scores.get(sha, 0.0) for sha in shas) for shas in commits_at(line, commits)]
