"""Trends of benchmarks: what the newest comparable runs do, and the changes of level in the whole series."""

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bench_agent.detect.change_points import ChangePoint, find_change_points
from bench_agent.detect.series import Past
from bench_agent.detect.trend import FEWEST, WINDOW, TrendFit, fit_trend
from bench_agent.records import Measured, Point, Series, Target
from bench_agent.report.levels import explain_levels, join_levels
from bench_agent.results.trends import LevelChange, Trend
from bench_agent.stats.shift import median
from bench_agent.system.git import Repository
from bench_agent.text import quantity
from bench_agent.text.clean import clean_id

FAR = 50  # runs: a target that is reached later than that is no news


def place_levels(
    trends: Sequence[Trend], measured: Iterable[Measured], repository: Repository | None
) -> tuple[Trend, ...]:
    """The trends with the changes of level they have in common joined, and with what git knows of their commits.

    measured: in any order, of all runs that the trends are of.
    """
    began = {m.run.run_id: m.run.started_at for m in measured}
    return explain_levels(join_levels(trends, sorted(began, key=lambda id: (began[id], id))), repository)


def trend_metric(now: Measured, past: Past, target: Target | None) -> str:
    """ "p95" where there is a target for it and every run has rounds enough, as the target line wants; else "median"."""
    wanted = target is not None and target.p95_s is not None
    return "p95" if wanted and all(m.sample.supports_p95 for m in (*past.runs, now)) else "median"


@dataclass(frozen=True, slots=True)
class _Version:
    """The runs of one commit that follow each other: one point, because nothing of the code changed between them."""

    first: Point
    last: Point
    value: float  # median of its runs


def compose_trend(
    name: str,
    series: Series,
    target: Target | None,
    *,
    last: int | None = None,
    changes: bool = True,
    compact: bool = False,
) -> Trend:
    """What the newest comparable runs of one benchmark do.

    last: runs to look at, None: all. changes: look for changes of level in the whole series too, which costs 0.3 ms for 30
    runs. compact: keep only the runs that the trend is about, without their days; else all that were looked at.
    """
    points = series.points[-last:] if last else series.points
    versions = _versions(points)
    levels = find_change_points([v.value for v in versions]) if changes else None
    fit = fit_trend(
        [v.value for v in versions],
        window=None if last is None else max(len(versions), 1),
        cuts=None if levels is None else [level.index for level in levels],
    )
    kept = points[-max(fit.runs, 1) :] if compact else points
    told = _level_changes(versions, levels or (), fit)
    return Trend(
        benchmark=clean_id(name),
        id=clean_id(series.id),
        metric=(series.metric == "median" and series.figure) or series.metric,
        direction=fit.direction,
        shape=fit.shape,
        change=_change(fit, versions, told),
        velocity_s=fit.velocity,
        interval=fit.interval,
        p_value=fit.p_value,
        runs=fit.runs,
        values=tuple(point.value for point in kept),
        shas=tuple(point.sha[:12] if point.sha else None for point in kept),
        dates=() if compact else tuple(point.at[:10] for point in kept),
        changes=tuple(told),
        target_s=target.p95_s if target and series.metric == "p95" else None,
        concern=_concern(fit, target, points[-1].value if points else None, series.metric),
        note="; ".join([*_notes(fit, versions, points, last), *series.epoch_notes]) or None,
    )


def _versions(points: Sequence[Point]) -> list[_Version]:
    """Runs of one commit in a row are one; a run with uncommitted changes measured other code, and stands alone."""
    groups: list[list[Point]] = []
    for point in points:
        before = groups[-1][-1] if groups else None
        if before and point.sha and point.sha == before.sha and not point.dirty and not before.dirty:
            groups[-1].append(point)
        else:
            groups.append([point])
    return [
        _Version(group[0], group[-1], group[0].value if len(group) == 1 else median([p.value for p in group]))
        for group in groups
    ]


