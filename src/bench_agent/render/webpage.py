"""A finished report as one HTML file: styles, charts and a script of our own inside, nothing loaded from anywhere.

Takes finished records, returns HTML. The templates (`*.html.j2`) lay out and escape everything; `cards` and `plot` compute the
figures and the geometry. The policy in each page allows the one style and the one script that are ours, by their hashes.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from bench_agent.render import finding_wording, memory_wording, plot, row_wording, wording
from bench_agent.render import trends as trend_words
from bench_agent.render.cards import Deck, drawable, findings_by_id, with_report
from bench_agent.render.row_wording import p95, p95_footnote, row_change, row_interval, row_last
from bench_agent.results.courses import Course, Courses
from bench_agent.results.report import CLEARED, MARKS, BenchmarkRow, Mark, Report
from bench_agent.results.trends import Trend
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text
from bench_agent.text.commit_pages import commit_page
from bench_agent.text.markup import clean_lines

if TYPE_CHECKING:
    import jinja2

MAX_ROWS = 2_000  # of the table
NOTHING_STORED = Courses()


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a page says of two versions beside their report. base_s: by benchmark id. memory: sentences, each with its details."""

    verdict: str
    base_s: Mapping[str, float]
    memory: tuple[tuple[str, ...], ...] = ()


def render_webpage(report: Report, courses: Courses = NOTHING_STORED, change: Compared | None = None) -> str:
    """The report as a web page that reads well by day and by night, on paper and on a telephone.

    courses: what is stored of its benchmarks; without, the charts show the runs that the report has. change: where the report
    is of two versions that were compared.
    """
    courses = with_report(report, courses)
    by_id = {course.trend.id: course for course in courses.courses}
    findings = findings_by_id(report)
    deck = Deck(courses)
    keys = {
        row.id: deck.add(by_id.get(row.id), row=row, finding=findings.get(row.id), news=_is_news(row))
        for row in report.benchmarks
    }
    for id, course in by_id.items():
        if id not in keys:
            deck.add(course)
    bases = change.base_s if change else {}
    rows = [_row(row, by_id.get(row.id), keys[row.id], bases.get(row.id)) for row in report.benchmarks[:MAX_ROWS]]
    return fill(
        "webpage.html.j2",
        data=deck.data(),
        report=report,
        state=STATES[wording.overall_mark(report)],
        verdict=change.verdict if change else wording.overall(report).capitalize(),
        comparison=f"{wording.against(report)}: {wording.comparison(report)}" if report.benchmarks else "",
        has_turns=any(r.ratio is not None for r in report.benchmarks),
        has_last=any(r.ratio_last is not None for r in report.benchmarks),
        memory=wording.memory(report),
        run=wording.run_parts(report.run),
        rows=rows,
        hidden_rows=len(report.benchmarks) - len(rows),
        has_base=bool(bases),
        has_p95=any(r.p95_s is not None for r in report.benchmarks),
        has_rounds=any(r.rounds for r in report.benchmarks),
        has_cpu=any(r.cpu_use is not None for r in report.benchmarks),
        has_memory=any(r.peak_bytes is not None for r in report.benchmarks),
        has_charts=any(r["spark"] for r in rows),
        memory_changes=change.memory if change else _memory_of_calls(report),
        has_targets=any(r.target_p95_s is not None for r in report.benchmarks),
        has_accepted=any(r.ratio_baseline is not None for r in report.benchmarks),
        footnote=p95_footnote(report.benchmarks),
        findings=report.told[:100],
        cards=deck.cards,
        left_out=deck.left_out,
        health=trend_words.health(report.trends) if report.trends else None,
        sections=[
            (title, texts) for field, title in wording.SECTIONS if (texts := getattr(report.recommendations, field))
        ],
        common=trend_words.common_levels(report.trends),
        commit_page=lambda sha: commit_page(courses.commit_url, sha),
    )


