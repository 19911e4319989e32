"""Slow drift: many rises, each too small to be reported, that together are not. Pure: values in, a drift or None out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench_agent.stats.shift import inflation, median, spread

# `python tests/calibration/suspicion.py` shows how often they suspect unchanged benchmarks, in the column "drift".
LEVEL_RUNS = 5  # runs whose median is a level: one wild run moves it little
FEWEST = 2 * LEVEL_RUNS  # runs: below, there are no two levels
CREEP = 0.10  # relative growth that is reported, and each further one: twice what a median moves by on unchanged code
SURE = 4.0  # standard errors by which the two levels must differ
HALF = 0.5  # share of CREEP that must have come within these runs: above an old accepted level alone nothing drifts


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """ratio: the level now / `level`, which was that of `runs` runs ago, or was accepted."""

    ratio: float
    level: float
    runs: int


def new_drift(values: Sequence[float], *, accepted: float | None = None) -> Drift | None:
    """The drift that reaches another multiple of CREEP with the newest value; None: there is none, or it was reported before.

    values: costs, one a run, oldest first; those that are not finite and positive are no runs. accepted: the level somebody
    agreed to, None: that of the first runs. O(n^2), where the sum is large enough.
    """
    runs = [value for value in values if math.isfinite(value) and value > 0]
    if len(runs) < FEWEST:
        return None
    level = accepted if accepted is not None and accepted > 0 else median(runs[:LEVEL_RUNS])
    bands = [
        math.floor(math.log(median(runs[end - LEVEL_RUNS : end]) / level) / math.log1p(CREEP))
        for end in range(len(runs) - LEVEL_RUNS, len(runs) + 1)
    ]
    if bands[-1] < 1 or bands[-1] <= max(bands[:-1]):
        return None
    logs = [math.log(value) for value in runs]
    off_line = _off_line(logs)
    # Of the difference of two medians of LEVEL_RUNS runs; normal noise would make a median's 1.25 times a mean's.
    error = 1.25 * spread(off_line) * math.sqrt(2 / LEVEL_RUNS * inflation(off_line, ()))
    now, started = median(logs[-LEVEL_RUNS:]), median(logs[:LEVEL_RUNS])
    if now - started < max(SURE * error, HALF * math.log1p(CREEP)) or _off_one_step(logs) <= math.fsum(
        map(abs, off_line)
    ):
        return None
    return Drift(ratio=median(runs[-LEVEL_RUNS:]) / level, level=level, runs=len(runs) - 1)


def _off_line(logs: Sequence[float]) -> list[float]:
    """What is left of the values beside a robust line: the median slope of all pairs."""
    n = len(logs)
    slope = median([(logs[j] - logs[i]) / (j - i) for j in range(1, n) for i in range(j)])
    centre = median([value - slope * i for i, value in enumerate(logs)])
    return [value - slope * i - centre for i, value in enumerate(logs)]


def _off_one_step(logs: Sequence[float]) -> float:
    """The least sum of distances from the levels of one step: what a step explains better is reported as a step, not here."""

    def around(part: Sequence[float]) -> float:
        centre = median(part)
        return math.fsum(abs(value - centre) for value in part)

    return min(around(logs[:cut]) + around(logs[cut:]) for cut in range(1, len(logs)))
