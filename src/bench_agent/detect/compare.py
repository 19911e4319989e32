"""Two samples against each other, and the newest value of a series against the series. Pure: values in, verdicts out.

Both speak of what is stored. A verdict on code is reached by measuring again, in turns (`detect.verdict`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench_agent.detect.change_points import LEVEL_RUNS, find_change_points, new_change
from bench_agent.results.comparison import ComparisonVerdict
from bench_agent.stats.ranks import shift
from bench_agent.stats.round_summary import quantile
from bench_agent.stats.shift import median, spread

# `python tests/calibration/history.py` shows what these give for the newest value: false alarms, and runs until a step is called.
ALPHA = 0.01  # one-sided error of calling two equal samples different, as when versions are measured in turns (`detect.verdict`)
LEVEL = 0.95  # coverage of the interval
MARGIN = 0.03  # "same" is within this, by the whole interval
SMALLEST = 0.01  # smaller estimates are not called a change
KEPT = 200  # order statistics of each sample that are compared: rounds of one run depend on each other, more would add no certainty
# Runs before the newest. Of steps of 6 % at run 130 in noise of 5 %, 83 % are told within 60 runs with 120, 8 % with 45, 2 %
# with 30 (n = 60 each); no false alarm in 4,140 runs. Once, by a script that was not kept: no command here repeats it.
LOOK_BACK = 120
OUTLYING = 5.0  # spreads from the level from which one value is unusual: many, because real noise has long tails


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the newest value of a series says.

    slower, faster: a new level is evident with it that was not evident before; later runs of that level are "same".
    undecided: it stands out alone, or there are too few runs; `why` says which. same: it is usual for its level.
    """

    verdict: ComparisonVerdict
    why: str
    ratio: float | None = None  # of the new level to the one before, else of the newest value to its level
    level: float | None = None  # before the change, else the one the newest value is held against
    since: int | None = None  # index of the first run of the new level

    @property
    def worse(self) -> bool:
        return self.verdict == "slower"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleComparison:
    """Two samples of times. ratio: candidate / base, the median over all pairs of values."""

    verdict: ComparisonVerdict
    ratio: float | None  # None: a sample holds no usable value
    interval: tuple[float, float] | None  # of the ratio; None: too few values to bound it
    p_slower: float
    p_faster: float
    n_base: int  # usable values
    n_candidate: int


def judge_latest(values: Sequence[float], *, better: str = "lower") -> Verdict:
    """The newest of `values` (one a run, oldest first) against those before it.

    Looks back LOOK_BACK runs beyond the newest. Values that are not finite are no runs. better: "lower" for times,
    "higher" for throughput, where slower means less. 1 ms.
    """
    if not values or not math.isfinite(values[-1]):
        return Verdict(verdict="undecided", why="there is no newest value")
    start = max(len(values) - LOOK_BACK - 1, 0)
    recent = list(values[start:])
    change = new_change(recent, better=better)
    if change is not None:
        return Verdict(
            verdict="slower" if change.worse else "faster",
            why=f"a new level since {change.runs} runs",
            ratio=change.ratio,
            level=change.before,
            since=start + change.index,
        )
    changes = find_change_points(recent, better=better)
    level = [value for value in recent[changes[-1].index if changes else 0 : -1] if math.isfinite(value)]
    if len(level) < LEVEL_RUNS:
        return Verdict(verdict="undecided", why=f"{len(level)} earlier runs on this level: {LEVEL_RUNS} make one")
    centre, noise = median(level), spread(level)
    far = abs(values[-1] - centre)
    ratio = values[-1] / centre if centre else None
    unusual = far > OUTLYING * noise and not min(level) <= values[-1] <= max(level) and far > SMALLEST * abs(centre)
    why = "it stands out alone: one run is a spike as likely as a step" if unusual else "usual for its level"
    return Verdict(verdict="undecided" if unusual else "same", why=why, ratio=ratio, level=centre)


def compare_samples(base: Sequence[float], candidate: Sequence[float]) -> SampleComparison:
    """Two samples of times, each of rounds or of runs, any order.

    Values that are not finite and positive are left out. Assumes that values are independent: rounds of one process are
    not, so a small difference between two runs may be of the runs. With 3 values a side nothing can be told apart at
    this error; from 5 a side on it can. 10 ms.
    """
    old, new = _logarithms(base), _logarithms(candidate)
    sizes = {"n_base": len(old), "n_candidate": len(new)}
    if not old or not new:
        return SampleComparison(verdict="undecided", ratio=None, interval=None, p_slower=1.0, p_faster=1.0, **sizes)
    found = shift(_thinned(old), _thinned(new), level=LEVEL)
    bounded = math.isfinite(found.lower)
    verdict: ComparisonVerdict = "undecided"
    if found.p_greater <= ALPHA and found.estimate >= math.log1p(SMALLEST):
        verdict = "slower"
    elif found.p_less <= ALPHA and found.estimate <= -math.log1p(SMALLEST):
        verdict = "faster"
    elif max(abs(found.lower), abs(found.upper)) < math.log1p(MARGIN):
        verdict = "same"
    return SampleComparison(
        verdict=verdict,
        ratio=math.exp(found.estimate),
        interval=(math.exp(found.lower), math.exp(found.upper)) if bounded else None,
        p_slower=found.p_greater,
        p_faster=found.p_less,
        **sizes,
    )


def _logarithms(values: Sequence[float]) -> list[float]:
    return sorted(math.log(value) for value in values if math.isfinite(value) and value > 0)


def _thinned(ordered: Sequence[float]) -> Sequence[float]:
    if len(ordered) <= KEPT:
        return ordered
    return [quantile(ordered, (i + 0.5) / KEPT) for i in range(KEPT)]
