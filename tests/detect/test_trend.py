"""The trend line: an oracle, what it must not be moved by, and odd series."""

import math
import random

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from bench_agent.detect.trend import fit_trend

costs = st.lists(st.floats(1e-9, 1e3), min_size=3, max_size=10)


@given(costs)
def test_slope_and_level_are_those_of_scipys_theil_sen_on_logarithms(values: list[float]) -> None:
    fit = fit_trend(values)
    last = len(values) - 1
    slope, intercept, _, _ = scipy.stats.theilslopes([math.log(v) for v in values], method="joint")
    assert fit.change == pytest.approx(math.expm1(slope * last), rel=1e-6, abs=1e-9)
    assert fit.velocity == pytest.approx(math.exp(intercept) * math.expm1(slope * last) / last, rel=1e-6, abs=1e-9)


def test_a_steady_climb_is_degrading_with_its_velocity() -> None:
    fit = fit_trend([1.05**run for run in range(10)])
    assert (fit.direction, fit.change) == ("degrading", pytest.approx(1.05**9 - 1))
    assert fit.velocity == pytest.approx((1.05**9 - 1) / 9)


def test_falling_costs_are_improving() -> None:
    assert fit_trend([2.0, 1.8, 1.6, 1.4]).direction == "improving"


def test_within_two_percent_it_is_stable() -> None:
    assert fit_trend([1.0, 1.004, 1.008, 1.012, 1.019]).direction == "stable"
    assert fit_trend([1.0, 1.01, 1.02, 1.03]).direction == "degrading"


def test_two_wild_runs_of_ten_do_not_turn_a_level_into_a_trend() -> None:
    values = [1.0] * 10
    values[2], values[7] = 9.0, 5.0
    assert fit_trend(values).direction == "stable"


def test_only_the_window_counts() -> None:
    assert fit_trend([9.0] * 20 + [1.0] * 10).direction == "stable"
    assert fit_trend([9.0, 9.0, 9.0, 1.0, 1.0, 1.0], window=3).direction == "stable"


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0], [0.0, 0.0, 0.0, 0.0], [math.nan] * 5, [math.inf, 1.0, 2.0]])
def test_too_few_usable_runs_have_no_trend(values: list[float]) -> None:
    fit = fit_trend(values)
    assert (fit.direction, fit.change, fit.velocity) == ("unknown", None, None)


@given(costs, st.floats(1e-3, 1e3))
def test_another_unit_changes_nothing_but_the_velocity(values: list[float], factor: float) -> None:
    one, other = fit_trend(values), fit_trend([value * factor for value in values])
    assert one.change is not None
    assert other.change == pytest.approx(one.change, rel=1e-6, abs=1e-9)


def test_every_answer_is_finite_on_uneven_series() -> None:
    rng = random.Random(7)
    for _ in range(500):
        fit = fit_trend([10 ** rng.uniform(-9, 3) for _ in range(rng.randint(3, 12))])
        assert fit.change is not None
        assert math.isfinite(fit.change)
        assert fit.change > -1
