"""Sums up the rounds of one benchmark. Plain Python: a suite has few enough rounds that importing numpy would cost more."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

QUANTILES = 17  # kept of each benchmark's rounds: every 1/16 of the order, enough to redraw the distribution
EDGE_ROUNDS = 4  # kept from the start and the end, in time order


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundSummary:
    """What is kept of one benchmark's rounds. Same unit as the rounds."""

    rounds: int
    mean: float
    stddev: float
    median: float
    min: float
    max: float
    q1: float
    q3: float
    p95: float
    p99: float
    first: tuple[float, ...]
    last: tuple[float, ...]
    quantiles: tuple[float, ...]


def summarise_rounds(rounds: Sequence[float]) -> RoundSummary:
    """Location, spread and tails of the rounds, in time order, finite and not negative.

    p95 and p99 are nearest-rank (the smallest value that at least 95 % of the rounds do not exceed), so they are always a
    round that happened; with fewer than 20 (100) rounds that is the maximum. Quartiles and median are interpolated
    linearly, as numpy's default. stddev is the sample's (n - 1), 0 for one round. Raises ValueError when there are none.
    O(n log n); 0.25 s of CPU for a million rounds.
    """
    if not rounds:
        raise ValueError("no rounds")
    ordered = sorted(rounds)
    n = len(ordered)
    mean = math.fsum(ordered) / n
    squares = math.fsum([(x - mean) ** 2 for x in ordered]) if n > 1 else 0.0
    kept = min(n, QUANTILES)
    return RoundSummary(
        rounds=n,
        mean=mean,
        stddev=math.sqrt(squares / (n - 1)) if n > 1 else 0.0,
        median=quantile(ordered, 0.5),
        min=ordered[0],
        max=ordered[-1],
        q1=quantile(ordered, 0.25),
        q3=quantile(ordered, 0.75),
        p95=nearest_rank(ordered, 0.95),
        p99=nearest_rank(ordered, 0.99),
        first=tuple(rounds[:EDGE_ROUNDS]),
        last=tuple(rounds[-EDGE_ROUNDS:]),
        quantiles=tuple(ordered[round(i * (n - 1) / (kept - 1))] for i in range(kept)) if kept > 1 else (ordered[0],),
    )


def quantile(ordered: Sequence[float], q: float) -> float:
    """The q-quantile of ascending values, interpolated linearly between order statistics (Hyndman and Fan's type 7)."""
    position = q * (len(ordered) - 1)
    low = math.floor(position)
    part = position - low
    if part == 0:
        return ordered[low]
    return ordered[low] + part * (ordered[low + 1] - ordered[low])


def nearest_rank(ordered: Sequence[float], q: float) -> float:
    """The smallest of ascending values that at least a share q of them does not exceed."""
    # 0.95 * 20 is 19.000000000000004 in some forms of this: without the rounding the rank would be one too high.
    return ordered[max(math.ceil(round(q * len(ordered), 9)) - 1, 0)]
