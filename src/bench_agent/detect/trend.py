"""Where a benchmark is heading: a robust line through its last runs. Pure; a trend is a description, never a verdict."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

STABLE = 0.02  # a line that changes by no more than this over the window is called stable, as the seed asks
FEWEST_RUNS = 3  # two points always make a line


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendFit:
    """The line. change: last fitted value / first - 1; velocity: per run, in the values' unit. None with too few runs."""

    direction: Literal["improving", "degrading", "stable", "unknown"]
    change: float | None = None
    velocity: float | None = None


def fit_trend(values: Sequence[float], *, window: int = 10) -> TrendFit:
    """The line through the newest `window` of `values` (costs, oldest first, one a run, evenly spaced).

    Values that are not finite and positive are no runs. Fitted to the logarithms, where a tenth more weighs the same at any
    level and no fitted value can turn negative. The slope is the median of the slopes of all pairs, the level the median
    residual: up to 29 % of the runs may be wild without moving it far. O(window^2).
    Source: Theil 1950, Sen 1968; breakdown point 1 - 1/sqrt(2), Rousseeuw and Leroy, Robust Regression (1987), 3.7.
    """
    runs = [math.log(value) for value in values if math.isfinite(value) and value > 0][-window:]
    if len(runs) < FEWEST_RUNS:
        return TrendFit(direction="unknown")
    last = len(runs) - 1
    slope = statistics.median((runs[j] - runs[i]) / (j - i) for j in range(1, last + 1) for i in range(j))
    start = math.exp(statistics.median(value - slope * at for at, value in enumerate(runs)))
    change = math.expm1(slope * last)
    velocity = start * change / last
    if abs(change) <= STABLE:
        return TrendFit(direction="stable", change=change, velocity=velocity)
    return TrendFit(direction="degrading" if change > 0 else "improving", change=change, velocity=velocity)
