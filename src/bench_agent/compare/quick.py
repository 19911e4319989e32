"""What a quick run looks at before it spends a second on timing: exact counts, now against a commit's. Nothing is measured.

Comes in: a run with what each benchmark executed, and the stored runs. Goes out: the commit to compare with, and the
benchmarks whose counts differ from those stored for it, or are not known there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bench_agent.compare.revisions import natural_base, touched_benchmarks
from bench_agent.history.load import load_reach
from bench_agent.records import Machine, Run
from bench_agent.suspects.reach import compare_reach, executes_otherwise
from bench_agent.system.git import Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What the counts of a run say against those stored for a commit."""

    ids: tuple[str, ...] = ()  # to be counted on both sides: differing, or not stored there and touched since
    equal: int = 0  # benchmarks with the same counts as then


def counting_base(repository: Repository, run: Run, stored: Sequence[Run]) -> str | None:
    """The commit whose counts tell what is new: of the newest stored run without uncommitted changes on the way to HEAD.

    Where there is none it is the base of the branch; None for a repository's only commit. stored: oldest first.
    """
    head_sha = run.head.sha
    if head_sha is None:
        return None
    for earlier in reversed(stored):
        sha = earlier.head.sha
        if sha and not earlier.head.dirty and (sha == head_sha or _is_before(repository, sha, head_sha)):
            return sha
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
