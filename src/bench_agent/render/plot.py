"""The geometry of what a page draws: a benchmark's runs, the rounds of its newest one, the pairs it was measured in.

Takes finished records, returns coordinates in the drawing's own units, y downwards, for the templates to write as SVG. A chart
is right without a script; with one, `page.js` draws it anew to the width of the screen, from the same figures.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench_agent.render import scale
from bench_agent.results.courses import Course, DrawnRun
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text, short_sha

WIDTH, HEIGHT = 430, 140  # of a chart's plot: narrow, so that its text is read on a telephone too
SPARK_WIDTH, SPARK_HEIGHT = 90, 18
SPARK_POINTS = 40  # of a small chart: more than it is wide to tell apart
LABEL_ROOM = 46  # units that the size of a change of level takes
ROUNDS_WIDTH, ROUNDS_BINS = 330, 33
PAIRS_WIDTH, PAIRS_HEIGHT = 330, 44
MOST_PAIRS = 200  # dots


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A level across the chart. since: index of the run it begins at."""

    kind: str  # "target", "accepted"
    value_s: float
    text: str
    since: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something known of one run. label: beside it, short; text: what pointing at it says."""

    index: int
    kind: str  # "level", "culprit"
    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Where the template draws what."""

    line: str
    newest: tuple[float, float]
    ticks: tuple[tuple[float, str], ...]
    names: tuple[tuple[float, str, tuple[str, ...]], ...]  # place, anchor, texts: the days and commits below
    lines: tuple[tuple[float, float, Line], ...]  # x, y, what
    marks: tuple[tuple[float, float, str, Mark], ...]  # x, y, anchor of the label, what
    outside: tuple[str, ...]  # levels that would flatten the series: they are said instead


def draw_course(course: Course, runs: Sequence[DrawnRun], lines: Sequence[Line], marks: Sequence[Mark]) -> Plot:
    """The static chart of all runs. The course has at least two, all finite."""
    values = course.trend.values
    target = next((line.value_s for line in lines if line.kind == "target"), None)
    usual = scale.without_hiccups(values)
    axis = scale.scale(usual, target=target)
    low, high = axis.ticks[0], axis.ticks[-1]
    points = _points(values, low, high, WIDTH, HEIGHT)
    labels = quantity.scale_labels(axis.ticks, "s")
    inside = [line for line in lines if low <= line.value_s <= high]
    return Plot(
        line=" ".join(f"{x:.1f},{y:.1f}" for x, y in points),
        newest=points[-1],
        ticks=tuple((_height(tick, low, high), label) for tick, label in zip(axis.ticks, labels, strict=True)),
        names=tuple(_name(points[i][0], runs[course.runs[i]]) for i in _named(len(values) - 1)),
        lines=tuple((points[line.since][0], _height(line.value_s, low, high), line) for line in inside),
        marks=tuple(_place_marks(marks, points)),
        outside=(*_above(len(values) - len(usual)), *(_outside(line, high) for line in lines if line not in inside)),
    )


def _above(runs: int) -> tuple[str, ...]:
    return (f"{quantity.counted(runs, 'run')} {'is' if runs == 1 else 'are'} above the chart",) if runs else ()


def _outside(line: Line, high: float) -> str:
    return f"{line.text} is {'above' if line.value_s > high else 'below'} the chart"


def bins_of(runs: int, *, most: int) -> list[tuple[int, int]]:
    """(start, end) of each point, oldest first, at most `most`: one run each, or as many each as it takes, but the newest alone."""
    if runs <= most:
        return [(i, i + 1) for i in range(runs)]
    size = math.ceil((runs - 1) / (most - 1))
    edges = [*range(runs - 1, 0, -size), 0]
    return [*((start, end) for end, start in reversed(list(itertools.pairwise(edges)))), (runs - 1, runs)]


