"""Trends: the line and its test against scipy, what is called a step, what is called nothing, and odd series."""

import math
import random
from collections.abc import Sequence

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from bench_agent.detect.trend import FEWEST, WINDOW, TrendFit, fit_trend

costs = st.lists(st.floats(1e-9, 1e3), min_size=FEWEST, max_size=WINDOW)
CALLED = ("improving", "degrading")


def noise(seed: int, runs: int, sigma: float = 0.02) -> list[float]:
    source = random.Random(seed)
    return [math.exp(source.gauss(0, sigma)) for _ in range(runs)]


def stretched(values: Sequence[float], factors: Sequence[float]) -> list[float]:
    return [value * factor for value, factor in zip(values, factors, strict=True)]


@given(costs)
def test_interval_and_probability_are_scipys_on_logarithms(values: list[float]) -> None:
    fit = fit_trend(values)
    last = len(values) - 1
    logs = [math.log(v) for v in values]
    _, _, lower, upper = scipy.stats.theilslopes(logs)
    assert fit.interval == pytest.approx((math.expm1(lower * last), math.expm1(upper * last)), rel=1e-6, abs=1e-9)
    if len(set(logs)) == len(logs):
        assert fit.p_value == pytest.approx(scipy.stats.kendalltau(range(len(logs)), logs, method="exact").pvalue)


def test_a_steady_climb_is_a_slope_with_its_velocity() -> None:
    fit = fit_trend([1.05**run for run in range(10)])
    assert (fit.direction, fit.shape, fit.change) == ("degrading", "slope", pytest.approx(1.05**9 - 1))
    assert fit.velocity == pytest.approx((1.05**9 - 1) / 9)


def test_falling_costs_are_improving() -> None:
    assert fit_trend([2.0, 1.9, 1.8, 1.6, 1.5, 1.4, 1.3]).direction == "improving"


def test_within_two_percent_it_is_stable_however_sure() -> None:
    assert fit_trend([1 + 0.002 * run for run in range(10)]).direction == "stable"


def test_size_alone_is_no_trend() -> None:
    values = [1.0, 1.2, 0.9, 1.15, 1.3, 0.95, 1.25, 1.1, 1.35, 1.2]
    fit = fit_trend(values)
    assert (fit.direction, fit.change, fit.velocity) == ("unclear", None, None)
    assert fit.interval is not None
    assert fit.interval[0] < 0 < fit.interval[1]


def test_noise_that_could_hide_a_regression_is_not_called_stable() -> None:
    assert fit_trend(noise(1, 10, 0.01)).direction == "stable"
    assert fit_trend(noise(1, 10, 0.3)).direction == "unclear"


def test_a_step_is_told_as_a_step_with_the_run_it_began_at() -> None:
    fit = fit_trend(stretched(noise(2, 30), [1.0] * 24 + [1.6] * 6))
    assert (fit.direction, fit.shape, fit.step, fit.velocity) == ("degrading", "step", 24, None)
    assert fit.change == pytest.approx(0.6, abs=0.05)


def test_a_step_among_many_runs_is_no_slope() -> None:
    fit = fit_trend(stretched(noise(3, 384), [1.0] * 200 + [1.64] * 184), window=384)
    assert (fit.shape, fit.step) == ("step", 200)
    assert fit.change == pytest.approx(0.64, abs=0.03)


def test_a_step_before_the_window_is_no_trend_of_it() -> None:
    assert fit_trend(stretched(noise(4, 40), [1.0] * 15 + [1.6] * 25)).direction == "stable"


def test_a_benchmark_that_is_back_at_its_first_value_is_not_degrading() -> None:
    fit = fit_trend([1.0, 1.08, 1.16, 1.22, 1.3, 1.36, 1.43, 1.5, 1.55, 1.0])
    assert fit.direction not in CALLED


def test_a_single_spike_now_is_no_trend() -> None:
    assert fit_trend([*noise(5, 29), 1.6]).direction not in CALLED


def test_a_creep_slower_than_the_window_tells_is_found_over_more_runs() -> None:
    values = stretched(noise(6, 30, 0.03), [1.01**run for run in range(30)])
    assert fit_trend(values, window=WINDOW).direction not in CALLED
    fit = fit_trend(values)
    assert (fit.direction, fit.runs > WINDOW) == ("degrading", True)


def test_two_wild_runs_of_ten_do_not_turn_a_level_into_a_trend() -> None:
    values = [1.0] * 10
    values[2], values[7] = 9.0, 5.0
    assert fit_trend(values).direction not in CALLED


def test_indices_count_the_runs_that_are_none() -> None:
    values = stretched(noise(2, 30), [1.0] * 24 + [1.6] * 6)
    assert fit_trend([math.nan, math.nan, *values]).step == 26


@pytest.mark.parametrize(
    "values", [[], [1.0], [1.0, 2.0], [1.0, 2.0, 3.0, 4.0, 5.0], [0.0] * 8, [math.nan] * 8, [math.inf, *[1.0] * 5]]
)
def test_too_few_usable_runs_have_no_trend(values: list[float]) -> None:
    fit = fit_trend(values)
    assert (fit.direction, fit.change, fit.velocity, fit.interval) == ("unknown", None, None, None)


@pytest.mark.parametrize("value", [1e-9, 1.0, 1e3])
def test_equal_runs_are_stable(value: float) -> None:
    fit = fit_trend([value] * 12)
    assert (fit.direction, fit.interval, fit.p_value) == ("stable", (0.0, 0.0), 1.0)


@given(costs, st.floats(1e-3, 1e3))
def test_another_unit_changes_nothing_but_the_velocity(values: list[float], factor: float) -> None:
    one, other = fit_trend(values), fit_trend([value * factor for value in values])
    assert one.interval is not None
    assert other.interval == pytest.approx(one.interval, rel=1e-6, abs=1e-9)


@given(costs)
def test_what_is_called_is_finite_and_has_a_shape(values: list[float]) -> None:
    fit = fit_trend(values)
    assert (fit.shape is not None) == (fit.direction in CALLED) == (fit.change is not None)
    assert fit.change is None or (math.isfinite(fit.change) and fit.change > -1)
    assert (fit.velocity is not None) == (fit.shape == "slope")


def test_unchanged_noise_is_rarely_called() -> None:
    fits: list[TrendFit] = []
    for seed in range(60):
        values = noise(1000 + seed, 40, 0.05)
        fits += [fit_trend(values[:end]) for end in (12, 20, 30, 40)]
    assert sum(fit.direction in CALLED for fit in fits) <= 0.04 * len(fits)


def test_a_creep_of_two_percent_a_run_is_found_within_ten_runs() -> None:
    found = 0
    for seed in range(40):
        values = stretched(noise(2000 + seed, 40, 0.03), [1.0] * 30 + [1.02**k for k in range(1, 11)])
        told = [fit_trend(values[:end]).direction for end in range(31, 41)]
        found += "degrading" in told
        assert "improving" not in told[3:]
    assert found >= 38


def test_a_creep_in_much_noise_is_found_by_the_runs_before_it() -> None:
    found = 0
    for seed in range(40):
        values = stretched(noise(3000 + seed, 40, 0.08), [1.0] * 30 + [1.02**k for k in range(1, 11)])
        found += any(fit_trend(values[:end]).direction == "degrading" for end in range(31, 41))
    assert found >= 33  # the newest twenty runs alone show 79 %
