"""A finished report as text for a terminal or a log. The one door to rich, which is imported only when something is drawn.

Comes in: a report and the screen it is for. Goes out: a string; the caller prints it. Repository text is cleaned by `wording`
and handed to rich as Text, never as markup.
"""

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TextIO

from bench_agent import quantity
from bench_agent.findings import BenchmarkRow, Finding, Recommendations, Report, Trend
from bench_agent.render import chart, wording
from bench_agent.units import clean_text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

MAX_ROWS = 40  # of the summary table without --verbose: what a person scrolls through
MAX_FINDINGS = 5  # told in full; the others get a line each, up to MAX_LINES
MAX_LINES = 20
MAX_WARNINGS = 5
MAX_CHARTS = 12  # at most in one output: about three screens
MAX_TRENDS = 100  # rows of the statistics
MAX_SENTENCE = 320

_STYLES = {
    "pass": "green",
    "suspected": "bold yellow",
    "regressed": "bold red",
    "over_target": "bold red",
    "failed": "bold red",
}
_SEVERITY = {"low": "bold yellow", "medium": "bold red", "high": "bold red", "critical": "bold white on red"}
_DIRECTION = {"improving": "green", "degrading": "yellow", "stable": "", "unknown": "dim"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What the output goes to. plain: no tty, so no lines around tables. box: the encoding has box characters."""

    width: int = 80
    color: bool = False
    plain: bool = False
    box: bool = True


def render_report(report: Report, screen: Screen, *, verbose: bool = False) -> str:
    """The whole report: summary table, comparison, memory, alerts with suspects, recommendations, overall status last.

    verbose: every row, trend charts and statistics, and the recommendations of a run in which all is well.
    """
    page = _Page(screen)
    _summary(page, report, verbose=verbose)
    _alerts(page, report, verbose=verbose)
    if verbose and report.trends:
        _trends(page, report.trends)
    if verbose or _has_news(report):
        _recommendations(page, report.recommendations)
    elif report.recommendations.monitor:
        page.labelled("Watch:", clean_text(report.recommendations.monitor[0], limit=MAX_SENTENCE))
    _close(page, report, verbose=verbose)
    return page.text()


def _has_news(report: Report) -> bool:
    return bool(report.regressions or report.inconclusive or report.summary.failed)


def render_trends(trends: Sequence[Trend], screen: Screen, *, charts: int = MAX_CHARTS) -> str:
    """The trend charts (at most `charts` of them) and the statistics of all trends."""
    page = _Page(screen)
    if trends:
        _trends(page, trends, charts=charts)
    else:
        page.say("No stored runs yet. Next: bench-agent run")
    return page.text()


def render_findings(report: Report, screen: Screen) -> str:
    """Only the alerts and the overall status: what the gate over stored runs prints."""
    page = _Page(screen)
    _alerts(page, report, verbose=True)
    _close(page, report)
    return page.text()


def render_table(columns: Sequence[str], rows: Sequence[Sequence[str]], screen: Screen) -> str:
    """A small table of texts, the first column left, the others right: for `history list` and `baseline show`."""
    page = _Page(screen)
    page.table(columns, [[clean_text(cell, limit=MAX_SENTENCE) for cell in row] for row in rows])
    return page.text()


# --- the page ---------------------------------------------------------------------------------------------------------


class _Page:
    """A console that writes into a string, with the few shapes that the report is made of."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self._stream = io.StringIO()
        self.console = console_for(self._stream, screen)

    def text(self) -> str:
        lines = [line.rstrip() for line in self._stream.getvalue().split("\n")]
        text = "\n".join(lines).strip("\n").replace(_GLUE, " ") + "\n"
        return text if self.screen.box else chart.to_ascii(text)

    def say(self, text: str, style: str = "", *, indent: int = 0) -> None:
        """A paragraph, wrapped at the width with its indentation."""
        from rich.padding import Padding

        self.console.print(Padding(_wrappable(text, style, room=self.screen.width - indent), (0, 0, 0, indent)))

    def labelled(self, label: str, text: str, style: str = "", *, indent: int = 0, column: int = 0) -> None:
        """A label and its text; the text's further lines hang under its first."""
        from rich.table import Table

        first = max(column, cells(label)) + indent
        room = max(20, self.screen.width - first - 1)
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(width=first, no_wrap=True)
        grid.add_column(max_width=room, overflow="fold")
        heading = _styled(" " * indent + label, "bold" if label.endswith(":") else "dim")
        grid.add_row(heading, _wrappable(text, style, room=room))
        self.console.print(grid)

    def verbatim(self, lines: Sequence[str], style: str = "") -> None:
        self.console.print(_styled("\n".join(lines), style), soft_wrap=True)

    def gap(self) -> None:
        self.console.print()

    def rule(self, title: str, style: str = "bold") -> None:
        """A heading over the width; in plain output only as long as its text."""
        self.gap()
        title = clean_text(title, limit=MAX_SENTENCE)
        if self.screen.plain:
            self.verbatim([f"=== {title} ==="])
            return
        room = self.screen.width - 6
        title = fit(title, room)
        self.verbatim([f"━━━ {title} {'━' * (room - cells(title))}━"], style)

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[str]], styles: Sequence[Sequence[str]] = ()
    ) -> None:
        """A table whose first column gives way when the others need the width: its texts are cut in the middle.

        Laid out here, not by rich.table: every version of rich draws the same, and a thousand rows take half the time.
        """
        widths = [max(map(cells, (title, *(row[i] for row in rows)))) for i, title in enumerate(columns)]
        room = self.screen.width - sum(widths[1:]) - 3 * len(columns) - 1  # a line and two spaces for each column
        widths[0] = min(widths[0], max(12, room))
        plain = self.screen.plain
        if not plain:
            self.verbatim([_border(widths, "┌┬┐")], "dim")
        self._row(columns, ["bold"] * len(columns), columns, widths)
        self.verbatim(["  ".join("-" * width for width in widths) if plain else _border(widths, "├┼┤")], "dim")
        for i, row in enumerate(rows):
            self._row(row, styles[i] if styles else [""] * len(row), columns, widths)
        if not plain:
            self.verbatim([_border(widths, "└┴┘")], "dim")

    def _row(self, texts: Sequence[str], styles: Sequence[str], columns: Sequence[str], widths: Sequence[int]) -> None:
        from rich.text import Text

        start, between, end = ("", "  ", "") if self.screen.plain else ("│ ", " │ ", " │")
        line = Text()
        line.append(start, "dim")
        for i, (text, style, title, width) in enumerate(zip(texts, styles, columns, widths, strict=True)):
            if i:
                line.append(between, "dim")
            shown = fit(text, width)
            space = " " * (width - cells(shown))
            line.append(shown + space if i == 0 or title in _LEFT else space + shown, style)
        line.append(end, "dim")
        self.console.print(line, soft_wrap=True)


