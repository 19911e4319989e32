"""What a page shows of each benchmark: its chart with everything that is known of it, and the figures that its script reads.

Takes finished records, returns what the templates lay out and the JSON beside it. Bounded, whatever a suite holds.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench_agent.render import finding_wording, page_data, row_wording
from bench_agent.render import trends as trend_words
from bench_agent.render.memory_chart import MemoryChart, draw_memory
from bench_agent.render.plot import Line, Mark, Pairs, Plot, Rounds, draw_course, draw_pairs, draw_rounds
from bench_agent.results.courses import Course, Courses, DrawnRun
from bench_agent.results.grown_functions import GrownFunction
from bench_agent.results.report import BenchmarkRow, Finding, Report
from bench_agent.results.trends import Trend
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text, short_sha

MAX_CARDS = 300  # of one page
MAX_POINTS = 60_000  # runs drawn on one page, 30 bytes each: with the rest it stays below 2 MB
MAX_WORK = 12  # functions in a table of own times
MAX_MARKS = 60  # of one chart


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """A function in one call of the benchmark: (before, after) the proved commits. bar: percent of the largest growth."""

    name: str
    calls: tuple[str, str]
    own: tuple[str, str] | None  # own time; None: not known
    added: str | None
    bar: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One benchmark. key: of its element in the page. news: it changed or is open."""

    key: str
    name: str
    metric: str = ""
    news: bool = False
    plot: Plot | None = None
    label: str = ""  # what the chart says, for those who don't see it
    said: tuple[str, ...] = ()
    soft: tuple[str, ...] = ()
    rounds: Rounds | None = None
    memory: MemoryChart | None = None
    pairs: Pairs | None = None
    pairs_text: str = ""
    work: tuple[Grown, ...] = ()


def courses_of(trends: Iterable[Trend]) -> Courses:
    """What a report alone knows of the runs: their days and commits, no spread and no subjects."""
    runs: list[DrawnRun] = []
    known: dict[tuple[Any, ...], tuple[int, ...]] = {}
    courses = []
    for trend in trends:
        key = (len(trend.values), trend.dates, trend.shas)
        if key not in known:
            days = trend.dates or ("",) * len(trend.values)
            shas = trend.shas or (None,) * len(trend.values)
            known[key] = tuple(range(len(runs), len(runs) + len(trend.values)))
            runs += [DrawnRun(run="", at=day, sha=sha) for day, sha in zip(days, shas, strict=False)]
        courses.append(Course(trend=trend, runs=known[key]))
    return Courses(runs=tuple(runs), courses=tuple(courses))


def drawable(course: Course) -> bool:
    values = course.trend.values
    return len(values) > 1 and len(course.runs) == len(values) and all(math.isfinite(v) and v > 0 for v in values)


class Deck:
    """The cards of one page, and the data of their charts. Cards are added worst first, until the page is full."""

    def __init__(self, courses: Courses) -> None:
        self.courses = courses
        self.cards: list[Card] = []
        self.left_out = 0
        self._charts: list[page_data.ChartData] = []
        self._room = MAX_POINTS

    def add(
        self,
        course: Course | None,
        *,
        row: BenchmarkRow | None = None,
        finding: Finding | None = None,
        news: bool = False,
    ) -> str:
        """Add a card where there is something to show; its key, "" where there is none."""
        drawn = course if course is not None and drawable(course) else None
        card = _card(f"b{len(self.cards)}", drawn, course, row, finding, self.courses.runs, news=news)
        if not (card.plot or card.rounds or card.memory or card.pairs or card.work):
            return ""
        points = len(drawn.trend.values) if drawn else 0
        if len(self.cards) >= MAX_CARDS or points > self._room:
            self.left_out += 1
            return ""
        self._room -= points
        self.cards.append(card)
        if drawn is not None:
            self._charts.append(
                page_data.chart_data(f"c-{card.key}", drawn, _lines(drawn), _marks(drawn, finding, self.courses.runs))
            )
        return card.key

    def data(self) -> str:
        """The JSON for the script, safe inside a script element. O(runs drawn)."""
        return page_data.document(self.courses, self._charts)


def findings_by_id(report: Report) -> dict[str, Finding]:
    return {finding.id: finding for finding in (*report.improvements, *reversed(report.told))}


def with_report(report: Report, courses: Courses) -> Courses:
    """The stored courses under the report's own trends, which know what was measured since; those of the report where it
    knows more runs, or nothing is stored."""
    trends = {trend.id: trend for trend in report.trends}
    stored = {course.trend.id: course for course in courses.courses}
    kept = {id: course for id, course in stored.items() if id not in trends or _is_of(trends[id], course)}
    lonely = courses_of(trend for id, trend in trends.items() if id not in kept)
    shift = len(courses.runs)
    told = [
        replace(
            course,
            trend=replace(
                trends[id],
                values=course.trend.values,
                shas=course.trend.shas,
                dates=course.trend.dates,
                changes=trends[id].changes or course.trend.changes,
                memory=course.trend.memory,
            ),
        )
        if id in trends
        else course
        for id, course in kept.items()
    ]
    told += [replace(course, runs=tuple(run + shift for run in course.runs)) for course in lonely.courses]
    return replace(courses, runs=(*courses.runs, *lonely.runs), courses=tuple(told))


def _is_of(trend: Trend, course: Course) -> bool:
    """Whether the newest stored run is the one that the report is about."""
    return bool(trend.values and course.trend.values) and trend.values[-1] == course.trend.values[-1]