def spark(values: Sequence[float]) -> str:
    """The points of a small chart: of many runs, medians of as many each as it takes."""
    bins = bins_of(len(values), most=SPARK_POINTS)
    shown = [sorted(values[start:end])[(end - start) // 2] for start, end in bins]
    points = _points(shown, *scale.span(shown), SPARK_WIDTH, SPARK_HEIGHT)
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _points(values: Sequence[float], low: float, high: float, width: float, height: float) -> list[tuple[float, float]]:
    step = width / max(1, len(values) - 1)
    return [(i * step, height * (1 - (min(value, high) - low) / (high - low))) for i, value in enumerate(values)]


def _height(value: float, low: float, high: float) -> float:
    return HEIGHT * (1 - (value - low) / (high - low))


def _named(last: int) -> list[int]:
    """The runs that are named below the plot: both ends, and two between where there are many."""
    return sorted({0, last, *((last // 3, 2 * last // 3) if last >= 6 else ())})


def _name(x: float, run: DrawnRun) -> tuple[float, str, tuple[str, ...]]:
    anchor = "start" if x == 0 else "end" if x >= WIDTH else "middle"
    return x, anchor, (clean_text(run.at, limit=40)[:10], short_sha(run.sha))


def _place_marks(marks: Sequence[Mark], points: Sequence[tuple[float, float]]) -> list[tuple[float, float, str, Mark]]:
    """Labels that would lie on one another are left out; the text below the chart has them."""
    placed, free = [], -math.inf
    for mark in sorted(marks, key=lambda mark: mark.index):
        x, y = points[mark.index]
        anchor = "start" if x < LABEL_ROOM / 2 else "end" if x > WIDTH - LABEL_ROOM / 2 else "middle"
        if mark.kind == "level" and x < free:
            anchor = ""
        elif mark.kind == "level":
            free = x + LABEL_ROOM
        placed.append((x, y, anchor, mark))
    return placed


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """The rounds of one run as dots, each as many rounds as any other."""

    dots: tuple[tuple[float, float], ...]
    height: float
    low: str
    high: str
    p95_x: float | None
    median_x: float
    beyond: str  # the slowest, where it lies so far off that it would press the others together
    each: str  # what a dot stands for


def draw_rounds(quantiles_s: Sequence[float], rounds: int) -> Rounds | None:
    """quantiles_s: evenly spaced order statistics, ascending. None where there are too few for a shape."""
    if len(quantiles_s) < 5 or not 0 < quantiles_s[0] <= quantiles_s[-1]:
        return None
    low, top, second = quantiles_s[0], quantiles_s[-1], quantiles_s[-2]
    is_cut = top - low > 4 * (second - low) > 0
    high = second if is_cut else top
    if high <= low:
        return None
    stacks: dict[int, int] = {}
    dots = []
    for value in quantiles_s[: -1 if is_cut else None]:
        bin = min(ROUNDS_BINS - 1, int((value - low) / (high - low) * ROUNDS_BINS))
        stacks[bin] = stacks.get(bin, 0) + 1
        dots.append(((bin + 0.5) * ROUNDS_WIDTH / ROUNDS_BINS, -9.0 * stacks[bin] + 4))
    place = ROUNDS_WIDTH / (high - low)
    p95 = quantiles_s[round(0.95 * (len(quantiles_s) - 1))]
    return Rounds(
        dots=tuple(dots),
        height=9.0 * max(stacks.values()) + 4,
        low=quantity.duration(low),
        high=quantity.duration(high),
        median_x=(quantiles_s[len(quantiles_s) // 2] - low) * place,
        p95_x=(p95 - low) * place if rounds >= 20 and p95 <= high else None,
        beyond=quantity.duration(top) if is_cut else "",
        each="a round" if rounds <= len(quantiles_s) else f"one {len(quantiles_s)}th of {rounds:,} rounds",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """The ratio of each pair of sessions as a dot, the first above, with the interval that they make."""

    dots: tuple[tuple[float, float], ...]
    ticks: tuple[tuple[float, str], ...]
    zero_x: float
    interval: tuple[float, float] | None


def draw_pairs(ratios: Sequence[float], interval: tuple[float, float] | None) -> Pairs | None:
    """None where no pair is known."""
    shown = [ratio for ratio in ratios[:MOST_PAIRS] if 0 < ratio < 1e9]
    if not shown:
        return None
    bounds = [b for b in interval or () if 0 < b < 1e9]
    low, high = min(1.0, *shown, *bounds), max(1.0, *shown, *bounds)
    least = 0.02  # a change of a percent is not drawn as if it were a mountain
    if high / low < 1 + least:
        low, high = low * (1 - least / 2), high * (1 + least / 2)
    start, size = math.log(low), math.log(high / low)

    def x(ratio: float) -> float:
        return (math.log(ratio) - start) / size * PAIRS_WIDTH

    step = PAIRS_HEIGHT / (len(shown) + 1)
    ends = [(x(low), quantity.change(low)), (x(high), quantity.change(high))]
    return Pairs(
        dots=tuple((x(ratio), step * (i + 1)) for i, ratio in enumerate(shown)),
        ticks=tuple(end for end in ends if abs(end[0] - x(1.0)) > LABEL_ROOM),
        zero_x=x(1.0),
        interval=(x(bounds[0]), x(bounds[1])) if len(bounds) == 2 else None,
    )
