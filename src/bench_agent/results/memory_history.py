"""The published result of `backfill --metric memory`: every lasting change of what one call holds, or leaves behind, in a range.

Frozen values. Bytes are those of one call of the benchmark; `memory-history.schema.json` is made from these records.
"""

from dataclasses import dataclass
from typing import Literal

from bench_agent.results.culprits import Skipped
from bench_agent.results.memory import GrownLine

MEMORY_HISTORY_SCHEMA = "bench-agent/memory-history/1"

MemoryMetric = Literal["peak", "left"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedMemory:
    """What a commit did to one call of one benchmark, traced beside its parent with another hash seed than it was found with."""

    benchmark: str  # the test's node id
    metric: MemoryMetric = "peak"  # what changed: what a call holds at its peak, or what each leaves behind
    before_bytes: float
    after_bytes: float
    sessions: int  # of it and of its parent each
    taken_back_by: str | None = None  # sha of the later commit that undid it; None: it lasts to the end of the range
    lines: tuple[GrownLine, ...] = ()  # that hold more than at the parent, or less; of less, `line` is the parent's


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryChangingCommit:
    """A commit that was proved to have changed what calls hold or leave behind."""

    sha: str
    subject: str
    author_date: str | None = None
    position: int  # on the first-parent line of the range, from 1; of what a merge brought, the merge's
    merge: str | None = None  # the merge by which it came into that line
    among: tuple[str, ...] = ()  # shas: it is one of these, the others of them can't be traced
    benchmarks: tuple[ChangedMemory, ...]  # the largest change first


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMemory:
    """One call of one benchmark at one commit."""

    benchmark: str
    bytes: float  # at its peak
    left_bytes: float | None = None  # that each further call leaves behind; null: not looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedCommit:
    """A commit that was traced."""

    sha: str
    name: str | None = None  # a tag
    author_date: str | None = None
    position: int  # 0: where the range begins
    levels: tuple[HeldMemory, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnexplainedMemory:
    """One call holds another amount at two commits, and no commit between them is proved to have done it."""

    benchmark: str
    metric: MemoryMetric = "peak"
    after: str  # sha
    until: str  # sha
    before_bytes: float
    after_bytes: float
    reason: Literal["not_proved", "no_time"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsteadyMemory:
    """A benchmark whose calls, or sessions, hold unlike amounts at one and the same commit."""

    benchmark: str
    hides_bytes: float  # smaller changes of its peak are not seen


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryHistory:
    """The result of one search. Changes and commits are in the order of history."""

    first: str  # sha where the range begins
    anchor: str  # the newest: its benchmark files are those of all commits
    commits_in_range: int  # on the first-parent line
    resolution: float  # ratio - 1: smaller changes were not looked for, nor such of less than 4 KB
    benchmarks: tuple[str, ...]
    changes: tuple[MemoryChangingCommit, ...] = ()
    commits: tuple[TracedCommit, ...] = ()
    unexplained: tuple[UnexplainedMemory, ...] = ()
    skipped: tuple[Skipped, ...] = ()  # commits that can't be traced
    unsteady: tuple[UnsteadyMemory, ...] = ()
    measurements: int = 0  # sessions in which a version was traced
    seconds: float = 0.0
    interrupted: bool = False
    out_of_time: bool = False  # the time ended before the search did: it may not name all
    warnings: tuple[str, ...] = ()
    schema: str = MEMORY_HISTORY_SCHEMA
