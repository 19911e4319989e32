"""What trials on unchanged code, and on code with extra work planted into it, say about measuring on this machine.

Frozen values, their sums, and the published JSON of a self-test. Nothing is measured here. Times are seconds, ratios head / base.
"""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bench_agent.results import plain
from bench_agent.results.comparison import ComparisonVerdict

SELFTEST_SCHEMA = "bench-agent/selftest/2"
PLANTED = (0.02, 0.05, 0.10, 0.20)  # extra work, as shares of the benchmark's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One benchmark in one comparison of the working tree with itself. planted: share of extra work on one side; 0: none."""

    benchmark: str  # the test's node id
    planted: float
    verdict: ComparisonVerdict
    ratio: float
    detectable: float | None
    pairs: int
    seconds: float  # its share of the comparison's wall time


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """How often extra work of one size was called slower. seconds, ratio: medians, of those found and of all tried."""

    planted: float
    tried: int
    found: int
    seconds: float | None
    ratio: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """The verdicts on unchanged code; slower and faster are false alarms."""

    tried: int = 0
    slower: int = 0
    faster: int = 0
    same: int = 0
    undecided: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """One benchmark's trials. detectable: the change told with 95 % power after `seconds`; medians over its trials."""

    benchmark: str
    time_s: float | None  # of one iteration; None for all benchmarks together
    detectable: float | None
    seconds: float
    unchanged: Unchanged
    planted: tuple[Power, ...]
    error: float | None  # estimated minus planted ratio, median over what was planted and had pairs enough


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """The whole result. left_out: benchmarks that were not tested, with the reason."""

    schema: str = SELFTEST_SCHEMA
    benchmarks: tuple[Tested, ...]
    whole: Tested | None  # all of them together; None when no trial came to its end
    comparisons: int
    seconds: float
    budget_s: float
    python: str
    cpu: str
    cores: int | None
    load: float | None  # load average at the end
    interrupted: bool = False
    left_out: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def sum_up(benchmark: str, trials: Sequence[Trial], *, time_s: float | None) -> Tested:
    """The figures of some trials. Raises statistics.StatisticsError when there are none."""
    verdicts = Counter(trial.verdict for trial in trials if not trial.planted)
    planted = [trial for trial in trials if trial.planted]
    return Tested(
        benchmark=benchmark,
        time_s=time_s,
        detectable=_median(trial.detectable for trial in trials),
        seconds=statistics.median(trial.seconds for trial in trials),
        unchanged=Unchanged(
            tried=verdicts.total(),
            slower=verdicts["slower"],
            faster=verdicts["faster"],
            same=verdicts["same"],
            undecided=verdicts["undecided"],
        ),
        planted=tuple(_power(share, [t for t in planted if t.planted == share]) for share in PLANTED),
        error=_median(trial.ratio - 1 - trial.planted for trial in planted if trial.detectable is not None),
    )


def _power(share: float, trials: Sequence[Trial]) -> Power:
    found = [trial for trial in trials if trial.verdict == "slower"]
    return Power(
        planted=share,
        tried=len(trials),
        found=len(found),
        seconds=_median(trial.seconds for trial in found),
        ratio=_median(trial.ratio for trial in trials),
    )


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def to_json(result: SelfTest) -> str:
    """The contract `bench-agent selftest --json` prints."""
    return plain.to_json(plain.document(result))
