"""Order and slope: scipy and a published table as oracles, ties, many values, odd inputs."""

import math
import random

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from bench_agent.stats import monotone
from bench_agent.stats.monotone import order_p, order_score, ramp_z, theil_sen

distinct = st.lists(st.integers(-1000, 1000), min_size=2, max_size=30, unique=True)


@given(distinct)
def test_the_exact_probability_is_scipys(values: list[int]) -> None:
    tau = scipy.stats.kendalltau(range(len(values)), values, method="exact")
    assert order_p(values) == pytest.approx(tau.pvalue, rel=1e-9)


# Kendall, Rank Correlation Methods (1970), appendix table 1: one-sided probabilities of S or more.
@pytest.mark.parametrize(
    ("n", "score", "one_sided"), [(5, 8, 0.042), (6, 13, 0.0083), (8, 20, 0.0071), (9, 24, 0.0063), (10, 29, 0.0046)]
)
def test_the_published_table_is_met(n: int, score: int, one_sided: float) -> None:
    pairs = n * (n - 1) // 2
    assert monotone._at_most((pairs - score) // 2, n) == pytest.approx(
        one_sided, abs=5e-5 if one_sided < 0.01 else 5e-4
    )


def test_with_ties_and_many_values_it_is_scipys_approximation_less_half_a_step() -> None:
    source = random.Random(3)
    for n in (60, 130):
        values = [source.randint(0, 12) + i / 40 * 0 for i in range(n)]
        tau = scipy.stats.kendalltau(range(n), values, method="asymptotic")
        assert order_p(values) == pytest.approx(tau.pvalue, abs=0.01)


def test_ties_never_make_an_order_rarer() -> None:
    assert order_p([1, 1, 1, 1, 1, 2, 2, 2, 2, 2]) > order_p([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    assert order_p([3.0] * 10) == 1.0


@pytest.mark.parametrize("values", [[], [1.0]])
def test_too_few_values_have_no_order(values: list[float]) -> None:
    assert (order_score(values), order_p(values)) == (0, 1.0)


def test_dependence_takes_away_from_the_evidence() -> None:
    values = [float(i + 7 * (i % 3)) for i in range(30)]
    assert order_p(values) < order_p(values, inflation=2.0) < order_p(values, inflation=6.0)


@given(distinct)
def test_reversed_values_have_the_opposite_score(values: list[int]) -> None:
    assert order_score(values) == -order_score(values[::-1])


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=40))
def test_slope_interval_and_level_are_scipys(values: list[float]) -> None:
    line = theil_sen(values)
    slope, _, lower, upper = scipy.stats.theilslopes(values)
    assert (line.slope, line.lower, line.upper) == pytest.approx((slope, lower, upper), rel=1e-9, abs=1e-9)
    joint = scipy.stats.theilslopes(values, method="joint")
    assert line.level == pytest.approx(joint.intercept, rel=1e-9, abs=1e-9)


def test_many_values_are_computed_as_few_are() -> None:
    source = random.Random(5)
    values = [source.gauss(0, 1) + i / 50 for i in range(monotone.MANY + 20)]
    slope, _, lower, upper = scipy.stats.theilslopes(values)
    line = theil_sen(values)
    assert (line.slope, line.lower, line.upper) == pytest.approx((slope, lower, upper))
    assert order_score(values) == sum(math.copysign(1, b - a) for i, a in enumerate(values) for b in values[i + 1 :])


@given(st.lists(st.floats(0.1, 10), min_size=12, max_size=30), st.integers(2, 10))
def test_the_ramp_statistic_is_the_correlation_of_ranks_with_the_ramp(values: list[float], length: int) -> None:
    ramp = [max(0, i - (len(values) - length) + 1) for i in range(len(values))]
    if len(set(values)) == 1:
        assert ramp_z(values, length) == 0.0
        return
    correlation = scipy.stats.pearsonr(scipy.stats.rankdata(values), ramp).statistic
    assert ramp_z(values, length) == pytest.approx(correlation * math.sqrt(len(values) - 1), abs=1e-9)


def test_unchanged_values_have_a_ramp_statistic_of_a_standard_normal() -> None:
    source = random.Random(5)
    found = [ramp_z([source.random() for _ in range(30)], 10) for _ in range(2000)]
    assert sum(abs(z) > 2.576 for z in found) / len(found) == pytest.approx(0.01, abs=0.006)
