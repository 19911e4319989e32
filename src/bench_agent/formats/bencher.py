"""Bencher Metric Format: {benchmark: {measure: {"value": ...}}}, which tells neither date, machine nor commit.

https://bencher.dev/docs/reference/bencher-metric-format: `latency` is in nanoseconds, `build-time` in seconds, `throughput` in
operations a second. What the bounds beside a value mean depends on who wrote it; they are left.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from bench_agent.formats.foreign_values import Reading, mapping, reading_of, sample_of_figure, seconds_of
from bench_agent.formats.format import Content, Format
from bench_agent.records import Run, Sample

# In this order: of a benchmark with a latency the throughput says the same again.
_UNITS = {"latency": "ns", "build-time": "s", "throughput": "ops/s"}


def read_bencher(document: Mapping[str, Any]) -> Reading:
    """The run it holds. Raises NotResultsError when no measure in it is a time."""
    samples: list[Sample] = []
    others = Counter[str]()
    for id, measures in document.items():
        known = [name for name in _UNITS if name in measures]
        others.update(name for name in measures if name not in _UNITS)
        for name in known[:1]:
            seconds = seconds_of(mapping(measures[name]).get("value"), _UNITS[name])
            sample = None if seconds is None else sample_of_figure(str(id), seconds, figure="time")
            samples += [sample] if sample is not None else []
    return reading_of([Run(run_id="", started_at="", samples=tuple(samples))], others)


def _matches(file: Content) -> bool:
    return bool(file.fields) and all(
        isinstance(measures, dict)
        and measures
        and all(isinstance(value, dict) and "value" in value for value in measures.values())
        for measures in file.fields.values()
    )


FORMAT = Format(name="bencher", matches=_matches, read=lambda file: read_bencher(file.document))
