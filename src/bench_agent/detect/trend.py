"""interim"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendFit:
    direction: Literal["improving", "degrading", "stable", "unknown"]
    change: float | None
    velocity: float | None


def fit_trend(values: Sequence[float], *, window: int = 10) -> TrendFit:
    v = list(values)[-window:]
    if len(v) < 3:
        return TrendFit(direction="unknown", change=None, velocity=None)
    slopes = [(v[j] - v[i]) / (j - i) for i in range(len(v)) for j in range(i + 1, len(v))]
    m = statistics.median(slopes)
    b = statistics.median(x - m * i for i, x in enumerate(v))
    change = m * (len(v) - 1) / b if b > 0 else 0.0
    d: Literal["improving", "degrading", "stable"] = (
        "stable" if abs(change) <= 0.02 else "degrading" if change > 0 else "improving"
    )
    return TrendFit(direction=d, change=change, velocity=m)
