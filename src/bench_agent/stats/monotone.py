"""Whether a series rises or falls, and how fast: Kendall's test against order, and the slope of Theil and Sen. Pure.

Sources: Mann 1945; Kendall, Rank Correlation Methods (1970), chapters 4 and 5; Theil 1950; Sen 1968. Both assume that the
values are independent; where neighbours are alike the caller corrects for it (`stats.shift.inflation`).
"""

import math
import operator
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

from bench_agent.stats.shift import median

EXACT = 40  # values up to which the distribution is counted, not approximated
MANY = 100  # values from which numpy's import is worth its 0.1 s


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """The line through a series. slope: per value; lower, upper: its interval; level: of the first value, on the line."""

    slope: float
    lower: float
    upper: float
    level: float


def order_score(values: Sequence[float]) -> int:
    """Pairs in which the later value is larger, less pairs in which it is smaller: Kendall's S. O(n^2)."""
    if len(values) > MANY:
        import numpy as np

        data = np.asarray(values, dtype=float)
        return sum(int(np.sign(data[i + 1 :] - data[i]).sum()) for i in range(len(data) - 1))
    score = 0
    earlier: list[float] = []
    for count, value in enumerate(values):
        below = bisect_left(earlier, value)
        score += below + bisect_right(earlier, value, below) - count
        earlier.insert(below, value)
    return score


def order_p(values: Sequence[float], *, inflation: float = 1.0) -> float:
    """Probability, two-sided, of at least this much order when the values come in any order alike: the Mann-Kendall test.

    Exact up to EXACT values, where ties make it larger than it is; beyond that by the normal approximation with the
    variance that ties leave. inflation: of the variance, by dependence; above 1.0 the approximation is used too. 1.0 for
    fewer than two values, and where all are equal.
    """
    n, score = len(values), abs(order_score(values))
    if score == 0:
        return 1.0
    if n <= EXACT and inflation <= 1.0:
        pairs = n * (n - 1) // 2
        return min(1.0, 2 * _at_most((pairs - score) // 2, n))
    z = (score - 1) / math.sqrt(_variance(values) * max(inflation, 1.0))
    return min(1.0, 2 * NormalDist().cdf(-z))


def ramp_z(values: Sequence[float], length: int) -> float:
    """How far the newest `length` values rise from those before, in standard deviations when they come in any order alike.

    The ranks are weighed by a level that rises evenly over the newest `length` values: the test with most power against a
    creep that began there. Negative where they fall; 0.0 where all are equal. O(n log n).
    Source: linear rank statistics; Hajek, Sidak, Sen, Theory of Rank Tests (1999), 3.3.
    """
    n = len(values)
    ordered = sorted(values)
    # Twice the rank, less 1; n is their mean, also with ties.
    newest = [bisect_left(ordered, value) + bisect_right(ordered, value) - n for value in values[n - length :]]
    # The ramp's weights are 1 to length, and 0 before; its mean needs no taking out, the ranks' sum to 0.
    score = sum(map(operator.mul, newest, range(1, length + 1)))
    squares = length * (length + 1) * (2 * length + 1) / 6 - (length * (length + 1) / 2) ** 2 / n
    # Of the squares of all ranks; equal values share their mean and take away from it.
    spread = squares * ((n**3 - n - _ties(values)) // 3)
    return score / math.sqrt(spread / (n - 1)) if spread > 0 else 0.0


def theil_sen(values: Sequence[float], *, level: float = 0.95) -> Slope:
    """The median of the slopes of all pairs, with Sen's interval. values: at least two, evenly spaced, oldest first.

    Up to 29 % of the values may be wild without moving it far. O(n^2 log n).
    """
    slopes = _slopes(values)
    middle = median(slopes)
    half = _deviations(level) * math.sqrt(_variance(values))
    upper = min(round((len(slopes) + half) / 2), len(slopes) - 1)
    lower = max(round((len(slopes) - half) / 2) - 1, 0)
    start = median([value - middle * i for i, value in enumerate(values)])
    return Slope(slope=middle, lower=slopes[lower], upper=slopes[upper], level=start)


def _slopes(values: Sequence[float]) -> list[float]:
    """Of all pairs, ascending."""
    n = len(values)
    if n > MANY:
        import numpy as np

        data = np.asarray(values, dtype=float)
        first, second = np.triu_indices(n, 1)
        found: list[float] = np.sort((data[second] - data[first]) / (second - first)).tolist()
        return found
    found = []
    for apart in range(1, n):
        found += [(b - a) / apart for a, b in zip(values, values[apart:], strict=False)]
    found.sort()
    return found


@lru_cache(maxsize=16)
def _deviations(level: float) -> float:
    """Standard deviations to either side that hold this share of a normal distribution."""
    return NormalDist().inv_cdf((1 + level) / 2)


def _variance(values: Sequence[float]) -> float:
    """Of the score when nothing but chance orders the values."""
    n = len(values)
    tied = 0 if len(set(values)) == n else sum(t * (t - 1) * (2 * t + 5) for t in Counter(values).values())
    return (n * (n - 1) * (2 * n + 5) - tied) / 18


def _ties(values: Sequence[float]) -> int:
    """The sum of t^3 - t over groups of t equal values."""
    return 0 if len(set(values)) == len(values) else sum(t**3 - t for t in Counter(values).values())


@lru_cache(maxsize=4096)
def _at_most(inversions: int, n: int) -> float:
    """Probability that n values in random order have at most `inversions` inversions."""
    return sum(_orders(n)[: inversions + 1]) / math.factorial(n)


@lru_cache(maxsize=64)
def _orders(n: int) -> tuple[int, ...]:
    """In how many of the orders of n values each number of inversions occurs (Mahonian numbers)."""
    counts = [1]
    for k in range(2, n + 1):
        longer = [0] * (len(counts) + k - 1)
        for i, ways in enumerate(counts):
            for j in range(k):
                longer[i + j] += ways
        counts = longer
    return tuple(counts)
