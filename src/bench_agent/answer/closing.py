"""Of the answer: trends with their charts, and warnings."""

from collections.abc import Sequence

from bench_agent.answer.table import MAX_LINES
from bench_agent.render import chart, wording
from bench_agent.render.trends import common_levels, trend_kind, trend_status, trend_verdict
from bench_agent.results.figure_texts import (
    health,
    metric_name,
)
from bench_agent.results.report import Report
from bench_agent.results.trends import Trend
from bench_agent.text import quantity
from bench_agent.text.markup import code, fenced, spoken

CHART_WIDTH = 78


def render_trends(trends: Sequence[Trend]) -> str:
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


def render_charts(trends: Sequence[Trend], most: int) -> str:
    """Of the trends that something can be told of, those that get slower first."""
    called = [t for t in trends if t.change is not None and len(t.values) > 2]
    called.sort(key=lambda t: (t.direction != "degrading", -abs(t.change or 0.0)))
    drawn = []
    for t in called[:most]:
        lines = chart.draw_chart(t.values[-10:], width=CHART_WIDTH, target=t.target_s)
        drawn.append(f"{code(wording.name(t.benchmark))} ({metric_name(t.metric)})\n{fenced(chr(10).join(lines))}")
    return "\n\n".join(drawn)


def render_warnings(report: Report) -> str:
    lines = [f"- {spoken(text)}" for text in report.warnings[:MAX_LINES]]
    if len(report.warnings) > MAX_LINES:
        lines.append(f"- and {len(report.warnings) - MAX_LINES} more")
    return "\n".join(["### Warnings", "", *lines]) if lines else ""
