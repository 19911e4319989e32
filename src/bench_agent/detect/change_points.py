"""Where a series changed its level, and by how much. Pure: values in, change points out.

`stats.segment` proposes; here the proposals are held against what a reader would want of them, and the weakest go one by
one until all that are left stand. The newest few runs are decided by a rule of their own: there are too few of them for any
search, and it is there that somebody waits for the answer.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench_agent.stats.segment import propose_cuts, sharpest_cut
from bench_agent.stats.shift import REMEMBERED, inflation, median, rank_z, spread, surprise

FEWEST = 6  # runs below which nothing is said
SMALLEST = 0.01  # a smaller change is layout as likely as code
SURE = 4.75  # standard deviations of the rank sum: one in 500,000 by chance, and a series has hundreds of places
CLEAR_SURE = 3.25  # enough where the levels lie CLEAR spreads apart: ranks can't see how far, and spikes blur them
CLEAR = 6.0
LEAST_SPREADS = 1.0  # a shift of less than the noise of one run is not worth a cut
SHORT = 5  # runs up to which a stretch is too short for ranks, and is judged by `surprise`
NEWEST = 3  # runs at the end are judged like this: more of them lie in what wanders, not in a spike
REMAINS = 10  # runs for which what was found so is held on to, until there are enough for ranks
SURPRISE = -math.log(5e-5)  # at 20 benchmarks a run, one such chance in 1,000 runs
SHORT_SPREADS = 3.0  # how far out such a stretch must lie
REACH = 1.5  # and how much farther than the level ever stood for as many runs
NEAR = 5  # runs by which the place of one change moves as more runs come
STEADY = 10  # runs back that must not have shown it: what comes and goes would be new each time
SCREEN = 3.0  # SURE less what other changes in the series can hide
SCREEN_SHARE = 0.95  # of the ranks' whole way, where so few runs can't reach SCREEN
LEVEL_RUNS = 8  # fewer runs are no level that anything could stand out from


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePoint:
    """One change of level. Levels are medians of the runs up to the next change point, in the unit of the values."""

    index: int  # of the first run of the new level
    before: float
    after: float
    ratio: float  # after / before; inf or NaN where before is zero
    worse: bool
    strength: float  # 1.0 is just enough to be believed
    runs: int  # on the new level so far, up to the next change point


def find_change_points(values: Sequence[float], *, better: str = "lower") -> list[ChangePoint]:
    """The changes of level of a series, oldest first. values: one a run, oldest first, evenly weighted.

    Values that are not finite are no runs; indices count them nevertheless. Fewer than FEWEST runs have no change points. A
    run that stands out alone is none. Scale does not matter. better: "lower" for times, "higher" for throughput. 5 ms for
    500 values, 1 s for 10,000.
    """
    kept = [i for i, value in enumerate(values) if math.isfinite(value)]
    runs = [float(values[i]) for i in kept]
    if len(runs) < FEWEST or min(runs) == max(runs):
        return []
    cuts = propose_cuts(runs)
    dependence = inflation(runs, cuts)
    strengths = _drop_weakest(runs, cuts, dependence)
    cuts = _move_to_sharpest(runs, list(strengths))
    newest = newest_shift(runs, since=cuts[-1] if cuts else 0, dependence=dependence)
    found = list(zip(cuts, strengths.values(), strict=True)) + ([newest] if newest else [])
    edges = [0, *(cut for cut, _ in found), len(runs)]
    return [
        _change_point(kept[cut], runs[edges[i] : cut], runs[cut : edges[i + 2]], strength, better)
        for i, (cut, strength) in enumerate(found)
    ]


def new_change(values: Sequence[float], *, better: str = "lower") -> ChangePoint | None:
    """The change of level that is evident with the newest value and was not evident before it; None: there is none.

    Each change is new once: a place that any of the STEADY runs before already showed, within NEAR runs, is not. Where the
    newest runs rank among the others nothing is searched: 20 µs for 30 values, else about 1 ms.
    """
    if not math.isfinite(values[-1]) or not may_have_shifted([value for value in values if math.isfinite(value)]):
        return None
    changes = find_change_points(values, better=better)
    for back in range(1, STEADY + 1):
        if not changes:
            return None
        earlier = [change.index for change in find_change_points(values[:-back], better=better)]
        changes = [c for c in changes if not any(abs(c.index - index) <= NEAR for index in earlier)]
    return changes[-1] if changes else None


def may_have_shifted(runs: Sequence[float]) -> bool:
    """Whether the newest 2, 3, 4... runs have ranks that could be those of a new level: cheap, and misses few."""
    n = len(runs)
    if n < FEWEST:
        return False
    order = sorted(range(n), key=runs.__getitem__)
    ranks = [0] * n
    for rank, index in enumerate(order):
        ranks[index] = rank
    total = ranks[-1]
    for length in range(2, n - LEVEL_RUNS + 1):
        total += ranks[n - length]
        excess = abs(total - length * (n - 1) / 2)
        apart = length * (n - length) / 2
        # As far out as ranks go, or by so many standard deviations of a rank sum.
        if excess >= SCREEN_SHARE * apart or excess * excess >= SCREEN * SCREEN * apart * (n + 1) / 6:
            return True
    return False


def newest_shift(runs: Sequence[float], *, since: int = 0, dependence: float | None = None) -> tuple[int, float] | None:
    """(first run, strength) of the longest stretch at the end whose first 2 to NEWEST runs left the level together and whose
    middle still does; None: there is none.

    since: where the level before them began. dependence: as `stats.shift.inflation` gives it, of that level when None.
    O(n log n).
    """
    for length in range(min(REMAINS, len(runs) - since - LEVEL_RUNS), 1, -1):
        cut = len(runs) - length
        level = runs[max(since, cut - REMEMBERED) : cut]
        if dependence is None:
            dependence = inflation(level, ())
        strength = _short_strength(level, runs[cut : cut + NEWEST], dependence)
        size = abs(median(runs[cut:]) - median(level))
        if strength >= 1.0 and size >= SHORT_SPREADS * spread(level):
            return cut, strength
    return None


def _drop_weakest(runs: Sequence[float], cuts: Sequence[int], dependence: float) -> dict[int, float]:
    """The cuts that stand beside each other, with their strengths."""
    left = list(cuts)
    known: dict[tuple[int, int, int], float] = {}
    while left:
        edges = [0, *left, len(runs)]
        around = list(zip(edges, left, edges[2:], strict=False))
        for start, cut, end in around:
            if (start, cut, end) not in known:
                newest = end == len(runs) and end - cut <= SHORT
                known[start, cut, end] = _strength(runs[start:cut], runs[cut:end], dependence, newest=newest)
        weakest = min(around, key=known.__getitem__)
        if known[weakest] >= 1.0:
            return {place[1]: known[place] for place in around}
        left.remove(weakest[1])
    return {}


def _strength(before: Sequence[float], after: Sequence[float], dependence: float, *, newest: bool) -> float:
    """How much more than enough sets the two stretches apart; below 1.0 they are one.

    newest: `after` is short because nothing came yet; `newest_shift` decides on those.
    """
    old, new = median(before), median(after)
    size = abs(new - old)
    noise = spread([*(value - old for value in before), *(value - new for value in after)])
    sigmas = abs(rank_z(before, after)) / math.sqrt(dependence)
    strength = sigmas / SURE
    if size >= CLEAR * noise:
        strength = max(strength, sigmas / CLEAR_SURE)
    short, level = (after, before) if len(after) < len(before) else (before, tuple(reversed(after)))
    if not newest and len(short) <= SHORT and len(level) >= LEVEL_RUNS:
        strength = max(strength, _short_strength(level, short, dependence))
    return min(strength, _times(size, LEAST_SPREADS * noise), _times(size, SMALLEST * abs(old)))


def _short_strength(level: Sequence[float], block: Sequence[float], dependence: float) -> float:
    size = abs(median(block) - median(level))
    return min(
        surprise(level, block, dependence, reach=REACH) / SURPRISE,
        _times(size, SHORT_SPREADS * spread(level)),
        _times(size, SMALLEST * abs(median(level))),
    )


def _times(size: float, wanted: float) -> float:
    return size / wanted if wanted > 0 else math.inf


def _move_to_sharpest(runs: Sequence[float], cuts: list[int]) -> list[int]:
    """Each cut where it parts its two neighbours best: those that went had pushed it aside."""
    for i in range(len(cuts)):
        edges = [0, *cuts, len(runs)]
        start, cut, end = edges[i : i + 3]
        if end - start >= 4:
            old, new = median(runs[start:cut]), median(runs[cut:end])
            low, high = sorted((sorted(runs[start:cut]), sorted(runs[cut:end])), key=median)
            # All but one in twenty of each on its own side: a border between them tells more than counts all over do.
            clear = low[int(0.95 * len(low))] < (old + new) / 2 < high[int(0.05 * len(high))]
            cuts[i] = start + sharpest_cut(runs[start:end], between=(old + new) / 2 if clear else None)
    return cuts


def _change_point(
    index: int, before: Sequence[float], after: Sequence[float], strength: float, better: str
) -> ChangePoint:
    old, new = median(before), median(after)
    ratio = new / old if old else (math.inf if new > 0 else -math.inf if new < 0 else math.nan)
    return ChangePoint(
        index=index,
        before=old,
        after=new,
        ratio=ratio,
        worse=new > old if better == "lower" else new < old,
        strength=strength,
        runs=len(after),
    )
