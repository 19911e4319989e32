"""Trends of benchmarks: the last comparable runs, the line through them, and the changes of level in the whole series."""

import math
from collections.abc import Sequence
from dataclasses import replace

from bench_agent.config import Config
from bench_agent.detect.change_points import find_change_points
from bench_agent.detect.series import Past, collect_series, comparable
from bench_agent.detect.trend import TrendFit, fit_trend
from bench_agent.history.baseline import target_of
from bench_agent.history.lookup import indexed_samples
from bench_agent.records import Measured, Series, Target
from bench_agent.results.report import (
    LevelChange,
    Trend,
)
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

TREND_RUNS = 10


def recall_trends(config: Config, wanted: Sequence[str] = (), *, last: int = TREND_RUNS) -> tuple[Trend, ...]:
    """The trend of each benchmark of the newest stored run, or of those `wanted` by name, id or part of either.

    Raises UsageError when nothing is stored, or when a wanted name fits nothing.
    """
    index, newest, targets = indexed_samples(config, wanted)
    trends = []
    for id, history in index.items():
        now = replace(history[-1], sample=replace(history[-1].sample, name=newest[id]))
        target = target_of(targets, now)
        past = comparable(now, history[:-1])
        series = collect_series(now, past, metric=trend_metric(now, past, target))
        trends.append(compose_trend(newest[id], series, target, last=last))
    return tuple(trends)


def trend_metric(now: Measured, past: Past, target: Target | None) -> str:
    """ "p95" where there is a target for it and every run has rounds enough, as the target line wants; else "median"."""
    wanted = target is not None and target.p95_s is not None
    return "p95" if wanted and all(m.sample.supports_p95 for m in (*past.runs, now)) else "median"


def compose_trend(
    name: str, series: Series, target: Target | None, *, last: int = TREND_RUNS, changes: bool = True
) -> Trend:
    """The last comparable runs of one benchmark with the line fitted through them.

    changes: look for changes of level in the whole series too, which costs 0.3 ms for 30 runs.
    """
    points = series.points[-last:]
    values = tuple(point.value for point in points)
    line = fit_trend(values, window=last)
    direction = line.direction
    notes = list(series.epoch_notes)
    if direction == "unknown":
        notes.insert(0, f"{quantity.counted(len(values), 'comparable run')}: a trend needs three")
    return Trend(
        benchmark=clean_text(name),
        id=clean_text(series.id),
        metric=series.metric,
        direction=direction,
        change=line.change,
        velocity_s=line.velocity,
        runs=len(values),
        values=values,
        shas=tuple(point.sha[:12] if point.sha else None for point in points),
        changes=_level_changes(series) if changes else (),
        target_s=target.p95_s if target and series.metric == "p95" else None,
        concern=_concern(line, direction, target, values, series.metric),
        note="; ".join(notes) or None,
    )


def _level_changes(series: Series) -> tuple[LevelChange, ...]:
    return tuple(
        LevelChange(
            run=series.points[change.index].run_id,
            sha=sha[:12] if (sha := series.points[change.index].sha) else None,
            ratio=change.ratio,
            before=change.before,
            after=change.after,
            runs=change.runs,
        )
        for change in find_change_points(series.values)
    )


def _concern(line: TrendFit, direction: str, target: Target | None, values: Sequence[float], metric: str) -> str | None:
    """When the fitted line would cross the target, if it is on its way there."""
    if direction != "degrading" or not line.velocity or line.velocity <= 0 or not values:
        return None
    if target and target.p95_s and metric == "p95":
        left = (target.p95_s - values[-1]) / line.velocity
        if left <= 0:
            return "over its target"
        if left <= 50:
            return f"reaches its target in about {quantity.counted(math.ceil(left), 'run')}"
    return "getting slower"
