"""A finished report as one HTML file: styles and charts inside, no script, nothing loaded from anywhere.

Takes a report, returns HTML. The template (`webpage.html.j2`) lays out and escapes everything; this module computes only the
figures and the geometry of the charts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from bench_agent.render import chart, finding_wording, row_wording, wording
from bench_agent.render import trends as trend_words
from bench_agent.render.row_wording import p95, p95_footnote, row_change, row_interval, row_last
from bench_agent.results.report import CLEARED, MARKS, BenchmarkRow, Mark, Report
from bench_agent.results.trends import Trend
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text, short_sha
from bench_agent.text.markup import clean_lines

MAX_CHARTS = 60  # large charts; every benchmark has its small one in the table
MAX_ROWS = 2_000  # of the table
MANY_DOTS = 60  # runs from which the dots would hide the line
MOST_DOTS = 400  # runs from which a dot is narrower than what a mouse can hit
_WIDTH, _HEIGHT = 560, 150  # of a chart's plot, in its own units; the page scales it
_SPARK_WIDTH, _SPARK_HEIGHT = 90, 18


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chart:
    """Where the template draws what: points in the plot's units, y downwards."""

    line: str
    dots: tuple[tuple[float, float, str], ...]
    ticks: tuple[tuple[float, str], ...]
    names: tuple[tuple[float, tuple[str, ...]], ...]  # below the plot: what stands at that place, line by line
    radius: float  # of a run's dot but the newest
    target_y: float | None
    target: str
    outside: str


def render_webpage(report: Report) -> str:
    """The report as a web page that reads well by day and by night, on paper and on a telephone."""
    import jinja2

    source = resources.files("bench_agent.render").joinpath("webpage.html.j2").read_text("utf-8")
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters.update(
        clean=lambda text: clean_text(text, limit=320),
        lines=lambda text: clean_lines(text, limit=2_000),
        split=wording.split_command,
        name=lambda text: wording.name(text, limit=120),
    )
    drawable = [t for t in report.trends if len(t.values) > 1 and all(map(math.isfinite, t.values))]
    trends = {t.id: t for t in drawable}
    rows = [_row(row, trends.get(row.id)) for row in report.benchmarks[:MAX_ROWS]]
    drawn = drawable[:MAX_CHARTS]
    by_id = {row.id: row for row in report.benchmarks}
    return environment.from_string(source).render(
        report=report,
        state=_STATES[wording.overall_mark(report)],
        verdict=wording.overall(report).capitalize(),
        comparison=f"{wording.against(report)}: {wording.comparison(report)}" if report.benchmarks else "",
        has_turns=any(r.ratio is not None for r in report.benchmarks),
        has_last=any(r.ratio_last is not None for r in report.benchmarks),
        memory=wording.memory(report),
        run=wording.run_parts(report.run),
        rows=rows,
        hidden_rows=len(report.benchmarks) - len(rows),
        has_targets=any(r.target_p95_s is not None for r in report.benchmarks),
        has_accepted=any(r.ratio_baseline is not None for r in report.benchmarks),
        footnote=p95_footnote(report.benchmarks),
        findings=report.told[:100],
        charts=[(t, _draw(t), row_wording.in_turns(by_id[t.id]) if t.id in by_id else "") for t in drawn],
        hidden_charts=len(drawable) - len(drawn),
        health=trend_words.health(report.trends) if report.trends else None,
        sections=[
            (title, texts) for field, title in wording.SECTIONS if (texts := getattr(report.recommendations, field))
        ],
        width=_WIDTH,
        height=_HEIGHT,
        finding_wording=finding_wording,
        row_wording=row_wording,
        trend_words=trend_words,
        common=trend_words.common_levels(report.trends),
        quantity=quantity,
    )


_STATES: dict[Mark, str] = {
    **dict.fromkeys(MARKS, "bad"),
    **dict.fromkeys(("slower", "suspected", "undecided", "environment", "vanished", "new"), "doubt"),
    **dict.fromkeys(CLEARED, "good"),
}


def _row(row: BenchmarkRow, trend: Trend | None) -> dict[str, Any]:
    change = row_change(row)
    return {
        "row": row,
        "mark": f"{wording.SYMBOLS[row.mark]} {wording.MARKS[row.mark].capitalize()}",
        "state": _STATES[row.mark],
        "p95": p95(row),
        "change": f"{change} ({row_interval(row)})" if change else "",
        "moved": "faster" if row.mark == "faster" else "slower" if row.ratio and row.mark not in CLEARED else "",
        "last": row_last(row),
        "spark": _polyline(trend.values, *chart.span(trend.values), _SPARK_WIDTH, _SPARK_HEIGHT) if trend else "",
    }


def _polyline(values: Sequence[float], low: float, high: float, width: float, height: float) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in _points(values, low, high, width, height))


def _points(values: Sequence[float], low: float, high: float, width: float, height: float) -> list[tuple[float, float]]:
    step = width / max(1, len(values) - 1)
    return [(i * step, height * (1 - (min(value, high) - low) / (high - low))) for i, value in enumerate(values)]


def _draw(trend: Trend) -> _Chart:
    scale = chart.scale(trend.values, target=trend.target_s)
    low, high = scale.ticks[0], scale.ticks[-1]
    points = _points(trend.values, low, high, _WIDTH, _HEIGHT)
    last = len(trend.values) - 1
    labels = quantity.scale_labels(scale.ticks, "s")
    return _Chart(
        line=" ".join(f"{x:.1f},{y:.1f}" for x, y in points),
        dots=tuple(
            (round(x, 1), round(y, 1), _dot_title(trend, i, last))
            for i, (x, y) in enumerate(points)
            if last <= MOST_DOTS or i == last
        ),
        ticks=tuple(
            (_HEIGHT * (1 - (tick - low) / (high - low)), label)
            for tick, label in zip(scale.ticks, labels, strict=True)
        ),
        names=tuple((points[i][0], _name_lines(trend, i, last)) for i in _named(last)),
        radius=2.5 if last <= MANY_DOTS else 1.2,
        target_y=None if scale.target is None else _HEIGHT * (1 - (scale.target - low) / (high - low)),
        target="" if trend.target_s is None else f"Target {quantity.duration(trend.target_s)}",
        outside=scale.target_side,
    )


def _named(last: int) -> list[int]:
    """The runs that are named below the plot: both ends, and two between where there are many."""
    return sorted({0, last, *((last // 3, 2 * last // 3) if last >= 6 else ())})


def _name_lines(trend: Trend, index: int, last: int) -> tuple[str, ...]:
    ago = "now" if index == last else f"{quantity.counted(last - index, 'run')} ago"
    day = trend.dates[index] if index < len(trend.dates) else ""
    sha = short_sha(trend.shas[index]) if index < len(trend.shas) else ""
    return tuple(text for text in (ago, clean_text(day, limit=10), sha) if text)


def _dot_title(trend: Trend, index: int, last: int) -> str:
    """What pointing at a run shows."""
    when = "now" if index == last else f"{quantity.counted(last - index, 'run')} ago"
    sha = short_sha(trend.shas[index]) if index < len(trend.shas) else ""
    return f"{quantity.duration(trend.values[index])}, {when}" + (f", {sha}" if sha else "")
