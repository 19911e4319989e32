"""A Run as the file that is kept: pytest-benchmark's own JSON, which their `compare` reads, with ours under `bench_agent`.

`parse_results` reads it back; only what each benchmark executed is apart (`decode_reach`), because few readers need it.
"""

import base64
import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bench_agent import __version__
from bench_agent.records import Reach, Run, Sample

SCHEMA = "bench-agent/run/1"


def dump_run(run: Run) -> str:
    """The file's text. NaN and infinities cannot occur in it: a Run holds none."""
    return json.dumps(to_document(run), separators=(",", ":"), allow_nan=False)


def to_document(run: Run) -> dict[str, Any]:
    """The run as a pytest-benchmark document, with what they have no place for under `bench_agent`."""
    machine = run.machine
    return {
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
        "bench_agent": {
            "schema": SCHEMA,
            "run_id": run.run_id,
            "started_at": run.started_at,
            "seconds": round(run.seconds, 3),
            "command": run.command,
            "quick": run.quick,
            "selected": run.selected,
            "head": asdict(run.head),
            "machine": asdict(machine),
            "failures": [asdict(failure) for failure in run.failures],
            "skipped": run.skipped,
            "exit_code": run.exit_code,
            "peak_bytes": run.peak_bytes,
            "mean_bytes": run.mean_bytes,
            "warnings": list(run.warnings),
            "reach": encode_reach(run.samples),
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
        "bench_agent": {
            "name": sample.name,
            "p95": sample.p95_s,
            "p99": sample.p99_s,
            "cpu_s": sample.cpu_s,
            "cpu_use": _rounded(sample.cpu_use),
            "peak_bytes": sample.peak_bytes,
            "mean_bytes": sample.mean_bytes,
            "body": sample.body_hash,
            "spent_s": _rounded(sample.spent_s),
            "rounds": {
                "first": [_rounded(v) for v in sample.first_s],
                "last": [_rounded(v) for v in sample.last_s],
                "quantiles": [_rounded(v) for v in sample.quantiles_s],
            },
        },
    }


def _rounded(value: float | None) -> float | None:
    """Six significant digits: a hundredth of the finest timer's noise, and half the bytes."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")


def decode_reach(document: Mapping[str, Any]) -> dict[str, Reach]:
    """What each benchmark executed, by id; empty where the file doesn't say. Apart, because few readers need it."""
    try:
        packed = document["bench_agent"]["reach"]
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


def encode_reach(samples: tuple[Sample, ...]) -> str | None:
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