def _memory_of_calls(report: Report) -> list[list[str]]:
    """What a run proved of them, and what was profiled: sentences, each with its details."""
    names = {row.id: row.benchmark for row in report.benchmarks}
    told = [*memory_wording.sentences(report.memory, names), *memory_wording.allocations(report.allocations, names)]
    return memory_wording.grouped(told)


def render_trend_page(courses: Courses) -> str:
    """The courses of benchmarks as a page, those that change most first."""
    deck = Deck(courses)
    for course in sorted(courses.courses, key=lambda course: -urgency(course.trend)):
        deck.add(course, news=urgency(course.trend) > 0)
    trends = [course.trend for course in courses.courses]
    return fill(
        "trends.html.j2",
        data=deck.data(),
        cards=deck.cards,
        left_out=deck.left_out,
        project=courses.project,
        runs=len(courses.runs),
        newest=courses.runs[-1] if courses.runs else None,
        health=trend_words.health(trends) if trends else None,
        common=trend_words.common_levels(trends),
    )


def fill(template: str, **context: Any) -> str:
    """The template with what it names; every text is escaped but our own style, script and JSON."""
    import markupsafe

    if "data" in context:
        context["data"] = markupsafe.Markup(context["data"])  # `cards.embed` made it safe where it stands
    context |= {
        "assets": assets(),
        "width": plot.WIDTH,
        "height": plot.HEIGHT,
        "finding_wording": finding_wording,
        "row_wording": row_wording,
        "trend_words": trend_words,
        "quantity": quantity,
    }
    return _environment().get_template(template).render(**context)


@cache
def _environment() -> "jinja2.Environment":
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_read),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(
        clean=lambda text: clean_text(text, limit=320),
        lines=lambda text: clean_lines(text, limit=2_000),
        split=wording.split_command,
        name=lambda text: wording.name(text, limit=120),
        n=lambda value: f"{value:.1f}".removesuffix(".0"),
        figure=lambda value: f"{value:.6g}",
    )
    return environment


@cache
def assets() -> Mapping[str, Any]:
    """Our style and script, and what a Content-Security-Policy calls them."""
    import markupsafe

    style, script = markupsafe.Markup(_read("page.css")), markupsafe.Markup(_read("page.js"))
    return {"style": style, "script": script, "style_hash": _hash(style), "script_hash": _hash(script)}


def _read(name: str) -> str:
    return resources.files("bench_agent.render").joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


STATES: dict[Mark, str] = {
    **dict.fromkeys(MARKS, "bad"),
    **dict.fromkeys(("slower", "suspected", "undecided", "environment", "vanished", "new"), "doubt"),
    **dict.fromkeys(CLEARED, "good"),
}


def urgency(trend: Trend) -> float:
    """Which trends come first: those that are called, the largest first, then those whose level changed, the newest first."""
    called = {"degrading": 4.0, "improving": 2.0}.get(trend.direction, 0.0)
    if called:
        return called + min(1.0, abs(trend.change or 0.0))
    return 1 / (1 + trend.changes[-1].runs) if trend.changes else 0.0


def state_of_trend(trend: Trend) -> str:
    """The colour of a trend's word."""
    return {"degrading": "doubt", "improving": "good", "stable": "good"}.get(trend.direction, "soft")


def _is_news(row: BenchmarkRow) -> bool:
    """Whether it changed or is open."""
    return row.mark not in CLEARED or row.mark == "faster"


def _row(row: BenchmarkRow, course: Course | None, key: str, base_s: float | None) -> dict[str, Any]:
    change = row_change(row)
    return {
        "row": row,
        "key": key,
        "base_s": base_s,
        "news": _is_news(row),
        "order": MARKS.index(row.mark),
        "mark": f"{wording.SYMBOLS[row.mark]} {wording.MARKS[row.mark].capitalize()}",
        "state": STATES[row.mark],
        "p95": p95(row),
        "change": f"{change} ({row_interval(row)})" if change else "",
        "moved": "faster" if row.mark == "faster" else "slower" if row.ratio and row.mark not in CLEARED else "",
        "last": row_last(row),
        "spark": plot.spark(course.trend.values) if course and drawable(course) else "",
    }
