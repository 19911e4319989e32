"""A finished report as the answer that the assistant passes on: Markdown for a terminal, every figure as it is to be said.

Comes in: a report. Goes out: at most `limit` characters. Whole sections are left out from the least urgent, and named. Wide
tables, foldable parts and links, which a comment on GitHub can show, are not for here: see `render/markdown`.
Repository text is shown as code or escaped.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench_agent.answer.alerts import render_alert, render_brief, render_open, with_command
from bench_agent.answer.closing import render_charts, render_trends, render_warnings
from bench_agent.answer.table import ICONS, MAX_ROWS, render_comparison, render_results
from bench_agent.render import finding_wording, wording
from bench_agent.render.markdown import recommendations
from bench_agent.results.report import MAX_CHARS, Finding, Report
from bench_agent.text.clean import short_sha
from bench_agent.text.markup import code, fenced, spoken

MAX_ALERTS = 3  # findings told whole; the others in a line each

MAX_EXCERPT = 1_200  # characters of a diff

GO = {"safe": "✅ Safe to deploy", "hold": "🛑 Hold", "cant_tell": "❔ Can't tell"}

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
        _Section(text=render_results(report, most)),
        _Section(text=render_comparison(report)),
        *(
            _Section(text=render_alert(f, told[i - 1] if i else None), rank=9 * (i > 0), name="a regression")
            for i, f in enumerate(told)
        ),
        _Section(text=render_brief(report.regressions[len(told) :])),
        _Section(text=render_open(report), rank=8, name="what is undecided"),
        _Section(text=render_trends(report.trends), rank=5, name="trends"),
        _Section(text=render_charts(report.trends, 2 if limit else 100), rank=1, name="charts"),
        _Section(text=recommendations(report, with_command), rank=6, name="recommendations"),
        _Section(text=render_warnings(report), rank=7, name="warnings"),
        _Section(text=_foot(report)),
    ]
    if diffs:
        sections.append(_Section(text=_diffs(told), rank=2))
    return _fit(sections, limit, fewer=lambda rows: render_results(report, rows))


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


def _head(report: Report) -> str:
    icon = ICONS[wording.SYMBOLS[wording.overall_mark(report)]]
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
