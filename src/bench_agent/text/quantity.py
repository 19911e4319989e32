"""Numbers for readers: 1.31 -> "+31 %", 0.0023 s -> "2.3 ms", 256e6 bytes -> "256 MB".

The only place that turns a figure into text, so that one figure reads the same in the table, the alert, the issue and the page.
Three significant digits, trailing zeros dropped, never an exponent, never "-0 %". What is not known (None, NaN, infinite) is "-".
Imports nothing of bench-agent: every layer may use it, and commands that must start fast.
"""

import itertools
import math
from collections.abc import Sequence

UNKNOWN = "-"

_TIMES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_SIZES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B"))
TIMES_FROM = 3.0  # a change from here up reads better as "7.2x" than as "+620 %"
FRACTION_TO = 0.05  # and down from here as "25x less" than as "-96 %"
ROUGH = 0.2  # a measured share that may be so much more or less is told with its interval
UNTOLD = 2.0  # width of the interval of a share from which on it is not told
UNTOLD_IN_WORDS = "what reverting it gives back is too noisy to tell"
BESIDE_FRACTION = 0.5  # as the other end of an interval already from here down


def number(value: float | None, *, digits: int = 3) -> str:
    """The value with that many significant digits, whole from there up, no exponent: 0.00123456 -> "0.00123", 1234.5 -> "1234"."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value == 0:
        return "0"
    places = max(0, min(digits - 1 - math.floor(math.log10(abs(value))), 15))
    text = f"{value:.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def duration(seconds: float | None) -> str:
    """A time: "25 ns", "2.3 ms", "1.31 s", from a minute on "1 min 15 s", from an hour on "1 h 5 min"."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    if abs(seconds) >= 59.95:
        return ("-" if seconds < 0 else "") + _clock(round(abs(seconds)))
    if abs(seconds) < 5e-13:  # below half a picosecond: nothing a clock could have seen
        return "0 s"
    return _scaled(seconds, _TIMES)


