"""pyperf's JSON, plain or packed (`.json.gz`), one benchmark or a suite: values of several processes, in seconds for one loop.

Their own reader would bring a dependency for what is a few fields. pyperf knows no commit; pyperformance writes one.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bench_agent.formats.foreign_values import (
    Reading,
    entries,
    mapping,
    numbered,
    reading_of,
    sample_of_rounds,
    text,
    utc_of_text,
    whole,
)
from bench_agent.formats.format import Content, Format
from bench_agent.records import Head, Machine, Run, Sample

_MACHINES = ("x86_64", "amd64", "aarch64", "arm64", "i686", "armv7l", "ppc64le", "s390x", "riscv64")


def read_pyperf(document: Mapping[str, Any]) -> Reading:
    """The run it holds. Raises NotResultsError when no benchmark in it is a time.

    Its dates are the machine's local time without a zone: taken for UTC.
    """
    common = mapping(document.get("metadata"))
    samples: list[Sample] = []
    others = Counter[str]()
    dates: list[str] = []
    machine = Machine()
    for entry in entries(document.get("benchmarks")):
        runs = entries(entry.get("runs"))
        known = {**common, **mapping(entry.get("metadata"))}
        first = {**known, **(mapping(runs[0].get("metadata")) if runs else {})}
        dates += [at for run in runs if (at := utc_of_text(mapping(run.get("metadata")).get("date")))]
        machine = _machine(first)
        id, unit = text(first.get("name")) or "benchmark", text(first.get("unit")) or "second"
        values = [value for run in runs for value in _list(run.get("values"))]
        if unit != "second":
            others[unit] += 1
        elif (sample := _sample(id, values, runs, first)) is not None:
            samples.append(sample)
    run = Run(
        run_id="",
        started_at=min(dates, default=utc_of_text(common.get("date"))),
        head=Head(sha=text(common.get("commit_id")) or None, branch=text(common.get("commit_branch")) or None),
        machine=machine,
        samples=tuple(
            replace(s, id=id, name=id) for s, id in zip(samples, numbered(s.id for s in samples), strict=True)
        ),
    )
    return reading_of([run], others)


def _sample(id: str, values: list[Any], runs: list[Mapping[str, Any]], known: Mapping[str, Any]) -> Sample | None:
    told = [mapping(run.get("metadata")) for run in runs]
    peaks = [size for meta in (known, *told) if (size := whole(meta.get("mem_max_rss")))]
    loops = next((n for meta in (known, *told) if (n := whole(meta.get("loops")))), 1)
    return sample_of_rounds(
        id, values, iterations=loops * (whole(known.get("inner_loops")) or 1), peak_bytes=max(peaks, default=None)
    )


def _machine(known: Mapping[str, Any]) -> Machine:
    platform = text(known.get("platform"))
    implementation = text(known.get("python_implementation"))
    return Machine(
        system=platform.partition("-")[0],
        arch=next((name for name in _MACHINES if f"-{name}" in platform), ""),
        cpu=text(known.get("cpu_model_name")),
        cores=whole(known.get("cpu_count")),
        python=text(known.get("python_version")).partition(" ")[0],
        implementation={"cpython": "CPython", "pypy": "PyPy"}.get(implementation, implementation),
    )


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _matches(file: Content) -> bool:
    return any(isinstance(entry.get("runs"), list) for entry in entries(file.fields.get("benchmarks")))


FORMAT = Format(name="pyperf", matches=_matches, read=lambda file: read_pyperf(file.document))
