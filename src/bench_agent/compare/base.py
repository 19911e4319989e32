"""The version to compare with: the commit it is, the benchmarks that can differ from it, and what stored counts say already."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench_agent.compare.touched import touched_benchmarks
from bench_agent.errors import UsageError
from bench_agent.history.load import load_reach
from bench_agent.records import Machine, Run
from bench_agent.suspects.reached_code import compare_reach, executes_otherwise
from bench_agent.system.git import Repository
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text


def resolve(repository: Repository, revision: str) -> str:
    """The full sha of a revision somebody typed. Raises UsageError with a hint when there is none."""
    sha = repository.resolve(revision)
    if sha is None:
        hint = "this is a shallow clone: git fetch --unshallow" if repository.is_shallow() else "see: git log --oneline"
        if repository.resolve("HEAD") is None:
            hint = "nothing is committed yet on this branch: commit something to compare with"
        raise UsageError(f"`{clean_text(revision)}` names no commit here", hint=hint)
    return sha


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What a run is compared with. sha None: nothing, and `problem` says why; beside a sha it says what is doubtful of it."""

    sha: str | None = None
    problem: str | None = None


_FETCH = "fetch the history first: git fetch --unshallow (actions/checkout: fetch-depth: 0)"


def natural_base(repository: Repository, head_sha: str, *, dirty: bool) -> Base:
    """What a first run is compared with: where the branch left the default branch, else the commit before this one.

    With uncommitted changes on the default branch itself that is HEAD: the question is what they do. None for a
    repository's only commit, and where a shallow clone does not have that commit.
    """
    default = repository.default_branch()
    base = repository.merge_base(default, head_sha) if default else None
    if base is not None and base != head_sha:
        return Base(sha=base)
    if dirty:
        return Base(sha=head_sha)
    parent = repository.resolve(f"{head_sha}~1")
    if not repository.is_shallow():
        return Base(sha=parent, problem=None if parent else "this is the repository's only commit")
    if parent is None:
        return Base(problem=f"this clone is shallow and has no commit to compare with; {_FETCH}")
    if base == head_sha:
        return Base(sha=parent)
    where = "where the branch began is not in this shallow clone: only the last commit was compared"
    return Base(sha=parent, problem=f"{where}; {_FETCH}")


def equal_counts(number: int, base_sha: str) -> str:
    """What is said when nothing differs: no more than is known."""
    few = quantity.counted(number, "benchmark")
    return f"counts: {few} executed what they did at {base_sha[:8]}; equal counts prove nothing about time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What the counts of a run say against those stored for a commit."""

    ids: tuple[str, ...] = ()  # to be counted on both sides: differing, or not stored there and touched since
    equal: int = 0  # benchmarks with the same counts as then


def counting_base(repository: Repository, run: Run, stored: Sequence[Run]) -> Base:
    """The commit whose counts tell what is new: of the newest stored run without uncommitted changes on the way to HEAD.

    Where there is none it is the base of the branch. stored: oldest first.
    """
    head_sha = run.head.sha
    if head_sha is None:
        return Base()
    for earlier in reversed(stored):
        sha = earlier.head.sha
        if sha and not earlier.head.dirty and (sha == head_sha or _is_before(repository, sha, head_sha)):
            return Base(sha=sha)
    return natural_base(repository, head_sha, dirty=bool(run.head.dirty))


def _is_before(repository: Repository, sha: str, head_sha: str) -> bool:
    return repository.resolve(sha) == sha and repository.is_ancestor(sha, head_sha)


def stored_counts(repository: Repository, run: Run, base_sha: str, stored: Sequence[Run]) -> Counts:
    """The run's counts against those of the stored runs of that commit; nothing where the code is the commit's own.

    Counts can be compared when they are of the same interpreter, to the minor version, and of the same benchmark body.
    """
    if base_sha == run.head.sha and not run.head.dirty:
        return Counts()
    differing, unknown = [], []
    there = [r for r in stored if r.head.sha == base_sha and not r.head.dirty and _counts_as(r.machine, run.machine)]
    reaches = [(earlier, load_reach(earlier)) for earlier in reversed(there)]
    for sample in run.samples:
        known = [
            reach[sample.id]
            for earlier, reach in reaches
            if sample.id in reach
            and (then := earlier.sample(sample.id)) is not None
            and then.body_hash == sample.body_hash
            and compare_reach(reach[sample.id], sample.reach).comparable
        ]
        if not known:
            unknown.append(sample.id)
        elif all(executes_otherwise(reach, sample.reach) for reach in known):
            differing.append(sample.id)
    touched = set(touched_benchmarks(repository, run, base_sha)) if unknown else set()
    return Counts(
        ids=(*differing, *(id for id in unknown if id in touched)),
        equal=len(run.samples) - len(differing) - len(unknown),
    )


def _counts_as(one: Machine, other: Machine) -> bool:
    """Another Python counts in another way."""
    return _interpreter(one) == _interpreter(other)


def _interpreter(machine: Machine) -> tuple[str, list[str]]:
    return machine.implementation, machine.python.split(".")[:2]
