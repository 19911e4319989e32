"""A finished report as GitHub Markdown, for a pull request's comment or a job's summary.

Takes a report, returns at most MAX_CHARS characters: the verdict as title, the counts, what changed, then details to unfold.
Repository text is shown as code or escaped (`text/markup`), so that it links and mentions nobody.
"""

from collections.abc import Callable, Iterable, Sequence

from bench_agent.render import chart, wording
from bench_agent.render.finding_wording import (
    finding_facts,
    finding_title,
    suspect_line,
    suspect_places,
    suspects_title,
)
from bench_agent.render.memory import markdown as memory_table
from bench_agent.render.memory_wording import allocations
from bench_agent.render.row_wording import p95, p95_footnote, row_change, row_interval, row_last, time_title
from bench_agent.render.trends import common_levels, health, trend_status, trend_verdict
from bench_agent.results.report import CLEARED, BenchmarkRow, Finding, Report
from bench_agent.results.trends import Trend
from bench_agent.text import quantity
from bench_agent.text.markup import code, fenced, prose

MAX_CHARS = 60_000  # GitHub refuses comments over 65,536
MAX_FINDINGS = 10  # with details to unfold
MAX_ROWS = 100  # of the table
NOTABLE = 0.05  # rows that changed by less are listed with the others


def render_markdown(report: Report) -> str:
    """The report as markdown. Whole sections are left out from the end, and named, if it grew beyond MAX_CHARS."""
    parts = [_head(report), _changed(report.benchmarks)]
    told = report.told
    parts += [_finding(finding) for finding in told[:MAX_FINDINGS]]
    names = {row.id: row.benchmark for row in report.benchmarks}
    parts.append(memory_table(report.memory, names))
    if report.allocations:
        parts.append("### Memory by line\n\n" + fenced("\n".join(allocations(report.allocations, names)), limit=8_000))
    if len(told) > MAX_FINDINGS:
        parts.append(f"… and {len(told) - MAX_FINDINGS} more findings.")
    parts += [recommendations(report), _all_rows(report.benchmarks), _trends(report.trends), _foot(report)]
    return fitted(parts, most=MAX_CHARS)


def fitted(parts: Iterable[str], *, most: int, size: Callable[[str], int] = len) -> str:
    """The parts that fit, in their order; how many are left out is said at the end."""
    text, left_out = "", 0
    for part in filter(None, parts):
        if size(text + part) > most:
            left_out += 1
        else:
            text += part + "\n\n"
    if left_out:
        text += f"_{quantity.counted(left_out, 'section')} left out: too long for a comment._\n"
    return text.rstrip() + "\n"


def _head(report: Report) -> str:
    s = report.summary
    icon = "⚪" if report.status == "not_compared" else wording.ICONS[wording.overall_mark(report)]
    verdict = wording.overall(report)
    counts = (
        ("❌", s.regressed, "confirmed"),
        ("❌", s.over_target, "over target"),
        ("❌", s.memory_regressed or 0, "of memory"),
        ("⚠️", s.suspected, "suspected"),
        ("❌", s.failed, "failed"),
        ("⚠️", s.slower - s.regressed, "slower below the limit"),
        ("❔", s.undecided, "undecided"),
        ("ℹ️", s.environment, "slower by the environment"),
        ("🆕", s.new, "new"),
        ("➖", s.vanished, "vanished"),
        ("⚡", s.improved, "faster"),
        ("✅", s.passing, "passing"),
        ("⏩", s.skipped, "skipped"),
    )
    line = " · ".join(f"{mark} {n:,} {word}" for mark, n, word in counts if n > 0)
    parts = [f"## {icon} {verdict.capitalize()}", line or prose(s.headline)]
    if report.benchmarks:
        parts.append(f"{prose(wording.against(report))}: {prose(wording.comparison(report), limit=600)}")
    parts += [f"> ⚠️ {prose(text)}" for text in report.warnings[:5]]
    return "\n\n".join(parts)


def _changed(rows: Sequence[BenchmarkRow]) -> str:
    """Only what a reader has to look at: what is not cleared, and what moved."""
    return _table([r for r in rows if r.mark not in CLEARED or r.mark == "faster" or _moved(r)][:MAX_ROWS])


def _moved(row: BenchmarkRow) -> bool:
    return row.ratio_last is not None and abs(row.ratio_last - 1) >= NOTABLE


