"""The file that keeps a Run: pytest-benchmark's own JSON, which `pytest-benchmark compare` reads, with our additions beside it.

What bench-agent reads back stands first, under `bench_agent`: one column for each field of Sample, numbers packed as base64 of
little-endian doubles (NaN is None). A history of 30 runs is so read without parsing `benchmarks`, which holds the same numbers as
text, for other programs. The thinned rounds stand last, under `bench_agent_rounds`, and what each benchmark executed is packed by
itself (`decode_reach`): few readers need either. Pure: bytes in, records out.
"""

import base64
import json
import math
import re
import struct
import zlib
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, asdict, fields, replace
from types import NoneType
from typing import Any

from bench_agent import __version__
from bench_agent.records import Failure, Head, Machine, Reach, Run, Sample

SCHEMA = "bench-agent/run/1"
_ROUNDS = ("first_s", "last_s", "quantiles_s")
_COLUMNS = {f.name: f.type for f in fields(Sample) if f.name not in (*_ROUNDS, "reach")}
_OUTCOMES = ("passed", "failed", "skipped", "xfailed", "xpassed", "error")
_TYPES: dict[Any, set[type]] = {
    str: {str},
    str | None: {str, NoneType},
    int: {int},
    int | None: {int, NoneType},
    float: {float, int},
    float | None: {float, int, NoneType},
    bool: {bool},
    bool | None: {bool, NoneType},
    dict[str, str]: {dict},
}
_OURS_FIRST = re.compile(r'\s*\{\s*"bench_agent"\s*:\s*')


# --- writing


def dump_run(run: Run) -> str:
    """The file's text, one line. Raises ValueError for a number that is not finite, which a Run never holds."""
    return json.dumps(to_document(run), separators=(",", ":"), allow_nan=False)


def to_document(run: Run) -> dict[str, Any]:
    """The run as a pytest-benchmark document, with what they have no place for before and after it."""
    machine = run.machine
    return {
        "bench_agent": {
            "schema": SCHEMA,
            "run_id": run.run_id,
            "origin": run.origin,
            "started_at": run.started_at,
            "seconds": round(run.seconds, 3),
            "command": run.command,
            "quick": run.quick,
            "selected": run.selected,
            "head": asdict(run.head),
            "machine": asdict(machine),
            "packages": list(run.packages),
            "failures": [asdict(failure) for failure in run.failures],
            "skipped": run.skipped,
            "exit_code": run.exit_code,
            "reason": run.reason,
            "peak_bytes": run.peak_bytes,
            "mean_bytes": run.mean_bytes,
            "warnings": list(run.warnings),
            "samples": {
                name: _packed([getattr(sample, name) for sample in run.samples], kind)
                for name, kind in _COLUMNS.items()
            },
            "reach": encode_reach(run.samples),
        },
        "machine_info": {
            "node": "",  # their compare prints it; a host name is nobody's business in a file that may be committed
            "processor": machine.arch,
            "machine": machine.arch,
            "system": machine.system,
            "python_implementation": machine.implementation,
            "python_version": machine.python,
            "cpu": {"brand_raw": machine.cpu, "count": machine.cores, "arch": machine.arch},
        },
        "commit_info": {
            "id": run.head.sha or "unversioned",
            "branch": run.head.branch or "(unknown)",
            "dirty": bool(run.head.dirty),
            "time": None,
            "author_time": None,
            "project": "",
        },
        "benchmarks": [_benchmark(sample) for sample in run.samples],
        "datetime": run.started_at,
        "version": "bench-agent " + __version__,
        "bench_agent_rounds": {
            name: [[_rounded(v) for v in getattr(sample, name)] for sample in run.samples] for name in _ROUNDS
        },
    }


