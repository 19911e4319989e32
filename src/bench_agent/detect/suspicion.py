"""Which benchmarks of a run look slower, by which rule, against what. Pure. Suspicion only: nothing here convicts.

`step` wants the median, the minimum and (where the work computes rather than waits) the CPU time all to have grown: on
unchanged code their noise is 5.6 %, 1.3 % and less, but a busy machine moves each of them in its own way.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bench_agent.detect.seed_rule import SeedVerdict, seed_rule
from bench_agent.detect.series import Measured, Past, collect_series
from bench_agent.records import Sample, Series, Target

WAITS_BELOW = 0.8  # CPU time / wall time under which a benchmark waits more than it computes
LEVEL_RUNS = 5  # the level a step is measured from: the median of this many runs before
STEP = 0.10  # the least step worth suspecting: twice the 5.6 % by which a median moves on unchanged code
NOISES = 4.0  # a step must also exceed so many standard deviations of the series before it
UNKNOWN_NOISE = 0.05  # with NOISES: a step of 20 %, the seed's threshold, while a series is too short to know its noise
MIN_COMMON = 5  # benchmarks from which "everything moved" means something

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


def common_change(pairs: Sequence[tuple[Measured, Past]]) -> float:
    """How much everything moved together against the levels before: the machine's part, not any benchmark's.

    pairs: each benchmark with its past. The median growth over the benchmarks, 1.0 with fewer than
    MIN_COMMON of them: half of a small suite may well have been changed on purpose. O(all samples).
    """
    growths = []
    for now, past in pairs:
        before = [then.sample for then in past.runs[-LEVEL_RUNS:]]
        growth = _ratio(now.sample.median_s, _level(before, "median_s"))
        if growth is not None:
            growths.append(growth)
    return statistics.median(growths) if len(growths) >= MIN_COMMON else 1.0


def judge(
    now: Measured,
    past: Past,
    *,
    target: Target | None,
    threshold: float = 0.20,
    consecutive: int = 3,
    window: int = 5,
    common: float = 1.0,
) -> Judgement:
    """The benchmark against its past, its target and its accepted level. O(past).

    common: `common_change` of the run. A step must stand out from it too, in either direction.
    """
    sample = now.sample
    before = [then.sample for then in past.runs]
    recent = before[-LEVEL_RUNS:]
    series = collect_series(now, past)
    limit = target.max_regression if target and target.max_regression is not None else threshold
    accepted_s = target.accepted.median_s if target and target.accepted else None
    level_s = _level(recent, "median_s")
    seed = seed_rule(series.values, threshold=threshold, consecutive=consecutive, window=window)
    growths = _growths(sample, recent)
    needed = max(STEP, NOISES * _noise(before))
    # An accepted level replaces the past it was accepted over: growth up to it has been agreed to.
    agreed = accepted_s is not None and sample.median_s <= accepted_s * (1 + min(limit, STEP))
    rules: list[Rule] = []
    if growths and not agreed and min(growths) / max(common, 1.0) > 1 + needed and _stands_apart(sample, recent):
        rules.append("step")
    if accepted_s is not None and sample.median_s > accepted_s * (1 + limit):
        rules.append("baseline")
    if seed.flagged and not agreed:
        rules.append("seed_rule")
    over = target is not None and target.p95_s is not None and sample.p95_s > target.p95_s
    if over:
        rules.append("target")
    last_s = before[-1].median_s if before else None
    faster = bool(growths) and max(growths) / min(common, 1.0) < 1 - needed and _stands_below(sample, recent)
    return Judgement(
        sample=sample,
        series=series,
        target=target,
        threshold=limit,
        last_s=last_s,
        level_s=level_s,
        ratio_last=_ratio(sample.median_s, last_s),
        ratio_level=_ratio(sample.median_s, level_s),
        ratio_baseline=_ratio(sample.median_s, accepted_s),
        seed=seed,
        rules=tuple(rules),
        over_target=over,
        improved=not rules and faster,
    )


def _growths(sample: Sample, before: Sequence[Sample]) -> list[float]:
    """Now / the level before, by each statistic that can be trusted for this work; empty without a past."""
    names = ["median_s", "min_s"]
    if sample.cpu_use is not None and sample.cpu_use >= WAITS_BELOW:
        names.append("cpu_s")
    found = (_ratio(getattr(sample, name), _level(before, name)) for name in names)
    return [ratio for ratio in found if ratio is not None]


def _stands_apart(sample: Sample, before: Sequence[Sample]) -> bool:
    """Whether the slower half of what was usual lies below the faster three quarters of now: the quartiles do not overlap."""
    usual = _level(before, "q3_s")
    return usual is None or sample.q1_s > usual


def _stands_below(sample: Sample, before: Sequence[Sample]) -> bool:
    """The same for something faster: the slower quarter of now, even, lies below the faster quarter of what was usual."""
    usual = _level(before, "q1_s")
    return usual is None or sample.q3_s < usual


def _level(before: Sequence[Sample], name: str) -> float | None:
    values = [value for s in before if (value := getattr(s, name)) is not None and value > 0]
    return statistics.median(values) if values else None


def _noise(before: Sequence[Sample]) -> float:
    """Relative spread of the earlier medians: 1.4826 x their median absolute deviation.

    From fewer than 4 runs nothing can be said; UNKNOWN_NOISE stands in for it.
    """
    values = [s.median_s for s in before if s.median_s > 0]
    if len(values) < 4:
        return UNKNOWN_NOISE
    centre = statistics.median(values)
    return 1.4826 * statistics.median(abs(v - centre) for v in values) / centre


def _ratio(now: float | None, then: float | None) -> float | None:
    return now / then if now and then and now > 0 and then > 0 else None