def _table(rows: Sequence[BenchmarkRow]) -> str:
    if not rows:
        return ""
    columns: list[tuple[str, Callable[[BenchmarkRow], str]]] = [
        (time_title(rows), lambda r: quantity.duration(r.median_s)),
        ("P95", lambda r: p95(r).replace("*", r"\*")),
    ]
    if any(r.ratio is not None for r in rows):
        columns.append(("in turns", _in_turns))
    if any(r.ratio_last is not None for r in rows):
        columns.append(("vs last", row_last))
    lines = [
        f"| | Benchmark | {' | '.join(title for title, _ in columns)} | |",
        f"|---|---|{'---:|' * len(columns)}---|",
    ]
    for r in rows:
        word = wording.MARKS[r.mark].capitalize() if r.mark != "pass" else ""
        figures = " | ".join(cell(r) for _, cell in columns)
        note = f"{word}: {code(r.message)}" if r.message else word
        lines.append(f"| {wording.ICONS[r.mark]} | {code(wording.name(r.benchmark))} | {figures} | {note} |")
    footnote = p95_footnote(rows)
    return "\n".join(lines) + (f"\n\n\\{footnote}" if footnote else "")


def _in_turns(row: BenchmarkRow) -> str:
    change = row_change(row)
    return f"{change} ({row_interval(row)})".replace("~", "\\~") if change else ""


def _finding(finding: Finding) -> str:
    lines = [f"### {finding_title(finding).capitalize()}: {code(wording.name(finding.benchmark))}", ""]
    lines += [f"- **{label}**: {prose(text)}" for label, text in finding_facts(finding)]
    if finding.suspects:
        lines += ["", f"**{suspects_title(finding)}**", ""]
        for i, suspect in enumerate(finding.suspects[:3], 1):
            lines.append(f"{i}. {prose(suspect_line(suspect))}")
            places = suspect_places(suspect)
            lines += [f"   - in {code(places, limit=300)}"] if places else []
            lines += [f"   - {prose(text)}" for text in suspect.evidence[:3]]
    if finding.suspects_note:
        lines += ["", prose(finding.suspects_note)]
    if finding.actions:
        lines += ["", "**What to do**", ""]
        lines += [f"{i}. {_with_command(text)}" for i, text in enumerate(finding.actions[:5], 1)]
    return "\n".join(lines)


def _with_command(text: str) -> str:
    sentence, command = wording.split_command(text)
    return f"{prose(sentence)} {code(command, limit=320)}".rstrip()


def recommendations(report: Report, told: Callable[[str], str] = _with_command) -> str:
    """All of them by their sections. told: a recommendation as it is shown there."""
    lines: list[str] = []
    for field, title in wording.SECTIONS:
        texts = getattr(report.recommendations, field)
        if texts:
            lines += [f"**{title}**", "", *(f"- {told(text)}" for text in texts), ""]
    return "\n".join(["### Recommendations", "", *lines]).rstrip() if lines else ""


def _all_rows(rows: Sequence[BenchmarkRow]) -> str:
    more = f"\n\n… and {len(rows) - MAX_ROWS:,} more." if len(rows) > MAX_ROWS else ""
    return _folded(f"All {quantity.counted(len(rows), 'benchmark')}", _table(rows[:MAX_ROWS]) + more) if rows else ""


def _trends(trends: Sequence[Trend]) -> str:
    if not trends:
        return ""
    lines = ["| Benchmark | Runs | Trend | Per run | Status |", "|---|---|---|---:|---|"]
    for t in trends[:MAX_ROWS]:
        cells = (
            code(wording.name(t.benchmark)),
            f"`{chart.sparkline(t.values[-10:])}`" if t.values else "",
            prose(trend_verdict(t).capitalize()),
            quantity.duration_change(t.velocity_s),
            prose(trend_status(t)),
        )
        lines.append(f"| {' | '.join(cells)} |")
    word, counts = health(trends)
    if common := common_levels(trends):
        lines += ["", "Changes of level in common:", "", *(f"- {prose(text)}" for text in common)]
    return _folded(f"Trends: {word.lower()} ({', '.join(counts).lower()})", "\n".join(lines))


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def _foot(report: Report) -> str:
    parts = [prose(part, limit=100) for part in wording.run_parts(report.run)]
    memory = wording.memory(report)
    return "<sub>" + " · ".join([*parts, *([f"memory: {memory}"] if memory else [])]) + "</sub>"
