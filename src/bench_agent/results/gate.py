"""The published result of `bench-agent detect`: which benchmarks the rule over stored history flags."""

from dataclasses import dataclass

GATE_SCHEMA = "bench-agent/gate/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagged:
    """One benchmark that the rule flags."""

    benchmark: str  # what people call it
    ratio: float  # newest median / mean of the runs before it
    mean_s: float | None
    current_s: float
    worsening_runs: int  # in a row, the newest the last of them


@dataclass(frozen=True, slots=True, kw_only=True)
class FlaggedMemory:
    """One benchmark whose calls hold or leave more than in the runs before. Bytes of one call."""

    benchmark: str  # what people call it
    base_bytes: float  # at the peak: median of the runs before
    current_bytes: int
    left_bytes: float = 0.0  # that each call leaves behind now and did not before
    limit: float  # its max_memory_regression


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """The rule's answer on the newest stored run."""

    schema: str = GATE_SCHEMA
    rule: str = "seed_rule"
    threshold: float  # 0.2 is 20 %
    consecutive: int  # worsening runs that it asks for
    benchmarks: int  # of the newest run
    # of these benchmarks, those that have fewer comparable runs than the rule needs, and were not judged
    too_few_runs: int
    runs: int  # of the benchmark with most of them
    flagged: tuple[Flagged, ...]  # the largest change first
    memory: tuple[
        FlaggedMemory, ...
    ] = ()  # by max_memory_regression or peak_mb, or a new leak; the largest growth first