def _benchmark(sample: Sample) -> dict[str, Any]:
    iqr = sample.q3_s - sample.q1_s
    beyond = sum(v < sample.q1_s - 1.5 * iqr or v > sample.q3_s + 1.5 * iqr for v in sample.quantiles_s)
    name = sample.id.rpartition("/")[2].partition("::")[2] or sample.id
    return {
        "group": sample.group,
        "name": name.partition("[")[0].rpartition("::")[2] + "".join(name.partition("[")[1:]),
        "fullname": sample.id,
        "params": None,
        "param": None,
        "extra_info": sample.extra,
        "options": {"timer": sample.timer or "perf_counter"},
        "stats": {
            "min": sample.min_s,
            "max": sample.max_s,
            "mean": sample.mean_s,
            "stddev": sample.stddev_s,
            "rounds": sample.rounds,
            "median": sample.median_s,
            "iqr": iqr,
            "q1": sample.q1_s,
            "q3": sample.q3_s,
            # Of the kept order statistics, not of all rounds: enough for their table, never read by us.
            "iqr_outliers": beyond,
            "stddev_outliers": 0,
            "outliers": f"0;{beyond}",
            "ld15iqr": sample.min_s,
            "hd15iqr": sample.max_s,
            "ops": sample.ops or 0,
            "total": sample.mean_s * sample.rounds,
            "iterations": sample.iterations,
        },
    }


def _rounded(value: float) -> float:
    """Six significant digits, finer than any timer's noise, in half the bytes."""
    return float(f"{value:.6g}")


# --- reading


def own_part(content: bytes) -> Mapping[str, Any] | None:
    """The value of `bench_agent`, without parsing the rest of the file; None unless it stands first, where `dump_run` puts it."""
    text = content.decode("utf-8", "replace")
    begin = _OURS_FIRST.match(text)
    if begin is None or not text.rstrip().endswith("}"):
        return None
    try:
        ours, _ = json.JSONDecoder().raw_decode(text, begin.end())
    except (ValueError, RecursionError):
        return None
    return ours if isinstance(ours, dict) else None


def run_from(ours: Mapping[str, Any], rounds: object = None) -> Run | None:
    """The run that `dump_run` wrote, from what stood under `bench_agent`; None when it is of another schema or damaged.

    rounds: what stood under `bench_agent_rounds`; where it is None samples come without thinned rounds and reach.
    """
    if ours.get("schema") != SCHEMA:
        return None
    samples = _samples(ours.get("samples"), rounds)
    if samples is None:
        return None
    if rounds is not None:
        reach = decode_reach(ours)
        samples = tuple(replace(sample, reach=reach.get(sample.id)) for sample in samples)
    head, failures = _mapping(ours.get("head")), ours.get("failures")
    return Run(
        **{"run_id": "", "started_at": "", **fitting(Run, ours), "source": ""},
        head=Head(**fitting(Head, head), dirty=_texts(head.get("dirty"))),
        machine=Machine(**fitting(Machine, _mapping(ours.get("machine")))),
        samples=samples,
        failures=tuple(
            Failure(id=str(f["id"]), outcome=f["outcome"], message=str(f.get("message", "")))
            for f in (failures if isinstance(failures, list) else ())
            if isinstance(f, dict) and "id" in f and f.get("outcome") in _OUTCOMES
        ),
        warnings=_texts(ours.get("warnings")),
        packages=_texts(ours.get("packages")),
    )


def _samples(table: object, rounds: object) -> tuple[Sample, ...] | None:
    """The rows of the table of columns; None unless each column is whole and of its type. A missing one has its default."""
    packed = _mapping(table)
    ids = packed.get("id")
    if not isinstance(ids, list) or "name" not in packed:
        return None
    columns: dict[str, Sequence[Any]] = {}
    for name, kind in _COLUMNS.items():
        if name in packed:
            column = _unpacked(packed[name], kind)
            if column is None or len(column) != len(ids):
                return None
            columns[name] = column
    for name in _ROUNDS:
        kept = _mapping(rounds).get(name)
        if isinstance(kept, list) and len(kept) == len(ids):
            columns[name] = [_floats(values) for values in kept]
    return samples_of_columns(columns, len(ids))


