"""Figures as readers see them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_agent.text import quantity


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (25e-9, "25 ns"),
        (1e-12, "0.001 ns"),
        (0.0, "0 s"),
        (1.4e-6, "1.4 µs"),
        (999.96e-6, "1 ms"),
        (0.0023, "2.3 ms"),
        (0.02314, "23.1 ms"),
        (1.31, "1.31 s"),
        (59.99, "1 min"),
        (75.2, "1 min 15 s"),
        (3_900, "1 h 5 min"),
        (200_000, "2 d 7 h"),
        (-0.15, "-150 ms"),
        (None, "-"),
        (math.nan, "-"),
        (math.inf, "-"),
    ],
)
def test_a_time_reads_with_three_digits_and_its_unit(seconds: float | None, text: str) -> None:
    assert quantity.duration(seconds) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (1.31, "+31 %"),
        (0.82, "-18 %"),
        (1.0, "0 %"),
        (1.0004, "0 %"),
        (0.9996, "0 %"),
        (1.042, "+4.2 %"),
        (1.0995, "+9.9 %"),
        (1.0999, "+10 %"),
        (2.5, "+150 %"),
        (7.2, "7.2x"),
        (123.4, "123x"),
        (0.1, "-90 %"),
        (0.04, "25x less"),
        (1e-6, "1000000x less"),
        (0.0, "-"),
        (None, "-"),
        (math.nan, "-"),
    ],
)
def test_a_ratio_reads_as_a_change(ratio: float | None, text: str) -> None:
    assert quantity.change(ratio) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (512, "512 B"), (256e6, "256 MB"), (1.2e9, "1.2 GB"), (999_999, "1 MB"), (None, "-")],
)
def test_a_size_reads_in_steps_of_a_thousand(count: float | None, text: str) -> None:
    assert quantity.size(count) == text


def test_other_figures() -> None:
    assert quantity.duration_change(0.0005) == "+500 µs"
    assert quantity.duration_change(-0.3) == "-300 ms"
    assert quantity.duration_change(0.0) == "0 s"
    assert quantity.elapsed(41.2) == "41 s"
    assert quantity.elapsed(-3) == "0 s"
    assert quantity.percent(0.2) == "20 %"
    assert quantity.percent(0.005) == "0.5 %"
    assert quantity.percent(-0.0001) == "0 %"
    assert quantity.change_interval((1.28, 1.34)) == "+28 % to +34 %"
    assert quantity.change_interval((1.28, math.inf)) == "+28 % to ?"
    assert quantity.change_interval((0.01, 0.25)) == "100x less to 4x less"
    assert quantity.change_interval((0.01, 0.9)) == "100x less to -10 %"
    assert quantity.number(1234.5) == "1234"
    assert quantity.number(-0.0) == "0"
    assert quantity.value(3, "calls") == "3 calls"
    assert quantity.value(0.0023, "s") == "2.3 ms"
    assert quantity.value(2e6, "bytes") == "2 MB"
    assert quantity.counted(1, "benchmark") == "1 benchmark"
    assert quantity.counted(1000, "benchmark") == "1,000 benchmarks"


@given(st.floats())
def test_no_figure_is_ever_an_exponent_or_minus_zero(value: float) -> None:
    for text in (
        quantity.duration(value),
        quantity.change(value),
        quantity.size(value),
        quantity.percent(value),
    ):
        assert "e+" not in text
        assert "e-" not in text
        assert not text.startswith("-0 ")


@given(st.floats(min_value=1e-9, max_value=50))
def test_a_time_is_within_half_a_percent_of_what_was_measured(seconds: float) -> None:
    amount, unit = quantity.duration(seconds).split()
    assert float(amount) * {"s": 1, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}[unit] == pytest.approx(seconds, rel=5.1e-3)


def test_a_measured_share_has_its_interval_where_that_is_wide() -> None:
    assert quantity.measured_share(0.97, (0.9, 1.05)) == "97 %"
    assert quantity.measured_share(0.97, None) == "97 %"
    assert quantity.measured_share(0.98, (0.41, 1.53)) == "98 % (41 to 153 %)"
    assert quantity.measured_share(0.98, (-0.1, 1.53)) == "98 % (-10 to 153 %)"
    assert quantity.measured_share(0.66, (-3.98, 5.39)) is None
    assert quantity.measured_share(0.98, (-math.inf, math.inf)) == "about 98 %"
