"""What the findings support: each figure with its kind and its role, by benchmark; commits, verdicts and texts.

Takes the document of a whole report (`.benchmark/report.json`). Pure and light: a hook of the client waits for it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from bench_agent.answer.check.wordings import lazy

Document = Mapping[str, Any]
HEX = re.compile(r"(?<![\w.])[0-9a-f]{7,40}(?!\w|\.\w)")
MEMORY = "memory"  # the role of a ratio of bytes
CLEARED = ("pass", "faster", "untouched")  # as in results/report, which the hook does not import


class Fact(NamedTuple):
    """A figure. kind: time (seconds), change (a ratio), share (0.2 is 20 %), size (bytes) or count."""

    kind: str
    role: str
    value: float


class Subject(NamedTuple):
    """What is known of one benchmark. slower, faster: whether anything that was measured says so."""

    name: str
    facts: tuple[Fact, ...]
    mark: str
    confirmed: bool
    slower: bool
    faster: bool
    shas: frozenset[str]
    proved: frozenset[str]
    suspects: tuple[str, ...]  # the most suspected first
    severity: str
    undecided: bool  # whether one of its findings is


class Facts(NamedTuple):
    """All of a report. overall: figures of no single benchmark. texts: its sentences, which may be quoted."""

    subjects: dict[str, Subject]
    overall: tuple[Fact, ...]
    shas: frozenset[str]
    texts: tuple[str, ...]
    summary: dict[str, Any]
    status: str
    go: str
    directions: dict[str, int]  # of the trends
    memory: frozenset[str] = (
        frozenset()
    )  # what the memory of calls did: more, less, leaks; empty where nothing is told of it


def facts_of(report: Document) -> Facts:
    """The facts of a report's document. A field that is missing or of another type is not known. O(its size)."""
    rows = {row["benchmark"]: row for row in _list(report, "benchmarks") if isinstance(row.get("benchmark"), str)}
    findings: dict[str, list[Document]] = {}
    for key in ("regressions", "improvements", "undecided", "environment"):
        for finding in _list(report, key):
            findings.setdefault(str(finding.get("benchmark")), []).append(finding)
    open_ = {str(finding.get("benchmark")) for finding in _list(report, "undecided")}
    trends = {str(trend.get("benchmark")): trend for trend in _list(report, "trends")}
    memory = {str(row.get("benchmark")): row for row in _list(report, "memory")}
    held = {name: memory.get(str(row.get("id")), {}) for name, row in rows.items()}
    subjects = {
        name: _subject(
            name, rows.get(name, {}), findings.get(name, []), trends.get(name, {}), held.get(name, {})
        )._replace(undecided=name in open_)
        for name in [*rows, *(findings.keys() - rows.keys()), *(trends.keys() - rows.keys() - findings.keys())]
    }
    summary, run = report.get("summary") or {}, report.get("run") or {}
    texts = tuple(_texts({key: value for key, value in report.items() if key != "trends"}))
    return Facts(
        subjects=subjects,
        overall=tuple(_overall(report, summary, run)),
        shas=frozenset(sha for text in texts for sha in HEX.findall(text))
        | frozenset(sha for trend in trends.values() for text in _texts(trend) for sha in HEX.findall(text)),
        texts=texts,
        summary={**summary, **_counts(report, summary)},
        status=str(report.get("status")),
        go=str((summary.get("go") or {}).get("verdict", "")),
        directions=dict(Counter(str(trend.get("direction")) for trend in trends.values())),
        memory=frozenset(did for row in memory.values() for did in _memory_did(row)),
    )


def _memory_did(row: Document) -> Iterable[str]:
    if row.get("verdict") in ("more", "less"):
        yield str(row["verdict"])
    if row.get("leaks") is True:
        yield "leaks"


def _counts(report: Document, summary: Document) -> dict[str, int]:
    """Counts that sentences of the report have and its summary does not."""
    improved = [bool(f.get("confirmed")) for f in _list(report, "improvements")]
    told = len(_list(report, "undecided"))
    suspected = sum(not f.get("confirmed") for f in _list(report, "regressions"))
    slower, compared, untouched = (summary.get(key) or 0 for key in ("slower", "compared", "untouched"))
    open_ = (summary.get("environment") or 0) + told
    rows = _list(report, "benchmarks")
    turned = summary.get("measured_in_turns") and (report.get("run") or {}).get("compared_with")
    by_runs = sum(
        row.get("ratio") is None and row.get("ratio_last") is not None and row.get("mark") in CLEARED for row in rows
    )
    return {
        "by_runs": by_runs if turned else 0,
        "decided_in_turns": compared + untouched - open_ - (by_runs if turned else 0),
        "improved_confirmed": sum(improved),
        "improved_loose": len(improved) - sum(improved),
        "undecided_told": told,
        "undecided_rest": (summary.get("undecided") or 0) - told,
        "suspected_told": suspected,
        "within": slower - (summary.get("regressed") or 0),
        "decided": compared + untouched - open_,
        "no_target": sum(
            1 for row in _list(report, "benchmarks") if row.get("p95_s") and row.get("target_p95_s") is None
        ),
        "all": (summary.get("benchmarks") or 0) + (summary.get("failed") or 0),
    }


def _list(document: Document, key: str) -> list[Any]:
    value = document.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


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


