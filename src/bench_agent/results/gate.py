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
