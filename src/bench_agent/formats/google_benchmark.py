"""Google Benchmark's JSON (--benchmark_out): repetitions of each benchmark, or only their mean, median and spread."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from bench_agent.formats.foreign_values import (
    Reading,
    entries,
    mapping,
    reading_of,
    sample_of_figure,
    sample_of_rounds,
    seconds_of,
    text,
    utc_of_text,
    whole,
)
from bench_agent.formats.format import Content, Format
from bench_agent.records import Failure, Machine, Run, Sample
from bench_agent.stats.round_summary import quantile

_SUFFIXES = ("_mean", "_median", "_stddev", "_cv", "_BigO", "_RMS")  # how versions before 1.5 mark aggregates
_OLD_DATE = "%Y/%m/%d-%H:%M:%S"  # before 1.0


def read_google_benchmark(document: Mapping[str, Any]) -> Reading:
    """The run it holds. Raises NotResultsError when no benchmark in it has a time.

    A benchmark that reported an error or was skipped is a failure, not a result, with all its repetitions.
    """
    context = mapping(document.get("context"))
    rounds: dict[str, list[Mapping[str, Any]]] = {}
    sums: dict[str, dict[str, Mapping[str, Any]]] = {}
    failed: dict[str, Failure] = {}
    names = {text(entry.get("name")) for entry in entries(document.get("benchmarks"))}
    for entry in entries(document.get("benchmarks")):
        name = text(entry.get("name"))
        id = text(entry.get("run_name")) or name
        if entry.get("error_occurred") or entry.get("skipped"):
            message = text(entry.get("error_message")) or text(entry.get("skip_message"))
            failed[id] = Failure(id=id, outcome="failed" if entry.get("error_occurred") else "skipped", message=message)
        elif entry.get("run_type") == "aggregate" or ("run_type" not in entry and _is_aggregate(name, names)):
            kind = text(entry.get("aggregate_name")) or name.rpartition("_")[2]
            sums.setdefault(id.removesuffix(f"_{kind}"), {})[kind] = entry
        else:
            rounds.setdefault(id, []).append(entry)
    found = [
        _of_rounds(id, rounds[id]) if id in rounds else _of_sums(id, sums[id])
        for id in dict.fromkeys((*rounds, *sums))
        if id not in failed
    ]
    run = Run(
        run_id="",
        started_at=utc_of_text(context.get("date"), _OLD_DATE),
        machine=Machine(cores=whole(context.get("num_cpus"))),
        samples=tuple(sample for sample in found if sample is not None),
        failures=tuple(failed.values()),
    )
    notes = [f"{len(failed)} benchmarks that failed or were skipped left out"] if failed else []
    return reading_of([run], Counter(), notes=notes)


def _is_aggregate(name: str, names: set[str]) -> bool:
    """By its name: it ends as an aggregate does, and what it would be of is there too, as itself or by its mean and spread."""
    base, _, kind = name.rpartition("_")
    return f"_{kind}" in _SUFFIXES and (base in names or {f"{base}_mean", f"{base}_stddev"} <= names)


def _of_rounds(id: str, repetitions: list[Mapping[str, Any]]) -> Sample | None:
    times = [_seconds(entry, "real_time") for entry in repetitions]
    cpu = sorted(value for entry in repetitions if (value := _seconds(entry, "cpu_time")) is not None)
    if any(value is None for value in times):
        return None
    return sample_of_rounds(
        id,
        [value for value in times if value is not None],
        iterations=whole(repetitions[0].get("iterations")) or 1,
        cpu_s=quantile(cpu, 0.5) if cpu else None,
    )


def _of_sums(id: str, kinds: Mapping[str, Mapping[str, Any]]) -> Sample | None:
    """Of --benchmark_report_aggregates_only: the median, else the mean, with the others beside it."""
    entry = kinds.get("median") or kinds.get("mean")
    seconds = _seconds(entry, "real_time") if entry else None
    if entry is None or seconds is None:
        return None
    return sample_of_figure(
        id,
        seconds,
        figure="median" if "median" in kinds else "mean",
        rounds=whole(entry.get("repetitions")) or whole(entry.get("iterations")),
        known={kind: _seconds(kinds[kind], "real_time") for kind in ("mean", "stddev", "min", "max") if kind in kinds},
        cpu_s=_seconds(entry, "cpu_time"),
    )


def _seconds(entry: Mapping[str, Any], key: str) -> float | None:
    return seconds_of(entry.get(key), text(entry.get("time_unit")) or "ns")


def _matches(file: Content) -> bool:
    has_context = isinstance(file.fields.get("context"), dict)
    return has_context and not any("stats" in entry for entry in entries(file.fields.get("benchmarks")))


FORMAT = Format(name="google-benchmark", matches=_matches, read=lambda file: read_google_benchmark(file.document))
