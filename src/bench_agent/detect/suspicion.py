"""Which benchmarks of a run look slower, by which rule, against what. Pure. A suspicion is no verdict: that takes measuring again.

`step` wants the median, the minimum and (where the work computes rather than waits) the CPU time all to have grown: on
unchanged code their noise is 5.6 %, 1.3 % and less, but a busy machine moves each of them in its own way.
`change_point` and `drift` each speak once, at the run with which they became evident.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bench_agent.detect.change_points import ChangePoint, new_change
from bench_agent.detect.drift import Drift, new_drift
from bench_agent.detect.noise import STEP, least_step, noise_of
from bench_agent.detect.seed_rule import SeedVerdict, seed_rule
from bench_agent.detect.series import Past, collect_series
from bench_agent.records import Measured, Sample, Series, Target

# `python tests/calibration/suspicion.py` shows what these give: by kind of noise and by rule, how many unchanged benchmarks are
# suspected and how many slower ones are found.
WAITS_BELOW = 0.8  # CPU time / wall time under which a benchmark waits more than it computes
# What stored runs must be to pass a benchmark whose code was changed: so many, and so alike that within SURE_SPREADS of their
# spread (robust, of natural logs; at least LEAST_SPREAD) no slowdown by the limit can hide. Chosen: of normal runs one in 160
# lies beyond.
FEWEST_RUNS, USUAL_RUNS, SURE_SPREADS, LEAST_SPREAD = 3, 10, 2.5, 0.01
LEVEL_RUNS = 5  # the level a step is measured from: the median of this many runs before
LASTING = 0.03  # the least lasting change worth measuring again: what measuring in turns calls the same is within this
LONGEST_LEVEL = 20  # runs before a change that tell its level
UNCLEAR = 0.25  # growth of fastest round and CPU time with which stored runs clear nothing: many times what these move by unchanged
MIN_COMMON = 5  # benchmarks from which "everything moved" means something

Rule = Literal[
    "step", "baseline", "target", "counts", "seed_rule", "drift", "change_point", "together", "open", "unclear"
]


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
    shift: ChangePoint | None = None  # that made this run suspected by `change_point`
    drift: Drift | None = None  # the same for `drift`
    rules: tuple[Rule, ...] = ()
    over_target: bool = False
    improved: bool = False
    # A step, new level or drift that no rule counts because all benchmarks made it together: the machine, or shared code.
    together: bool = False

    @property
    def slower(self) -> bool:
        """Whether a rule that compares with the past fired; a broken target alone is no slowdown."""
        return any(rule != "target" for rule in self.rules)

    @property
    def base_s(self) -> float | None:
        """The level the suspicion is about; that of the last few runs where nothing more is known."""
        if "baseline" in self.rules and self.target and self.target.accepted:
            return self.target.accepted.median_s
        if "step" in self.rules:
            return self.level_s
        if self.shift is not None:
            return self.shift.before
        return self.drift.level if self.drift is not None else self.level_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What moved everything together: the machine's part, not any benchmark's.

    change: this run against the levels before. of_run: by run id, this run's too, how far everything stood from its
    usual level. Both are 1.0 where fewer than MIN_COMMON benchmarks tell: half of a small suite may well have been
    changed on purpose. is_step: the change is slower than the common moves of the runs before account for.
    """

    change: float = 1.0
    of_run: Mapping[str, float] = field(default_factory=dict)
    is_step: bool = False
    lasting: "CommonRise | None" = None  # that became evident with this run


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonRise:
    """A new level, or a slow drift, of how far everything stood from its usual level: ids of the runs before, and since."""

    before: frozenset[str]
    since: frozenset[str]