def _border(widths: Sequence[int], corners: str) -> str:
    left, middle, right = tuple(corners)
    return left + middle.join("─" * (width + 2) for width in widths) + right


_LEFT = frozenset({"Status", "Concern", "Trend", "Why", "File", "Commit"})


def console_for(stream: TextIO, screen: Screen) -> "Console":
    """A rich console that takes nothing from the environment: width and colour are decided by the caller."""
    from rich.console import Console

    return Console(
        file=stream,
        width=screen.width,
        force_terminal=screen.color,
        color_system="standard" if screen.color else None,
        no_color=not screen.color,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )


def _styled(text: str, style: str = "") -> "Text":
    from rich.text import Text

    return Text(text, style=style)


def _wrappable(text: str, style: str, *, room: int) -> "Text":
    """A paragraph in which "-22 %" stays in one piece, and so does a command at its end if a line has the room."""
    sentence, command = wording.split_command(text)
    if cells(command) <= room:
        command = command.replace(" ", _GLUE)
    return _styled(_FIGURE.sub(_GLUE, sentence) + command, style)


_GLUE = "\ue000"  # a space that no line breaks at, while rich lays out; private use, so cleaned text never holds one
_FIGURE = re.compile(r"(?<=\d) (?=(?:%|[nµm]?s|min|h|[kMGT]?B)(?![\w%]))")


def cells(text: str) -> int:
    """The columns a text takes: a wide character takes two."""
    from rich.cells import cell_len

    return cell_len(text)


