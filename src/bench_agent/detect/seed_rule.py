"""The simple rule people know: worse than the mean of the last runs by a threshold, after several worsening runs. Pure.

Kept exactly as it was asked for. Given single means it flags 11-40 % of unchanged benchmarks, and it misses a clean step until
the third run. So it only raises suspicions.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

EXACTLY = 1e-9  # 1.1 s is not more than 10 % over 1 s, whatever binary fractions make of it


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedVerdict:
    """What the rule saw. `flagged` needs both: the deviation and the worsening runs."""

    flagged: bool
    mean: float | None  # of up to `window` runs before the newest; None without any
    deviation: float | None  # newest / mean - 1
    worsening: int  # how many runs in a row, the newest included, were each worse than the one before


def seed_rule(
    values: Sequence[float], *, threshold: float = 0.20, consecutive: int = 3, window: int = 5, better: str = "lower"
) -> SeedVerdict:
    """The rule on the newest of `values` (oldest first, one a run).

    1. mean of the last `window` runs before the newest; 2. the newest's deviation from it; 3. more than `threshold`
    worse; 4. each of the last `consecutive` runs worse than the run before it; 5. flagged if 3 and 4 hold. Values that
    are not finite and positive are not runs. With better="higher" (throughput) worse is less.
    """
    runs = [value for value in values if math.isfinite(value) and value > 0]
    if len(runs) < 2:
        return SeedVerdict(flagged=False, mean=None, deviation=None, worsening=0)
    sign = 1 if better == "lower" else -1
    before = runs[-1 - window : -1]
    mean = math.fsum(before) / len(before)
    deviation = runs[-1] / mean - 1
    worsening = 0
    for older, newer in zip(reversed(runs[:-1]), reversed(runs[1:]), strict=True):
        if sign * (newer - older) <= 0:
            break
        worsening += 1
    flagged = sign * deviation > threshold + EXACTLY and worsening >= consecutive
    return SeedVerdict(flagged=flagged, mean=mean, deviation=deviation, worsening=worsening)
