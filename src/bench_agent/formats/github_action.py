"""github-action-benchmark's history: `data.js` (window.BENCHMARK_DATA = {...}), or the same object as plain JSON.

And the list of figures that `customBiggerIsBetter` and `customSmallerIsBetter` take; which of them is meant it doesn't say.

One figure a benchmark and run: the mean of all rounds for pytest, whatever the tool printed for the others. Where an entry
names a benchmark several times (`go test -count 5`) these are its rounds. Suites measured for one commit become one run.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bench_agent.formats.foreign_values import (
    Figure,
    Reading,
    entries,
    mapping,
    reading_of,
    sample_of_figure,
    sample_of_rounds,
    seconds_of,
    text,
    utc_of_ms,
    utc_of_text,
    whole,
)
from bench_agent.formats.format import Content, Format
from bench_agent.records import Head, Run, Sample
from bench_agent.text.clean import clean_text

# Whether more is better, where the tool's name says so; the others' units say it.
_BETTER = {"customBiggerIsBetter": True, "customSmallerIsBetter": False}
_ROUNDS = re.compile(r"rounds:\s*(\d+)|(\d+) samples")
_STDDEV = re.compile(r"(?:stddev:|±)\s*([0-9.]+(?:[eE][+-]?[0-9]+)?)")
# What each tool's figure is; of the others the file doesn't tell.
_FIGURES: Mapping[str, Figure] = {
    "pytest": "mean",
    "cargo": "median",
    "go": "mean",
    "benchmarkjs": "mean",
    "catch2": "mean",
    "googlecpp": "mean",
    "jmh": "mean",
}
_Suites = Mapping[str, Sequence[Mapping[str, Any]]]


def read_github_action(document: Mapping[str, Any]) -> Reading:
    """The runs it holds. Raises NotResultsError when none holds a time."""
    suites = {clean_text(name): entries(runs) for name, runs in mapping(document.get("entries")).items()}
    shared = _shared_names(suites)
    others = Counter[str]()
    runs: dict[tuple[str, int], list[tuple[str, str, tuple[Sample, ...]]]] = {}
    for suite, measured in suites.items():
        seen = Counter[str]()
        for entry in measured:
            commit = mapping(entry.get("commit"))
            sha = text(commit.get("id"))
            at = utc_of_ms(entry.get("date")) or utc_of_text(commit.get("timestamp"))
            # The second measurement of a commit in a suite is another run.
            runs.setdefault((sha, seen[sha]), []).append((at, sha, tuple(_samples(entry, suite, shared, others))))
            seen[sha] += 1
    return reading_of(map(_run, runs.values()), others)


def read_custom(items: Sequence[Mapping[str, Any]]) -> Reading:
    """The run of a list of {"name", "unit", "value"}. Raises NotResultsError when none is a time."""
    others = Counter[str]()
    samples = tuple(_samples({"benches": list(items)}, "", set(), others))
    return reading_of([Run(run_id="", started_at="", samples=samples)], others)


def _run(parts: list[tuple[str, str, tuple[Sample, ...]]]) -> Run:
    samples = {sample.id: sample for _, _, found in parts for sample in found}
    return Run(
        run_id="",
        started_at=min(at for at, _, _ in parts),
        head=Head(sha=parts[0][1] or None),
        samples=tuple(samples.values()),
    )


def _shared_names(suites: _Suites) -> set[str]:
    """Benchmark names that more than one suite has: these get the suite's name in front."""
    names = [
        {text(bench.get("name")) for entry in runs for bench in entries(entry.get("benches"))}
        for runs in suites.values()
    ]
    return {name for name, count in Counter(name for found in names for name in found).items() if count > 1}


def _samples(entry: Mapping[str, Any], suite: str, shared: set[str], others: Counter[str]) -> list[Sample]:
    better = _BETTER.get(text(entry.get("tool")))
    figures: dict[str, list[tuple[float, Mapping[str, Any]]]] = {}
    benches = [bench for bench in entries(entry.get("benches")) if text(bench.get("name"))]
    names = {bench["name"] for bench in benches}
    for bench in benches:
        name, unit = bench["name"], text(bench.get("unit"))
        plain, dash, metric = name.rpartition(" - ")
        if dash and metric == unit and plain in names and (unit == "ns/op" or unit.endswith("/s")):
            continue  # of Go's columns the first has a twin of its own, and a throughput says what it says
        seconds = seconds_of(bench.get("value"), unit, bigger_is_better=better)
        if seconds is None:
            others[unit] += 1
            continue
        id = f"{suite}::{name}" if name in shared else name
        figures.setdefault(id, []).append((seconds, bench))
    tool = text(entry.get("tool"))
    found = (_sample(id, values, tool) for id, values in figures.items())
    return [sample for sample in found if sample is not None]


def _sample(id: str, values: list[tuple[float, Mapping[str, Any]]], tool: str) -> Sample | None:
    if len(values) > 1:
        return sample_of_rounds(id, [seconds for seconds, _ in values])
    seconds, bench = values[0]
    said = {key: clean_text(bench[key], limit=100) for key in ("range", "extra") if text(bench.get(key))}
    rounds = _ROUNDS.search(text(bench.get("extra")))
    return sample_of_figure(
        id,
        seconds,
        figure=_FIGURES.get(tool, "time"),
        rounds=whole(rounds[1] or rounds[2]) if rounds else None,
        known={"stddev": _stddev(bench, tool)},
        extra=said,
    )


def _stddev(bench: Mapping[str, Any], tool: str) -> float | None:
    """In seconds, where `range` is one: of pytest in seconds whatever the unit, of catch2 in the unit of the value."""
    found = _STDDEV.fullmatch(text(bench.get("range")).strip())
    if found is None or tool not in ("pytest", "catch2"):
        return None
    return seconds_of(float(found[1]), "s" if tool == "pytest" else text(bench.get("unit")))


def _is_custom(file: Content) -> bool:
    return bool(file.items) and all({"name", "unit", "value"} <= item.keys() for item in file.items)


def _matches(file: Content) -> bool:
    return isinstance(file.fields.get("entries"), dict) or _is_custom(file)


def _read(file: Content) -> Reading:
    return read_custom(file.items) if _is_custom(file) else read_github_action(file.document)


FORMAT = Format(name="github-action-benchmark", matches=_matches, read=_read)
