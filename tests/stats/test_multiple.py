import itertools
import math
import random
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench_agent.stats.multiple import step_up

p_values = st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=20)


@given(p_values)
def test_the_adjusted_values_are_scipys(given_p: dict[str, float]) -> None:
    if given_p:
        expected = stats.false_discovery_control(list(given_p.values()))
        assert list(step_up(given_p).values()) == pytest.approx(list(expected))


def test_what_all_show_needs_no_more_of_each_than_what_one_alone_shows() -> None:
    assert step_up(dict.fromkeys("abcdef", 0.01)) == pytest.approx(dict.fromkeys("abcdef", 0.01))
    assert step_up({"a": 0.01, **dict.fromkeys("bcdef", 1.0)})["a"] == pytest.approx(0.06)


@given(p_values, st.integers(0, 30))
def test_benchmarks_beside_count_as_those_that_show_nothing(given_p: dict[str, float], beside: int) -> None:
    all_of_them = {**given_p, **{f"beside {n}": 1.0 for n in range(beside)}}
    expected = {name: value for name, value in step_up(all_of_them).items() if name in given_p}
    assert step_up(given_p, beside=beside) == pytest.approx(expected)


@given(p_values)
def test_no_p_value_gets_smaller_and_the_order_stays(given_p: dict[str, float]) -> None:
    adjusted = step_up(given_p)
    assert list(adjusted) == list(given_p)
    for name, p in given_p.items():
        assert p <= adjusted[name] <= 1 or p == adjusted[name]
    ranked = sorted(given_p, key=lambda n: given_p[n])
    assert all(adjusted[a] <= adjusted[b] for a, b in itertools.pairwise(ranked))


def test_what_is_not_a_number_supports_nothing() -> None:
    assert step_up({"a": math.nan, "b": 0.001}) == {"a": 1.0, "b": 0.002}
    assert step_up({}) == {}


@pytest.mark.parametrize("benchmarks", [20, 100, 300])
@pytest.mark.parametrize("shared", [0.0, 0.5])
def test_unchanged_benchmarks_alarm_in_at_most_five_percent_of_suites(benchmarks: int, shared: float) -> None:
    """shared: the correlation of their noise."""
    rng, normal = random.Random(3), NormalDist()
    alarms = 0
    for _ in range(1000):
        common = math.sqrt(shared) * rng.gauss(0, 1)
        own = [common + math.sqrt(1 - shared) * rng.gauss(0, 1) for _ in range(benchmarks)]
        worst = sorted(own, reverse=True)
        alarms += any(1 - normal.cdf(z) <= 0.05 * rank / benchmarks for rank, z in enumerate(worst, 1))
    assert alarms <= 0.067 * 1000  # the 99 % quantile of 5 %
