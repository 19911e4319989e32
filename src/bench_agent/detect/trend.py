"""Where a benchmark is heading: a slope, a step, neither, or not known. Pure; a trend is a description, never a verdict.

Nothing is called a trend for its size alone. On unchanged code half of all windows of ten runs have a line that moves by more
than 5 %; so the order of the runs must be one that chance hardly makes (Mann-Kendall), and the newest run must agree with it.
A step is no slope: where levels explain the runs better than a line, the change of level is told, with the run it began at.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

from bench_agent.detect.change_points import find_change_points, may_have_shifted
from bench_agent.stats.monotone import Slope, order_p, ramp_z, theil_sen
from bench_agent.stats.shift import inflation, median

Direction = Literal["improving", "degrading", "stable", "unclear", "unknown"]
Shape = Literal["slope", "step"]

WINDOW = 10  # runs
FEWEST = 6  # of fewer runs no order is rarer than CHANCE: that of five that all rise is 1 in 60
CHANCE = 0.01  # of an order as strict as the one seen, on code that does not change
# Runs that are looked at in turn, and the chance for each: more of them show a slower creep.
LOOKS = ((WINDOW, CHANCE), (2 * WINDOW, 0.02))
BEFORE = 20  # runs before the newest WINDOW that say where a creep began: what is kept by default holds no more
# Chance of newest runs that rise so from those before. At a noise of 8 % a creep of 2 % a run is found in 88 % so, in 79 % without;
# with twice the chance 4 % of real unchanged windows would be called (tests/calibration/trends.py).
RISE = 0.01
_RARE = -NormalDist().inv_cdf(RISE / 2)  # standard deviations
STABLE = 0.02  # a change of no more than this over the window is called stable, as the seed asks
HIDDEN = 0.20  # a change that a gate would fail on: where the runs leave room for it, they are not called stable
LONG = 20  # runs from which it can be told how much neighbours depend on each other
BACK = 0.25  # of the change: a newest run that shows less of it is back where the series began


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendFit:
    """What the newest runs do. `change` and `velocity` only where a trend is called; the bounds always, with FEWEST runs."""

    direction: Direction
    shape: Shape | None = None
    change: float | None = None  # slope: last fitted value / first - 1; step: level now / level before - 1
    velocity: float | None = None  # of a slope: per run, in the values' unit
    interval: tuple[float, float] | None = None  # of the line's change over the window, 95 %
    p_value: float | None = None  # of the order of the runs
    runs: int = 0  # that the answer is about
    step: int | None = None  # index in `values` of the first run of the newest level


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """The runs of one window, as logarithms, and where in it levels begin."""

    runs: tuple[float, ...]
    cuts: tuple[int, ...]
    line: Slope
    p_value: float
    ordered: bool  # whether chance hardly makes such an order

    @property
    def change(self) -> float:
        """Of the line, on the log scale."""
        return self.line.slope * (len(self.runs) - 1)


def fit_trend(values: Sequence[float], *, window: int | None = None, cuts: Sequence[int] | None = None) -> TrendFit:
    """What the newest `window` of `values` do (costs, oldest first, one a run, evenly spaced).

    cuts: first runs of new levels, where they are known; else they are looked for where the order of the runs asks for it.
    window None: the newest WINDOW, and where these show nothing the longer LOOKS. Values that are not finite and positive are no
    runs. All is judged on logarithms, where a tenth more weighs the same at any level. 0.1 ms for ten runs that show
    nothing, 1 ms where levels are searched.
    """
    kept = [i for i, value in enumerate(values) if math.isfinite(value) and value > 0]
    logs = [math.log(values[i]) for i in kept]
    looks = LOOKS if window is None else ((window, CHANCE),)
    if min(len(logs), looks[0][0]) < FEWEST:
        return TrendFit(direction="unknown", runs=min(len(logs), looks[0][0]))
    known = None if cuts is None else [kept.index(cut) for cut in cuts if cut in kept]
    quiet: list[TrendFit] = []
    for size, chance in looks[:1] + tuple(look for look in looks[1:] if look[0] <= len(logs)):
        p_value = order_p(logs[-size:], inflation=_dependence(logs[-size:]))
        if known is None and (p_value < chance or may_have_shifted(logs)):
            known = [change.index for change in find_change_points([values[i] for i in kept])]
        if quiet and quiet[-1].direction == "stable" and p_value >= chance and not known:
            break  # nothing more to find, and a line through twice the runs costs four times as much
        look = _look_at(logs, size, known or (), p_value, chance)
        if (found := _called(look)) is not None:
            return found if found.step is None else replace(found, step=kept[len(logs) - len(look.runs) + found.step])
        quiet.append(_not_called(look))
    if window is None and (found := _rise(logs, known or ())) is not None:
        return found if found.step is None else replace(found, step=kept[len(logs) - WINDOW + found.step])
    return next((fit for fit in quiet if fit.direction == "stable"), quiet[-1])


def _rise(logs: Sequence[float], cuts: Sequence[int]) -> TrendFit | None:
    """The trend of the newest WINDOW runs, if chance hardly makes them rise or fall so from those before."""
    runs = logs[-WINDOW - BEFORE :]
    if len(runs) < 2 * WINDOW:
        return None
    z = ramp_z(runs, WINDOW)
    if abs(z) < _RARE:  # dependence only takes away from it
        return None
    z /= math.sqrt(inflation(runs[:-WINDOW], ()))
    p_value = 2 * NormalDist().cdf(-abs(z))
    if p_value >= RISE:
        return None
    look = _look_at(logs, WINDOW, cuts, p_value, RISE)
    found = _called(look)
    return found if found is not None and (found.direction == "degrading") is (z > 0) else None


def _look_at(logs: Sequence[float], size: int, cuts: Sequence[int], p_value: float, chance: float) -> _Look:
    runs = tuple(logs[-size:])
    start = len(logs) - len(runs)
    inside = tuple(cut - start for cut in cuts if cut > start)
    return _Look(runs=runs, cuts=inside, line=theil_sen(runs), p_value=p_value, ordered=p_value < chance)


def _called(look: _Look) -> TrendFit | None:
    """The trend of a window; None where chance does it too, where it is too small, or where the newest run is back."""
    cuts = look.cuts or ((_best_cut(look.runs),) if look.ordered else ())
    if cuts and (not look.ordered or _off_levels(look, cuts) < _off_line(look)):
        return _step(look, cuts)
    return _slope(look) if look.ordered else None


def _step(look: _Look, cuts: Sequence[int]) -> TrendFit | None:
    before, after = median(look.runs[: cuts[0]]), median(look.runs[cuts[-1] :])
    change = math.expm1(after - before)
    if abs(change) <= STABLE or not _agrees(look.runs[-1], before, after, share=0.5):
        return None
    return TrendFit(
        direction="degrading" if change > 0 else "improving",
        shape="step",
        change=change,
        interval=_interval(look),
        p_value=look.p_value,
        runs=len(look.runs),
        step=cuts[-1],
    )


def _slope(look: _Look) -> TrendFit | None:
    start, end = look.line.level, look.line.level + look.change
    change = math.expm1(look.change)
    if abs(change) <= STABLE or not _agrees(look.runs[-1], start, end, share=BACK):
        return None
    return TrendFit(
        direction="degrading" if change > 0 else "improving",
        shape="slope",
        change=change,
        velocity=math.exp(start) * change / (len(look.runs) - 1),
        interval=_interval(look),
        p_value=look.p_value,
        runs=len(look.runs),
    )


def _not_called(look: _Look) -> TrendFit:
    """Stable where the runs leave no room for a change worth a word; else it can't be told."""
    low, high = _interval(look)
    small = low >= -STABLE and high <= STABLE
    steady = small or 1 / (1 + HIDDEN) - 1 <= low <= 0 <= high <= HIDDEN
    return TrendFit(
        direction="stable" if steady else "unclear", interval=(low, high), p_value=look.p_value, runs=len(look.runs)
    )


