"""A finished report as text for a terminal or a log: what is shown, in which order, and what is left out.

Takes a report and the screen it is for, returns a string; the caller prints it. Repository text is cleaned by `wording`, or
here; lines, tables and colours are drawn by `terminal`.
"""

from collections.abc import Callable, Sequence

from bench_agent.render import row_wording, wording
from bench_agent.render.finding_wording import (
    finding_change,
    finding_facts,
    finding_title,
    suspect_line,
    suspect_places,
    suspects_title,
)
from bench_agent.render.memory_wording import allocations, sentences
from bench_agent.render.row_wording import p95, p95_footnote, row_change, row_interval, row_last, time_title
from bench_agent.render.terminal import MAX_SENTENCE, Page, Screen, cells
from bench_agent.render.trends import MAX_CHARTS, draw_trends
from bench_agent.results.report import CLEARED, MARKS, BenchmarkRow, Finding, Mark, Recommendations, Report
from bench_agent.results.trends import Trend
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

MAX_ROWS = 40  # of the summary table without --verbose: what a person scrolls through
MAX_FINDINGS = 5  # told in full; the others get a line each, up to MAX_LINES
MAX_LINES = 20  # of one kind: findings in short, messages of failures
MAX_WARNINGS = 5  # the others are counted
URGENT = 3  # sections of the recommendations: fix, watch, celebrate; so that the last screen is about the news

_STYLES: dict[Mark, str] = {
    **dict.fromkeys(MARKS, "bold red"),
    **dict.fromkeys(("slower", "suspected", "undecided"), "bold yellow"),
    **dict.fromkeys(("environment", "vanished", "new"), "bold"),
    **dict.fromkeys(CLEARED, "green"),
}
_SEVERITY = {"low": "bold yellow", "medium": "bold red", "high": "bold red", "critical": "bold white on red"}


def render_report(report: Report, screen: Screen, *, verbose: bool = False) -> str:
    """The whole report: summary table, comparison, memory, alerts with suspects, recommendations, overall status last.

    verbose: every row, trend charts and statistics, and all recommendations; without it those that can wait are left out.
    """
    page = Page(screen)
    _summary(page, report, verbose=verbose)
    _alerts(page, report, verbose=verbose)
    if verbose and report.trends:
        draw_trends(page, report.trends, in_turns={row.id: row_wording.in_turns(row) for row in report.benchmarks})
    if verbose or _has_news(report):
        _recommendations(page, report.recommendations, wording.SECTIONS if verbose else wording.SECTIONS[:URGENT])
    elif report.recommendations.monitor:
        page.labelled("Watch:", clean_text(report.recommendations.monitor[0], limit=MAX_SENTENCE))
    _close(page, report, verbose=verbose)
    return page.text()


def _has_news(report: Report) -> bool:
    return bool(report.told or report.summary.failed)


def render_trends(trends: Sequence[Trend], screen: Screen, *, charts: int = MAX_CHARTS) -> str:
    """The trend charts (at most `charts` of them) and the statistics of all trends."""
    page = Page(screen)
    if trends:
        draw_trends(page, trends, charts=charts)
    else:
        page.say("No stored runs yet. Next: bench-agent run")
    return page.text()


def render_table(columns: Sequence[str], rows: Sequence[Sequence[str]], screen: Screen) -> str:
    """A small table of texts, the first column left, the others right: for `history list` and `baseline show`."""
    page = Page(screen)
    page.table(columns, [[clean_text(cell, limit=MAX_SENTENCE) for cell in row] for row in rows])
    return page.text()


# --- the parts of a report --------------------------------------------------------------------------------------------

Cell = Callable[[BenchmarkRow], str]


