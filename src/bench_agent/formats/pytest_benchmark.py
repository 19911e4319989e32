"""pytest-benchmark's JSON, of any version, as a Run. The files we keep are read here too, by what `stored` put in them.

Pure: bytes in, a Run out. Real files hold NaN, Infinity, zero times, duplicate names, UNSERIALIZABLE parameters, timings of
failed tests (not marked as such: nothing can be done about those here) and, after hooks, almost anything else.
"""

import json
import math
from collections.abc import Mapping
from typing import Any, TypeGuard

from bench_agent.formats.foreign_values import NotResultsError, Reading, with_finite_figures
from bench_agent.formats.format import Content, Format
from bench_agent.formats.stored import own_part, run_from
from bench_agent.records import Head, Machine, Run, Sample
from bench_agent.stats.round_summary import summarise_rounds
from bench_agent.text.clean import clean_text, finite_or_none

_STATS = ("mean", "stddev", "median", "min", "max", "q1", "q3")


def parse_results(content: bytes, *, whole: bool = True) -> Run:
    """The run a results file describes. Raises NotResultsError for anything else.

    Percentiles come from the raw rounds where the file has them; without them p95 and p99 are the maximum, which is all
    that is known. A benchmark without usable timings is left out and counted in `warnings`.
    whole: False leaves the thinned rounds in a file of ours, and what was executed, unread, at a fifth of the cost: for a
    long history. 53 MB with 1.2 million rounds take a second of CPU and 160 MB, 1,000 benchmarks of ours 10 ms.
    """
    ours = None if whole else own_part(content)
    run = None if ours is None else run_from(ours)
    if run is not None:
        return run
    document = load_document(content)
    ours = document.get("bench_agent")
    try:
        run = run_from(ours, document.get("bench_agent_rounds") or {}) if isinstance(ours, dict) else None
        return run or _from_theirs(document)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        # Not worth a check for every field: a file of another shape is left out, whatever it is that does not fit.
        raise NotResultsError(f"its fields have another shape than pytest-benchmark's: {clean_text(error)}") from None


def _from_theirs(document: Mapping[str, Any]) -> Run:
    samples: dict[str, Sample] = {}
    unusable = again = odd = 0
    for entry in document["benchmarks"]:
        sample = _sample(entry) if isinstance(entry, dict) else None
        if sample is None:
            unusable += 1
            continue
        again += sample.id in samples
        odd += _has_odd_rounds(entry)
        samples[sample.id] = sample
    warnings = []
    if unusable:
        warnings.append(f"{unusable} benchmarks have no usable timings and are left out")
    if odd:
        warnings.append(f"{odd} benchmarks have something else than numbers for rounds: their summary counts")
    if again:
        warnings.append(f"{again} benchmarks occur more than once; the last timing counts")
    return Run(
        run_id="",
        started_at=_text(document.get("datetime")) or "",
        head=_head(_mapping(document.get("commit_info"))),
        machine=_machine(_mapping(document.get("machine_info")), _text(document.get("version")) or ""),
        samples=tuple(samples.values()),
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


def _sample(entry: Mapping[str, Any]) -> Sample | None:
    stats = _mapping(entry.get("stats"))
    values = {name: finite_or_none(stats.get(name)) for name in _STATS}
    id = entry.get("fullname") or entry.get("name")
    if not id or any(values[name] is None for name in ("mean", "median", "min", "max")):
        return None
    known: dict[str, Any] = {f"{name}_s": value or 0.0 for name, value in values.items()}
    known |= {"p95_s": known["max_s"], "p99_s": known["max_s"], "rounds": int(finite_or_none(stats.get("rounds")) or 0)}
    known["tails_known"] = False
    raw = stats.get("data")
    if _are_numbers(raw):
        try:
            if not all(map(math.isfinite, raw)):
                return None
            summary = summarise_rounds(raw)
        except (ValueError, OverflowError):  # somebody's hook put something else there
            return None
        known |= {"p95_s": summary.p95, "p99_s": summary.p99, "rounds": summary.rounds, "tails_known": True}
        known |= {"first_s": summary.first, "last_s": summary.last, "quantiles_s": summary.quantiles}
    extra = _mapping(entry.get("extra_info"))
    sample = Sample(
        id=str(id),
        name=str(id),
        group=_text(entry.get("group")),
        iterations=int(finite_or_none(stats.get("iterations")) or 1),
        ops=1 / known["mean_s"] if known["mean_s"] > 0 else None,
        timer=_text(_mapping(entry.get("options")).get("timer")),
        extra={clean_text(k, limit=60): clean_text(v, limit=100) for k, v in list(extra.items())[:12]},
        **known,
    )
    return with_finite_figures(sample)


def _are_numbers(raw: object) -> TypeGuard[list[float]]:
    """Whether they are the rounds: some tools put a text in their place ("... omitted"), and the figures still hold."""
    return isinstance(raw, list) and bool(raw) and all(type(value) in (int, float) for value in raw)


def _has_odd_rounds(entry: Mapping[str, Any]) -> bool:
    raw = _mapping(entry.get("stats")).get("data")
    return bool(raw) and not _are_numbers(raw)


def _head(commit: Mapping[str, Any]) -> Head:
    branch, sha = _text(commit.get("branch")), _text(commit.get("id"))
    return Head(
        sha=sha if sha and sha not in ("unknown", "unversioned") else None,
        branch=None if branch in (None, "(unknown)", "(detached head)") else branch,
        dirty=("(not recorded)",) if commit.get("dirty") else (),
    )


def _machine(info: Mapping[str, Any], version: str) -> Machine:
    cpu = _mapping(info.get("cpu"))
    return Machine(
        system=_text(info.get("system")) or "",
        arch=_text(info.get("machine")) or "",
        cpu=_text(cpu.get("brand_raw")) or _text(cpu.get("brand")) or "",
        cores=_whole(cpu.get("count")),
        python=_text(info.get("python_version")) or "",
        implementation=_text(info.get("python_implementation")) or "",
        harness=version if version[:1].isdigit() else "",  # files of ours name themselves there
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _read(file: Content) -> Reading:
    run = parse_results(file.data)
    if not run.samples:
        raise NotResultsError("; ".join(["no benchmark with a usable time in it", *run.warnings]))
    return Reading(runs=(run,), left_out=run.warnings)


FORMAT = Format(
    name="pytest-benchmark", matches=lambda file: isinstance(file.fields.get("benchmarks"), list), read=_read
)