def find_common(pairs: Sequence[tuple[Measured, Past]]) -> Common:
    """The common moves of a run's benchmarks, each given with its past: medians over the benchmarks. O(all samples)."""
    growths: list[float] = []
    standing: dict[str, list[float]] = {}
    for now, past in pairs:
        growth = _ratio(now.sample.median_s, _level([then.sample.median_s for then in past.runs[-LEVEL_RUNS:]]))
        if growth is None:
            continue
        growths.append(growth)
        runs = [measured for measured in (*past.runs, now) if measured.sample.median_s > 0]
        usual = statistics.median(measured.sample.median_s for measured in runs)
        for measured in runs:
            standing.setdefault(measured.run.run_id, []).append(measured.sample.median_s / usual)
    change = statistics.median(growths) if len(growths) >= MIN_COMMON else 1.0
    of_run = {id: statistics.median(ratios) for id, ratios in standing.items() if len(ratios) >= MIN_COMMON}
    now_id = pairs[0][0].run.run_id if pairs else ""
    before = [stood for id, stood in of_run.items() if id != now_id]
    return Common(
        change=change, of_run=of_run, is_step=change > 1 + least_step(before), lasting=_common_rise(of_run, now_id)
    )


def _common_rise(of_run: Mapping[str, float], now_id: str) -> CommonRise | None:
    """Run ids are moments, so that their order is that of the runs."""
    ids = sorted(of_run)
    if not ids or ids[-1] != now_id:
        return None
    values = [of_run[id] for id in ids]
    shift = new_change(values)
    if shift is not None and shift.worse and shift.index + shift.runs == len(ids):
        start = max(shift.index - LONGEST_LEVEL, 0)
        return CommonRise(before=frozenset(ids[start : shift.index]), since=frozenset(ids[shift.index :]))
    if new_drift(values) is not None:
        return CommonRise(before=frozenset(ids[:LEVEL_RUNS]), since=frozenset(ids[-LEVEL_RUNS:]))
    return None


NOTHING_COMMON = Common()


def judge(
    now: Measured,
    past: Past,
    *,
    target: Target | None,
    threshold: float = 0.20,
    consecutive: int = 3,
    window: int = 5,
    common: Common = NOTHING_COMMON,
) -> Judgement:
    """The benchmark against its past, its target and its accepted level. O(past).

    common: `find_common` of the run. A step must stand out from it too, in either direction.
    """
    sample = now.sample
    before = [then.sample for then in past.runs]
    series = collect_series(now, past)
    limit = target.max_regression if target and target.max_regression is not None else threshold
    accepted_s = target.accepted.median_s if target and target.accepted else None
    level_s = _level([then.median_s for then in before[-LEVEL_RUNS:]])
    seed = seed_rule(series.values, threshold=threshold, consecutive=consecutive, window=window)
    step, faster = _moved(now, past, common)
    growth = _ratio(sample.median_s, level_s)
    beyond = growth is not None and growth > 1 + limit
    # Slower by more than its limit, and by less than that beyond what moved all: a question of the machine, for a sample of them.
    with_all = beyond and common.change > 1 + STEP and growth is not None and growth <= common.change * (1 + limit)
    together = not step and (with_all or _moved_with_all(now, past, common))
    # An accepted level replaces the past it was accepted over: growth up to it has been agreed to.
    agreed = accepted_s is not None and sample.median_s <= accepted_s * (1 + min(limit, STEP))
    lasting = _Lasting() if agreed else _lasting(now, past, common, series, accepted_s)
    rules: list[Rule] = []
    if step and not agreed:
        rules.append("step")
    if accepted_s is not None and sample.median_s > accepted_s * (1 + limit):
        rules.append("baseline")
    if seed.flagged and not agreed:
        rules.append("seed_rule")
    if lasting.shift is not None and not lasting.together:
        rules.append("change_point")
    if lasting.drift is not None and not lasting.together:
        rules.append("drift")
    # Where the percentile is not known, what lies below it decides: the maximum of a thousand rounds would always break it.
    surely_s = sample.p95_s if sample.tails_known else sample.q3_s
    over = target is not None and target.p95_s is not None and surely_s > target.p95_s
    if not rules and not (agreed or together or lasting.together) and (beyond or _is_unclear(now, past)):
        rules.append("unclear")
    if over:
        rules.append("target")
    last_s = before[-1].median_s if before else None
    return Judgement(
        sample=sample,
        series=series,
        target=target,
        threshold=limit,
        last_s=last_s,
        level_s=level_s,
        ratio_last=_ratio(sample.median_s, last_s),
        ratio_level=growth,
        ratio_baseline=_ratio(sample.median_s, accepted_s),
        seed=seed,
        shift=lasting.shift,
        drift=lasting.drift,
        rules=tuple(rules),
        over_target=over,
        improved=not rules and faster,
        # The seed's rule knows of no machine: it says nothing beside such a step.
        together=(together or lasting.together) and not agreed and {"seed_rule", "target"}.issuperset(rules),
    )


