"""The figures in the fields of a report's rows, findings, trends and sentences, each with its kind and its role. Pure."""

import re
from collections.abc import Iterable
from typing import Any

from bench_agent.answer.check.records import MEMORY, Document, Fact
from bench_agent.answer.check.wordings import lazy


def listed(document: Document, key: str) -> list[Any]:
    value = document.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _some(document: Document, kind: str, **roles: str) -> Iterable[Fact]:
    """A fact for each field that holds a number. roles: field -> role."""
    for field, role in roles.items():
        value = _number(document.get(field))
        if value is not None:
            yield Fact(kind, role, value)


def _interval(document: Document, *, role: str = "", less: float = 0.0) -> Iterable[Fact]:
    bounds = document.get("interval")
    if isinstance(bounds, list) and len(bounds) == 2:
        for end, bound in zip(("low", "high"), bounds, strict=True):
            value = _number(bound)
            if value is not None:
                yield Fact("change", f"{role}{end}", value - less)


def of_row(row: Document) -> Iterable[Fact]:
    yield from _some(
        row,
        "time",
        median_s="median",
        mean_s="mean",
        p95_s="p95",
        p99_s="p99",
        min_s="min",
        max_s="max",
        stddev_s="spread",
    )
    yield from _some(row, "time", iqr_s="spread", cpu_s="cpu", target_p95_s="target", seconds_to_settle="settle")
    yield from _some(row, "change", ratio="turns", ratio_last="loose", ratio_baseline="accepted")
    yield from _interval(row)
    yield from _some(row, "size", peak_bytes="peak", mean_bytes="average")
    yield from _some(row, "count", pairs="pairs", rounds="rounds")
    yield from _some(row, "share", cpu_use="cpu")
    pairs = [value for value in row.get("pair_ratios") or () if _number(value) is not None]
    yield from (Fact("change", "pair", float(ratio)) for ratio in pairs)
    median, spread = _number(row.get("median_s")), _number(row.get("iqr_s"))
    if median and spread:
        yield Fact("share", "spread", spread / median)


def of_finding(finding: Document) -> Iterable[Fact]:
    evidence = finding.get("evidence") or {}
    kind = {"s": "time", "bytes": "size"}.get(str(finding.get("unit", "s")), "count")
    yield from _some(finding, kind, current="current", baseline="baseline")
    yield from _some(finding, kind, current=str(finding.get("metric")), baseline="then " + str(finding.get("metric")))
    current, baseline = _number(finding.get("current")), _number(finding.get("baseline"))
    if current is not None and baseline is not None:
        yield Fact(kind, "difference", current - baseline)
    yield from _some(finding, "change", ratio="turns" if evidence.get("pairs") else "loose")
    yield from _interval(finding)
    yield from _some(finding, "share", threshold="limit", detectable="detectable")
    yield from _some(finding, "time", target_s="target", seconds_to_settle="settle")
    yield from _some(evidence, "time", seconds="spent")
    yield from _some(evidence, "count", pairs="pairs")
    for point in listed(finding, "runs"):
        now = point.get("run") == "current"
        yield from _some(point, kind, value="current" if now else f"run{point.get('run')}")
        yield from _some(point, "change", ratio="loose" if now else f"run{point.get('run')}")
    for suspect in listed(finding, "suspects"):
        role = f"share {str(suspect.get('sha'))[:7]}"
        yield from _some(suspect, "share", **{"share" if suspect.get("proved") else "score": role})
        for text in suspect.get("evidence") or ():
            yield from _of_evidence(str(text))
    yield from _of_evidence(str(finding.get("suspects_note") or ""))


_PARENT = re.compile(r"against its parent: ([+-]?\d+(?:\.\d+)?) ?(%|x)")
_TOLD = lazy(r"([+-]?)(?<![\w.])(\d[\d,]*(?:\.\d+)?) ?(%|x|ns|µs|ms|s|[kMG]?B)(?![\w/])( to )?")
UNITS = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9}