def _summary(page: Page, report: Report, *, verbose: bool) -> None:
    page.say("=== Performance Benchmark Results ===", "bold")
    page.say(_fitting(wording.run_parts(report.run), page.screen.width), "dim")
    if report.benchmarks:
        rows = report.benchmarks if verbose else _shown_rows(report.benchmarks)
        columns = _columns(report.benchmarks, page.screen.width)
        cells_ = [[cell(row) for _, cell in columns] for row in rows]
        styles = [[_cell_style(row, title) for title, _ in columns] for row in rows]
        page.table([title for title, _ in columns], cells_, styles)
        if len(rows) < len(report.benchmarks):
            hidden = (
                "all passing" if all(r.mark in CLEARED for r in _hidden(report.benchmarks, rows)) else "not all passing"
            )
            page.say(f"… and {len(report.benchmarks) - len(rows):,} more, {hidden}: --verbose shows them", "dim")
        footnote = p95_footnote(rows)
        if footnote:
            page.say(footnote, "dim")
        told = [r for r in rows if r.message][:MAX_LINES]
        for called, row in zip(wording.names([r.benchmark for r in told], limit=30), told, strict=True):
            page.labelled(f"{called}:", clean_text(row.message), "red" if row.mark == "failed" else "")
        page.labelled(f"{wording.against(report)}:", wording.comparison(report))
    else:
        page.say(clean_text(report.summary.headline, limit=MAX_SENTENCE), "bold")
    memory = wording.memory(report)
    if memory:
        page.labelled("Memory Usage:", memory)
    names = {row.id: row.benchmark for row in report.benchmarks}
    for text in [*sentences(report.memory, names), *allocations(report.allocations, names)]:
        page.labelled("Memory:", text, "" if report.allocations else "yellow")
    for text in report.warnings[:MAX_WARNINGS]:
        page.labelled("Warning:", clean_text(text, limit=MAX_SENTENCE), "yellow")
    if len(report.warnings) > MAX_WARNINGS:
        page.say(f"… and {len(report.warnings) - MAX_WARNINGS} more warnings: bench-agent report --json", "dim")


def _fitting(parts: Sequence[str], width: int) -> str:
    """As many of the parts as one line holds; the first always."""
    line = parts[0] if parts else ""
    for part in parts[1:]:
        if cells(f"{line} · {part}") > width:
            break
        line += f" · {part}"
    return line


def _shown_rows(rows: Sequence[BenchmarkRow]) -> list[BenchmarkRow]:
    """What is shown of a large suite: all that does not pass (up to the bound), then the rest in its order."""
    if len(rows) <= MAX_ROWS:
        return list(rows)
    return sorted(rows, key=lambda row: row.mark in CLEARED)[:MAX_ROWS]


def _hidden(rows: Sequence[BenchmarkRow], shown: Sequence[BenchmarkRow]) -> list[BenchmarkRow]:
    ids = {row.id for row in shown}
    return [row for row in rows if row.id not in ids]


def _columns(rows: Sequence[BenchmarkRow], width: int) -> list[tuple[str, Cell]]:
    """The columns that the width has room for, without those that would be empty."""

    def known(field: str) -> bool:
        return any(getattr(row, field) is not None for row in rows)

    starred = any(row.p95_is_max for row in rows)
    wide, last, accepted = width >= 100, known("ratio_last"), known("ratio_baseline")
    turns = known("ratio")
    roomy = width >= (140 if turns else 100)
    columns: list[tuple[str, Cell, bool]] = [
        ("Benchmark", lambda r: wording.name(r.benchmark, limit=200), True),
        (time := time_title(rows), lambda r: quantity.duration(r.median_s), True),
        ("Mean", lambda r: quantity.duration(r.mean_s), time == "Median" and width >= (150 if turns else 110)),
        ("P95", lambda r: p95(r) + (" " if starred and not r.p95_is_max else ""), True),
        ("Target", lambda r: quantity.duration(r.target_p95_s), wide and known("target_p95_s")),
        ("Rounds", lambda r: f"{r.rounds:,}" if r.rounds else "-", wide),
        ("CPU", lambda r: quantity.percent(r.cpu_use), roomy and known("cpu_use")),
        ("Memory", lambda r: quantity.size(r.peak_bytes), roomy and known("peak_bytes")),
        ("In turns", row_change, turns),
        ("Interval", row_interval, turns and wide),
        ("vs last", row_last, last),
        ("vs accepted", lambda r: quantity.change(r.ratio_baseline), accepted and (wide or not (last or turns))),
        ("Status", lambda r: f"{wording.SYMBOLS[r.mark]} {wording.MARKS[r.mark]}", True),
    ]
    return [(title, cell) for title, cell, shown in columns if shown]