def _moved(now: Measured, past: Past, common: Common) -> tuple[bool, bool]:
    """(slower, faster): whether the benchmark made a step from its level, in each direction.

    What moved everything is taken out of every run where that makes the benchmark's own series quieter; where it does
    not (a benchmark that waits while the others compute), this run's step must stand out from it.
    """
    # What is told is how much slower it is than before: taking out the common part must not make up a step.
    plain = _growths(now.sample, past, [1.0] * len(past.runs))
    if not plain or not (min(plain) > 1 + STEP or max(plain) < 1 - STEP):
        return False, False
    medians = [then.sample.median_s for then in past.runs]
    shared = [common.of_run.get(then.run.run_id, 1.0) for then in past.runs]
    noise, own = noise_of(medians), noise_of([value / share for value, share in zip(medians, shared, strict=True)])
    if own < noise:
        here = common.of_run.get(now.run.run_id, 1.0)
        factors, low, high = [here / share for share in shared], 1.0, 1.0
    else:
        factors, low, high = [1.0] * len(shared), min(common.change, 1.0), max(common.change, 1.0)
    needed = least_step([v * f for v, f in zip(medians, factors, strict=True)])
    growths = _growths(now.sample, past, factors)
    slower = min(plain) > 1 + STEP and min(growths) / high > 1 + needed
    faster = max(plain) < 1 - STEP and max(growths) / low < 1 - needed
    return (
        slower and _stands_apart(now.sample, past, factors),
        faster and _stands_below(now.sample, past, factors),
    )


def _moved_with_all(now: Measured, past: Past, common: Common) -> bool:
    """Whether it made a step only if nothing is taken out, or took part in a common one by more than half, on a log scale.

    Of a common step each benchmark's own noise is no measure: many do not move alike by chance.
    """
    if common.change <= 1:
        return False
    growth = _ratio(now.sample.median_s, _level([then.sample.median_s for then in past.runs[-LEVEL_RUNS:]]))
    if common.is_step and growth is not None and growth > math.sqrt(common.change):
        return True
    return _moved(now, past, NOTHING_COMMON)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lasting:
    """A new level and a slow drift that became evident with this run; together: only where nothing common is taken out."""

    shift: ChangePoint | None = None
    drift: Drift | None = None
    together: bool = False

    def __bool__(self) -> bool:
        return self.shift is not None or self.drift is not None


def _lasting(now: Measured, past: Past, common: Common, series: Series, accepted_s: float | None) -> _Lasting:
    """What became evident with this run, in the medians and in the minima.

    What moved everything is taken out where that makes the series quieter; what is left must show without it too. Where
    nothing is left, and what moved everything rose to stay, all benchmarks that rose with it did so together.
    """
    runs = [m for m in (*past.runs, now) if m.sample.median_s > 0]
    if len(runs) != len(series.points) or not runs:
        return _Lasting()
    shares = [common.of_run.get(m.run.run_id, 1.0) for m in runs]
    values, minima = series.values, [m.sample.min_s for m in runs]
    own = [value / share for value, share in zip(values, shares, strict=True)]
    if noise_of(own[:-1]) >= noise_of(values[:-1]):
        return _evident(values, values, minima, accepted_s)
    alone = _evident(own, values, minima, accepted_s)
    return alone or _lasting_together(runs, common.lasting)


def _lasting_together(runs: Sequence[Measured], rise: CommonRise | None) -> _Lasting:
    """A drift of the benchmark from its level before a common rise, where its medians and minima rose with it."""
    if rise is None:
        return _Lasting()
    before = [m.sample for m in runs if m.run.run_id in rise.before]
    since = [m.sample for m in runs if m.run.run_id in rise.since]
    medians = _rise([s.median_s for s in before], [s.median_s for s in since])
    level = _level([s.median_s for s in before])
    if level is None or min(medians, _rise([s.min_s for s in before], [s.min_s for s in since])) < 1 + LASTING:
        return _Lasting()
    return _Lasting(drift=Drift(ratio=medians, level=level, runs=len(runs) - 1), together=True)


