"""Tests of paired observations that are repeated while observations come in, at an error rate that holds for all of them together.

They take log ratios, one per independent pair of sessions, in time order, and return one-sided p-values and an interval that
stay valid however often one looked and whenever one stopped. Pure functions, no policy: what counts as slower is not here.

The error is split. A part is bet, observation by observation, on how far apart the sides are (`stats/betting.py`): large
changes are told in four to six pairs, whatever the number of benchmarks. The rest is for changes near the noise: look k gets
a fixed share, `share(k)`; the shares sum to what is left over all looks there will ever be, so the union bound holds for any
number of them and no maximum has to be planned. Each look is an exact signed-rank test: it assumes that observations are
independent and that without a change either sign is equally likely, and nothing about tails.
Where something else than the clock says the same, one may look early: Student's t of three to five, with the noise that all
versions beside them show (`stats/blocks.py`), for a small part of the error.
Source: Wilcoxon signed rank, Hodges-Lehmann: Hollander, Wolfe, Chicken, Nonparametric Statistical Methods (2014), 3.1-3.3;
error spending: Jennison, Turnbull, Group Sequential Methods (2000), 7 and repeated confidence intervals, 9.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import NormalDist, median

from bench_agent.stats.betting import FIRST_BOUND, LEAST_SCALE, bets_on, size_that_pays
from bench_agent.stats.blocks import contrast

LOOKS = (8, 11, 15, 20, 27, 36, 48, 64, 85, 113, 150)  # pairs at which one looks: each a third later
BET_SHARE = 0.2  # of the error for the bets: a change of 40 % then takes 5 pairs, with half of it 4 or 5
FIRST_SHARE = 0.4  # of the error for the first look: at 1 %, 8 pairs of 8 can then be an alarm
# Observations of the early looks, and the part of the error each may spend. All together take so little that 8 of 8 still alarm
# at 1 %. Beside three other versions the centre must lie 4.4, 2.7 or 2.1 spreads of one observation from zero.
EARLY_LOOKS = {3: 0.003, 4: 0.007, 5: 0.010}
EARLY_LOOK = max(EARLY_LOOKS)
DECAY = 0.6  # of what bets and first look leave, each look gets 1 - DECAY of what the looks before it left

# At these error rates ranks need a larger shift than Student's t: 27 % more at n = 11, 6 % at 48 (simulated).
RANKS_LOSS = 3.0


def share(look: int) -> float:
    """The part of the error rate that look number `look` (from 1) may spend. All of them sum to 1 - BET_SHARE."""
    if look == 1:
        return FIRST_SHARE
    return (1 - BET_SHARE - FIRST_SHARE) * (1 - DECAY) * DECAY ** (look - 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What the looks so far say of the centre of the observations, in their own unit (log ratio)."""

    n: int  # observations used
    looks: int  # by ranks, and the early one; 0: there were too few observations for any, but bets were made
    estimate: float  # Hodges-Lehmann, of all observations; NaN without any
    lower: float  # of the interval at the last look; -inf where there are too few observations to bound it
    upper: float
    p_greater: float  # that the centre is above zero, one-sided
    p_less: float
    spread: float  # robust standard deviation of one observation; NaN below 3


def analyse(
    values: Sequence[float],
    *,
    level: float = 0.95,
    final: bool = False,
    early: Sequence[Mapping[str, float]] | None = None,
    earliest: int = min(EARLY_LOOKS),
) -> Analysis:
    """The p-values and the interval after the observations so far, each valid under optional stopping.

    values: finite, in time order. level: two-sided coverage of the interval at all times together.
    final: also look at all of them when the last look was earlier; for a stop whose time does not depend on the values.
    early: also look at the first three, four and five, which presumes about normal observations; where exact counts agree with
    the clock. For each value, the levels of the versions that ran in its set (`blocks.contrast`); of the first five at least.
    earliest: of the early looks, none with fewer observations. O(n^2 log n) for the last look.
    """
    bets = bets_on(values)
    sizes = _looks_at(len(values), final=final)
    p_greater, p_less = bets.p_above() / BET_SHARE, bets.p_below() / BET_SHARE
    tail = (1 - level) / 2
    bounds = [bets.interval(tail * BET_SHARE)]
    sizes_early = [n for n in EARLY_LOOKS if early and earliest <= n <= len(values)]
    early_looks = [(contrast(values[:n], early[:n]), n) for n in sizes_early] if early else []
    for found, n in early_looks:
        p_greater = min(p_greater, found.p_above(EARLY_LOOKS[n]))
        p_less = min(p_less, replace(found, centre=-found.centre).p_above(EARLY_LOOKS[n]))
        bounds.append(found.interval(tail, EARLY_LOOKS[n]))
    rest = 1 - math.fsum(EARLY_LOOKS.values()) if early_looks else 1.0
    for number, n in enumerate(sizes, start=1):
        p_greater = min(p_greater, signed_rank_p(values[:n]) / (rest * share(number)))
        p_less = min(p_less, signed_rank_p([-v for v in values[:n]]) / (rest * share(number)))
    if sizes:
        bounds.append(interval(values[: sizes[-1]], tail=tail * rest * share(len(sizes))))
    lower, upper = _common(bounds)
    return Analysis(
        n=len(values),
        looks=len(sizes) + len(early_looks),
        estimate=median(_walsh(values)) if values else math.nan,
        lower=lower,
        upper=upper,
        p_greater=min(p_greater, 1.0),
        p_less=min(p_less, 1.0),
        spread=spread(values),
    )


