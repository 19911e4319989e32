"""An issue for what stored runs show of one benchmark, where no report tells of it: its trend, or the level it is on."""

from bench_agent.report.issue import issue_for
from bench_agent.results.report import Finding, Issue, RunPoint
from bench_agent.results.trends import LevelChange, Trend

POINTS = 5  # runs that the issue lists


def issue_of_trend(trend: Trend) -> Issue | None:
    """The issue for a benchmark that stored runs show slower than before; None where they don't. Nothing was measured again."""
    finding = _finding(trend)
    return None if finding is None else issue_for(finding)


def _finding(trend: Trend) -> Finding | None:
    newest = trend.changes[-1] if trend.changes else None
    if trend.direction == "degrading" and trend.shape == "slope" and trend.change is not None:
        started = trend.values[-1] / (1 + trend.change)
        return _compose(trend, started, f"{trend.runs} runs ago, by the line through them", "drift")
    if trend.direction != "improving" and newest is not None and newest.ratio > 1:
        return _compose(trend, newest.before, f"level before {_place(newest)}", "change_point")
    return None


def _compose(trend: Trend, baseline: float, kind: str, rule: str) -> Finding | None:
    current = trend.values[-1]
    if current <= baseline:
        return None
    points = zip(trend.values[-POINTS:], trend.shas[-POINTS:], strict=True)
    count = min(POINTS, len(trend.values))
    return Finding(
        benchmark=trend.benchmark,
        id=trend.id,
        metric=trend.metric,
        severity="low",
        ratio=current / baseline,
        current=current,
        baseline=baseline,
        baseline_kind=kind,
        rules=(rule,),
        runs=tuple(
            RunPoint(
                run="current" if i == count - 1 else str(i - count + 1), value=value, ratio=value / baseline, sha=sha
            )
            for i, (value, sha) in enumerate(points)
        ),
        target_s=trend.target_s,
    )


def _place(change: LevelChange) -> str:
    return " ".join(part for part in ((change.at or "")[:10], (change.sha or "")[:8]) if part) or change.run
