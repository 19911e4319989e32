"""What the findings support: each figure with its kind and its role, by benchmark; commits, verdicts and texts.

Takes the document of a whole report (`.benchmark/report.json`). Pure and light: a hook of the client waits for it.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from bench_agent.answer.check.fields import listed, of_finding, of_memory, of_row, of_run, of_trend
from bench_agent.answer.check.records import CLEARED, HEX, Document, Facts, Subject


def facts_of(report: Document) -> Facts:
    """The facts of a report's document. A field that is missing or of another type is not known. O(its size)."""
    rows = {row["benchmark"]: row for row in listed(report, "benchmarks") if isinstance(row.get("benchmark"), str)}
    findings: dict[str, list[Document]] = {}
    for key in ("regressions", "improvements", "undecided", "environment"):
        for finding in listed(report, key):
            findings.setdefault(str(finding.get("benchmark")), []).append(finding)
    open_ = {str(finding.get("benchmark")) for finding in listed(report, "undecided")}
    trends = {str(trend.get("benchmark")): trend for trend in listed(report, "trends")}
    memory = {str(row.get("benchmark")): row for row in listed(report, "memory")}
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
        overall=tuple(of_run(report, summary, run)),
        shas=frozenset(sha for text in texts for sha in HEX.findall(text))
        | frozenset(sha for trend in trends.values() for text in _texts(trend) for sha in HEX.findall(text)),
        texts=texts,
        summary={**summary, **_counts(report, summary)},
        status=str(report.get("status")),
        go=str((summary.get("go") or {}).get("verdict", "")),
        directions=dict(Counter(str(trend.get("direction")) for trend in trends.values())),
        notes=tuple(_texts(report.get("warnings"))),
        memory=frozenset(did for row in memory.values() for did in _memory_did(row)),
    )


def _memory_did(row: Document) -> Iterable[str]:
    if row.get("verdict") in ("more", "less"):
        yield str(row["verdict"])
    if row.get("leaks") is True:
        yield "leaks"


def _counts(report: Document, summary: Document) -> dict[str, int]:
    """Counts that sentences of the report have and its summary does not."""
    improved = [bool(f.get("confirmed")) for f in listed(report, "improvements")]
    told = len(listed(report, "undecided"))
    suspected = sum(not f.get("confirmed") for f in listed(report, "regressions"))
    slower, compared, untouched = (summary.get(key) or 0 for key in ("slower", "compared", "untouched"))
    open_ = (summary.get("environment") or 0) + told
    rows = listed(report, "benchmarks")
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
        "plainly_passing": sum(row.get("mark") == "pass" for row in rows),
        "within": slower - (summary.get("regressed") or 0),
        "decided": compared + untouched - open_,
        "no_target": sum(
            1 for row in listed(report, "benchmarks") if row.get("p95_s") and row.get("target_p95_s") is None
        ),
        "all": (summary.get("benchmarks") or 0) + (summary.get("failed") or 0),
    }


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _subject(name: str, row: Document, findings: list[Document], trend: Document, memory: Document) -> Subject:
    own = (fact for f in findings for fact in of_finding(f))
    facts = [*of_row(row), *own, *of_trend(trend), *of_memory(memory)]
    ratios = [
        fact.value
        for fact in facts
        if fact.kind == "change" and fact.role in ("turns", "loose", "trend", "level", "accepted")
    ]
    suspects = [suspect for f in findings for suspect in listed(f, "suspects")]
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
        steps=frozenset(str(level.get("sha")) for level in listed(trend, "changes")),
    )
