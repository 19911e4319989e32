"""pytest-benchmark's JSON, of any version, as a Run. Ours is one too, with additions under `bench_agent`.

Pure: bytes in, a Run out. Real files hold NaN, Infinity, zero times, duplicate names, UNSERIALIZABLE parameters, timings of
failed tests (not marked as such: nothing can be done about those here) and, after hooks, almost anything else.
"""

import json
from collections.abc import Mapping
from typing import Any

from bench_agent.records import Failure, Head, Machine, Run, Sample
from bench_agent.stats.rounds import summarise_rounds
from bench_agent.units import clean_text, finite_or_none

_STATS = ("mean", "stddev", "median", "min", "max", "q1", "q3")


class NotResultsError(ValueError):
    """The bytes are not pytest-benchmark results; the message says why, in a few words."""


def parse_results(content: bytes) -> Run:
    """The run a results file describes. Raises NotResultsError for anything else.

    Percentiles come from the raw rounds where the file has them; without them p95 and p99 are the maximum, which is all
    that is known. A benchmark without usable timings is left out and counted in `warnings`. 53 MB of JSON with 1.2
    million rounds: see `tests/benchmark/test_bench_agent_parse.py`.
    """
    document = load_document(content)
    ours = _mapping(document.get("bench_agent"))
    samples: dict[str, Sample] = {}
    unusable = again = 0
    for entry in document["benchmarks"]:
        sample = _sample(entry) if isinstance(entry, dict) else None
        if sample is None:
            unusable += 1
            continue
        again += sample.id in samples
        samples[sample.id] = sample
    warnings = [clean_text(w) for w in ours.get("warnings") or ()]
    if unusable:
        warnings.append(f"{unusable} benchmarks have no usable timings and are left out")
    if again:
        warnings.append(f"{again} benchmarks occur more than once; the last timing counts")
    commit = _mapping(document.get("commit_info"))
    return Run(
        run_id=_text(ours.get("run_id")) or "",
        started_at=_text(ours.get("started_at")) or _text(document.get("datetime")) or "",
        seconds=finite_or_none(ours.get("seconds")) or 0.0,
        command=_text(ours.get("command")) or "",
        quick=bool(ours.get("quick")),
        selected=_text(ours.get("selected")),
        head=_head(_mapping(ours.get("head")), commit),
        machine=_machine(_mapping(ours.get("machine")), _mapping(document.get("machine_info"))),
        samples=tuple(samples.values()),
        failures=tuple(
            Failure(id=str(f["id"]), outcome=f["outcome"], message=str(f.get("message", "")))
            for f in ours.get("failures") or ()
            if isinstance(f, dict) and "id" in f and "outcome" in f
        ),
        skipped=int(ours.get("skipped") or 0),
        exit_code=ours.get("exit_code"),
        peak_bytes=ours.get("peak_bytes"),
        mean_bytes=ours.get("mean_bytes"),
        warnings=tuple(warnings),
    )


def load_document(content: bytes) -> dict[str, Any]:
    """The JSON object, known to hold a list `benchmarks`. Raises NotResultsError."""
    if not content.strip():
        # Before 5.3 --benchmark-json opens its file first: any failure leaves it empty.
        raise NotResultsError("the file is empty: the run that should have written it failed")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotResultsError(f"not JSON: {clean_text(error)}") from None
    if not isinstance(document, dict) or not isinstance(document.get("benchmarks"), list):
        raise NotResultsError("no list of `benchmarks` in it: not a pytest-benchmark file")
    return document


def _sample(entry: dict[str, Any]) -> Sample | None:
    stats, ours = _mapping(entry.get("stats")), _mapping(entry.get("bench_agent"))
    values = {name: finite_or_none(stats.get(name)) for name in _STATS}
    id = entry.get("fullname") or entry.get("name")
    if not id or any(values[name] is None for name in ("mean", "median", "min", "max")):
        return None
    known: dict[str, Any] = {f"{name}_s": value or 0.0 for name, value in values.items()}
    rounds = int(finite_or_none(stats.get("rounds")) or 0)
    raw = stats.get("data")
    p95, p99 = finite_or_none(ours.get("p95")), finite_or_none(ours.get("p99"))
    edges = _mapping(ours.get("rounds"))
    kept: dict[str, Any] = {f"{name}_s": tuple(edges.get(name) or ()) for name in ("first", "last", "quantiles")}
    if isinstance(raw, list) and raw and p95 is None:
        try:
            summary = summarise_rounds(raw)
        except TypeError:  # somebody's hook put something else there
            return None
        if finite_or_none(summary.max) is None:
            return None
        p95, p99, rounds = summary.p95, summary.p99, summary.rounds
        kept = {"first_s": summary.first, "last_s": summary.last, "quantiles_s": summary.quantiles}
    extra = _mapping(entry.get("extra_info"))
    return Sample(
        id=str(id),
        name=str(ours.get("name") or id),
        group=_text(entry.get("group")),
        rounds=rounds,
        iterations=int(finite_or_none(stats.get("iterations")) or 1),
        p95_s=known["max_s"] if p95 is None else p95,
        p99_s=known["max_s"] if p99 is None else p99,
        ops=1 / known["mean_s"] if known["mean_s"] > 0 else None,
        cpu_s=finite_or_none(ours.get("cpu_s")),
        cpu_use=finite_or_none(ours.get("cpu_use")),
        peak_bytes=ours.get("peak_bytes"),
        mean_bytes=ours.get("mean_bytes"),
        body_hash=_text(ours.get("body")),
        timer=_text(_mapping(entry.get("options")).get("timer")),
        extra={clean_text(k, limit=60): clean_text(v, limit=100) for k, v in list(extra.items())[:12]},
        spent_s=finite_or_none(ours.get("spent_s")),
        **known,
        **kept,
    )


def _head(ours: Mapping[str, Any], commit: Mapping[str, Any]) -> Head:
    if ours:
        return Head(
            sha=_text(ours.get("sha")),
            branch=_text(ours.get("branch")),
            dirty=tuple(str(path) for path in ours.get("dirty") or ()),
            shallow=bool(ours.get("shallow")),
            problem=_text(ours.get("problem")),
        )
    branch, sha = _text(commit.get("branch")), _text(commit.get("id"))
    return Head(
        sha=sha if sha and sha not in ("unknown", "unversioned") else None,
        branch=None if branch in (None, "(unknown)", "(detached head)") else branch,
        dirty=("(not recorded)",) if commit.get("dirty") else (),
    )


def _machine(ours: Mapping[str, Any], info: Mapping[str, Any]) -> Machine:
    if ours:
        return Machine(**{k: v for k, v in ours.items() if k in Machine.__dataclass_fields__})
    cpu = _mapping(info.get("cpu"))
    return Machine(
        system=_text(info.get("system")) or "",
        arch=_text(info.get("machine")) or "",
        cpu=_text(cpu.get("brand_raw")) or _text(cpu.get("brand")) or "",
        cores=cpu.get("count") if isinstance(cpu.get("count"), int) else None,
        python=_text(info.get("python_version")) or "",
        implementation=_text(info.get("python_implementation")) or "",
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
