"""What other tools' files hold, as samples: their numbers in seconds, their dates in UTC. Pure; no format is known here.

A file of theirs becomes a Reading: runs, and in words what was left out of them. What is no time (bytes, scores) is never
a sample: nothing of ours could say what "slower" means for it.
"""

import contextlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, Literal

from bench_agent.records import Run, Sample
from bench_agent.stats.round_summary import RoundSummary, summarise_rounds
from bench_agent.text.clean import clean_text, finite_or_none

_NAMES = {
    1.0: ("s", "sec", "secs", "second", "seconds"),
    1e-3: ("ms", "msec", "msecs", "milli", "millis", "millisecond", "milliseconds"),
    1e-6: ("us", "µs", "μs", "usec", "usecs", "micros", "microsecond", "microseconds"),
    1e-9: ("ns", "nsec", "nsecs", "nanos", "nanosecond", "nanoseconds"),
}
_SECONDS = {name: scale for scale, names in _NAMES.items() for name in names}
Figure = Literal["mean", "median", "time"]  # "time": one, of which the file doesn't say what it is
_RATE_NAMES = ("hz", "ops", "iops", "qps", "rps", "tps", "fps")  # rates per second that are one word


class NotResultsError(ValueError):
    """The bytes are not results of the format they were read as; the message says why, in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The runs of one file, oldest first, and what of it they do not hold, in words."""

    runs: tuple[Run, ...]
    left_out: tuple[str, ...] = ()


def seconds_of(value: object, unit: str, *, bigger_is_better: bool | None = None) -> float | None:
    """The value as seconds, or None when it is no time.

    unit: "ms", "ns/op" (a time for one of something), or a rate such as "iter/sec", "MB/s", "ops/ms": of a rate the time
    for one of them, so that more of it means slower. Of a unit of several columns ("ns/op\t448 B/op") the first counts.
    bigger_is_better: what the file says of the value, if it says; None too where that contradicts the unit.
    """
    number = finite_or_none(value)
    name = unit.lower().replace(" per ", "/").split("\t")[0].strip()
    top, slash, below = (part.strip() for part in name.partition("/"))
    if number is None or number < 0:
        return None
    if top in _SECONDS:
        return None if bigger_is_better else number * _SECONDS[top]
    each = _SECONDS.get(below) if slash else 1.0 if name in _RATE_NAMES else None
    if each is None or number == 0 or bigger_is_better is False:
        return None
    seconds = each / number
    return seconds if math.isfinite(seconds) else None


def sample_of_rounds(id: str, rounds: Sequence[float], **more: Any) -> Sample | None:
    """The sample of a benchmark whose rounds (seconds) are known, in time order; None unless all of them are times."""
    if not rounds or not all(finite_or_none(value) is not None and value >= 0 for value in rounds):
        return None
    return with_finite_figures(sample_of_summary(id, summarise_rounds(rounds), **more))


def sample_of_summary(id: str, summary: RoundSummary, **more: Any) -> Sample:
    """The sample of a benchmark whose rounds, in seconds, were summed up. more: other fields of Sample."""
    return Sample(
        id=id,
        name=id,
        rounds=summary.rounds,
        mean_s=summary.mean,
        stddev_s=summary.stddev,
        median_s=summary.median,
        min_s=summary.min,
        max_s=summary.max,
        q1_s=summary.q1,
        q3_s=summary.q3,
        p95_s=summary.p95,
        p99_s=summary.p99,
        ops=1 / summary.mean if summary.mean > 0 else None,
        first_s=summary.first,
        last_s=summary.last,
        quantiles_s=summary.quantiles,
        **more,
    )


def with_finite_figures(sample: Sample) -> Sample | None:
    """The sample without figures that can be none (a rate of 1 / 5e-324, a negative share); None where one is a time."""
    beyond = {
        field.name: None
        for field in fields(Sample)
        if isinstance(value := getattr(sample, field.name), float) and not 0 <= value < math.inf
    }
    optional = {field.name for field in fields(Sample) if field.default is None}
    return replace(sample, **beyond) if beyond.keys() <= optional else None  # type: ignore[arg-type]


def sample_of_figure(
    id: str,
    seconds: float,
    *,
    figure: Figure,
    rounds: int | None = None,
    known: Mapping[str, float | None] | None = None,
    **more: Any,
) -> Sample | None:
    """The sample of a benchmark of which a file has one figure and maybe others, but no rounds.

    figure: what the file says it is. rounds: how many it sums up, None: not known, and it counts as one. known: other
    statistics in seconds, by the names of Sample's fields without "_s" (mean, stddev, min, max, q1, q3); each that is not
    known, or is no time, is the figure, the spread is 0.
    """
    sample = sample_of_rounds(id, (seconds,), tails_known=False, figure=figure, **more)
    if sample is None:
        return None
    times: dict[str, Any] = {f"{name}_s": value for name, value in (known or {}).items() if _is_time(value)}
    return replace(sample, rounds=max(rounds or 1, 1), first_s=(), last_s=(), quantiles_s=(), **times)


def _is_time(value: object) -> bool:
    number = finite_or_none(value)
    return number is not None and number >= 0


def reading_of(runs: Iterable[Run], others: Counter[str], *, notes: Iterable[str] = ()) -> Reading:
    """The reading of a file. others: unit -> how many values in it are no times. Raises NotResultsError without any time."""
    kept = tuple(sorted((run for run in runs if run.samples), key=lambda run: run.started_at))
    said = [f"{n} x {clean_text(unit, limit=40) or 'no unit'}" for unit, n in others.most_common(6)]
    left_out = [*notes]
    if said:
        count = "1 value that is no time" if others.total() == 1 else f"{others.total():,} values that are no times"
        left_out.append(f"{count} left out ({', '.join(said)}{', ...' * (len(others) > 6)})")
    if not kept:
        raise NotResultsError("; ".join(["no usable time in it", *left_out]))
    return Reading(runs=kept, left_out=tuple(left_out))


def utc_of_ms(value: object) -> str:
    """Milliseconds since 1970 as our time; "" where it is none."""
    number = finite_or_none(value)
    try:
        return "" if number is None else _said(datetime.fromtimestamp(number / 1e3, UTC))
    except (OverflowError, ValueError, OSError):
        return ""


def utc_of_text(value: object, *forms: str) -> str:
    """An ISO date and time as our time, without a zone taken for UTC; "" where it is none. forms: others, as of strptime."""
    for form in ("", *forms) if isinstance(value, str) else ():
        with contextlib.suppress(OverflowError, ValueError):
            moment = datetime.strptime(str(value), form) if form else datetime.fromisoformat(str(value))
            return _said(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    return ""


def _said(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def numbered(names: Iterable[str]) -> tuple[str, ...]:
    """The names, and behind each that was there before its number, so that no benchmark hides another: "x", "x #2"."""
    seen = Counter[str]()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return tuple(found)


def mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def entries(value: object) -> list[Mapping[str, Any]]:
    """Those items of a list that are objects; none where it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    return value if isinstance(value, str) else ""


def whole(value: object) -> int | None:
    """A whole number, also one written as text ("2"); None where it is none, or absurd."""
    number = finite_or_none(value)
    if number is None and isinstance(value, str) and value.strip().isdecimal():
        number = float(value.strip()[:12])
    return int(number) if number is not None and 0 <= number < 1e15 else None
