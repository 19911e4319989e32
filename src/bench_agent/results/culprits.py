"""The published result of a search for the commit behind a slowdown: culprits with proof, suspects without, and what was skipped.

Frozen values, no behaviour beyond what follows from a field. Times are seconds, ratios after / before. `to_json` writes the
contract (`culprits.schema.json`).
"""

import dataclasses
import json
import math
from dataclasses import dataclass
from typing import Any, Literal

from bench_agent.results.report import Suspect

CULPRITS_SCHEMA = "bench-agent/culprits/1"
UNCOMMITTED = "uncommitted"  # as a sha: the changes in the working tree

SearchVerdict = Literal["slower", "faster", "same", "inconclusive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrownFunction:
    """What does more, or takes longer, in one call of the benchmark after the commit than before it: a function, or a
    built-in that it calls.
    """

    name: str  # "path::qualname"; files that are not the project's begin with "std:" or "site:"
    calls: tuple[int, int]  # before, after; of the built-in, where there is one
    lines: tuple[int, int]  # 0, 0 of a built-in
    in_diff: bool  # the commit changes the function's lines
    built_in: str | None = None  # "sorted", "str.join", called by the function; "" as name: by the benchmark itself
    own_s: tuple[float, float] | None = None  # without what it calls, as if there were no profiler; None: not known


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

    sha: str
    subject: str
    author_date: str | None = None
    proved: bool = True
    ratio: float  # against its parent
    interval: tuple[float, float]
    share: float | None  # of the logarithm of the whole change; above 1 where others made up for some of it
    pairs: int = 0
    among: tuple[str, ...] = ()  # shas: the culprit is one of these, the others of them can't be measured
    merge: str | None = None  # sha of the merge by which it came into the line
    functions: tuple[GrownFunction, ...] = ()
    files: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    excerpt: str | None = None
    restored: Restored | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    sha: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedRange:
    commits: int  # on the first-parent line, uncommitted changes included
    left: tuple[str, ...] = ()  # shas the answer lies among when the search ended without one, at most 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """One benchmark's search. culprits: largest share first; empty when nothing got slower or nothing could be proved."""

    benchmark: str
    good: str
    bad: str
    verdict: SearchVerdict
    ratio: float | None = None
    interval: tuple[float, float] | None = None
    culprits: tuple[Culprit, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    range: SearchedRange
    method: Literal["counts", "time", "both", "none"] = "none"
    measurements: int = 0  # sessions in which a commit was timed or counted
    seconds: float = 0.0
    interrupted: bool = False
    out_of_time: bool = (
        False  # the time ended before the search did: what it names may not be all, and nobody is cleared
    )
    warnings: tuple[str, ...] = ()
    schema: str = CULPRITS_SCHEMA


def as_dict(search: Search) -> dict[str, Any]:
    """The search as plain JSON values, `schema` first; figures to four digits, those that are not finite as None."""
    plain = dataclasses.asdict(search)
    return {"schema": plain.pop("schema"), **{key: _plain(value) for key, value in plain.items()}}


def to_json(search: Search) -> str:
    return json.dumps(as_dict(search), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


EXPLAINED = 0.7  # of the slowdown: below it others are searched on both sides