def fit(text: str, room: int) -> str:
    """The text in at most `room` columns, cut in the middle: the end of a name tells one parameter from another."""
    if cells(text) <= room:
        return text
    head = max(1, (room - 1) * 2 // 3)
    start, end = "", ""
    for c in text:
        if cells(start + c) > head:
            break
        start += c
    for c in reversed(text):
        if cells(c + end) > room - 1 - cells(start):
            break
        end = c + end
    return f"{start}…{end}"


# --- the parts of a report --------------------------------------------------------------------------------------------

Cell = Callable[[BenchmarkRow], str]


def _summary(page: _Page, report: Report, *, verbose: bool) -> None:
    page.say("=== Performance Benchmark Results ===", "bold")
    page.say(_fitting(wording.run_parts(report.run), page.screen.width), "dim")
    if report.benchmarks:
        rows = report.benchmarks if verbose else _shown_rows(report.benchmarks)
        columns = _columns(report.benchmarks, page.screen.width)
        cells_ = [[cell(row) for _, cell in columns] for row in rows]
        styles = [[_cell_style(row, title) for title, _ in columns] for row in rows]
        page.table([title for title, _ in columns], cells_, styles)
        if len(rows) < len(report.benchmarks):
            page.say(f"… and {len(report.benchmarks) - len(rows):,} more, all passing: --verbose shows them", "dim")
        footnote = wording.p95_footnote(rows)
        if footnote:
            page.say(footnote, "dim")
        for row in [r for r in rows if r.mark == "failed" and r.message][:MAX_LINES]:
            page.labelled(f"{wording.name(row.benchmark, limit=30)}:", clean_text(row.message), "red")
        page.labelled("Baseline Comparison:", wording.comparison(report))
    else:
        page.say(clean_text(report.summary.headline, limit=MAX_SENTENCE), "bold")
    memory = wording.memory(report)
    if memory:
        page.labelled("Memory Usage:", memory)
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
    return sorted(rows, key=lambda row: row.mark == "pass")[:MAX_ROWS]


def _columns(rows: Sequence[BenchmarkRow], width: int) -> list[tuple[str, Cell]]:
    """The columns that the width has room for, without those that would be empty."""

    def known(field: str) -> bool:
        return any(getattr(row, field) is not None for row in rows)

    starred = any(row.p95_is_max for row in rows)
    wide, last, accepted = width >= 100, known("ratio_last"), known("ratio_baseline")
    columns: list[tuple[str, Cell, bool]] = [
        ("Benchmark", lambda r: wording.name(r.benchmark, limit=200), True),
        ("Median", lambda r: quantity.duration(r.median_s), True),
        ("Mean", lambda r: quantity.duration(r.mean_s), width >= 110),
        ("P95", lambda r: wording.p95(r) + (" " if starred and not r.p95_is_max else ""), True),
        ("Target", lambda r: quantity.duration(r.target_p95_s), wide and known("target_p95_s")),
        ("Rounds", lambda r: f"{r.rounds:,}" if r.rounds else "-", wide),
        ("CPU", lambda r: quantity.percent(r.cpu_use), wide and known("cpu_use")),
        ("Memory", lambda r: quantity.size(r.peak_bytes), wide and known("peak_bytes")),
        ("vs last", lambda r: quantity.change(r.ratio_last), last),
        ("vs accepted", lambda r: quantity.change(r.ratio_baseline), accepted and (wide or not last)),
        ("Status", lambda r: f"{wording.SYMBOLS[r.mark]} {wording.MARKS[r.mark]}", True),
    ]
    return [(title, cell) for title, cell, shown in columns if shown]


def _cell_style(row: BenchmarkRow, title: str) -> str:
    if title == "Status" or (title == "Benchmark" and row.mark != "pass"):
        return _STYLES[row.mark]
    if title in ("vs last", "vs accepted"):
        ratio = row.ratio_last if title == "vs last" else row.ratio_baseline
        if ratio is None or 0.95 < ratio < 1.05:
            return "dim"
        return "green" if ratio < 1 else "yellow"
    return "dim" if title in ("Target", "Rounds", "CPU", "Memory") else ""


def _alerts(page: _Page, report: Report, *, verbose: bool) -> None:
    findings = [*report.regressions, *report.inconclusive]
    told = findings[: MAX_LINES if verbose else MAX_FINDINGS]
    for finding in told:
        _finding(page, finding)
    if len(findings) > len(told):
        page.rule(f"{len(findings) - len(told)} MORE")
        for finding in findings[len(told) : len(told) + MAX_LINES]:
            page.say(
                f"{wording.name(finding.benchmark)} {quantity.change(finding.ratio)}: {wording.finding_title(finding)}",
                indent=2,
            )
        rest = len(findings) - len(told) - MAX_LINES
        if rest > 0:
            page.say(f"… and {rest:,} more: bench-agent report --json", "dim", indent=2)


def _finding(page: _Page, finding: Finding) -> None:
    style = _SEVERITY[finding.severity]
    page.rule(f"{wording.finding_title(finding)}: {wording.name(finding.benchmark)}", style)
    for label, text in wording.finding_facts(finding):
        page.labelled(label, text, style if label == "Change" else "", indent=2, column=9)
    if finding.suspects:
        page.say(wording.suspects_title(finding), "bold", indent=2)
        for i, suspect in enumerate(finding.suspects[:3], 1):
            page.labelled(f"{i}.", wording.suspect_line(suspect), indent=2)
            places = wording.suspect_places(suspect)
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


def _recommendations(page: _Page, recommendations: Recommendations) -> None:
    sections = [(title, getattr(recommendations, field)) for field, title in wording.SECTIONS]
    if not any(texts for _, texts in sections):
        return
    page.rule("RECOMMENDATIONS")
    for title, texts in sections:
        if texts:
            page.say(title, "bold", indent=2)
        for text in texts:
            page.labelled("-", clean_text(text, limit=MAX_SENTENCE), indent=4)


def _close(page: _Page, report: Report, *, verbose: bool = True) -> None:
    summary = report.summary
    mark = "suspected" if summary.suspected else "pass"
    if summary.failed or summary.regressed or summary.over_target or report.status == "no_results":
        mark = "failed"
    news = verbose or _has_news(report)
    if news:
        page.gap()
    if report.report_path and news:
        page.labelled("Full report:", clean_text(report.report_path, limit=MAX_SENTENCE), "dim")
    symbol = "…" if report.status == "running" else wording.SYMBOLS[mark]
    page.labelled(
        "Overall Status:", f"{symbol} {wording.overall(report)}", _STYLES[mark] if mark != "pass" else "bold green"
    )
    command = next((f.next_command for f in report.regressions if f.next_command), None)
    if command:
        page.labelled("Next:", clean_text(command, limit=MAX_SENTENCE))


def _trends(page: _Page, trends: Sequence[Trend], *, charts: int = MAX_CHARTS) -> None:
    longest = max(t.runs for t in trends)
    page.rule(f"PERFORMANCE TRENDS (last {quantity.counted(longest, 'run')})")
    drawn = [t for t in trends if len(t.values) > 1][:charts]
    for i, trend in enumerate(drawn):
        if i:
            page.gap()
        page.say(f"{wording.name(trend.benchmark)} ({wording.metric_name(trend.metric)})", "bold", indent=2)
        page.verbatim(chart.draw_chart(trend.values, width=page.screen.width, target=trend.target_s))
        page.labelled("Trend:", wording.trend_verdict(trend), _DIRECTION[trend.direction], indent=2)
        if trend.velocity_s is not None:
            page.labelled("Velocity:", f"{quantity.duration_change(trend.velocity_s)} per run", indent=2)
        page.labelled("Status:", wording.trend_status(trend), indent=2)
        for text in (trend.concern, trend.note):
            if text:
                page.say(clean_text(text), "dim", indent=2)
    hidden = sum(len(t.values) > 1 for t in trends) - len(drawn)
    if hidden:
        page.say(f"{hidden:,} more charts: bench-agent trend BENCHMARK", "dim", indent=2)
    page.rule("TREND STATISTICS")
    wide = page.screen.width >= 100
    columns = [title for title in _TREND_CELLS if wide or title not in ("Per run", "Concern")]
    page.table(columns, [[_TREND_CELLS[title](trend) for title in columns] for trend in trends[:MAX_TRENDS]])
    if len(trends) > MAX_TRENDS:
        page.say(f"… and {len(trends) - MAX_TRENDS:,} more: bench-agent trend --json", "dim")
    word, lines = wording.health(trends)
    page.labelled("Overall Health:", word, "bold green" if word == "HEALTHY" else "bold yellow")
    for line in lines:
        page.say(line, indent=2)


_TREND_CELLS: dict[str, Callable[[Trend], str]] = {
    "Benchmark": lambda t: wording.name(t.benchmark, limit=200),
    "Runs": lambda t: chart.sparkline(t.values[-10:]),
    "Trend": lambda t: wording.DIRECTIONS[t.direction],
    "Change": lambda t: "-" if t.change is None else quantity.change(1 + t.change),
    "Per run": lambda t: quantity.duration_change(t.velocity_s),
    "Status": wording.trend_word,
    "Concern": lambda t: clean_text(t.concern or "none", limit=40),
}


# --- while the suite runs ---------------------------------------------------------------------------------------------


class LiveLine:
    """One line at the bottom of a terminal that is rewritten in place once a second and vanishes at the end.

    line: gives the text to show; it is asked each second, from a thread of rich's. Once a second, not more: whatever is
    drawn runs beside the benchmarks that are being measured.
    """

    def __init__(self, stream: TextIO, screen: Screen, line: Callable[[], str]) -> None:
        from rich.live import Live

        self._screen = screen
        self._line = line
        self._live = Live(
            console=console_for_terminal(stream, screen),
            refresh_per_second=1,
            transient=True,
            get_renderable=self._renderable,
        )

    def _renderable(self) -> "RenderableType":
        return _styled(fit(clean_text(self._line(), limit=MAX_SENTENCE), self._screen.width - 1), "dim")

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def above(self, text: str) -> None:
        """Print a line that stays, above the live one."""
        self._live.console.print(_styled(text))

    def refresh(self) -> None:
        self._live.refresh()


def console_for_terminal(stream: TextIO, screen: Screen) -> "Console":
    """A console that may move the cursor: the stream is a terminal, whatever the environment says."""
    from rich.console import Console

    options: dict[str, Any] = {"color_system": "standard" if screen.color else None, "no_color": not screen.color}
    return Console(
        file=stream,
        width=screen.width,
        force_terminal=True,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
        **options,
    )
