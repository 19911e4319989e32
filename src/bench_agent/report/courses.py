"""All that is stored of benchmarks, ready to be drawn: their trends with the spread of every run, accepted levels, commits."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bench_agent.config import Config
from bench_agent.detect.series import Past, collect_series, comparable
from bench_agent.errors import BenchAgentError
from bench_agent.history.baseline import target_of
from bench_agent.history.load import MOST_RUNS, load_rounds
from bench_agent.history.lookup import load_stored
from bench_agent.records import Accepted, Measured, Point, Sample, Target
from bench_agent.report.identity import describe_predecessor
from bench_agent.report.memory_trend import compose_memory, with_subjects
from bench_agent.report.trends import compose_trend, place_levels, trend_metric
from bench_agent.results.courses import AcceptedLevel, Course, Courses, DrawnRun
from bench_agent.results.trends import Trend
from bench_agent.system.git import Repository, open_repository
from bench_agent.text.clean import clean_id, clean_text
from bench_agent.text.commit_pages import commit_url_of

MOST_BESIDE = 300  # benchmarks, as many as a page has charts


def recall_courses(
    config: Config,
    wanted: Sequence[str] = (),
    *,
    last: int | None = None,
    gone: bool = False,
    beside: frozenset[str] | None = None,
    most: int | None = MOST_RUNS,
) -> Courses:
    """The course of each benchmark of the newest stored run, or of those `wanted` by name, id or part of either.

    last: only so many of the newest runs of each. gone: those too that the newest run does not have. beside: only what these
    ids of a result name. most: newest runs that are read; None: all. All benchmarks of the newest run are looked at, so that
    changes of level in common are known as such. Raises UsageError when nothing is stored or a wanted name fits nothing.
    """
    stored = load_stored(config, most=most)
    if beside is not None:
        looked_at = chosen = {id: history for id, history in stored.samples.items() if clean_id(id) in beside}
    else:
        chosen = stored.samples if gone and not wanted else stored.choose(wanted)
        looked_at = {**stored.choose(()), **chosen}
    repository = open_repository(config.root)
    followed = []
    for id, history in looked_at.items():
        now = replace(history[-1], sample=replace(history[-1].sample, name=stored.names[id]))
        one = _follow(now, comparable(now, history[:-1]), target_of(stored.targets, now), last=last)
        followed.append(replace(one, trend=replace(one.trend, was=describe_predecessor(history, stored.samples))))
    runs = [measured for history in looked_at.values() for measured in history]
    placed = with_subjects(place_levels([one.trend for one in followed], runs, repository), repository)
    shown = [
        replace(one, trend=trend) for id, one, trend in zip(looked_at, followed, placed, strict=True) if id in chosen
    ]
    axis = _axis(shown, repository)
    places = {run.run: place for place, run in enumerate(axis)}
    rounds = _rounds_of(shown)
    return Courses(
        runs=axis,
        courses=tuple(
            _course(one, places, rounds.get(one.now.sample.id, ()), is_current=one.now.sample.id in stored.current)
            for one in shown
        ),
        commit_url=commit_url_of(repository.remote_url()) if repository else "",
        project=clean_text(config.root.name, limit=60),
    )


def recall_trends(config: Config, wanted: Sequence[str] = (), *, last: int | None = None) -> tuple[Trend, ...]:
    """The trends of `recall_courses`."""
    return tuple(course.trend for course in recall_courses(config, wanted, last=last).courses)


def courses_beside(config: Config, ids: Iterable[str]) -> Courses:
    """The courses of these benchmarks, to stand beside a result that is whole without them: none where nothing can be read.

    ids: as results have them, the most urgent first; of very many, only the first are looked at, 10 ms each.
    """
    wanted = frozenset(itertools.islice(ids, MOST_BESIDE))
    try:
        return recall_courses(config, beside=wanted)
    except BenchAgentError:
        return Courses()


@dataclass(frozen=True, slots=True)
class _Followed:
    """One benchmark: its newest sample, the runs that it may be compared with, their points, and what they make."""

    now: Measured
    past: Past
    target: Target | None
    points: Sequence[Point]
    trend: Trend


def _follow(now: Measured, past: Past, target: Target | None, *, last: int | None) -> _Followed:
    series = collect_series(now, past, metric=trend_metric(now, past, target))
    points = series.points[-last:] if last else series.points
    trend = compose_trend(now.sample.name, series, target, last=last)
    memory = compose_memory([*past.runs, now][-last:] if last else [*past.runs, now])
    return _Followed(now, past, target, points, replace(trend, memory=memory))


def _axis(followed: Sequence[_Followed], repository: Repository | None) -> tuple[DrawnRun, ...]:
    """The runs that any of the benchmarks is drawn at, oldest first, with the subjects that git knows."""
    points = {point.run_id: point for one in followed for point in one.points}
    ordered = sorted(points.values(), key=lambda point: (point.at, point.run_id))
    subjects: Mapping[str, str] = {}
    if repository is not None:
        try:
            subjects = repository.subjects({point.sha for point in ordered if point.sha})
        except BenchAgentError:
            subjects = {}
    return tuple(
        DrawnRun(
            run=point.run_id,
            at=clean_text(point.at, limit=40),
            sha=clean_text(point.sha, limit=64) if point.sha else None,
            subject=clean_text(subjects.get(point.sha or "", ""), limit=100),
            dirty=point.dirty,
        )
        for point in ordered
    )


def _rounds_of(followed: Iterable[_Followed]) -> dict[str, tuple[float, ...]]:
    """The thinned rounds of each one's newest run. Benchmarks that are gone have theirs in other files than the newest."""
    found: dict[str, tuple[float, ...]] = {}
    wanted: dict[str, tuple[Measured, set[str]]] = {}
    for one in followed:
        wanted.setdefault(one.now.run.run_id, (one.now, set()))[1].add(one.now.sample.id)
    for measured, ids in wanted.values():
        known = load_rounds(measured.run)
        found |= {id: known[id] for id in ids if id in known}
    return found


