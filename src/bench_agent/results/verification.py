"""The published result of `verify`: whether what was slow is fast again, how much is left, and what else moved."""

from dataclasses import dataclass
from typing import Literal

from bench_agent.results import plain
from bench_agent.results.comparison import ComparedBenchmark
from bench_agent.results.memory import GrownLine

VERIFICATION_SCHEMA = "bench-agent/verification/1"

# gone: not slower than at `good` any more. part_left: slower than at `good`, and faster than at `slow`. still_there: as slow as
# at `slow`. worse: slower than at `slow`. left: slower than at `good`; how it stands to `slow` is not known. not_reproduced: `slow`
# itself is not slower than `good`, measured now. undecided: the budget ended first. not_measured: see the warnings
Outcome = Literal["gone", "part_left", "still_there", "worse", "left", "not_reproduced", "undecided", "not_measured"]
OUTCOMES: tuple[Outcome, ...] = (
    "worse", "still_there", "part_left", "left", "undecided", "not_measured", "not_reproduced", "gone",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A benchmark that was found slower. good, slow: shas; slow is None where the slow state was never committed."""

    id: str
    name: str
    good: str
    slow: str | None
    ratio: float | None = None  # what it was told to be, slow against good


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One version against another, measured in turns. interval: of the ratio, 95 %; None: too few pairs."""

    ratio: float
    interval: tuple[float, float] | None
    pairs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """One benchmark that had got slower."""

    benchmark: str  # what people call it
    id: str  # the test's node id
    good: str  # the commit at which it was fast, its first eight digits
    slow: str | None = None  # the commit at which it was slow; None: it was never committed
    outcome: Outcome
    text: str  # the outcome in one sentence
    good_s: float | None = None  # median time of one iteration at `good`
    slow_s: float | None = None
    now_s: float | None = None  # in the working tree
    left: Change | None = None  # the working tree against `good`
    was: Change | None = None  # `slow` against `good`
    gained: Change | None = None  # the working tree against `slow`: below 1 is faster
    share_left: float | None = None  # of the slowdown, by logarithms; 0 is gone, 1 is all of it
    share_interval: tuple[float, float] | None = None  # where it lies for certain: by the ends of both intervals


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryVerified:
    """One benchmark whose call had come to hold or leak more. Bytes are those of one call."""

    benchmark: str  # what people call it
    id: str  # the test's node id
    good: str  # the commit at which it held less, its first eight digits
    slow: str | None = None  # the commit at which it held more; None: it was never committed
    outcome: Outcome
    text: str  # the outcome in one sentence
    good_bytes: float | None = None
    slow_bytes: float | None = None
    now_bytes: float | None = None  # in the working tree
    now_left_bytes: float = 0.0  # that each further call leaves behind there
    lines: tuple[GrownLine, ...] = ()  # that hold more than at `good`, or leave more behind


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Benchmarks that had got slower, worst outcome first, and what else the change of the working tree moved."""

    benchmarks: tuple[Verified, ...]
    before: str | None = None  # what the others are compared with: the commit without the fix
    others: tuple[
        ComparedBenchmark, ...
    ] = ()  # the working tree against `before`, of those that execute something else
    same_work: int = 0  # other benchmarks that execute exactly the same as at `before`
    untouched: int = 0  # other benchmarks that use nothing that differs from `before`
    as_good: int = (
        0  # other benchmarks that use nothing that differs from the one commit at which all of these were fast
    )
    memory: tuple[MemoryVerified, ...] = ()  # whose calls had come to hold or leak more, worst outcome first
    unseen: tuple[str, ...] = ()  # ids of other benchmarks that were neither counted nor measured
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    schema: str = VERIFICATION_SCHEMA


def outcomes_of(verification: Verification) -> list[Outcome]:
    """Of time, then of memory."""
    return [*(one.outcome for one in verification.benchmarks), *(one.outcome for one in verification.memory)]


def is_fixed(verification: Verification) -> bool:
    """Whether every benchmark is as fast as it was and holds no more, and nothing else got slower; no, where that is not known."""
    outcomes = outcomes_of(verification)
    gone = all(outcome == "gone" for outcome in outcomes)
    return (
        bool(outcomes)
        and gone
        and not verification.unseen
        and all(row.verdict != "slower" for row in verification.others)
    )


def to_json(verification: Verification) -> str:
    """One JSON object, `schema` first; numbers that are not finite as null."""
    return plain.to_json(plain.document(verification, digits=4))
