import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_agent.stats.multiple import holm

p_values = st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=20)


def test_holms_own_steps() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06})


@given(p_values)
def test_no_p_value_gets_smaller_and_the_order_stays(given_p: dict[str, float]) -> None:
    adjusted = holm(given_p)
    assert list(adjusted) == list(given_p)
    for name, p in given_p.items():
        assert p <= adjusted[name] <= 1 or p == adjusted[name]
    ranked = sorted(given_p, key=lambda n: given_p[n])
    assert all(adjusted[a] <= adjusted[b] for a, b in itertools.pairwise(ranked))


def test_what_is_not_a_number_supports_nothing() -> None:
    assert holm({"a": math.nan, "b": 0.001}) == {"a": 1.0, "b": 0.002}
    assert holm({}) == {}


def test_twenty_unchanged_benchmarks_alarm_in_at_most_five_percent_of_suites() -> None:
    rng = random.Random(3)
    alarms = sum(min(holm({str(i): rng.random() for i in range(20)}).values()) <= 0.05 for _ in range(4000))
    assert alarms <= 0.058 * 4000  # the 99 % quantile of 5 %
