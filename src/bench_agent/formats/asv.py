"""airspeed velocity's results: results/<machine>/<commit>-<environment>.json of either version, with benchmarks.json beside.

A run stands where its commit stands in time, as in asv's own charts: old commits are often measured last. A changed
benchmark (asv's `version` of it) begins a new series.
"""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench_agent.formats.foreign_values import (
    NotResultsError,
    Reading,
    mapping,
    reading_of,
    sample_of_figure,
    sample_of_rounds,
    seconds_of,
    text,
    utc_of_ms,
    whole,
)
from bench_agent.formats.format import Content, Format
from bench_agent.records import Failure, Head, Machine, Run, Sample
from bench_agent.text.clean import clean_text, finite_or_none

_TIMED = ("time_", "timeraw_")  # what a benchmark that is a time is called, by asv's own rule
_BYTES = ("mem_", "peakmem_")
_V1_COLUMNS = ("result", "params", "stats", "samples")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """One benchmark of a results file, with one entry for each combination of its parameters."""

    name: str
    results: Sequence[Any]
    parameters: Sequence[str]  # how each entry is told from the others: "[10, 'list']"; "" without parameters
    samples: Sequence[Any]
    repeats: Sequence[Any]
    q1: Sequence[Any]
    q3: Sequence[Any]
    version: str | None


def is_asv_results(document: Mapping[str, Any]) -> bool:
    return isinstance(document.get("results"), dict) and ("commit_hash" in document or "env_name" in document)


def benchmarks_description(content: bytes) -> Mapping[str, Any] | None:
    """The content of asv's benchmarks.json; None where it is another file."""
    document = Content(content).fields
    return document if _describes_benchmarks(document) else None


def stands_beside_results(content: bytes) -> bool:
    """Whether it is a file that asv keeps beside its results: nothing to import, nothing wrong either."""
    document = Content(content).fields
    return _describes_benchmarks(document) or _describes_machine(document)


def _describes_benchmarks(document: Mapping[str, Any]) -> bool:
    """Whether it is asv's benchmarks.json: no results, but the units of some."""
    described = [value for key, value in document.items() if key != "version"]
    return bool(described) and all(isinstance(v, dict) and "param_names" in v and "type" in v for v in described)


def _describes_machine(document: Mapping[str, Any]) -> bool:
    """Whether it is asv's machine.json: no results."""
    return isinstance(document.get("machine"), str) and not {"results", "benchmarks"} & document.keys()


def read_asv(document: Mapping[str, Any], described: Mapping[str, Any]) -> Reading:
    """The run of a results file. described: the content of benchmarks.json, {} where it is not at hand.

    A benchmark that failed is a failure; a combination of parameters that asv skipped (NaN) is absent. Raises
    NotResultsError when no benchmark in it is a time.
    """
    samples: list[Sample] = []
    failures: list[Failure] = []
    others = Counter[str]()
    for measured in _measured(document):
        unit = _unit(measured.name, mapping(described.get(measured.name)))
        for number, value in enumerate(measured.results):
            id = measured.name + (measured.parameters[number] if number < len(measured.parameters) else f"[{number}]")
            if value is None:
                failures.append(Failure(id=id, outcome="failed", message="asv has no result for it"))
            elif (figure := finite_or_none(value)) is None:
                continue
            elif (seconds := seconds_of(figure, unit)) is None:
                others[unit] += 1
            elif (sample := _sample(id, seconds, seconds / figure if figure else 1.0, measured, number)) is not None:
                samples.append(sample)
    notes = [f"{len(failures)} benchmarks that failed left out"] if failures else []
    run = Run(
        run_id="",
        started_at=utc_of_ms(document.get("date")),
        head=Head(sha=text(document.get("commit_hash")) or None),
        machine=_machine(document),
        samples=tuple(samples),
        failures=tuple(failures),
    )
    return reading_of([run], others, notes=notes)


def _measured(document: Mapping[str, Any]) -> list[_Measured]:
    columns = document.get("result_columns")
    version_1 = not isinstance(columns, list)
    versions = mapping(document.get("benchmark_version"))
    found = []
    for name, entry in mapping(document.get("results")).items():
        if version_1:
            row = dict(entry) if isinstance(entry, dict) else {"result": entry}
            row = {key: row.get(key) for key in _V1_COLUMNS}
            stats = [mapping(item) for item in _list(row["stats"])]
            row |= {"version": versions.get(name)}
            row |= {f"stats_{key}": [item.get(key) for item in stats] for key in ("repeat", "q_25", "q_75")}
        elif isinstance(entry, list):
            row = dict(zip(map(str, columns or ()), entry, strict=False))
        else:
            raise NotResultsError(f"asv's results of {clean_text(name)} are no list")
        result = row.get("result")
        found.append(
            _Measured(
                name=str(name),
                results=result if isinstance(result, list) else [result],
                parameters=_combinations(_list(row.get("params"))),
                samples=_list(row.get("samples")),
                repeats=_list(row.get("stats_repeat")),
                q1=_list(row.get("stats_q_25")),
                q3=_list(row.get("stats_q_75")),
                version=text(row.get("version")) or None,
            )
        )
    return found


def _combinations(params: Sequence[Any]) -> list[str]:
    """In asv's order: the last parameter changes first."""
    lists = [_list(values) for values in params]
    if not lists:
        return [""]
    return [f"[{', '.join(map(str, values))}]" for values in itertools.islice(itertools.product(*lists), 100_000)]


def _sample(id: str, seconds: float, scale: float, measured: _Measured, number: int) -> Sample | None:
    body = (measured.version or "")[:12] or None
    rounds = _list(measured.samples[number]) if number < len(measured.samples) else []
    if rounds and all(finite_or_none(value) is not None for value in rounds):
        return sample_of_rounds(id, [value * scale for value in rounds], body_hash=body)
    repeats = whole(measured.repeats[number]) if number < len(measured.repeats) else None
    quartiles = {name: _scaled(values, number, scale) for name, values in (("q1", measured.q1), ("q3", measured.q3))}
    # asv's figure is the median of its repeats.
    return sample_of_figure(id, seconds, figure="median", rounds=repeats, known=quartiles, body_hash=body)


def _scaled(values: Sequence[Any], number: int, scale: float) -> float | None:
    value = finite_or_none(values[number]) if number < len(values) else None
    return None if value is None else value * scale


def _unit(name: str, description: Mapping[str, Any]) -> str:
    if isinstance(description.get("unit"), str):
        return str(description["unit"])
    last = name.rpartition(".")[2].lower()
    if last.startswith(_TIMED):
        return "seconds"
    return "bytes" if last.startswith(_BYTES) else "unit unknown without benchmarks.json"


def _machine(document: Mapping[str, Any]) -> Machine:
    """The machine by its build; its name may be a host's and is not kept. Other requirements are another environment."""
    params = mapping(document.get("params"))
    needs = {**mapping(document.get("requirements")), **mapping(document.get("env_vars"))}
    words = [f"{clean_text(key, limit=40)} {clean_text(value, limit=40)}".strip() for key, value in needs.items()]
    return Machine(
        system=text(params.get("os")).partition(" ")[0],
        arch=text(params.get("arch")),
        cpu=clean_text(text(params.get("cpu"))),
        cores=whole(params.get("num_cpu")),
        python=clean_text(text(document.get("python")) or text(params.get("python"))),
        implementation=", ".join(["CPython", *sorted(words)]) if words else "CPython",
    )


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


FORMAT = Format(
    name="asv",
    matches=lambda file: is_asv_results(file.fields),
    read=lambda file: read_asv(file.document, file.described),
)