def _agrees(newest: float, before: float, after: float, *, share: float) -> bool:
    """Whether the newest run shows at least that share of the change."""
    return (newest - before) / (after - before) >= share


def _interval(look: _Look) -> tuple[float, float]:
    span = len(look.runs) - 1
    return math.expm1(look.line.lower * span), math.expm1(look.line.upper * span)


def _dependence(runs: Sequence[float]) -> float:
    """By how much neighbours that are alike inflate the variance of the order; not known of few runs."""
    if len(runs) <= LONG:
        return 1.0
    line = theil_sen(runs)
    return inflation([value - line.slope * i for i, value in enumerate(runs)], ())


def _best_cut(runs: Sequence[float]) -> int:
    """The one cut, with two runs at least on either side, that leaves the least distance from the two medians."""
    return min(range(2, len(runs) - 1), key=lambda cut: _apart(runs[:cut]) + _apart(runs[cut:]))


def _off_line(look: _Look) -> float:
    residuals = [value - look.line.level - look.line.slope * i for i, value in enumerate(look.runs)]
    return _price(math.fsum(map(abs, residuals)), len(look.runs), parameters=2)


def _off_levels(look: _Look, cuts: Sequence[int]) -> float:
    edges = [0, *cuts, len(look.runs)]
    total = math.fsum(_apart(look.runs[a:b]) for a, b in itertools.pairwise(edges))
    return _price(total, len(look.runs), parameters=2 * len(cuts) + 1)


def _price(distance: float, runs: int, *, parameters: int) -> float:
    """Schwarz's criterion for the sum of distances that a description leaves: a level more must be worth it."""
    return 2 * runs * math.log(max(distance / runs, 1e-9)) + parameters * math.log(runs)


def _apart(part: Sequence[float]) -> float:
    centre = median(part)
    return math.fsum(abs(value - centre) for value in part)