def _course(
    one: _Followed,
    places: Mapping[str, int],
    quantiles_s: tuple[float, ...],
    *,
    is_current: bool,
) -> Course:
    samples = {m.run.run_id: m.sample for m in (*one.past.runs, one.now)}
    sample, shown = one.now.sample, [samples[point.run_id] for point in one.points]
    is_of_call = sum(s.call_peak_bytes is not None for s in shown) > 1  # exact, where the process holds anything
    memory = tuple(s.call_peak_bytes if is_of_call else s.peak_bytes for s in shown)
    return Course(
        trend=one.trend,
        runs=tuple(places[point.run_id] for point in one.points),
        low_s=tuple(_spread(sample)[0] for sample in shown),
        high_s=tuple(_spread(sample)[1] for sample in shown),
        accepted=_accepted_level(one.target.accepted if one.target else None, one.points),
        group=clean_text(sample.group or "", limit=60),
        rounds=sample.rounds,
        quantiles_s=quantiles_s,
        peak_bytes=sample.peak_bytes,
        mean_bytes=sample.mean_bytes,
        memory_bytes=memory if any(size is not None for size in memory) else (),
        is_of_call=is_of_call,
        is_current=is_current,
    )


def _spread(sample: Sample) -> tuple[float | None, float | None]:
    """From the fastest round to the 95th percentile; unknown where a file had figures in place of rounds."""
    known = sample.rounds > 1 and not sample.figure and 0 < sample.min_s <= sample.p95_s
    return (sample.min_s, sample.p95_s) if known else (None, None)


def _accepted_level(accepted: Accepted | None, points: Sequence[Point]) -> AcceptedLevel | None:
    if accepted is None:
        return None
    since = next((i for i, point in enumerate(points) if accepted.date and point.at[:10] >= accepted.date[:10]), None)
    return AcceptedLevel(value_s=accepted.median_s, since=since, because=clean_text(accepted.because))