def samples_of_columns(columns: Mapping[str, Sequence[Any]], size: int) -> tuple[Sample, ...]:
    """Samples filled column by column through their slots: a fifth of the time of 30,000 calls of a frozen record's
    __init__, which is what a history of 30 runs would cost. columns: by field of Sample, each of that length."""
    samples = tuple(map(object.__new__, [Sample] * size))
    for field in fields(Sample):
        default = field.default if field.default is not MISSING else None
        column: Iterable[Any] = columns.get(field.name, [default] * size)
        if field.default_factory is not MISSING and field.name not in columns:
            column = [field.default_factory() for _ in range(size)]
        deque(map(getattr(Sample, field.name).__set__, samples, column), maxlen=0)
    return samples


def _packed(column: Sequence[Any], kind: Any) -> Any:
    if float not in _TYPES[kind]:
        return column
    numbers = [math.nan if value is None else value for value in column]
    return base64.b64encode(struct.pack(f"<{len(numbers)}d", *numbers)).decode("ascii")


def _unpacked(column: object, kind: Any) -> Sequence[Any] | None:
    """The column's values, or None when they are not what the field holds."""
    types = _TYPES[kind]
    if float not in types:
        fits = isinstance(column, list) and set(map(type, column)) <= types
        return column if fits and isinstance(column, list) and all(map(_holds, column)) else None
    try:
        raw = base64.b64decode(column, validate=True) if isinstance(column, str) else b"?"
        numbers = struct.unpack(f"<{len(raw) // 8}d", raw)
    except (ValueError, struct.error):
        return None
    if any(value < 0 for value in numbers):  # nothing that is kept of a sample can be below zero
        return None
    if all(map(math.isfinite, numbers)):
        return numbers
    return [value if math.isfinite(value) else None for value in numbers] if NoneType in types else None


def _holds(value: object) -> bool:
    """Whether a value of the right type is one that we write: no number below zero or beyond all measure, texts in a table."""
    if type(value) is int:
        return 0 <= value < 2**63
    return type(value) is not dict or all(type(text) is str for text in value.values())


def _floats(values: object) -> tuple[float, ...]:
    if not isinstance(values, list) or not set(map(type, values)) <= {float, int}:
        return ()
    return tuple(values) if all(0 <= value < math.inf for value in values) else ()


def fitting(record: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those values that are plain fields of the record and of its type; numbers are finite."""
    kinds = {f.name: _TYPES[f.type] for f in fields(record) if f.type in _TYPES}
    known = {name: value for name, value in values.items() if type(value) in kinds.get(name, ())}
    return {name: value for name, value in known.items() if not _is_beyond(value)}


def _is_beyond(value: object) -> bool:
    return not math.isfinite(value) if type(value) is float else type(value) is int and abs(value) >= 2**63


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


# --- what each benchmark executed


def decode_reach(ours: Mapping[str, Any]) -> dict[str, Reach]:
    """What each benchmark executed, by id; empty where `bench_agent` doesn't say."""
    try:
        packed = ours["reach"]
        table = json.loads(zlib.decompress(base64.b64decode(packed or "")))
        names, files = table["functions"], table["files"]
        return {
            id: Reach(
                functions={names[i]: calls for i, calls, _ in entry["counts"]},
                lines={names[i]: lines for i, _, lines in entry["counts"]},
                files=tuple(files[i] for i in entry["files"]),
                complete=bool(entry["complete"]),
            )
            for id, entry in table["benchmarks"].items()
        }
    except (ValueError, KeyError, TypeError, IndexError, zlib.error):
        return {}


def encode_reach(samples: Sequence[Sample]) -> str | None:
    """The counterpart of `decode_reach`: names once, counts by index, compressed; 1000 benchmarks of 50 functions in 0.3 MB."""
    names: dict[str, int] = {}
    files: dict[str, int] = {}
    table = {}
    for sample in samples:
        if sample.reach is None:
            continue
        counts = [
            [names.setdefault(key, len(names)), calls, sample.reach.lines.get(key, 0)]
            for key, calls in sample.reach.functions.items()
        ]
        where = [files.setdefault(path, len(files)) for path in sample.reach.files]
        table[sample.id] = {"counts": counts, "files": where, "complete": sample.reach.complete}
    if not table:
        return None
    whole = {"functions": list(names), "files": list(files), "benchmarks": table}
    return base64.b64encode(zlib.compress(json.dumps(whole, separators=(",", ":")).encode(), 6)).decode("ascii")
