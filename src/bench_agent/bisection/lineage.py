"""The line of commits that is searched: first parents from the good version to the bad one, and what merges brought.

Comes in: the repository and two revisions. Goes out: a `Line`, and the ranking's suspicion spread over it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench_agent.errors import UsageError
from bench_agent.records import Commit
from bench_agent.suspects.commits import MAX_COMMITS, UNCOMMITTED
from bench_agent.system.git import Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """versions[0] is the good one, versions[i] the state after commits[i - 1]; "" is the working tree."""

    versions: tuple[str, ...]
    commits: tuple[Commit, ...]
    notes: tuple[str, ...] = ()

    @property
    def last(self) -> int:
        return len(self.commits)

    def commit(self, place: int) -> Commit:
        return self.commits[place - 1]


def read_line(repository: Repository, good: str, bad: str | None) -> Line:
    """The first-parent line good..bad, oldest first; bad None: HEAD, and the uncommitted changes as the last commit.

    Where good is not itself on the line, it begins at the newest of good's ancestors that is. Raises UsageError when there is
    no line. Three calls of git, whatever the number of commits.
    """
    end = bad or repository.resolve("HEAD")
    if end is None:
        raise UsageError("the repository has no commits yet")
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
    return Line(versions=(start, *(commit.sha for commit in commits)), commits=tuple(commits), notes=tuple(notes))


def _untracked(repository: Repository) -> bool:
    return bool(repository.git("ls-files", "--others", "--exclude-standard", "-z").strip("\0"))


def read_branch(repository: Repository, merge: Commit) -> Line | None:
    """The line of what a merge brought: from where its branch left ours to the branch's end. None for other merges than of two."""
    if len(merge.parents) != 2:
        return None
    ours, theirs = merge.parents
    start = repository.merge_base(ours, theirs)
    if start is None or start == theirs:
        return None
    commits = list(reversed(repository.commits(start, theirs, limit=MAX_COMMITS, first_parent=True, files=False)))
    if not commits or commits[0].parents[:1] != (start,):
        return None
    return Line(versions=(start, *(commit.sha for commit in commits)), commits=tuple(commits))


def spread_suspicion(line: Line, commits: Sequence[Commit], scores: Mapping[str, float]) -> list[float]:
    """The suspicion of each place: its commit's score, and for a merge those of the commits it brought.

    commits: of the whole range, those of merged branches among them. scores: by sha.
    """
    parents = {commit.sha: commit.parents for commit in commits}
    seen = {commit.sha for commit in line.commits} | {line.versions[0]}
    found = []
    for commit in line.commits:
        total = scores.get(commit.sha, 0.0)
        waiting = list(commit.parents[1:])
        while waiting:
            sha = waiting.pop()
            if sha in seen or sha not in parents:
                continue
            seen.add(sha)
            total += scores.get(sha, 0.0)
            waiting += parents[sha]
        found.append(total)
    return found