def _evident(
    quieter: Sequence[float], values: Sequence[float], minima: Sequence[float], accepted_s: float | None
) -> _Lasting:
    """What the quieter series shows, as far as the medians and the minima rose by it too."""
    shift = new_change(quieter)
    if shift is not None:
        end = shift.index + shift.runs
        before = slice(max(shift.index - LONGEST_LEVEL, 0), shift.index)
        rises = [_rise(found[before], found[shift.index : end]) for found in (values, quieter, minima)]
        if not shift.worse or end != len(values) or min(rises) < 1 + LASTING:
            shift = None
    drift = new_drift(quieter, accepted=accepted_s)
    if drift is not None:
        edges = [_rise(found[:LEVEL_RUNS], found[-LEVEL_RUNS:]) for found in (values, minima)]
        drift = drift if min(edges) > 1 + LASTING else None
    return _Lasting(shift=shift, drift=drift)


def _rise(before: Sequence[float], after: Sequence[float]) -> float:
    old, new = _level(before), _level(after)
    return new / old if old and new else 1.0


def _growths(sample: Sample, past: Past, factors: Sequence[float]) -> list[float]:
    """Now / the level before, by each statistic that can be trusted for this work; empty without a past."""
    names = ["median_s", "min_s"]
    if sample.cpu_use is not None and sample.cpu_use >= WAITS_BELOW:
        names.append("cpu_s")
    found = (_ratio(getattr(sample, name), _recent_level(past, factors, name)) for name in names)
    return [ratio for ratio in found if ratio is not None]


def _is_unclear(now: Measured, past: Past) -> bool:
    """Whether what a busy machine disturbs least grew so far that stored runs don't clear it, though no rule calls it slower.

    That is the fastest round and, where it is at least half of that, the CPU time. The median and the quartiles of one or both
    runs may be many times as long on a busy machine, and hide the growth from the rules.
    """
    plain = [1.0] * len(past.runs)
    least, cpu = _recent_level(past, plain, "min_s"), _recent_level(past, plain, "cpu_s")
    growths = [_ratio(now.sample.min_s, least)]
    if now.sample.cpu_s is not None and cpu is not None and least is not None and cpu >= least / 2:
        growths.append(now.sample.cpu_s / cpu)
    return all(growth is not None and growth > 1 + UNCLEAR for growth in growths)


def leaves_open(sample: Sample, past: Past, limit: float) -> bool:
    """Whether stored runs alone can't tell a slowdown by `limit` from none: they are too few, or differ too much.

    By the fastest rounds, which a busy machine disturbs least. False without a past.
    """
    logs = [math.log(then.sample.min_s) for then in past.runs[-USUAL_RUNS:] if then.sample.min_s > 0]
    if not logs or sample.min_s <= 0:
        return False
    if len(logs) < FEWEST_RUNS:
        return True
    middle = statistics.median(logs)
    spread = max(1.4826 * statistics.median(abs(value - middle) for value in logs), LEAST_SPREAD)
    reach = SURE_SPREADS * spread * math.sqrt(1 + 1 / len(logs))
    return math.log(sample.min_s) - middle + reach >= math.log1p(limit)


def _stands_apart(sample: Sample, past: Past, factors: Sequence[float]) -> bool:
    """Whether the slower half of what was usual lies below the faster three quarters of now: the quartiles do not overlap."""
    usual = _recent_level(past, factors, "q3_s")
    return usual is None or sample.q1_s > usual


def _stands_below(sample: Sample, past: Past, factors: Sequence[float]) -> bool:
    """The mirror image, for an improvement."""
    usual = _recent_level(past, factors, "q1_s")
    return usual is None or sample.q3_s < usual


def _recent_level(past: Past, factors: Sequence[float], name: str) -> float | None:
    recent = zip(past.runs[-LEVEL_RUNS:], factors[-LEVEL_RUNS:], strict=True)
    values = ((getattr(then.sample, name), factor) for then, factor in recent)
    return _level([value * factor for value, factor in values if value is not None])


def _level(values: Sequence[float]) -> float | None:
    positive = [value for value in values if value > 0]
    return statistics.median(positive) if positive else None


def _ratio(now: float | None, then: float | None) -> float | None:
    return now / then if now and then and now > 0 and then > 0 else None
