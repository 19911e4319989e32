"""Where a series changed its level, and by how much. Pure: values in, change points out.

1. `stats.segment` proposes cuts: it divides the runs into stretches so that the likelihood of the stretches, less a price for
   each cut, is as large as can be.
2. Each cut gets a `strength` (see `_strength`); the weakest is taken out, its neighbours are judged anew, until all that are
   left have 1.0 or more. Then each moves to the place that parts its neighbours best.
3. The newest runs, whose answer is waited for, are too few for ranks: `newest_shift` judges them by how far they lie outside
   everything before.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bench_agent.stats.segment import propose_cuts, sharpest_cut
from bench_agent.stats.shift import REMEMBERED, inflation, median, rank_z, spread, surprise

# The constants below were chosen on 440 series of 120 runs: noise of real CI with planted steps of 2-50 %, steps back, spikes,
# drifts and changes of variance, in two halves that score alike (docs/accuracy.md). `python tests/calibration/history.py --data
# DIR --constants` shows what such series score with 20 % less and 25 % more of each. F1 is 0.650; SURE moves it to 0.616 and
# 0.634 (and false alarms from 1.7 in 1,000 runs to 3.4 and 0.8), LEAST_SPREADS and CLEAR_SURE to 0.640 at the least, the others by
# at most 0.003: those of the newest runs show in `--growing` only. Without options: false alarms and steps in made-up noise.
# "Spread" is the standard deviation as the median distance from the median tells it.
FEWEST = 6  # runs: below, nothing is said
SMALLEST = 0.01  # relative change: less is the layout of the code in memory as likely as the code
LEAST_SPREADS = 1.0  # spreads of one run that a change must have: less is not worth a cut

# What the rank sum of two neighbouring stretches must have, in standard deviations.
SURE = 4.75  # two-sided, 1 in 500,000 by chance: a series has hundreds of places and is searched with every run
CLEAR_SURE = 3.25  # 1 in 900, where the levels lie CLEAR spreads apart: ranks can't see how far that is
CLEAR = 6.0  # spreads

# Stretches too short for ranks are judged by how unlikely it is that all of them lie so far out (`stats.shift.surprise`).
SHORT = 5  # runs up to which a stretch is judged so
NEWEST = 3  # runs at the end that are judged so: more together are found by what wanders too
REMAINS = 10  # runs until which a change found so is held on to; then there are enough for ranks
SURPRISE = -math.log(5e-5)  # of that chance: with 20 benchmarks, one false change in 1,000 runs
SHORT_SPREADS = 3.0  # spreads of the level by which such a stretch must lie off it
# Dropped cuts are tried again where the levels lie so many spreads apart, two together if so near in their order. In the 440
# series and 1,040 made up ones, four are found differently with 15: right in three; with 6 also one of unchanged code.
AGAIN = 15.0
PAIRED = 3
REACH = 1.5  # times as far from the level's middle as the level ever stood for as many runs
LEVEL_RUNS = 8  # runs that make a level from which a short stretch can stand out

# Which changes are new (`new_change`); `history.py --growing` shows what they give.
NEAR = 5  # runs by which the place of one change moves while more runs come
STEADY = 10  # earlier runs that must not have shown it: what comes and goes would be new each time

# When to search at all: for the newest run, a cheap look at ranks comes first (`may_have_shifted`).
SCREEN = 3.0  # standard deviations of the rank sum: SURE less what other changes in the series can hide
SCREEN_SHARE = 0.95  # of the farthest that ranks can be apart, where so few runs can't reach SCREEN


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePoint:
    """One change of level. Levels are medians of the runs up to the next change point, in the unit of the values."""

    index: int  # of the first run of the new level
    before: float
    after: float
    ratio: float  # after / before; inf or NaN where before is zero
    worse: bool
    strength: float  # evidence / evidence asked for (see `_strength`): 1.0 is just enough to be believed
    runs: int  # on the new level so far, up to the next change point


def find_change_points(values: Sequence[float], *, better: str = "lower") -> list[ChangePoint]:
    """The changes of level of a series, oldest first. values: one a run, oldest first, evenly weighted.

    Values that are not finite are no runs; indices count them nevertheless. Fewer than FEWEST runs have no change points. A
    run that stands out alone is none. Multiplying all values by a number changes nothing. better: "lower" for times, "higher"
    for throughput; it decides `worse` only.

    Functional: cuts 0 < c1 < ... < ck < n are proposed that maximise

        sum over stretches of L(stretch) - k * log(n) * d

    L is the log likelihood of how many runs of the stretch lie below a threshold, with a share of its own, averaged over
    THRESHOLDS quantiles of all runs; d = (1 + r) / (1 - r) where r is the lag-1 autocorrelation inside the stretches. A second
    search with squared distances, divided by twice the noise's variance, and four times the price proposes short stretches
    far away. All proposals are then judged by `_strength`.

    Cost: O(n log n) for the places that may be cuts, O(p^2) for the best of those p places, O(n log n) for each judgement. 5 ms
    for 500 values, 1 s for 10,000; memory O(n + p^2).

    Sources: Haynes, Fearnhead, Eckley, Statistics and Computing 27 (2017) 1293-1305 (counts below thresholds); Jackson et al.,
    IEEE Signal Processing Letters 12 (2005) 105-108 (optimal partitioning); Hollander, Wolfe, Chicken, Nonparametric
    Statistical Methods (2014), 4.1 (rank sum with ties).
    """
    kept = [i for i, value in enumerate(values) if math.isfinite(value)]
    runs = [float(values[i]) for i in kept]
    if len(runs) < FEWEST or min(runs) == max(runs):
        return []
    cuts = propose_cuts(runs)
    dependence = inflation(runs, cuts)
    strengths = _believed(runs, cuts, dependence)
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
    ranks = [0] * n
    for rank, index in enumerate(sorted(range(n), key=runs.__getitem__)):
        ranks[index] = rank
    low, high = _unusual_sums(n)
    sums = itertools.accumulate(ranks[: LEVEL_RUNS - 1 : -1])
    return any(total <= least or total >= most for total, least, most in zip(sums, low, high, strict=False))


@lru_cache(maxsize=64)  # of the lengths of series: those of one suite are few
def _unusual_sums(n: int) -> tuple[list[int], list[int]]:
    """For the newest 1, 2, 3... of n runs: the largest sum of ranks that is unusually small, the smallest unusually large.

    As far out as ranks go, or by SCREEN standard deviations of a rank sum. One run alone is never unusual.
    """
    low, high = [-1], [n * n]
    for length in range(2, n - LEVEL_RUNS + 1):
        apart = length * (n - length) / 2
        least = min(SCREEN_SHARE * apart, SCREEN * math.sqrt(apart * (n + 1) / 6))
        low.append(math.floor(length * (n - 1) / 2 - least))
        high.append(math.ceil(length * (n - 1) / 2 + least))
    return low, high


def newest_shift(runs: Sequence[float], *, since: int = 0, dependence: float | None = None) -> tuple[int, float] | None:
    """(first run, strength) of the longest stretch at the end whose first 2 to NEWEST runs left the level together and whose
    middle still does; None: there is none.

    since: where the level before them began. dependence: as `stats.shift.inflation` gives it, of that level when None.
    O(n log n).
    """
    for length in range(min(REMAINS, len(runs) - since - LEVEL_RUNS), 1, -1):
        cut = len(runs) - length
        level = runs[max(since, cut - REMEMBERED) : cut]
        centre, first = median(level), runs[cut : cut + NEWEST]
        # The cheap questions come first: most runs are of no new level.
        if min(first) <= centre <= max(first) or abs(median(runs[cut:]) - centre) < SHORT_SPREADS * spread(level):
            continue
        if dependence is None:
            dependence = inflation(level, ())
        strength = _short_strength(level, first, dependence)
        if strength >= 1.0:
            return cut, strength
    return None


def _believed(runs: Sequence[float], proposed: Sequence[int], dependence: float) -> dict[int, float]:
    """The proposed cuts that stand beside each other, with their strengths.

    What was dropped is tried again, alone and in pairs: a cut may have fallen because of a false one beside it, which fell
    after it, and then the next with it, until a stretch that stands out well was gone.
    """
    known: dict[tuple[int, int, int], float] = {}

    def strengths(cuts: Sequence[int]) -> dict[int, float]:
        for start, cut, end in zip([0, *cuts], cuts, [*cuts[1:], len(runs)], strict=False):
            if (start, cut, end) not in known:
                newest = end == len(runs) and end - cut <= SHORT
                known[start, cut, end] = _strength(runs[start:cut], runs[cut:end], dependence, newest=newest)
        return {c: known[a, c, b] for a, c, b in zip([0, *cuts], cuts, [*cuts[1:], len(runs)], strict=False)}

    left = strengths(proposed)
    while left and min(left.values()) < 1.0:
        weakest = min(left, key=left.__getitem__)
        left = strengths([cut for cut in left if cut != weakest])
    for _ in range(len(proposed)):  # each time one cut more at least
        dropped = [cut for cut in proposed if cut not in left]
        again: list[tuple[int, ...]] = [(cut,) for cut in dropped]
        for apart in range(1, PAIRED + 1):
            again += zip(dropped, dropped[apart:], strict=False)
        tried = [(cuts, strengths(sorted((*left, *cuts)))) for cuts in again]
        good = [found for cuts, found in tried if min(found.values()) >= 1.0 and _stand_out(runs, found, cuts)]
        if not good:
            break
        left = max(good, key=lambda found: min(found.values()))
    return left


def _stand_out(runs: Sequence[float], cuts: Iterable[int], among: Sequence[int]) -> bool:
    """Whether at those `among` the cuts two long stretches lie AGAIN spreads apart: only a cascade hides such a change."""
    edges = [0, *cuts, len(runs)]
    return all(
        min(cut - start, end - cut) > SHORT and _apart(runs[start:cut], runs[cut:end]) >= AGAIN
        for start, cut, end in zip(edges, edges[1:], edges[2:], strict=False)
        if cut in among
    )


def _apart(before: Sequence[float], after: Sequence[float]) -> float:
    """How many spreads lie between two levels."""
    old, new = median(before), median(after)
    return _times(abs(new - old), spread([*(value - old for value in before), *(value - new for value in after)]))


def _strength(before: Sequence[float], after: Sequence[float], dependence: float, *, newest: bool) -> float:
    """Evidence that two neighbouring stretches lie on different levels, over the evidence asked for; below 1.0 they are one.

    The smallest of three:
      evidence   the largest of z / sqrt(d) / SURE; where size >= CLEAR * noise, z / sqrt(d) / CLEAR_SURE; and where one stretch
                 has at most SHORT runs and the other at least LEVEL_RUNS, -log(chance) / SURPRISE
      size       size / (LEAST_SPREADS * noise)
      relevance  size / (SMALLEST * |median of before|)
    z: Wilcoxon's rank sum in standard deviations. d: `dependence`, of neighbouring runs. size: between the two medians. noise:
    the spread of all runs around the median of their stretch. chance: see `stats.shift.surprise`.

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
    """The same for a block that is too short for ranks, beside a level: the smallest of surprise, size and relevance."""
    size = abs(median(block) - median(level))
    return min(
        surprise(level, block, dependence, reach=REACH) / SURPRISE,
        _times(size, SHORT_SPREADS * spread(level)),
        _times(size, SMALLEST * abs(median(level))),
    )


def _times(size: float, wanted: float) -> float:
    """How many times the size is what is wanted; infinite where nothing is."""
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