def _card(
    key: str,
    drawn: Course | None,
    course: Course | None,
    row: BenchmarkRow | None,
    finding: Finding | None,
    runs: Sequence[DrawnRun],
    *,
    news: bool,
) -> Card:
    trend = course.trend if course else None
    ratios = row.pair_ratios if row else ()
    pairs = draw_pairs(ratios, row.interval if row else None)
    lines, marks = (_lines(drawn), _marks(drawn, finding, runs)) if drawn else ((), ())
    plot = draw_course(drawn, runs, lines, marks) if drawn else None
    in_turns = row_wording.in_turns(row) if row else ""
    return Card(
        key=key,
        name=row.benchmark if row else trend.benchmark if trend else "",
        metric=finding_wording.metric_name(trend.metric) if drawn and trend else "",
        news=news,
        plot=plot,
        label=trend_words.trend_verdict(trend) if trend else "",
        said=tuple(_said(trend, plot, in_turns) if trend and plot else [f"In turns: {in_turns}"] if in_turns else ()),
        soft=tuple(_soft(course, row)),
        rounds=draw_rounds(course.quantiles_s, course.rounds) if course else None,
        memory=draw_memory(course, runs) if course else None,
        pairs=pairs,
        pairs_text=f"{quantity.counted(len(ratios), 'pair')} of sessions with {short_sha(row.against)}"
        if row and pairs
        else "",
        work=_work(finding),
    )


def _said(trend: Trend, plot: Plot, in_turns: str) -> list[str]:
    words = trend_words.trend_verdict(trend).capitalize()
    if trend.velocity_s is not None:
        words += f", {quantity.duration_change(trend.velocity_s)} per run"
    words += "".join(f"; {text[:1].lower()}{text[1:]}" for text in (trend_words.trend_status(trend), *plot.outside))
    return [*([f"In turns: {in_turns}"] if in_turns else []), words]


def _soft(course: Course | None, row: BenchmarkRow | None) -> list[str]:
    """What is known besides, in small print."""
    texts = []
    if course is not None:
        trend = course.trend
        texts += [f"Level: {line}" for line in trend_words.level_lines(trend)]
        texts += [f"Memory: {line}" for line in trend_words.memory_lines(trend)]
        texts += [text for text in (trend.concern, trend.was and f"Was: {trend.was}") if text]
        texts += [trend.note] if trend.note and trend.direction != "unknown" else []
        if course.accepted:
            since = f": {course.accepted.because}" if course.accepted.because else ""
            texts.append(f"Accepted level {quantity.duration(course.accepted.value_s)}{since}")
    memory = _memory(course, row)
    return [clean_text(text, limit=400) for text in [*texts, *([memory] if memory else [])]]


def _memory(course: Course | None, row: BenchmarkRow | None) -> str:
    peak = (row.peak_bytes if row else None) or (course.peak_bytes if course else None)
    mean = (row.mean_bytes if row else None) or (course.mean_bytes if course else None)
    if peak is None:
        return ""
    average = f", average {quantity.size(mean)}" if mean is not None else ""
    return f"Memory of the process: peak {quantity.size(peak)}{average}"


def _lines(course: Course) -> tuple[Line, ...]:
    lines = []
    if course.trend.target_s is not None:
        target = course.trend.target_s
        lines.append(Line(kind="target", value_s=target, text=f"Target {quantity.duration(target)}"))
    if course.accepted is not None and course.trend.metric == "median":
        level = course.accepted
        text = f"Accepted {quantity.duration(level.value_s)}"
        lines.append(Line(kind="accepted", value_s=level.value_s, text=text, since=level.since or 0))
    return tuple(lines)


def _marks(course: Course, finding: Finding | None, runs: Sequence[DrawnRun]) -> tuple[Mark, ...]:
    ids = {runs[place].run: i for i, place in enumerate(course.runs)}
    shas = {(runs[place].sha or "")[:12]: i for i, place in reversed(list(enumerate(course.runs)))}
    marks = []
    for change in course.trend.changes:
        index = ids.get(change.run, shas.get((change.sha or "?")[:12]))
        if index is not None:
            words = f"{quantity.change(change.ratio)} at {trend_words.level_of(change)}"
            marks.append(
                Mark(index=index, kind="level", label=quantity.change(change.ratio), text=clean_text(words, limit=200))
            )
    for suspect in finding.suspects if finding else ():
        if suspect.proved:
            exact = shas.get(suspect.sha[:12])
            index = len(course.runs) - 1 if exact is None else exact
            words = f"proved: {short_sha(suspect.sha)} {clean_text(suspect.subject, limit=100)}"
            words += "" if exact is not None else ", which was measured in turns and has no run of its own"
            marks.append(Mark(index=index, kind="culprit", label=short_sha(suspect.sha), text=words))
    return tuple(marks[-MAX_MARKS:])


def _work(finding: Finding | None) -> tuple[Grown, ...]:
    """What grew with the proved commits: function, calls and own time before and after, most added first."""
    grown = [g for suspect in (finding.suspects if finding else ()) if suspect.proved for g in suspect.grown]

    def added(function: GrownFunction) -> float:
        return -(function.own_s[1] - function.own_s[0]) if function.own_s else 0.0

    shown = sorted(grown, key=added)[:MAX_WORK]
    most = max((-added(function) for function in shown), default=0.0)
    return tuple(_grown(function, -added(function) / most if most > 0 else 0.0) for function in shown)


def _grown(function: GrownFunction, share: float) -> Grown:
    """share: of the largest growth of own time among those shown."""
    name = clean_text(function.name or "the benchmark itself", limit=160)
    before, after = function.own_s or (None, None)
    return Grown(
        name=f"{name}: {clean_text(function.built_in, limit=60)}" if function.built_in else name,
        calls=(f"{function.calls[0]:,}", f"{function.calls[1]:,}"),
        own=None if before is None else (quantity.duration(before), quantity.duration(after)),
        added=None if before is None or after is None else quantity.duration_change(after - before),
        bar=round(100 * max(0.0, share)),
    )
