"""The published result of a search for the commit behind more memory: culprits with proof and the lines that allocate.

Frozen values. Bytes are those of one call of the benchmark; `memory-culprits.schema.json` is made from these records.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from bench_agent.results import plain
from bench_agent.results.culprits import SearchedRange, Skipped
from bench_agent.results.memory import GrownLine

MEMORY_CULPRITS_SCHEMA = "bench-agent/memory-culprits/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryCulprit:
    """A commit whose sessions all lie above its parent's, those with other hash seeds than the one it was found by too."""

    sha: str  # `uncommitted` for the changes in the working tree
    subject: str
    author_date: str | None = None
    proved: Literal[True] = True
    parent_bytes: float
    bytes: float
    parent_left_bytes: float | None = None  # that each further call leaves behind, where what grew is the peak
    left_bytes: float | None = None
    share: float | None  # of the whole growth; above 1 where others gave some back
    sessions: int  # of it and of its parent each
    among: tuple[str, ...] = ()  # shas: the culprit is one of these, the others of them can't be traced
    lines: tuple[GrownLine, ...] = ()  # that hold more than at the parent, or leave more behind
    # of the growth, by taking only this commit back from the newest version; None: not tried, it is the newest, or `note` says why
    restored: float | None = None
    note: str | None = None
    merge: str | None = None  # the merge by which it came into the first-parent line


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySearch:
    """One benchmark's search. culprits: largest growth first; empty when nothing grew or nothing could be proved."""

    benchmark: str  # the test's node id
    good: str
    bad: str  # a sha, or `working tree`
    metric: Literal["peak", "left"] = "peak"  # what grew: what a call holds at its peak, or what each leaves behind
    verdict: Literal["more", "less", "same", "undecided"]  # on bad against good
    regressed: bool = False  # beyond max_memory_regression or peak_mb, or a new leak
    base_bytes: float | None = None
    head_bytes: float | None = None
    base_left_bytes: float | None = None  # that each further call leaves behind, whatever grew
    head_left_bytes: float | None = None
    culprits: tuple[MemoryCulprit, ...] = ()
    skipped: tuple[Skipped, ...] = ()  # commits that can't be traced
    range: SearchedRange
    measurements: int = 0  # sessions in which a version was traced
    seconds: float = 0.0
    out_of_time: bool = False
    interrupted: bool = False  # by Ctrl-C: what was known by then
    warnings: tuple[str, ...] = ()
    schema: str = MEMORY_CULPRITS_SCHEMA


class OtherSearches(TypedDict, total=False):
    """What `bench-agent bisect --metric memory --json` adds where no benchmark was named."""

    others: list[MemorySearch]  # the other benchmarks' searches


def as_dict(search: MemorySearch) -> dict[str, Any]:
    """The search as plain JSON values, `schema` first."""
    return plain.document(search, digits=6)


def is_found_in(searches: Sequence[MemorySearch], fail_on: str) -> bool:
    """Whether the searches hold what `bisect --fail-on` names."""
    regression = any(search.regressed for search in searches)
    is_open = any(search.verdict == "undecided" or search.out_of_time or search.interrupted for search in searches)
    grown = any(search.verdict == "more" for search in searches)
    return {"regression": regression, "undecided": regression or is_open, "any": regression or grown or is_open}.get(
        fail_on, False
    )
