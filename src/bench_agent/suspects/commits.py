"""Which commits lie between the last good run and now.

Takes the repository, the good commit and the state a run measured. Returns a `CommitRange`, with notes for people where the
range is not what was asked for. Nothing is ranked here, no diff is read.
"""

from dataclasses import dataclass

from bench_agent.errors import GitError
from bench_agent.records import Commit, FileChange, Head
from bench_agent.system.git import Repository
from bench_agent.text.clean import clean_text

MAX_COMMITS = 100_000  # 60,000 take 2 s of CPU to read, as much to rank, and 140 MB
FALLBACK_COMMITS = 20  # looked at when where to begin is not known: a few days of work in most projects
UNCOMMITTED = "uncommitted changes"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitRange:
    """The candidates, newest first; uncommitted changes lead, as a commit with sha "".

    good: where the range really begins, None when that is not known. Commits of merged branches are listed beside
    their merge. exact is False when the range is not good..now, whole: then the culprit may lie outside, and `notes` say why.
    """

    good: str | None = None
    bad: str | None = None
    commits: tuple[Commit, ...] = ()
    exact: bool = False
    notes: tuple[str, ...] = ()


def collect_range(
    repository: Repository | None, good_sha: str | None, head: Head, *, limit: int = MAX_COMMITS
) -> CommitRange:
    """The commits in good..head and the uncommitted changes. Never raises: what could not be had is said in `notes`.

    good_sha: the last run that was not slower, None when there is none. head: what the present run measured. limit:
    of commits, the newest. At most nine calls of git, whatever the number of commits.
    """
    if repository is None:
        return CommitRange(notes=("no git repository here, or git is not installed: commits cannot be compared",))
    if head.sha is None:
        return CommitRange(notes=(f"git: {clean_text(head.problem or 'no commit yet')}",))
    if repository.resolve(head.sha) is None:  # of a run from elsewhere; whatever its file says, git is not asked for it
        name = clean_text(head.sha, limit=12).rstrip("…")
        return CommitRange(
            notes=(f"{name}, which was measured, is not in this repository: no commit can be suspected",)
        )
    try:
        return _collect(repository, good_sha, head, head.sha, limit)
    except GitError as error:
        return CommitRange(bad=head.sha, notes=(f"the commits could not be listed: {clean_text(error.message)}",))


def _collect(repository: Repository, good_sha: str | None, head: Head, bad: str, limit: int) -> CommitRange:
    start = _find_start(repository, good_sha, bad)
    count = limit if start.good else min(limit, FALLBACK_COMMITS)
    # One more than wanted tells whether there are more.
    commits = [] if start.good == bad else repository.commits(start.good, bad, limit=count + 1)
    notes = list(start.notes)
    if start.good and len(commits) > count:
        notes.append(f"more than {count} commits since then: the newest {count} are considered")
    changes, remark = _read_uncommitted(repository, head, bad)
    notes += [remark] if remark else []
    found = (*changes, *commits[:count])
    if not found and start.exact:
        notes.append("nothing changed in the repository between the two runs: look at the environment")
    elif not found:
        notes.append("no commit to suspect was found")
    return CommitRange(
        good=start.good, bad=bad, commits=found, exact=start.exact and len(commits) <= count, notes=tuple(notes)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    good: str | None
    exact: bool = False
    notes: tuple[str, ...] = ()


def _find_start(repository: Repository, good_sha: str | None, bad: str) -> _Start:
    """Where the range begins: good itself, where its line parts from ours, or nothing known."""
    last = f"the last {FALLBACK_COMMITS} commits are considered"
    if good_sha is None:
        return _Start(good=None, notes=(f"the commit of the last good run is not known: {last}",))
    name = clean_text(good_sha, limit=12).rstrip("…")
    good = repository.resolve(good_sha)
    if good is None:
        shallow = repository.is_shallow()
        elsewhere = "is not in this repository (rebased away, or from another clone)"
        why = "is not in this shallow clone (git fetch --unshallow gets it)" if shallow else elsewhere
        branch = None if shallow else repository.default_branch()
        base = repository.merge_base(branch, bad) if branch else None
        if base and base != bad:
            where = f"where this branch leaves {clean_text(branch)}"
            return _Start(good=base, notes=(f"{name}, the last good run, {why}: compared with {base[:12]}, {where}",))
        return _Start(good=None, notes=(f"{name}, the last good run, {why}: {last}",))
    if good == bad or repository.is_ancestor(good, bad):
        return _Start(good=good, exact=True)
    base = repository.merge_base(good, bad)
    if base == bad:
        note = f"{name}, the last good run, is newer than what was measured now: no commit lies between them"
        return _Start(good=bad, notes=(note,))
    if base is None:
        cut = " (this clone is shallow: git fetch --unshallow)" if repository.is_shallow() else ""
        return _Start(good=None, notes=(f"{name}, the last good run, shares no history with HEAD{cut}: {last}",))
    note = f"{name}, the last good run, is on another line (rebased, or another branch): compared from {base[:12]} on"
    return _Start(good=base, notes=(note,))


def _read_uncommitted(repository: Repository, head: Head, bad: str) -> tuple[tuple[Commit, ...], str | None]:
    """The working tree's changes as a commit, and a remark when they are no longer what was measured."""
    if not head.dirty:
        return (), None
    files = repository.uncommitted() if repository.resolve("HEAD") == bad else ()
    remark = None
    if not files:
        files = tuple(FileChange(path=path) for path in head.dirty)
        remark = "the uncommitted changes that were measured are no longer there: they are known by name only"
    return (Commit(sha="", subject=UNCOMMITTED, parents=(bad,), files=files),), remark
