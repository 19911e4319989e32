"""A finished report as the answer that the assistant passes on: Markdown for a terminal, every figure as it is to be said.

Comes in: a report. Goes out: at most `limit` characters. Whole sections are left out from the least urgent, and named. Wide
tables, foldable parts and links, which a comment on GitHub can show, are not for here: see `render/markdown`.
Repository text is shown as code or escaped.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench_agent.render import chart, finding_wording, row_wording, wording
from bench_agent.render.memory_wording import sentences
from bench_agent.render.trends import common_levels, trend_kind, trend_status, trend_verdict
from bench_agent.results.report import CLEARED, MAX_CHARS, BenchmarkRow, Finding, Report, Suspect
from bench_agent.results.told import (
    difference,
    finding_change,
    health,
    metric_name,
    overall_change,
    row_change,
    row_interval,
)
from bench_agent.results.trends import Trend
from bench_agent.text import quantity
from bench_agent.text.clean import short_sha
from bench_agent.text.markup import code, fenced, spoken

MAX_ROWS = 40  # of the table; of a larger suite the worst
MAX_ALERTS = 3  # findings told whole; the others in a line each
MAX_LINES = 5  # of a list
MAX_NAMES = 12  # of benchmarks told in one line
MAX_EXCERPT = 1_200  # characters of a diff
CHART_WIDTH = 78

_ICONS = {"✗": "❌", "▲": "⚠️", "?": "❔", "·": "ℹ️", "✓": "✅"}
GO = {"safe": "✅ Safe to deploy", "hold": "🛑 Hold", "cant_tell": "❔ Can't tell"}
NO_CHANGE = "no change"  # what can't be told from none
FOR_ASSISTANT = "For the assistant, not for the answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """rank: the larger, the sooner it is left out; 0 never is. name: what is said of it then."""

    text: str
    rank: int = 0
    name: str = ""


def render_answer(report: Report, *, limit: int | None = MAX_CHARS, diffs: bool = False) -> str:
    """The answer. limit: characters; None leaves nothing out.

    diffs: with what the suspects changed at the end, for the assistant to read and not to pass on.
    """
    most = MAX_ROWS if limit else len(report.benchmarks)
    told = [f for f in report.regressions if limit is None or f in report.regressions[:MAX_ALERTS]]
    sections = [
        _Section(text=_head(report)),
        _Section(text=_results(report, most)),
        _Section(text=_comparison(report)),
        *(
            _Section(text=_alert(f, told[i - 1] if i else None), rank=9 * (i > 0), name="a regression")
            for i, f in enumerate(told)
        ),
        _Section(text=_brief(report.regressions[len(told) :])),
        _Section(text=_open(report), rank=8, name="what is undecided"),
        _Section(text=_trends(report.trends), rank=5, name="trends"),
        _Section(text=_charts(report.trends, 2 if limit else 100), rank=1, name="charts"),
        _Section(text=_recommendations(report), rank=6, name="recommendations"),
        _Section(text=_warnings(report), rank=7, name="warnings"),
        _Section(text=_foot(report)),
    ]
    if diffs:
        sections.append(_Section(text=_diffs(told), rank=2))
    return _fit(sections, limit, fewer=lambda rows: _results(report, rows))


def _fit(sections: list[_Section], limit: int | None, *, fewer: Callable[[int], str]) -> str:
    """The sections that fit. fewer: the table with that many rows, the second section."""
    rows, gone = MAX_ROWS, list[str]()
    while True:
        note = f"Left out here: {', '.join(dict.fromkeys(gone))}." if gone else ""
        text = "\n\n".join(s.text for s in [*sections[:-1], _Section(text=note), sections[-1]] if s.text) + "\n"
        if limit is None or len(text) < limit:
            return text
        ranked = [s for s in sections if s.rank and s.text]
        if ranked:
            least = min(ranked, key=lambda s: s.rank)
            sections.remove(least)
            gone += [least.name] if least.name else []
        elif rows > 1:
            rows //= 2
            sections[1] = _Section(text=fewer(rows))
        else:
            return text[: limit - 2] + "…\n"


# --- head


def _head(report: Report) -> str:
    icon = _ICONS[wording.SYMBOLS[wording.overall_mark(report)]]
    parts = [f"## {icon} {wording.overall(report).capitalize()}"]
    go = report.summary.go
    if go is not None:
        parts.append(f"**{GO[go.verdict]}**: {spoken(go.reason)}")
    if report.error is not None:
        hint = f" {spoken(report.error.hint)}" if report.error.hint else ""
        parts.append(f"{spoken(report.error.message)}.{hint}")
    elif go is None or report.summary.headline not in go.reason:
        parts.append(spoken(report.summary.headline))
    command, *others = wording.run_parts(report.run)
    parts.append(f"Executed: {code(command)} · {spoken(' · '.join(others), limit=600)}")
    return "\n\n".join(parts)


# --- the table


def _results(report: Report, most: int) -> str:
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
    word = f"{_ICONS[wording.SYMBOLS[row.mark]]} {wording.MARKS[row.mark]}"
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


# --- against before


def _comparison(report: Report) -> str:
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


# --- what got slower


def _alert(finding: Finding, before: Finding | None) -> str:
    """One finding, whole. before: the one told above it, whose suspects are not told again."""
    icon = _ICONS[wording.SYMBOLS[finding.mark]]
    lines = [
        f"### {icon} {finding_wording.finding_title(finding).capitalize()}: {code(wording.name(finding.benchmark))}",
        "",
    ]
    lines += [f"- **{label}**: {spoken(text)}" for label, text in finding_wording.finding_facts(finding)]
    if before is not None and finding.suspects and finding.suspects == before.suspects:
        lines += ["", f"**{finding_wording.suspects_title(finding)}**: as above"]
    elif finding.suspects:
        lines += ["", f"**{finding_wording.suspects_title(finding)}**", ""]
        lines += [line for i, s in enumerate(finding.suspects[:3], 1) for line in _suspect(i, s)]
    if finding.suspects_note:
        lines += ["", _with_command(finding.suspects_note)]
    if finding.actions:
        lines += ["", "**What to do**", ""]
        lines += [f"{i}. {_with_command(text)}" for i, text in enumerate(finding.actions[:MAX_LINES], 1)]
    if finding.issue is not None:
        labels = ", ".join(finding.issue.labels)
        lines += ["", f"**Issue**: “{spoken(finding.issue.title)}” ({spoken(labels)})"]
    return "\n".join(lines)


def _suspect(number: int, suspect: Suspect) -> Iterable[str]:
    yield f"{number}. {spoken(finding_wording.suspect_line(suspect))}"
    places = finding_wording.suspect_places(suspect)
    if places:
        yield f"   - in {code(places, limit=300)}"
    yield from (f"   - {spoken(text)}" for text in suspect.evidence[:3])


def _with_command(text: str) -> str:
    sentence, command = wording.split_command(text)
    return f"{spoken(sentence)} {code(command, limit=320)}".rstrip()


def _brief(findings: Sequence[Finding]) -> str:
    """What is not told whole, in a line each."""
    if not findings:
        return ""
    lines = [f"- {_line(finding)}" for finding in findings[:10]]
    if len(findings) > 10:
        lines.append(f"- and {len(findings) - 10} more: `bench-agent report`")
    return "\n".join(["### Also slower", "", *lines])


def _line(finding: Finding) -> str:
    title = finding_wording.finding_title(finding).capitalize()
    interval = f", {quantity.change_interval(finding.interval)}" if finding.interval else ""
    change = f"{finding_change(finding)}{interval}"
    figures = f"{quantity.value(finding.baseline, finding.unit)} -> {quantity.value(finding.current, finding.unit)}"
    return f"{code(wording.name(finding.benchmark))}: {title}, {change} ({metric_name(finding.metric)} {figures})"


def _open(report: Report) -> str:
    """What measuring did not decide, and what is slower by the environment: each with what would tell, or what differs."""
    findings = [*report.undecided[:MAX_LINES], *report.environment[:MAX_LINES]]
    lines = [f"- {_undecided(f)}" for f in findings]
    told = {f.id for f in (*findings, *report.regressions)}
    others = [r for r in report.benchmarks if r.mark in ("undecided", "environment") and r.id not in told]
    for mark, why in (("undecided", "undecided"), ("environment", "slower because of the environment, not the code")):
        rows = [r for r in others if r.mark == mark]
        if rows:
            names = ", ".join(code(wording.name(r.benchmark)) for r in rows[:MAX_NAMES])
            more = f" and {len(rows) - MAX_NAMES} more" if len(rows) > MAX_NAMES else ""
            command = rows[0].next_command
            lines.append(f"- {names}{more}: {why}" + (f". Next: {code(command, limit=320)}" if command else ""))
    return "\n".join(["### Neither passed nor regressed", "", *lines]) if lines else ""


def _undecided(finding: Finding) -> str:
    facts = dict(finding_wording.finding_facts(finding))
    told = [finding_wording.finding_title(finding).capitalize()]
    labels = ("Change", "Measured", "Differs", "To settle") if finding.verdict != "environment" else ("Differs",)
    facts["Change"] = facts["Change"].replace(quantity.SAME, "can't be told from none")
    told += [f"{label.lower()} {spoken(facts[label])}" for label in labels if label in facts]
    text = f"{code(wording.name(finding.benchmark))}: {'; '.join(told)}"
    return f"{text}. Next: {code(finding.next_command, limit=320)}" if finding.next_command else text


# --- trends


def _trends(trends: Sequence[Trend]) -> str:
    """Those that something can be told of; the others are counted."""
    if not trends:
        return ""
    word, counts = health(trends)
    lines = [f"### Trends (last {quantity.counted(max(len(t.values[-10:]) for t in trends), 'run')})", ""]
    called = [t for t in trends if t.change is not None]
    if called:
        lines += ["| Benchmark | Runs | Trend | Change | Per run | Status |", "|---|---|---|---:|---:|---|"]
        lines += [_trend_row(t) for t in called[:10]]
        lines += ["", f"and {len(called) - 10} more: `bench-agent trend`"] if len(called) > 10 else []
        lines.append("")
    lines += [f"- {spoken(text)}" for text in common_levels(trends)[:MAX_LINES]]
    lines.append(f"Overall health: **{word}** ({', '.join(counts)})")
    return "\n".join(lines)


def _trend_row(trend: Trend) -> str:
    cells = (
        code(wording.name(trend.benchmark)),
        f"`{chart.sparkline(trend.values[-10:])}`",
        f"{trend_kind(trend)}: {spoken(trend_verdict(trend).capitalize())}",
        quantity.change(1 + (trend.change or 0.0)),
        quantity.duration_change(trend.velocity_s),
        spoken(f"{trend_status(trend)}; {trend.concern}" if trend.concern else trend_status(trend)),
    )
    return f"| {' | '.join(cells)} |"


def _charts(trends: Sequence[Trend], most: int) -> str:
    """Of the trends that something can be told of, those that get slower first."""
    called = [t for t in trends if t.change is not None and len(t.values) > 2]
    called.sort(key=lambda t: (t.direction != "degrading", -abs(t.change or 0.0)))
    drawn = []
    for t in called[:most]:
        lines = chart.draw_chart(t.values[-10:], width=CHART_WIDTH, target=t.target_s)
        drawn.append(f"{code(wording.name(t.benchmark))} ({metric_name(t.metric)})\n{fenced(chr(10).join(lines))}")
    return "\n\n".join(drawn)


# --- the rest


def _recommendations(report: Report) -> str:
    lines: list[str] = []
    for field, title in wording.SECTIONS:
        texts = getattr(report.recommendations, field)
        if texts:
            lines += [f"**{title}**", "", *(f"- {_with_command(text)}" for text in texts), ""]
    return "\n".join(["### Recommendations", "", *lines]).rstrip() if lines else ""


def _warnings(report: Report) -> str:
    lines = [f"- {spoken(text)}" for text in report.warnings[:MAX_LINES]]
    if len(report.warnings) > MAX_LINES:
        lines.append(f"- and {len(report.warnings) - MAX_LINES} more")
    return "\n".join(["### Warnings", "", *lines]) if lines else ""


def _foot(report: Report) -> str:
    if report.report_path is None:
        return ""
    return f"Full report: `{ANSWER_FILE}`, or as a page: `bench-agent report --html {PAGE_FILE}`"


ANSWER_FILE = ".benchmark/report.md"
PAGE_FILE = ".benchmark/report.html"


def _diffs(findings: Sequence[Finding]) -> str:
    """What the suspects changed, as far as it matters: what only somebody who reads code can judge."""
    told: dict[str, str] = {}
    for finding in findings:
        for suspect in finding.suspects[:2]:
            if suspect.excerpt:
                title = f"{short_sha(suspect.sha)}, {code(finding_wording.suspect_places(suspect), limit=200)}"
                told.setdefault(suspect.sha, f"{title}\n{fenced(suspect.excerpt, limit=MAX_EXCERPT)}")
    if not told:
        return ""
    return "\n\n".join(
        [f"--- {FOR_ASSISTANT}: what the suspects changed (text of the repository, data) ---", *told.values()]
    )
