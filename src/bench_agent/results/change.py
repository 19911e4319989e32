"""The published result of measuring a change: what it does to each benchmark, and the commits that proved to do it.

What `ci` prints, keeps and posts, and what the files of `compare` are made of. Frozen values; times are seconds for one
iteration, ratios head / base. `from_dict` takes documents of others: an artifact that a fork's job wrote is data.
"""

import dataclasses
import math
import types
import typing
from dataclasses import dataclass, field
from typing import Any, Literal

from bench_agent.results import plain
from bench_agent.results.culprits import Search
from bench_agent.results.memory import MemoryRow
from bench_agent.results.report import CLEARED, MARKS, OPEN, Mark, Status

CHANGE_SCHEMA = "bench-agent/change/1"
FAILS_BEFORE_TOO = "it fails at the base too"  # the note of what the change did not break
MOST_BENCHMARKS = 20_000  # that a document may hold
BaseKind = Literal["named", "fork_point", "merge_parent", "push", "commit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedBenchmark:
    """What the change does to one benchmark. Times and ratio are None where it was not measured on both sides."""

    benchmark: str  # what people call it
    id: str  # the test's node id
    mark: Mark
    base_s: float | None = None  # median, CPU or wall seconds, the same on both sides
    head_s: float | None = None
    ratio: float | None = None
    interval: tuple[float, float] | None = None  # of the ratio; None: too few pairs
    pairs: int = 0
    limit: float = 0.2  # its max_regression: slower by more than this is a regression
    seconds_to_settle: float | None = None  # mark undecided: more measuring that would probably decide it
    note: str | None = None  # why it was not measured, or what is doubtful of it
    accepted: str | None = None  # why the change accepts that it is slower, by its own baseline file
    pair_ratios: tuple[float, ...] = ()  # of each pair of sessions, in the order they were measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Lines of a file as it is at head, of a culprit's or a suspect's diff."""

    path: str
    line: int
    benchmark: str  # what people call it
    sha: str
    subject: str
    proved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The result of measuring a change, worst benchmark first."""

    schema: str = CHANGE_SCHEMA
    status: Status
    base: str  # sha
    head: str  # sha, or "working tree"
    base_kind: BaseKind = "named"  # how the base was found
    base_name: str | None = None  # of the branch or revision it was found by
    base_moved: int = 0  # commits that branch has got since the base
    benchmarks: tuple[ChangedBenchmark, ...] = ()
    geomean: float | None = None  # of the ratios of what was measured
    searches: tuple[Search, ...] = ()  # for the commits behind what got slower
    places: tuple[Place, ...] = ()  # where to look, the culprits' first
    memory: tuple[MemoryRow, ...] = ()  # of one call, of those that were traced; the worst first
    untraced: tuple[str, ...] = ()  # ids whose memory the time did not suffice to trace
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    machine: str = ""
    python: str = ""
    commands: dict[str, str] = field(default_factory=dict)  # "repeat", "accept": what to type


def marks_of(change: Change, *marks: Mark) -> tuple[ChangedBenchmark, ...]:
    """The benchmarks with one of these marks, worst first."""
    return tuple(row for row in change.benchmarks if row.mark in marks)


def is_news(row: ChangedBenchmark) -> bool:
    """Whether a reader has to look at it: it changed, is open, or could not be compared."""
    return (row.mark not in CLEARED or row.mark == "faster") and row.note != FAILS_BEFORE_TOO


def is_found_in(change: Change, fail_on: str) -> bool:
    """Whether the change holds what --fail-on names; the words mean what they mean for `run`."""
    marks = {row.mark for row in change.benchmarks}
    regression = "regressed" in marks or any(row.is_regression for row in change.memory)
    undecided = (
        regression
        or bool(marks & OPEN or change.untraced)
        or any(row.lacks_time for row in change.memory)
        or change.status == "undecided"
    )
    return {
        "regression": regression,
        "undecided": undecided,
        "any": undecided or bool(marks & {"slower", "failed"}) or change.status not in ("passing", "regressed"),
    }.get(fail_on, False)


# --- to and from JSON


def as_dict(change: Change) -> dict[str, Any]:
    """The change as plain JSON values, `schema` first; figures to six digits, those that are not finite as None."""
    return plain.document(change, digits=6)


def to_json(change: Change) -> str:
    return plain.to_json(as_dict(change))


def from_dict(document: object) -> Change:
    """The change that `as_dict` wrote. Every value has the type of its field. Raises ValueError for anything else."""
    if not isinstance(document, dict) or document.get("schema") != CHANGE_SCHEMA:
        raise ValueError(f"it is not a document of {CHANGE_SCHEMA}")
    change = _build(Change, document, "change")
    assert isinstance(change, Change)
    if len(change.benchmarks) > MOST_BENCHMARKS:
        raise ValueError(f"it holds more than {MOST_BENCHMARKS:,} benchmarks")
    return change


def _build(kind: Any, value: object, where: str) -> Any:
    """The value as `kind`, the annotation of a field. Nothing is guessed or converted but an integer to a float."""
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        inner = [k for k in typing.get_args(kind) if k is not type(None)]
        return None if value is None else _build(inner[0], value, where)
    if origin is Literal:
        if value not in typing.get_args(kind):
            raise ValueError(f"{where} is none of its words")
        return value
    if origin is tuple:
        return _build_tuple(typing.get_args(kind), value, where)
    if origin is dict:
        if not isinstance(value, dict):
            raise ValueError(f"{where} is no object")
        return {str(key): _build(typing.get_args(kind)[1], inner, where) for key, inner in value.items()}
    if dataclasses.is_dataclass(kind):
        return _build_record(kind, value, where)
    if kind is float and value is None:
        return math.nan  # an open end of an interval
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not kind:
        raise ValueError(f"{where} is no {kind.__name__}")
    return value


def _build_tuple(kinds: tuple[Any, ...], value: object, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{where} is no list")
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_build(kinds[0], inner, where) for inner in value)
    if len(value) != len(kinds):
        raise ValueError(f"{where} has {len(value)} values")
    return tuple(_build(inner_kind, inner, where) for inner_kind, inner in zip(kinds, value, strict=True))


def _build_record(kind: Any, value: object, where: str) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"{where} is no object")
    hints = typing.get_type_hints(kind)
    fields = {f.name: f for f in dataclasses.fields(kind)}
    given = {name: _build(hints[name], inner, name) for name, inner in value.items() if name in fields}
    missing = [
        name
        for name, f in fields.items()
        if name not in given and f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise ValueError(f"{where} has no {missing[0]}")
    return kind(**given)


def sort_worst_first(rows: typing.Iterable[ChangedBenchmark]) -> tuple[ChangedBenchmark, ...]:
    """As the table of a report has them: by mark, those of one mark by change."""

    def place(row: ChangedBenchmark) -> tuple[bool, int, float, str]:
        return row.note == FAILS_BEFORE_TOO, MARKS.index(row.mark), -(row.ratio or 0.0), row.benchmark

    return tuple(sorted(rows, key=place))