def _looks_at(observations: int, *, final: bool) -> list[int]:
    sizes = [n for n in LOOKS if n <= observations]
    if final and observations >= LOOKS[0] and sizes[-1] != observations:
        sizes.append(observations)
    return sizes


def _common(bounds: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """What lies in all of the intervals; in the narrowest, should they disagree."""
    lower, upper = max(low for low, _ in bounds), min(high for _, high in bounds)
    return (lower, upper) if lower <= upper else min(bounds, key=lambda bound: bound[1] - bound[0])


def signed_rank_p(values: Sequence[float]) -> float:
    """One-sided exact p-value of Wilcoxon's signed-rank test that the centre is above zero. 1.0 without values.

    Ties get the mean rank and the distribution given those ranks. A zero counts against the claim: conservative.
    """
    if not values:
        return 1.0
    order = sorted(range(len(values)), key=lambda i: abs(values[i]))
    doubled = [0] * len(values)  # twice the rank, so that a mean of two ranks is whole
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and abs(values[order[end + 1]]) == abs(values[order[start]]):
            end += 1
        for position in range(start, end + 1):
            doubled[order[position]] = start + end + 2
        start = end + 1
    positive = sum(rank for rank, value in zip(doubled, values, strict=True) if value > 0)
    counts = _subset_sums(tuple(sorted(doubled)))
    return math.fsum(counts[positive:]) / 2.0 ** len(values)


def interval(values: Sequence[float], *, tail: float) -> tuple[float, float]:
    """Bounds of the centre, each missed with probability at most `tail`; infinite where n is too small for that.

    The k-th smallest and largest of the means of two observations, k from the exact signed-rank distribution.
    """
    cut, _ = _cut(len(values), tail)
    if cut == 0:
        return -math.inf, math.inf
    walsh = sorted(_walsh(values))
    return walsh[cut - 1], walsh[-cut]


@lru_cache(maxsize=256)
def _cut(n: int, tail: float) -> tuple[int, float]:
    """How many of the smallest rank sums have at most that probability together, and the probability they have."""
    counts = _subset_sums(tuple(2 * rank for rank in range(1, n + 1)))
    cut, ways = 0, 0.0
    while (ways + counts[2 * cut]) / 2**n <= tail:
        ways += counts[2 * cut]
        cut += 1
    return cut, ways / 2**n


def _walsh(values: Sequence[float]) -> list[float]:
    return [(a + b) / 2 for i, a in enumerate(values) for b in values[i:]]


@lru_cache(maxsize=64)
def _subset_sums(weights: tuple[int, ...]) -> list[float]:
    """How many subsets of the weights have each sum, from 0 to the sum of all. Exact to 53 weights, then to 16 digits."""
    counts = [1.0]
    for weight in weights:
        longer = counts + [0.0] * weight
        for total, ways in enumerate(counts):
            longer[total + weight] += ways
        counts = longer
    return counts


def spread(values: Sequence[float]) -> float:
    """Standard deviation that one wild observation can't ruin: of Walsh differences. NaN below 3 values."""
    if len(values) < 3:
        return math.nan
    # Median of |differences| of normal values is 0.9539 standard deviations.
    return median(abs(a - b) for i, a in enumerate(values) for b in values[i + 1 :]) / 0.9539


def detectable(spread: float, n: int, *, look: int, error: float, power: float = 0.95) -> float:
    """The shift of the centre that `n` observations tell with `power` at one-sided `error`, as bet on or shared over the looks.

    inf where n observations can't reach the level whatever they are. In the unit of `spread`.
    """
    if not math.isfinite(spread):
        return math.inf
    by_bets = _detectable_by_bets(spread, n, error=error, power=power)
    _, tail = _cut(n, error * share(max(look, 1)))  # what the exact test really spends: it goes in steps
    if tail == 0:
        return by_bets
    shift = (_t_quantile(1 - tail, n - 1) + NormalDist().inv_cdf(power)) * spread / math.sqrt(n)
    return min(shift * (1 + RANKS_LOSS / n), by_bets)


def _detectable_by_bets(spread: float, n: int, *, error: float, power: float) -> float:
    """The shift with which the first gambler wins each of his bets, and wins enough."""
    if n < FIRST_BOUND:
        return math.inf
    # Within a third of the size expected, which is itself uncertain.
    hit_all = 3.75 * NormalDist().inv_cdf(1 - (1 - power) / 2 / n) * spread
    # The scale that counts is that of the first few, which comes out up to twice as large.
    return max(hit_all, size_that_pays(1 / (BET_SHARE * error), n, scale=max(LEAST_SCALE, 2 * spread)))


def observations_needed(spread: float, shift: float, *, error: float, power: float = 0.8) -> int | None:
    """At how many observations `shift` is told with that power, by bets or at a look; None when no planned look does it."""
    for n in range(FIRST_BOUND, LOOKS[0]):
        if _detectable_by_bets(spread, n, error=error, power=power) <= shift:
            return n
    for number, n in enumerate(LOOKS, start=1):
        if detectable(spread, n, look=number, error=error, power=power) <= shift:
            return n
    return None


def _t_quantile(probability: float, freedom: int) -> float:
    """Student's t from the normal quantile. Within 4 % from 7 degrees of freedom on; Abramowitz, Stegun 26.7.5."""
    z = NormalDist().inv_cdf(probability)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return float(sum(term / freedom**k for k, term in enumerate(terms)))
