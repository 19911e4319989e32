"""The published result of a search for the commit behind a slowdown: culprits with proof, suspects without, and what was skipped.

Frozen values, no behaviour beyond what follows from a field. Times are seconds, ratios after / before. `to_json` writes the
contract; its schema, `culprits.schema.json`, is made from these records and the comments beside their fields (`make schemas`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from bench_agent.results import plain
from bench_agent.results.grown_functions import GrownFunction as GrownFunction
from bench_agent.results.report import Suspect

CULPRITS_SCHEMA = "bench-agent/culprits/2"
UNCOMMITTED = "uncommitted"  # as a sha: the changes in the working tree

SearchVerdict = Literal["slower", "faster", "same", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What taking the commit back gave: the newest version with only that commit reverted, measured against itself."""

    share: float | None  # of the whole slowdown; None: not measured, `note` says why
    interval: tuple[float, float] | None = None
    pairs: int = 0
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Culprit:
    """A commit, or a set of commits that can't be told apart, that was measured against its parent and is slower."""

    sha: str  # `uncommitted` for the changes in the working tree
    subject: str
    author_date: str | None = None
    proved: Literal[True] = True
    ratio: float  # against its parent
    interval: tuple[float, float]
    share: float | None  # of the logarithm of the whole change; above 1 where others made up for some of it
    pairs: int = 0
    among: tuple[str, ...] = ()  # shas: the culprit is one of these, the others of them can't be measured
    merge: str | None = None  # the merge by which it came into the first-parent line
    functions: tuple[GrownFunction, ...] = ()
    files: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    excerpt: str | None = None  # of the diff
    restored: Restored | None = None  # with only this commit reverted; None: not tried, it is its parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    sha: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedRange:
    commits: int  # on the first-parent line, uncommitted changes included
    left: tuple[
        str, ...
    ] = ()  # shas that it lies among, if one commit did it, when the search ended without an answer, at most 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """One benchmark's search. culprits: largest share first; empty when nothing got slower or nothing could be proved."""

    benchmark: str  # the test's node id
    good: str
    bad: str  # a sha, or `working tree`
    verdict: SearchVerdict  # on bad against good, measured in turns
    ratio: float | None = None
    # of the ratio, 95 %, valid at whatever moment measuring stopped; null: open end
    interval: tuple[float, float] | None = None
    # proved, largest share first; empty when nothing got slower or nothing could be proved
    culprits: tuple[Culprit, ...] = ()
    suspects: tuple[Suspect, ...] = ()  # without proof: the ranking's, of the commits that the measurements leave
    skipped: tuple[Skipped, ...] = ()  # commits that can't be measured
    range: SearchedRange
    method: Literal["counts", "time", "both", "none"] = "none"  # how candidates were found; they are proved by time
    measurements: int = 0  # sessions in which a version was counted or timed
    seconds: float = 0.0
    interrupted: bool = False  # the same command goes on where it stopped
    out_of_time: bool = False  # the time ended before the search did: it may not name all, and nobody is cleared
    warnings: tuple[str, ...] = ()
    open_because: str | None = (
        None  # why it is undecided where no more measuring tells: commits changed what all versions share
    )
    schema: str = CULPRITS_SCHEMA


class Others(TypedDict, total=False):
    """What `bench-agent bisect --json` adds to the worst benchmark's search where no benchmark was named."""

    others: list[Search]  # the other benchmarks' searches


def as_dict(search: Search) -> dict[str, Any]:
    """The search as plain JSON values, `schema` first; figures to four digits, those that are not finite as None."""
    return plain.document(search, digits=4)


def to_json(search: Search) -> str:
    return plain.to_json(as_dict(search))


EXPLAINED = 0.7  # of the slowdown: below it others are searched on both sides


def is_found_in(searches: Sequence[Search], fail_on: str, *, threshold: float) -> bool:
    """Whether the searches hold what `bisect --fail-on` names. threshold: 0.2 is 20 %."""
    slower = [search for search in searches if search.verdict == "slower"]
    regression = any(search.ratio is None or search.ratio > 1 + threshold for search in slower)
    is_open = any(search.verdict == "undecided" or search.out_of_time for search in searches)
    return {"regression": regression, "undecided": regression or is_open, "any": bool(slower) or is_open}.get(
        fail_on, False
    )
