"""Which benchmarks of a run look slower, by which rule, against what. Pure. Suspicion only: nothing here convicts.

`step` wants the median, the minimum and (where the work computes rather than waits) the CPU time all to have grown: on
unchanged code their noise is 5.6 %, 1.3 % and less, but a busy machine moves each of them in its own way.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bench_agent.detect.seed_rule import SeedVerdict, seed_rule
from bench_agent.detect.series import Measured, collect_series, comparable
from bench_agent.records import Sample, Series, Target

WAITS_BELOW = 0.8  # CPU time / wall time under which a benchmark waits more than it computes
LEVEL_RUNS = 5  # the level a step is measured from: the median of this many runs before
STEP = 0.10  # the least step worth suspecting: twice the 5.6 % by which a median moves on unchanged code
NOISES = 4.0  # a step must also exceed so many standard deviations of the series before it
IMPROVED = 0.10

Rule = Literal["step", "baseline", "target", "counts", "seed_rule", "drift", "change_point"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One benchmark of the run, compared with everything there is to compare it with. Ratios are of medians."""

    sample: Sample
    series: Series
    target: Target | None
    threshold: float
    last_s: float | None = None  # median of the last comparable run
    level_s: float | None = None  # median of the last few comparable runs' medians
    ratio_last: float | None = None
    ratio_level: float | None = None
    ratio_baseline: float | None = None  # against the accepted level
    seed: SeedVerdict | None = None
    rules: tuple[Rule, ...] = ()
    over_target: bool = False
    improved: bool = False

    @property
    def slower(self) -> bool:
        """Whether a rule that compares with the past fired; a broken target alone is no slowdown."""
        return any(rule != "target" for rule in self.rules)


def judge(
    now: Measured,
    past: Sequence[Measured],
    *,
    target: Target | None,
    threshold: float = 0.20,
    consecutive: int = 3,
    window: int = 5,
) -> Judgement:
    """The benchmark against its past (oldest first), its target and its accepted level. O(past)."""
    sample = now.sample
    before = [then.sample for then in comparable(now, past)[0]]
    series = collect_series(now, past)
    limit = target.max_regression if target and target.max_regression is not None else threshold
    accepted_s = target.accepted.median_s if target and target.accepted else None
    level_s = statistics.median(s.median_s for s in before[-LEVEL_RUNS:]) if before else None
    seed = seed_rule(series.values, threshold=threshold, consecutive=consecutive, window=window)
    rules: list[Rule] = []
    growth = _least_growth(sample, before[-LEVEL_RUNS:])
    # An accepted level replaces the past it was accepted over: growth up to it has been agreed to.
    agreed = accepted_s is not None and sample.median_s <= accepted_s * (1 + min(limit, STEP))
    if growth is not None and growth > 1 + max(STEP, NOISES * _noise(before)) and not agreed:
        rules.append("step")
    if accepted_s is not None and sample.median_s > accepted_s * (1 + limit):
        rules.append("baseline")
    if seed.flagged and not agreed:
        rules.append("seed_rule")
    over = target is not None and target.p95_s is not None and sample.p95_s > target.p95_s
    if over:
        rules.append("target")
    shrink = _most_growth(sample, before[-LEVEL_RUNS:])
    return Judgement(
        sample=sample,
        series=series,
        target=target,
        threshold=limit,
        last_s=before[-1].median_s if before else None,
        level_s=level_s,
        ratio_last=_ratio(sample.median_s, before[-1].median_s if before else None),
        ratio_level=_ratio(sample.median_s, level_s),
        ratio_baseline=_ratio(sample.median_s, accepted_s),
        seed=seed,
        rules=tuple(rules),
        over_target=over,
        improved=not rules and shrink is not None and shrink < 1 - max(IMPROVED, NOISES * _noise(before)),
    )


def _growths(sample: Sample, before: Sequence[Sample]) -> list[float]:
    """Now / before, by each statistic that can be trusted for this work."""
    if not before:
        return []
    names = ["median_s", "min_s"]
    if sample.cpu_use is not None and sample.cpu_use >= WAITS_BELOW:
        names.append("cpu_s")
    found = []
    for name in names:
        then = [value for s in before if (value := getattr(s, name)) is not None and value > 0]
        ratio = _ratio(getattr(sample, name), statistics.median(then) if then else None)
        if ratio is not None:
            found.append(ratio)
    return found


def _least_growth(sample: Sample, before: Sequence[Sample]) -> float | None:
    return min(_growths(sample, before), default=None)


def _most_growth(sample: Sample, before: Sequence[Sample]) -> float | None:
    return max(_growths(sample, before), default=None)


def _noise(before: Sequence[Sample]) -> float:
    """Relative spread of the earlier medians: 1.4826 x their median absolute deviation; 0 from fewer than 4 runs."""
    values = [s.median_s for s in before if s.median_s > 0]
    if len(values) < 4:
        return 0.0
    centre = statistics.median(values)
    return 1.4826 * statistics.median(abs(v - centre) for v in values) / centre


def _ratio(now: float | None, then: float | None) -> float | None:
    return now / then if now and then and now > 0 and then > 0 else None