def _subject(name: str, row: Document, findings: list[Document], trend: Document, memory: Document) -> Subject:
    own = (fact for f in findings for fact in _of_finding(f))
    facts = [*_of_row(row), *own, *_of_trend(trend), *_of_memory(memory)]
    ratios = [
        fact.value
        for fact in facts
        if fact.kind == "change" and fact.role in ("turns", "loose", "trend", "level", "accepted")
    ]
    suspects = [suspect for f in findings for suspect in _list(f, "suspects")]
    return Subject(
        name=name,
        facts=tuple(facts),
        mark=str(row.get("mark") or next((f.get("mark") for f in findings), "")),
        confirmed=any(bool(f.get("confirmed")) for f in findings),
        slower=any(ratio > 1 for ratio in ratios),
        faster=any(ratio < 1 for ratio in ratios),
        shas=frozenset(sha for text in _texts([row, *findings, trend]) for sha in HEX.findall(text)),
        proved=frozenset(str(s.get("sha")) for s in suspects if s.get("proved") is True),
        suspects=tuple(str(s.get("sha")) for s in suspects),
        severity=str(next((f["severity"] for f in findings if f.get("severity")), "")).lower(),
        undecided=False,
    )


def _of_row(row: Document) -> Iterable[Fact]:
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
    median, spread = _number(row.get("median_s")), _number(row.get("iqr_s"))
    if median and spread:
        yield Fact("share", "spread", spread / median)


def _of_finding(finding: Document) -> Iterable[Fact]:
    evidence = finding.get("evidence") or {}
    kind = {"s": "time", "bytes": "size"}.get(str(finding.get("unit", "s")), "count")
    yield from _some(finding, kind, current="current", baseline="baseline")
    yield from _some(finding, kind, current=str(finding.get("metric")), baseline=str(finding.get("metric")))
    current, baseline = _number(finding.get("current")), _number(finding.get("baseline"))
    if current is not None and baseline is not None:
        yield Fact(kind, "difference", current - baseline)
    yield from _some(finding, "change", ratio="turns" if evidence.get("pairs") else "loose")
    yield from _interval(finding)
    yield from _some(finding, "share", threshold="limit", detectable="detectable")
    yield from _some(finding, "time", target_s="target", seconds_to_settle="settle")
    yield from _some(evidence, "time", seconds="spent")
    yield from _some(evidence, "count", pairs="pairs")
    for point in _list(finding, "runs"):
        now = point.get("run") == "current"
        yield from _some(point, kind, value="current" if now else f"run{point.get('run')}")
        yield from _some(point, "change", ratio="loose" if now else f"run{point.get('run')}")
    for suspect in _list(finding, "suspects"):
        role = f"share {str(suspect.get('sha'))[:7]}"
        yield from _some(suspect, "share", **{"share" if suspect.get("proved") else "score": role})
        for text in suspect.get("evidence") or ():
            yield from _of_evidence(str(text))
    yield from _of_evidence(str(finding.get("suspects_note") or ""))


_PARENT = re.compile(r"against its parent: ([+-]?\d+(?:\.\d+)?) ?(%|x)")
_TOLD = lazy(r"([+-]?)(?<![\w.])(\d[\d,]*(?:\.\d+)?) ?(%|ns|µs|ms|s|[kMG]?B)(?![\w/])( to )?")
_UNITS = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9}


def _of_evidence(text: str) -> Iterable[Fact]:
    """Figures that only a sentence of the findings has: what a commit was measured against its parent, its functions' own times."""
    if found := _PARENT.search(text):
        yield Fact("change", "parent", 1 + float(found[1]) / 100 if found[2] == "%" else float(found[1]))
    for noun in ("pair", "commit", "measurement"):
        yield from (Fact("count", f"{noun}s", float(found)) for found in re.findall(rf"(\d+) {noun}s?\b", text))
    end = ""
    for found in _TOLD.finditer(_PARENT.sub("", text)):
        value = float(found[2].replace(",", ""))
        if found[3] == "%":
            low = "low" if found[4] else end
            if found[1]:
                yield Fact("change", low or "told", 1 + (-value if found[1] == "-" else value) / 100)
            elif re.search(r"\brevert\w*\b[^;]*$", found.string[: found.start()]):
                yield Fact("share", "reverted", value / 100)
            else:
                yield Fact("share", "told", value / 100)
            end = "high" if found[4] else ""
        else:
            yield Fact("size" if found[3].endswith("B") else "time", "told", value * _UNITS[found[3]])


def _of_memory(row: Document) -> Iterable[Fact]:
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
    for line in (*_list(row, "lines"), *_list(row, "left_lines")):
        yield from _some(line, "size", base_bytes="baseline", head_bytes="peak")
        yield Fact(
            "count", "allocations", (_number(line.get("head_blocks")) or 0) - (_number(line.get("base_blocks")) or 0)
        )
        before, after = _number(line.get("base_bytes")), _number(line.get("head_bytes"))
        if before is not None and after is not None:
            yield Fact("size", "difference", after - before)


def _of_trend(trend: Document) -> Iterable[Fact]:
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
    for level in _list(trend, "changes"):
        yield from _some(level, "change", ratio="level")
        yield from _some(level, "time", before="past", after="latest")
        yield from _some(level, "count", runs="level runs", benchmarks="benchmarks", commits="commits")


def _overall(report: Document, summary: Document, run: Document) -> Iterable[Fact]:
    yield from _some(summary, "change", geomean_ratio="all")
    common = report.get("common") or {}
    yield from _some(common, "change", ratio="together")
    yield from _interval(common)
    yield from _some(summary, "size", peak_bytes="peak", mean_bytes="average")
    yield from _some(run, "time", seconds="spent", suite_s="suite")
    if _number(run.get("suite_s")) is None:  # measuring was all there was
        yield from _some(run, "time", seconds="suite")
