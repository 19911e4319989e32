"""hyperfine's --export-json: whole commands, every run of each. It tells neither date nor commit."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bench_agent.formats.foreign_values import (
    Reading,
    entries,
    mapping,
    numbered,
    reading_of,
    sample_of_figure,
    sample_of_rounds,
    text,
    whole,
)
from bench_agent.formats.format import Content, Format
from bench_agent.records import Failure, Run, Sample
from bench_agent.text.clean import finite_or_none


def read_hyperfine(document: Mapping[str, Any]) -> Reading:
    """The run it holds. A command of which any run failed (--ignore-failure) is a failure, not a result.

    Raises NotResultsError when no command has a time.
    """
    samples: dict[str, Sample] = {}
    failures, notes = [], []
    results = entries(document.get("results"))
    for id, entry in zip(_ids(results), results, strict=True):
        codes = entry.get("exit_codes")
        bad = [code for code in codes if code != 0] if isinstance(codes, list) else []
        if bad:
            said = f"{len(bad)} of {len(codes or ())} runs failed"
            failures.append(Failure(id=id, outcome="failed", message=f"{said} (exit {bad[0]})"))
        elif (sample := _sample(id, entry)) is not None:
            samples[id] = sample
    if failures:
        notes.append(f"{len(failures)} commands that failed left out")
    run = Run(run_id="", started_at="", samples=tuple(samples.values()), failures=tuple(failures))
    return reading_of([run], Counter(), notes=notes)


def _ids(results: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What each command is called; with its parameters where another has the same name (`-n NAME -L size 10,100`)."""
    names = [text(entry.get("command")) for entry in results]
    again = {name for name, count in Counter(names).items() if count > 1}
    return numbered(
        _with_parameters(name, entry) if name in again else name for name, entry in zip(names, results, strict=True)
    )


def _with_parameters(name: str, entry: Mapping[str, Any]) -> str:
    told = ", ".join(f"{key}={value}" for key, value in mapping(entry.get("parameters")).items())
    return f"{name} ({told})" if told else name


def _sample(id: str, entry: Mapping[str, Any]) -> Sample | None:
    times, mean = entry.get("times"), finite_or_none(entry.get("mean"))
    user, system = finite_or_none(entry.get("user")), finite_or_none(entry.get("system"))
    cpu = None if user is None or system is None else user + system
    memory = entry.get("memory_usage_byte")
    peaks = [size for size in map(whole, memory) if size] if isinstance(memory, list) else []
    more: dict[str, Any] = {
        "cpu_s": cpu,
        "cpu_use": cpu / mean if cpu is not None and mean else None,
        "peak_bytes": max(peaks, default=None),
    }
    if isinstance(times, list) and times:
        return sample_of_rounds(id, times, **more)
    median = finite_or_none(entry.get("median"))
    if mean is None and median is None:
        return None
    known = {name: finite_or_none(entry.get(name)) for name in ("mean", "stddev", "min", "max")}
    if median is not None:
        return sample_of_figure(id, median, figure="median", known=known, **more)
    return sample_of_figure(id, mean or 0.0, figure="mean", known=known, **more)


def _matches(file: Content) -> bool:
    return any("command" in entry and "mean" in entry for entry in entries(file.fields.get("results")))


FORMAT = Format(name="hyperfine", matches=_matches, read=lambda file: read_hyperfine(file.document))