def _of_evidence(text: str) -> Iterable[Fact]:
    """Figures that only a sentence of the findings has: what a commit was measured against its parent, its functions' own times."""
    if found := _PARENT.search(text):
        yield Fact("change", "parent", 1 + float(found[1]) / 100 if found[2] == "%" else float(found[1]))
    for noun in ("pair", "commit", "measurement"):
        yield from (Fact("count", f"{noun}s", float(found)) for found in re.findall(rf"(\d+) {noun}s?\b", text))
    end = ""
    for found in _TOLD.finditer(_PARENT.sub("", text)):
        value = float(found[2].replace(",", ""))
        if found[3] == "x":
            yield Fact("change", "low" if found[4] else end or "told", value)
            end = "high" if found[4] else ""
        elif found[3] == "%":
            low = "low" if found[4] else end
            if found[1]:
                yield Fact("change", low or "told", 1 + (-value if found[1] == "-" else value) / 100)
            elif re.search(r"\brevert\w*\b[^;]*$", found.string[: found.start()]):
                yield Fact("share", "reverted", value / 100)
            else:
                yield Fact("share", "told", value / 100)
            end = "high" if found[4] else ""
        else:
            yield Fact("size" if found[3].endswith("B") else "time", "told", value * UNITS[found[3]])


def of_memory(row: Document) -> Iterable[Fact]:
    """Of one call. A ratio has a role of its own: it says nothing of speed."""
    yield from _some(row, "share", limit="limit")
    base, head = _number(row.get("base_bytes")), _number(row.get("head_bytes"))
    for role in ("peak", "current"):
        yield from _some(row, "size", head_bytes=role)
    yield from _some(
        row, "size", base_bytes="baseline", head_left_bytes="left", base_left_bytes="left", target_bytes="target"
    )
    yield from _some(row, "size", accepted_bytes="baseline")
    if base is not None and head is not None:
        yield Fact("size", "difference", head - base)
        if base > 0:
            yield Fact("change", MEMORY, head / base)
    for line in (*listed(row, "lines"), *listed(row, "left_lines")):
        yield from _some(line, "size", base_bytes="baseline", head_bytes="peak")
        yield Fact(
            "count", "allocations", (_number(line.get("head_blocks")) or 0) - (_number(line.get("base_blocks")) or 0)
        )
        before, after = _number(line.get("base_bytes")), _number(line.get("head_bytes"))
        if before is not None and after is not None:
            yield Fact("size", "difference", after - before)


def of_trend(trend: Document) -> Iterable[Fact]:
    change = _number(trend.get("change"))
    if change is not None:
        yield Fact("change", "trend", 1 + change)
    yield from _interval(trend, role="trend_", less=-1.0)
    yield from _some(trend, "time", velocity_s="velocity", target_s="target")
    yield from _some(trend, "count", runs="runs")
    values = [value for value in trend.get("values") or () if isinstance(value, int | float)]
    yield Fact("count", "runs", len(values))
    yield Fact("count", "runs", min(len(values), 10))
    for role in ("latest", str(trend.get("metric"))):
        yield from (Fact("time", role, float(value)) for value in values[-1:])
    yield from (Fact("time", "past", float(value)) for value in values[-10:-1])
    for level in listed(trend, "changes"):
        yield from _some(level, "change", ratio="level")
        yield from _some(level, "time", before="past", after="latest")
        yield from _some(level, "count", runs="level runs", benchmarks="benchmarks", commits="commits")


def of_run(report: Document, summary: Document, run: Document) -> Iterable[Fact]:
    yield from _some(summary, "change", geomean_ratio="all")
    common = report.get("common") or {}
    yield from _some(common, "change", ratio="together")
    yield from _interval(common)
    yield from _some(summary, "size", peak_bytes="peak", mean_bytes="average")
    yield from _some(run, "time", seconds="spent", suite_s="suite")
    spent, suite = _number(run.get("seconds")), _number(run.get("suite_s"))
    if spent is not None and suite is not None:
        yield Fact("time", "spent", spent - suite)  # on measuring again
    if suite is None:  # measuring was all there was
        yield from _some(run, "time", seconds="suite")
