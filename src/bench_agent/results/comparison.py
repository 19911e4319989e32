"""Two versions measured against each other: a benchmark's row, and the published result of a comparison.

Frozen values, no behaviour beyond what follows from a field. Times are seconds for one iteration, ratios head / base.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from bench_agent.records import CountedWork, PairSample, ProblemKind
from bench_agent.results import plain
from bench_agent.results.memory import MemoryRow

UNLIKE_USE = 0.02  # natural log: versions that compute for such unlike parts of their time are compared by wall time
MIN_CPU_USE = 0.8  # below this the work waits: CPU time would miss what got slower

COMPARISON_SCHEMA = "bench-agent/comparison/2"

UncomparedReason = Literal[ProblemKind, "not_reached", "held"]
CommonVerdict = Literal["machine", "code", "unknown"]  # on what all benchmarks of a run moved by together
ComparisonVerdict = Literal["slower", "faster", "same", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedBenchmark:
    """One row of a comparison. base and head are medians of what was compared: CPU or wall seconds, as `clock` says."""

    benchmark: str  # the test's node id
    base: float
    head: float
    unit: str
    clock: Literal["cpu", "wall"]
    ratio: float
    # of the ratio, valid at whatever moment the measurement stopped; None: too few pairs
    interval: tuple[float, float] | None
    verdict: ComparisonVerdict
    detectable: float | None  # the relative change this many pairs tell with 95 % power: 0.03 is 3 %
    pairs: int
    seconds_to_settle: float | None  # more measuring that would probably decide it; only for "undecided"
    p_slower: float  # one-sided, valid under optional stopping; before the correction for the number of benchmarks
    p_faster: float
    note: str | None = None
    pair_ratios: tuple[float, ...] = ()  # of each pair of sessions, in the order they were measured; the newest 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncompared:
    """A benchmark that was asked for and has no row."""

    benchmark: str  # the test's node id
    # not_reached: the budget was spent before its turn came. held: what differs is of files that both sides have alike
    reason: UncomparedReason
    side: str | None = None  # where it went wrong; None for both, or neither in particular
    because: str | None = None  # what differs, in words; of `held`


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The result of comparing two versions."""

    base: str
    head: str
    benchmarks: tuple[ComparedBenchmark, ...]
    geomean: float | None  # of the ratios of all benchmarks; None when there are none
    uncompared: tuple[Uncompared, ...] = ()  # asked for, and without a row
    untouched: tuple[str, ...] = ()  # asked for, not measured: they cannot differ
    untouched_because: str | None = None  # how that is known
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    memory: tuple[MemoryRow, ...] = ()  # of one call, of those that were traced; the worst first
    untraced: tuple[str, ...] = ()  # ids whose memory the time did not suffice to trace
    interrupted: bool = False  # by Ctrl-C, when all was timed
    schema: str = COMPARISON_SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What measuring again gave for the benchmarks of a run: a row for each id that could be, and why others could not.

    base_sha: what they were measured against. note: one sentence for people when nothing was measured.
    """

    base_sha: str | None = None
    bases: dict[str, str] = field(default_factory=dict)  # by id, of those that were held against another one
    is_head: bool = (
        False  # base_sha is the commit of the run itself, without changes: there is nothing to compare with it
    )
    same_code: bool = False  # the run it is compared with measured this very commit, clean then and now
    rows: dict[str, ComparedBenchmark] = field(default_factory=dict)
    uncompared: dict[str, Uncompared] = field(default_factory=dict)  # by id, of those that were asked for
    waiting: tuple[str, ...] = ()  # ids that go on when the commits of what is confirmed were searched
    untouched: frozenset[str] = frozenset()  # ids: nothing they execute differs from the base
    samples: dict[str, tuple[PairSample, ...]] = field(default_factory=dict)  # what the rows were made from, by id
    sample: tuple[str, ...] = ()  # ids measured for all that moved together
    common: CommonVerdict = "unknown"
    work: dict[str, CountedWork] = field(default_factory=dict)  # by id, of those that were counted
    seconds: float = 0.0
    note: str | None = None
    held: tuple[str, ...] = ()  # what both sides had of the newer version although it differs, in words
    starts: tuple[str, ...] = ()  # what of it starts the suite, where no benchmark file is among it
    restarted: tuple[str, ...] = ()  # what starts the suite and differs, where the base has it too
    unread: tuple[str, ...] = ()  # data files that differ and that no Python code names: who reads them is not known
    warnings: tuple[str, ...] = ()

    def base_of(self, id: str) -> str | None:
        """What that benchmark was measured against."""
        return self.bases.get(id, self.base_sha)

    @property
    def other_sha(self) -> str | None:
        """What a command may propose to compare with."""
        return None if self.is_head else self.base_sha


def is_found(comparison: Comparison, fail_on: str, *, threshold: float) -> bool:
    """Whether the comparison holds what `compare --fail-on` names. threshold: 0.2 is 20 %."""
    slower = [row for row in comparison.benchmarks if row.verdict == "slower"]
    regression = any(row.ratio > 1 + threshold for row in slower) or any(row.is_regression for row in comparison.memory)
    # What the base does not have is no open question.
    missed = [one for one in comparison.uncompared if one.reason != "missing" or one.side != comparison.base]
    unmeasured = bool(missed or comparison.untraced) or any(row.lacks_time for row in comparison.memory)
    is_open = unmeasured or any(row.verdict == "undecided" for row in comparison.benchmarks)
    return {
        "regression": regression,
        "undecided": regression or is_open,
        "any": regression or bool(slower) or is_open,
    }.get(fail_on, False)


def as_dict(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain JSON values: `schema` first, numbers that are not finite as None."""
    return plain.document(comparison)


def to_json(comparison: Comparison) -> str:
    """The comparison as one JSON object, the contract `bench-agent compare --json` prints."""
    return plain.to_json(as_dict(comparison))