def _notes(fit: TrendFit, versions: Sequence[_Version], points: Sequence[Point], last: int | None) -> list[str]:
    newest = versions[-max(fit.runs, 1) :]
    repeated = any(version.first is not version.last for version in newest)
    if fit.direction == "unknown":
        runs = quantity.counted(len(points), "comparable run")
        if last is not None and last < FEWEST:
            return [f"a trend needs at least {FEWEST} runs: --last {max(FEWEST, WINDOW)}"]
        of = f" of {quantity.counted(len(versions), 'commit')}" if repeated else ""
        return [f"{runs}{of}: a trend needs {FEWEST}{' commits' if repeated else ''}"]
    if repeated:
        return ["runs of one commit in a row count as one"]
    return []


def _level_changes(versions: Sequence[_Version], levels: Sequence[ChangePoint], fit: TrendFit) -> list[LevelChange]:
    """Those of the whole series, oldest first, and the step that the trend is, where it is none of them.

    What lies inside a slope are the stairs that a search for levels sees in it, and is left out.
    """
    slope_from = len(versions) - fit.runs if fit.shape == "slope" else len(versions)
    found = [level for level in levels if level.index <= slope_from]
    told = [
        _level(versions, level.index, level.before, level.after, level.ratio, level.runs)
        for level in found
        if level.index < len(versions)
    ]
    if fit.step is not None and fit.step not in [level.index for level in found]:
        start = max([level.index for level in found if level.index < fit.step] or [0])
        before = median([v.value for v in versions[start : fit.step]])
        after = median([v.value for v in versions[fit.step :]])
        told.append(_level(versions, fit.step, before, after, after / before, len(versions) - fit.step))
    return told


def _change(fit: TrendFit, versions: Sequence[_Version], told: Sequence[LevelChange]) -> float | None:
    """Of the trend. Of a single step it is that of the level, which rests on more runs than those of the window."""
    window = {version.first.run_id for version in versions[-fit.runs :][1:]}
    inside = [change for change in told if change.run in window]
    if fit.shape == "step" and len(inside) == 1 and (inside[0].ratio > 1) == (fit.direction == "degrading"):
        return inside[0].ratio - 1
    return fit.change


def _level(
    versions: Sequence[_Version], index: int, before: float, after: float, ratio: float, runs: int
) -> LevelChange:
    first, previous = versions[index].first, versions[index - 1].last
    return LevelChange(
        run=first.run_id,
        sha=first.sha[:12] if first.sha else None,
        ratio=ratio,
        before=before,
        after=after,
        runs=runs,
        at=first.at or None,
        previous_sha=previous.sha[:12] if previous.sha else None,
    )


def _concern(fit: TrendFit, target: Target | None, newest: float | None, metric: str) -> str | None:
    """When the fitted line would cross the target, if it is on its way there."""
    if fit.direction != "degrading" or newest is None:
        return None
    if target and target.p95_s and metric == "p95":
        left = target.p95_s - newest
        if left <= 0:
            return "over its target"
        if fit.velocity and fit.velocity > 0 and left / fit.velocity <= FAR:
            return f"reaches its target in about {quantity.counted(math.ceil(left / fit.velocity), 'run')}"
    return "getting slower" if fit.shape == "slope" else None


# --- trends beside what was measured


def agreeing(
    trends: Sequence[Trend], measured: Mapping[str, str], *, slower: Container[str] = (), faster: Container[str] = ()
) -> tuple[Trend, ...]:
    """The trends without those that the newest verdict contradicts: stored runs are weaker than what was just measured.

    measured: benchmark id -> what measuring in turns found ("slower", "faster", "same", ...). slower, faster: the ids of
    which the newest run says so.
    """
    return tuple(_agreeing(trend, measured.get(trend.id), slower, faster) for trend in trends)


def _agreeing(trend: Trend, verdict: str | None, slower: Container[str], faster: Container[str]) -> Trend:
    said = None
    if trend.direction == "improving" and (verdict == "slower" or (verdict is None and trend.id in slower)):
        said = "slower"
    elif trend.direction == "degrading" and verdict in ("same", "faster"):
        said = "not slower"
    elif trend.direction == "degrading" and verdict is None and trend.id in faster:
        said = "faster"
    if said is None:
        return trend
    how = "measured in turns" if verdict else "in this run"
    note = f"{how} it is {said}: what earlier runs do is no trend of the code"
    quiet = replace(trend, direction="unclear", shape=None, change=None, velocity_s=None, concern=None)
    return replace(quiet, note="; ".join([note, *([trend.note] if trend.note else [])]))
