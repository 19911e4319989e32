import math
import random

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from bench_agent.stats.ranks import shift

UNTIED = st.lists(st.floats(-100, 100), min_size=1, max_size=9, unique=True)


@given(UNTIED, UNTIED)
def test_p_values_are_scipys_exact_ones(first, second):
    if set(first) & set(second):
        return
    found = shift(first, second)
    for ours, side in ((found.p_greater, "greater"), (found.p_less, "less")):
        expected = scipy.stats.mannwhitneyu(second, first, method="exact", alternative=side).pvalue
        assert ours == pytest.approx(expected, rel=1e-9)


def test_with_many_values_they_are_the_normal_approximation():
    source = random.Random(1)
    first, second = ([source.gauss(m, 1) for _ in range(60)] for m in (0, 0.4))
    expected = scipy.stats.mannwhitneyu(second, first, method="asymptotic", alternative="greater").pvalue
    assert shift(first, second).p_greater == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("n", [4, 6, 15, 30])
def test_the_interval_covers_the_shift_as_often_as_it_says(n):
    source = random.Random(n)
    covered = 0
    for _ in range(400):
        first, second = ([math.exp(source.gauss(m, 0.5)) for _ in range(n)] for m in (0, 0))
        found = shift(first, second)
        covered += found.lower <= 0 <= found.upper
    assert covered >= 0.925 * 400


def test_three_values_a_side_bound_nothing_and_ties_claim_nothing():
    found = shift([1, 2, 3], [11, 12, 13])
    assert (found.lower, found.upper, found.estimate) == (-math.inf, math.inf, 10)
    assert shift([5] * 20, [5] * 20).p_greater == pytest.approx(1.0)
    with pytest.raises(ValueError, match="no values"):
        shift([], [1.0])
