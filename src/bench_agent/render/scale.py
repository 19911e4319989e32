"""The y axis of a chart: round ticks around the values, without what would flatten the series. Plain numbers in and out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

MIN_SPAN = 0.2  # of the middle value: a scale never zooms in further, so that noise of 2 % looks like 2 %
SPIKE = 3.0  # times the largest other value: a lone older point beyond that is cut off, or it flattens all the rest
HEIGHT = 9  # rows at most
FLAT_HEIGHT = 5  # rows of a series that needs no more: nothing happens in it
USUAL, HICCUP = 0.98, 3.0  # a run beyond three times what 98 % stay below is cut off; what a lone spike is to `scale`


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The y axis of a series. target: None when there is none or it is off the chart, on the side that is named."""

    ticks: tuple[float, ...]
    target: float | None = None
    target_side: str = ""
    spike: int | None = None


def scale(values: Sequence[float], *, target: float | None = None) -> Scale:
    """Round ticks around finite values. A target that would flatten the series is left out; a lone older spike is cut off."""
    spike = _spike(values)
    low, high = span([v for i, v in enumerate(values) if i != spike])
    side, line = "", target
    if target is not None and not (low <= target <= high):
        if max(high, target) - min(low, target) <= 2 * (high - low):
            low, high = min(low, target), max(high, target)
        else:
            side, line = "above" if target > high else "below", None
    flat = max(values) - min(values) < MIN_SPAN / 2 * abs(max(values))
    ticks = _ticks(low, high, rows=FLAT_HEIGHT if flat else HEIGHT)
    return Scale(ticks=ticks, target=line, target_side=side, spike=spike)


def without_hiccups(values: Sequence[float]) -> list[float]:
    """What a scale of many runs is made for: without older ones far above nearly all others, which would flatten the rest."""
    most = HICCUP * sorted(values)[int(USUAL * (len(values) - 1))]
    return [value for i, value in enumerate(values) if value <= most or i == len(values) - 1]


def _spike(values: Sequence[float]) -> int | None:
    """The index of a lone older value that dwarfs the others. The current one is never cut off: it is the news."""
    if len(values) < 5:
        return None
    *_, second, largest = sorted(values)
    index = values.index(largest)
    return index if second > 0 and largest > SPIKE * second and index < len(values) - 1 else None


def span(values: Sequence[float]) -> tuple[float, float]:
    """The bounds of a scale: of the values, but never narrower than MIN_SPAN of their middle."""
    low, high = min(values), max(values)
    middle = (low + high) / 2
    least = abs(middle) * MIN_SPAN or 1.0
    if high - low < least:
        low, high = (middle - least / 2, middle + least / 2) if middle else (0.0, 1.0)
    return low, high


def _ticks(low: float, high: float, *, rows: int) -> tuple[float, ...]:
    """Round values a step apart that enclose low and high, one a row, `rows` at most, lowest first."""
    power = 10.0 ** math.floor(math.log10((high - low) / rows))
    for factor in (1, 2, 2.5, 5, 10, 20, 25):
        step = factor * power
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first < rows:
            break
    return tuple(i * step for i in range(first, last + 1))