def _cell_style(row: BenchmarkRow, title: str) -> str:
    if title == "Status" or (title == "Benchmark" and row.mark not in CLEARED):
        return _STYLES[row.mark]
    if title == "In turns":
        return "dim" if row_change(row) == quantity.SAME else _STYLES[row.mark]
    if title == "vs accepted":
        ratio = row.ratio_baseline
        return "dim" if ratio is None or 0.95 < ratio < 1.05 else "green" if ratio < 1 else "yellow"
    return "dim" if title in ("Target", "Rounds", "CPU", "Memory", "Interval", "vs last") else ""


def _alerts(page: Page, report: Report, *, verbose: bool) -> None:
    findings = report.told
    told = findings[: MAX_LINES if verbose else MAX_FINDINGS]
    for finding in told:
        _finding(page, finding)
    if len(findings) > len(told):
        page.rule(f"{len(findings) - len(told)} MORE")
        for finding in findings[len(told) : len(told) + MAX_LINES]:
            page.say(
                f"{wording.name(finding.benchmark)} {finding_change(finding)}: {finding_title(finding)}",
                indent=2,
            )
        rest = len(findings) - len(told) - MAX_LINES
        if rest > 0:
            page.say(f"… and {rest:,} more: bench-agent report --json", "dim", indent=2)


def _finding(page: Page, finding: Finding) -> None:
    style = _SEVERITY[finding.severity]
    page.rule(f"{finding_title(finding)}: {wording.name(finding.benchmark)}", style)
    for label, text in finding_facts(finding):
        page.labelled(label, text, style if label == "Change" else "", indent=2, column=9)
    if finding.suspects:
        page.say(suspects_title(finding), "bold", indent=2)
        for i, suspect in enumerate(finding.suspects[:3], 1):
            page.labelled(f"{i}.", suspect_line(suspect), indent=2)
            places = suspect_places(suspect)
            for text in ([f"in {places}"] if places else []) + [
                f"- {e}" for e in map(clean_text, suspect.evidence[:3]) if e
            ]:
                page.say(text, "dim", indent=5)
    if finding.suspects_note:
        page.say(clean_text(finding.suspects_note), "dim", indent=2)
    if finding.actions:
        page.say("What to do", "bold", indent=2)
        for i, action in enumerate(finding.actions[:5], 1):
            page.labelled(f"{i}.", clean_text(action, limit=MAX_SENTENCE), indent=2)


def _recommendations(page: Page, recommendations: Recommendations, kinds: Sequence[tuple[str, str]]) -> None:
    sections = [(title, getattr(recommendations, field)) for field, title in kinds]
    if not any(texts for _, texts in sections):
        return
    page.rule("RECOMMENDATIONS")
    for title, texts in sections:
        if texts:
            page.say(title, "bold", indent=2)
        for text in texts:
            page.labelled("-", clean_text(text, limit=MAX_SENTENCE), indent=4)


def _close(page: Page, report: Report, *, verbose: bool = True) -> None:
    mark = wording.overall_mark(report)
    news = verbose or _has_news(report)
    if news:
        page.gap()
    if report.report_path and news:
        page.labelled("Full report:", clean_text(report.report_path, limit=MAX_SENTENCE), "dim")
    symbol = "…" if report.status == "running" else wording.SYMBOLS[mark]
    page.labelled(
        "Overall Status:", f"{symbol} {wording.overall(report)}", _STYLES[mark] if mark != "pass" else "bold green"
    )
    commands = [*(f.next_command for f in report.told), *(row.next_command for row in report.benchmarks)]
    command = next(filter(None, commands), None)
    if command:
        page.labelled("Next:", clean_text(command, limit=MAX_SENTENCE))
