"""The two versions that somebody's words mean: `main`, `main...`, `v1..v2`; and whether the base has moved on since.

Takes revisions as typed and a repository. Returns full shas, and how the base was found. Nothing is fetched or measured.
"""

from dataclasses import dataclass

from bench_agent.compare.base import resolve
from bench_agent.errors import UsageError
from bench_agent.results.change import BaseKind
from bench_agent.system.git import Repository
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenVersions:
    """What to compare. head None: the working tree. moved: commits that the base's branch has got since the base."""

    base: str
    head: str | None
    kind: BaseKind = "named"
    name: str | None = None  # the revision the base was found by
    moved: int = 0

    def warnings(self) -> tuple[str, ...]:
        """What a reader must know of the base: that it moved on, or that it holds commits which head does not have."""
        if not self.moved:
            return ()
        name = clean_text(self.name or self.base[:8])
        few = quantity.counted(self.moved, "commit")
        if self.kind == "fork_point":
            return (f"{name} has moved on by {few} since this branch left it: they are not compared",)
        return (
            f"{name} holds {few} that the other version does not: what they changed is compared too; since the fork point: "
            f"bench-agent compare {name}...",
        )


def choose_versions(repository: Repository, base: str, head: str | None = None) -> ChosenVersions:
    """What `compare BASE [HEAD]` means. `A...` or `A...B`: since the commit at which B left A. `A..B`: A and B themselves.

    Raises UsageError where a revision names no commit, where two heads are given, and where A and B share no history.
    """
    name, dots, after = _split(base)
    if after and head:
        raise UsageError(
            f"`{clean_text(base)}` names both versions, and {clean_text(head)} is a third", hint="leave one out"
        )
    head = after or head or None
    named = resolve(repository, name)
    head_sha = resolve(repository, head) if head else None
    tip = head_sha or resolve(repository, "HEAD")
    if dots != "...":
        return ChosenVersions(base=named, head=head_sha, name=name, moved=_not_in(repository, named, tip))
    fork = repository.merge_base(named, tip)
    if fork is None:
        hint = "this is a shallow clone: git fetch --unshallow" if repository.is_shallow() else "name the base itself"
        raise UsageError(f"{clean_text(name)} and {head or 'HEAD'} share no history here", hint=hint)
    moved = _not_in(repository, named, fork)
    return ChosenVersions(base=fork, head=head_sha, kind="fork_point", name=name, moved=moved)


def _split(text: str) -> tuple[str, str, str]:
    """("main", "...", "") of "main..."; git's own order of looking: three dots before two."""
    for dots in ("...", ".."):
        before, found, after = text.partition(dots)
        if found and before:
            return before, dots, after
    return text, "", ""


def _not_in(repository: Repository, one: str, other: str) -> int:
    """Commits of `one` that `other` does not have."""
    return int(repository.git("rev-list", "--count", "--end-of-options", f"{other}..{one}", "--").strip() or 0)
