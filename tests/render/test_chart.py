"""Trend charts and sparklines: round ticks, the width kept, odd series sensible."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench_agent.render import chart
from goldens import assert_golden

SERIES = {
    "the seed's": ((2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 4.5, 3.8, 3.4, 3.0, 2.0), 5.0),
    "a step": ((1.80e-3, 1.82e-3, 1.81e-3, 1.83e-3, 1.80e-3, 2.38e-3), None),
    "stable with a target": ((0.04, 0.0401, 0.0405, 0.0398, 0.0402), 0.05),
    "one run": ((0.0023,), None),
    "two runs": ((0.0023, 0.0031), None),
    "constant": ((5e-6,) * 12, None),
    "all zero": ((0.0, 0.0, 0.0), None),
    "thirty runs": (tuple(1 + ((i * 7) % 11) / 20 for i in range(30)), 1.8),
    "a target far away": ((1.8e-3, 1.9e-3, 2.0e-3, 2.2e-3), 10.0),
    "a target far below": ((1.5,) * 6, 0.1),
    "an old spike": ((1.0, 1.1, 1.0, 12.0, 1.0, 1.1, 1.05), None),
    "a spike now": ((1.0, 1.1, 1.0, 1.2, 1.0, 1.1, 12.0), None),
}


def test_charts_look_as_reviewed() -> None:
    parts = [f"# {name}\n" + "\n".join(chart.draw_chart(v, width=80, target=t)) for name, (v, t) in SERIES.items()]
    assert_golden("charts.txt", "\n\n".join(parts) + "\n")


def test_ascii_charts_look_as_reviewed() -> None:
    values, target = SERIES["the seed's"]
    text = "\n".join(chart.draw_chart(values, width=80, target=target, ascii_only=True)) + "\n"
    assert text.isascii()
    assert_golden("chart_ascii.txt", text)


def test_a_far_target_is_named_and_does_not_flatten_the_series() -> None:
    lines = chart.draw_chart((1.8e-3, 1.9e-3, 2.0e-3, 2.2e-3), width=80, target=10.0)
    assert lines[0].strip() == "Target: 10 s (above the chart)"
    assert "═" not in "".join(lines)
    assert sum("─" in line or "●" in line for line in lines[1:-2]) >= 3


def test_an_old_spike_is_cut_off_and_named_but_the_newest_never_is() -> None:
    old = chart.draw_chart((1.0, 1.1, 1.0, 12.0, 1.0, 1.1, 1.05), width=80)
    assert old[0].strip() == "▲ 12 s (above the chart)"
    new = chart.draw_chart((1.0, 1.1, 1.0, 1.2, 1.0, 1.1, 12.0), width=80)
    assert "above" not in new[0]


def test_what_has_no_room_for_a_line_is_drawn_as_dots() -> None:
    lines = chart.draw_chart([1.0] * 150 + [1.4] * 86, width=80)
    assert lines[0].strip() == "236 runs"
    assert "╯" not in "".join(lines)


def test_marks_that_do_not_fit_are_left_out() -> None:
    lines = chart.draw_chart((1.0, 1.1, 1.2), width=60, marks=("2026-01-01 aaaaaaaa", "x", "2026-01-03 bbbbbbbb"))
    assert len(lines[-1]) <= 60
    assert "bbbbbbbb" in lines[-1]


def test_noise_of_two_percent_looks_flat() -> None:
    lines = chart.draw_chart((1.0, 1.01, 0.99, 1.0, 1.02, 0.99, 1.0), width=80)
    assert not set("╭╮╰╯") & set("".join(lines))


def test_nothing_to_draw_is_no_lines() -> None:
    assert chart.draw_chart((), width=80) == ()
    assert chart.draw_chart((math.nan,), width=80) == ()
    assert chart.sparkline(()) == ""


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.floats(min_value=1e-9, max_value=1e4), min_size=1, max_size=60),
    st.integers(min_value=40, max_value=160),
    st.one_of(st.none(), st.floats(min_value=1e-9, max_value=1e4)),
)
def test_a_chart_keeps_to_its_width_and_marks_now_once(values: list[float], width: int, target: float | None) -> None:
    lines = chart.draw_chart(values, width=width, target=target)
    assert max(map(len, lines)) <= max(width, 8 + 2 + chart.MIN_PLOT + 1)
    assert len(lines) <= 14
    assert sum(line.count("●") for line in lines) == 1
    assert lines[-1].endswith("now")
    assert "e-" not in "".join(lines)


@given(st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=40))
def test_a_sparkline_has_a_bar_a_value(values: list[float]) -> None:
    assert len(chart.sparkline(values)) == len(values)
    assert len(chart.sparkline(values, ascii_only=True)) == len(values)


def test_a_gap_stays_a_gap() -> None:
    assert chart.sparkline((1.0, math.nan, 2.0)) == "▁ █"


@pytest.mark.parametrize(
    ("encoding", "fits"), [("utf-8", True), ("ascii", False), ("latin-1", False), (None, False), ("nope", False)]
)
def test_the_encoding_decides(encoding: str | None, fits: bool) -> None:
    assert chart.fits_encoding(encoding) is fits