def elapsed(seconds: float | None) -> str:
    """A time to wait, in whole seconds: "0 s", "41 s", "2 min 5 s"."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    whole = max(0, round(seconds))
    return f"{whole} s" if whole < 60 else _clock(whole)


def duration_change(seconds: float | None) -> str:
    """A signed time, for a velocity: "+0.5 ms", "-300 ms", "0 s"."""
    text = duration(seconds)
    return text if text in (UNKNOWN, "0 s") or text.startswith("-") else f"+{text}"


def size(count: float | None) -> str:
    """Bytes in steps of a thousand: "256 MB" is 256,000,000 bytes."""
    if count is None or not math.isfinite(count):
        return UNKNOWN
    return "0 B" if count == 0 else _scaled(count, _SIZES)


def change(ratio: float | None) -> str:
    """A ratio candidate / baseline as a change: 1.31 -> "+31 %", 0.96 -> "-4 %", 7.2 -> "7.2x", 0.04 -> "25x less"."""
    if ratio is None or not math.isfinite(ratio) or ratio <= 0:
        return UNKNOWN
    if ratio >= TIMES_FROM:
        return f"{number(ratio, digits=3 if ratio >= 100 else 2)}x"
    if ratio <= FRACTION_TO:
        return f"{number(1 / ratio, digits=3 if ratio <= 0.01 else 2)}x less"
    text = _percent(abs(ratio - 1))
    return text if text == "0 %" else ("+" if ratio > 1 else "-") + text


def change_interval(interval: tuple[float, float] | None) -> str:
    """An interval of ratios as changes: (1.28, 1.34) -> "+28 % to +34 %"; an open end is "?". Both ends in one way, where one
    has to be told as so many times less: (0.01, 0.25) -> "100x less to 4x less"."""
    if interval is None:
        return UNKNOWN
    low, high = interval
    if 0 < low <= FRACTION_TO < high < BESIDE_FRACTION:
        return f"{change(low)} to {number(1 / high, digits=2)}x less"
    return " to ".join(change(bound) if math.isfinite(bound) else "?" for bound in interval)


SAME = "~"  # what stands for a change that can't be told from none


def told_change(ratio: float | None, interval: tuple[float, float] | None, *, same: bool = False) -> str:
    """A measured change as it may be told: SAME where its interval holds "no change", or where it was found to be the same."""
    if ratio is not None and (same or (interval is not None and interval[0] <= 1 <= interval[1])):
        return SAME
    return change(ratio)


def percent(share: float | None) -> str:
    """A share or a limit: 0.2 -> "20 %", 0.005 -> "0.5 %"."""
    if share is None or not math.isfinite(share):
        return UNKNOWN
    return ("-" if share < 0 and _percent(abs(share)) != "0 %" else "") + _percent(abs(share))


def measured_share(share: float, interval: tuple[float, float] | None) -> str | None:
    """A share that was measured, with its interval where that reaches more than ROUGH to a side: "98 % (41 to 153 %)".

    None where it reaches more than UNTOLD: from giving back nothing to more than there was, that tells nothing.
    """
    low, high = interval or (share, share)
    if math.isfinite(low) and math.isfinite(high) and high - low > UNTOLD:
        return None
    if max(share - low, high - share) <= ROUGH:
        return percent(share)
    if not (math.isfinite(low) and math.isfinite(high)):
        return f"about {percent(share)}"
    return f"{percent(share)} ({percent(low).removesuffix(' %')} to {percent(high)})"


def suspicion(share: float | None) -> str:
    """A share of what is not proved: never all of it."""
    if share is not None and share >= 0.995:
        return "over 99 %"
    return percent(share)


def value(amount: float | None, unit: str) -> str:
    """An amount in a finding's unit: "s", "bytes", or any other word, which is appended."""
    if unit == "s":
        return duration(amount)
    if unit == "bytes":
        return size(amount)
    text = number(amount)
    return f"{text} {unit}" if unit and text != UNKNOWN else text


def scale_labels(ticks: Sequence[float], unit: str) -> tuple[str, ...]:
    """Evenly spaced values of a scale, in one unit with one number of decimals: "4.5 ms", "5.0 ms"."""
    top = max((abs(tick) for tick in ticks), default=0.0)
    steps = {"s": _TIMES, "bytes": _SIZES}.get(unit, ((1.0, unit),))
    scale, name = next(((size, name) for size, name in steps if top >= size * 0.9995), steps[-1])
    step = min((abs(b - a) for a, b in itertools.pairwise(ticks)), default=top) / scale
    places = next((p for p in range(6) if abs(round(step, p) - step) < step * 1e-6), 6) if step else 0
    return tuple(f"{tick / scale:.{places}f} {name}".rstrip() for tick in ticks)


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun: "1 benchmark", "1,000 benchmarks"."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def _percent(share: float) -> str:
    """Whole percents from 10 on, one decimal below: more digits than that are noise in any measurement of time."""
    points = share * 100
    text = f"{points:.0f}" if points >= 9.95 else f"{points:.1f}".removesuffix(".0")
    return f"{text} %"


def _scaled(amount: float, units: tuple[tuple[float, str], ...]) -> str:
    for scale, name in units:
        if abs(amount) >= scale * 0.9995:  # 999.6 ms would be written "1000 ms": it is 1 s
            return f"{number(amount / scale)} {name}"
    scale, name = units[-1]
    return f"{number(amount / scale)} {name}"


def _clock(seconds: int) -> str:
    """Whole seconds from a minute up, in its two largest parts."""
    for large, small, big_name, small_name in ((86400, 3600, "d", "h"), (3600, 60, "h", "min"), (60, 1, "min", "s")):
        if seconds >= large:
            rest = seconds % large // small
            return f"{seconds // large} {big_name}" + (f" {rest} {small_name}" if rest else "")
    return f"{seconds} s"
