"""Where things are drawn: charts with their levels, rounds and pairs as dots."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import courses as samples
import reports
from bench_agent.render.plot import (
    HEIGHT,
    PAIRS_WIDTH,
    ROUNDS_WIDTH,
    WIDTH,
    Line,
    Mark,
    bins_of,
    draw_course,
    draw_pairs,
    draw_rounds,
    spark,
)
from bench_agent.render.scale import without_hiccups


def test_a_course_is_drawn_run_by_run_from_left_to_right() -> None:
    found = samples.of("llm_call", 236)
    plot = draw_course(found.courses[0], found.runs, (), ())
    points = [tuple(map(float, point.split(","))) for point in plot.line.split()]
    assert len(points) == 236
    assert (points[0][0], points[-1][0]) == (0, WIDTH)
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert all(0 <= y <= HEIGHT for _, y in points)
    assert plot.names[0][1:] == ("start", ("2026-11-01", "00000000"))
    assert plot.names[-1][1:] == ("end", ("2026-11-21", reports.SHA[:8]))


def test_a_hiccup_is_cut_off_and_counted_but_the_newest_run_never() -> None:
    calm = (1.0, 1.02, 0.99) * 30
    assert len(without_hiccups((*calm, 9.0, 1.0))) == 91
    assert without_hiccups((*calm, 9.0))[-1] == 9.0
    found = samples.courses(samples.course(reports.trend("parse", (*calm, 9.0, 1.0))))
    plot = draw_course(found.courses[0], found.runs, (), ())
    assert plot.outside == ("1 run is above the chart",)
    assert float(plot.ticks[-1][1].split()[0]) < 2


def test_a_new_level_is_no_hiccup() -> None:
    values = (1.0,) * 90 + (5.0,) * 10
    assert without_hiccups(values) == list(values)


def test_a_level_that_would_flatten_the_chart_is_said_instead() -> None:
    found = samples.of("llm_call", 20)
    near = Line(kind="accepted", value_s=2.2e-3, text="Accepted 2.2 ms", since=5)
    far = Line(kind="target", value_s=10.0, text="Target 10 s")
    plot = draw_course(found.courses[0], found.runs, (near, far), ())
    ((x, y, line),) = plot.lines
    assert line is near
    assert x == pytest.approx(5 / 19 * WIDTH)
    assert 0 < y < HEIGHT
    assert plot.outside == ("Target 10 s is above the chart",)


def test_labels_of_levels_do_not_lie_on_one_another() -> None:
    found = samples.of("llm_call", 100)
    marks = [Mark(index=i, kind="level", label="+5 %", text="x") for i in (0, 1, 50, 52, 99)]
    plot = draw_course(found.courses[0], found.runs, (), marks)
    assert [anchor for _, _, anchor, _ in plot.marks] == ["start", "", "middle", "", "end"]


def test_a_small_chart_keeps_both_ends_of_many_runs() -> None:
    points = [tuple(map(float, point.split(","))) for point in spark((*samples.wave(500), 1.0)).split()]
    assert 30 <= len(points) <= 60
    assert points[-1][1] == 0.0, "the newest run stands alone"


@pytest.mark.parametrize("quantiles", [(), (1.0,) * 3, (1.0,) * 17, (0.0,) * 17, (math.nan,) * 17])
def test_too_few_or_equal_rounds_have_no_shape(quantiles: tuple[float, ...]) -> None:
    assert draw_rounds(quantiles, 100) is None


def test_rounds_are_dots_within_the_drawing_and_a_far_one_is_named() -> None:
    even = tuple(1e-3 * (1 + 0.01 * i) for i in range(17))
    rounds = draw_rounds(even, 400)
    assert rounds is not None
    assert len(rounds.dots) == 17
    assert all(0 <= x <= ROUNDS_WIDTH and -rounds.height <= y <= 0 for x, y in rounds.dots)
    assert (rounds.low, rounds.high, rounds.beyond) == ("1 ms", "1.16 ms", "")
    assert rounds.each == "one 17th of 400 rounds"
    far = draw_rounds((*even[:-1], 1.0), 12)
    assert far is not None
    assert (len(far.dots), far.beyond, far.p95_x, far.each) == (16, "1 s", None, "a round")


def test_pairs_stand_on_both_sides_of_no_change() -> None:
    pairs = draw_pairs((1.2, 0.9, 1.1), (1.0, 1.25))
    assert pairs is not None
    xs = [x for x, _ in pairs.dots]
    assert xs[1] < pairs.zero_x < xs[2] < xs[0]
    assert pairs.interval is not None
    assert pairs.interval[0] == pytest.approx(pairs.zero_x)
    assert pairs.interval[1] == pytest.approx(PAIRS_WIDTH)


def test_pairs_that_cannot_be_are_left_out() -> None:
    assert draw_pairs((), None) is None
    assert draw_pairs((-1.0, math.nan, math.inf, 0.0), (math.nan, math.inf)) is None
    same = draw_pairs((1.0, 1.0), (-math.inf, math.inf))
    assert same is not None
    assert same.interval is None
    assert same.zero_x == pytest.approx(PAIRS_WIDTH / 2, abs=1)


def test_a_thousand_pairs_are_bounded() -> None:
    pairs = draw_pairs(tuple(1 + i / 1000 for i in range(1000)), None)
    assert pairs is not None
    assert len(pairs.dots) == 200


def test_two_runs_of_one_value_can_be_drawn() -> None:
    found = samples.of("llm_call", 2)
    course = found.courses[0]
    flat = replace(course, trend=replace(course.trend, values=(1e-3, 1e-3)))
    plot = draw_course(flat, found.runs, (), ())
    assert [y for _, y in (p.split(",") for p in plot.line.split())] == [f"{HEIGHT / 2:.1f}"] * 2


@given(st.integers(1, 3000), st.integers(2, 80))
def test_every_run_is_in_one_point(runs: int, most: int) -> None:
    bins = bins_of(runs, most=most)
    assert len(bins) <= most
    assert [start for start, _ in bins] == [0, *(end for _, end in bins[:-1])]
    assert bins[-1] == (runs - 1, runs)
