"""The published result of `backfill`: every lasting change of a range of commits, and how fast the commits between were.

Frozen values, no behaviour beyond what follows from a field. Ratios are after / before, or to the anchor; its JSON
Schema is made from these records and the comments beside their fields (`make schemas`).
"""

from dataclasses import dataclass
from typing import Literal

from bench_agent.results.culprits import GrownFunction, Skipped

BACKFILL_SCHEMA = "bench-agent/backfill/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedBenchmark:
    """What a commit did to one benchmark, measured against its parent in turns."""

    benchmark: str  # the test's node id
    ratio: float  # after / before
    interval: tuple[float, float]
    pairs: int  # sets of fresh sessions that the two versions shared
    taken_back_by: str | None = None  # sha of the later commit that undid it; None: it lasts to the end of the range
    perhaps_until: str | None = None  # sha by which something that is not explained made up for most of it


@dataclass(frozen=True, slots=True, kw_only=True)
class LastingChange:
    """A commit that was proved to have made benchmarks slower or faster."""

    sha: str
    subject: str
    author_date: str | None = None
    position: int  # on the first-parent line of the range, from 1; of what a merge brought, the merge's
    merge: str | None = None  # the merge by which it came into that line
    brought: int = 0  # of a merge: the commits that came with it, where none of them could be named instead of it
    among: tuple[str, ...] = ()  # shas: it is one of these, the others of them can't be measured
    benchmarks: tuple[ChangedBenchmark, ...]  # the largest change first
    functions: tuple[
        GrownFunction, ...
    ] = ()  # of the benchmark that changed most: what does more, or less, in one call
    files: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How fast one benchmark was at one commit."""

    benchmark: str
    ratio: float  # its time there / its time at the anchor
    interval: tuple[float, float] | None = None  # null: an open end
    pairs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredCommit:
    """A commit that was measured against the anchor."""

    sha: str
    name: str | None = None  # a tag
    author_date: str | None = None
    position: int  # 0: where the range begins
    anchor: str
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unexplained:
    """A benchmark changed between two commits, and no commit between them is proved to have done it."""

    benchmark: str
    after: str  # sha
    until: str  # sha
    ratio: float
    reason: Literal["not_found", "no_time"]
    rest: bool = False  # it is what the commits that are named between the two leave of the change


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmeasured:
    """A benchmark that can't be measured at some commits at which others can: what changed there is not known."""

    benchmark: str
    commits: tuple[str, ...]  # shas of those that were tried, oldest first
    reason: str  # the same at all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """The result of one search. Changes and commits are in the order of history."""

    first: str  # sha where the range begins
    anchor: str  # sha that the ratios of `commits` are to
    commits_in_range: int  # on the first-parent line
    resolution: float  # ratio - 1: smaller changes were not looked for
    benchmarks: tuple[str, ...]
    changes: tuple[LastingChange, ...] = ()
    commits: tuple[MeasuredCommit, ...] = ()
    unexplained: tuple[Unexplained, ...] = ()
    skipped: tuple[Skipped, ...] = ()  # commits that can't be measured
    unmeasured: tuple[Unmeasured, ...] = ()
    measurements: int = 0  # sessions in which a version was counted or timed
    seconds: float = 0.0  # of this call; what was measured before is in `measurements` alone
    interrupted: bool = False  # the same command goes on where it stopped
    out_of_time: bool = False  # the time ended before the search did: it may not name all
    warnings: tuple[str, ...] = ()
    schema: str = BACKFILL_SCHEMA
