"""Two independent samples: by how much one lies above the other, with bounds that assume no distribution. Pure.

Sources: Mann and Whitney 1947, the shift of Hodges and Lehmann with its exact interval: Hollander, Wolfe, Chicken,
Nonparametric Statistical Methods (2014), 4.1-4.3.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

EXACT = 40  # values of both samples together up to which the distribution is counted, not approximated


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How far the second sample lies above the first. lower, upper: -inf and inf where there are too few to bound it."""

    estimate: float
    lower: float
    upper: float
    p_greater: float  # one-sided: that it lies above
    p_less: float


def shift(first: Sequence[float], second: Sequence[float], *, level: float = 0.95) -> Shift:
    """The median of all differences, its two-sided interval at that level, and the one-sided p-values.

    Finite values, any order; raises ValueError where a sample is empty. Ties make the p-values conservative.
    O(n m log(n m)).
    """
    if not first or not second:
        raise ValueError("no values")
    differences = sorted(b - a for a in first for b in second)
    pairs = len(differences)
    above = sum(d > 0 for d in differences)
    below = sum(d < 0 for d in differences)
    half, odd = divmod(pairs, 2)
    cut = _cut(len(first), len(second), (1 - level) / 2)
    return Shift(
        estimate=differences[half] if odd else (differences[half - 1] + differences[half]) / 2,
        lower=differences[cut - 1] if cut else -math.inf,
        upper=differences[-cut] if cut else math.inf,
        p_greater=_at_most(len(first), len(second), pairs - above),
        p_less=_at_most(len(first), len(second), pairs - below),
    )


def _cut(n: int, m: int, tail: float) -> int:
    """The largest c for which fewer than c pairs lie one way with probability at most `tail`; 0: there is none."""
    low, high = 0, n * m // 2
    while low < high:
        middle = (low + high + 1) // 2
        if _at_most(n, m, middle - 1) <= tail:
            low = middle
        else:
            high = middle - 1
    return low


def _at_most(n: int, m: int, count: int) -> float:
    """Probability that at most `count` of the n m pairs lie one way when nothing differs."""
    if n + m <= EXACT:
        ways = _ways(min(n, m), max(n, m))
        return min(sum(ways[: count + 1]) / math.comb(n + m, n), 1.0)
    sigma = math.sqrt(n * m * (n + m + 1) / 12)
    return NormalDist().cdf((count + 0.5 - n * m / 2) / sigma)


@lru_cache(maxsize=256)
def _ways(n: int, m: int) -> tuple[int, ...]:
    """In how many of the orders of n and m values each count of pairs occurs: coefficients of a Gaussian binomial."""
    ways = [1] + [0] * (n * m)
    for i in range(1, n + 1):
        for total in range(n * m, m + i - 1, -1):
            ways[total] -= ways[total - m - i]
        for total in range(i, n * m + 1):
            ways[total] += ways[total - i]
    return tuple(ways)
