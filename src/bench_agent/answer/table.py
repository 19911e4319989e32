"""Of the answer: the table of benchmarks, and how they compare with before."""

from collections.abc import Callable, Sequence

from bench_agent.render import row_wording, wording
from bench_agent.render.memory_wording import sentences
from bench_agent.results.figure_texts import (
    difference,
    finding_change,
    overall_change,
    row_change,
    row_interval,
)
from bench_agent.results.report import CLEARED, BenchmarkRow, Finding, Report
from bench_agent.text import quantity
from bench_agent.text.markup import code, spoken

MAX_ROWS = 40  # of the table; of a larger suite the worst

MAX_LINES = 5  # of a list

ICONS = {"✗": "❌", "▲": "⚠️", "?": "❔", "·": "ℹ️", "✓": "✅"}

NO_CHANGE = "no change"  # what can't be told from none


def render_results(report: Report, most: int) -> str:
    rows = report.benchmarks
    if not rows:
        return ""
    shown = rows[:most]
    columns = _columns(shown)
    lines = [
        "### Results",
        "",
        f"| Benchmark | {' | '.join(title for title, _ in columns)} |",
        f"|---|{'---:|' * (len(columns) - 1)}---|",
    ]
    for group, members in _by_group(shown):
        lines += [f"| **{spoken(group, limit=60)}** |{'  |' * len(columns)}"] if group else []
        lines += [f"| {code(wording.name(r.benchmark))} | {' | '.join(c(r) for _, c in columns)} |" for r in members]
    lines += ["", *_below(report, rows[len(shown) :])]
    return "\n".join(lines).rstrip()


def _columns(rows: Sequence[BenchmarkRow]) -> list[tuple[str, Callable[[BenchmarkRow], str]]]:
    columns: list[tuple[str, Callable[[BenchmarkRow], str]]] = [
        (row_wording.time_title(rows), lambda r: quantity.duration(r.median_s)),
        ("Mean", lambda r: quantity.duration(r.mean_s)),
    ]
    if any(r.p95_s is not None for r in rows):
        columns.append(("P95", lambda r: row_wording.p95(r).replace("*", r"\*")))
    if any(r.target_p95_s is not None for r in rows):
        columns.append(("Target P95", lambda r: _or_nothing(r.target_p95_s)))
    if any(r.ratio is not None for r in rows):
        columns.append(("Change, in turns", _in_turns))
    if any(r.ratio_last is not None for r in rows):
        columns.append(("vs last, loose", row_wording.row_last))
    return [*columns, ("Status", _status)]


def _or_nothing(seconds: float | None) -> str:
    return "" if seconds is None else f"< {quantity.duration(seconds)}"


def _in_turns(row: BenchmarkRow) -> str:
    change = row_change(row)
    return f"{NO_CHANGE if change == quantity.SAME else change} ({row_interval(row)})" if change else ""


def _status(row: BenchmarkRow) -> str:
    word = f"{ICONS[wording.SYMBOLS[row.mark]]} {wording.MARKS[row.mark]}"
    return f"{word}: {code(row.message)}" if row.message else word


def _by_group(rows: Sequence[BenchmarkRow]) -> list[tuple[str, list[BenchmarkRow]]]:
    """The rows by category, that of the worst row first; one part without a name where categories say little."""
    groups: dict[str, list[BenchmarkRow]] = {}
    for row in rows:
        groups.setdefault(row.group or "", []).append(row)
    if len(groups) < 2 or len(rows) < 2 * len(groups):
        return [("", list(rows))]
    return [(group or "no category", members) for group, members in groups.items()]


def _below(report: Report, hidden: Sequence[BenchmarkRow]) -> list[str]:
    lines = []
    if hidden:
        passing = sum(r.mark in CLEARED for r in hidden)
        told = f"{passing:,} of them passing" if passing < len(hidden) else "all passing"
        lines.append(f"… and {len(hidden):,} more, {told}: `bench-agent report`")
    if footnote := row_wording.p95_footnote(report.benchmarks):
        lines.append(spoken(footnote))
    if memory := wording.memory(report):
        lines.append(f"Memory: {memory}")
    names = {row.id: row.benchmark for row in report.benchmarks}
    lines += [spoken(text, limit=300) for text in sentences(report.memory, names)]
    return "\n\n".join(lines).split("\n") if lines else []


def render_comparison(report: Report) -> str:
    if not report.benchmarks:
        return ""
    s = report.summary
    lines = [f"{spoken(wording.against(report))}: {spoken(wording.comparison(report), limit=800)}"]
    lines += [_improvement(f) for f in report.improvements[:MAX_LINES]]
    if len(report.improvements) > MAX_LINES:
        lines.append(f"{len(report.improvements) - MAX_LINES} more are faster")
    if s.geomean_ratio is not None and not s.measured_in_turns:
        overall = overall_change(s.geomean_ratio)
        lines.append(f"{overall} over all (geometric mean against stored runs, not measured in turns)")
    return "\n".join(["### Baseline comparison", "", *(f"- {line}" for line in lines)])


def _improvement(finding: Finding) -> str:
    how = "" if finding.confirmed else ", by stored runs, not measured in turns"
    interval = f", {quantity.change_interval(finding.interval)}" if finding.interval else ""
    change = f"{finding_change(finding)}{interval}"
    return f"{code(wording.name(finding.benchmark))}: {difference(finding)} ({change}){how}"
