import math
import random

import numpy
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from bench_agent.stats.shift import inflation, median, rank_z, spread, surprise

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30)


@given(VALUES)
def test_the_median_is_numpys(values):
    assert median(values) == pytest.approx(numpy.median(values))


@given(st.lists(st.integers(0, 9), min_size=1, max_size=20), st.lists(st.integers(0, 9), min_size=1, max_size=20))
def test_the_rank_sum_is_scipys_ties_too(before, after):
    found = rank_z(before, after)
    if len({*before, *after}) == 1:
        assert found == 0.0
        return
    expected = scipy.stats.mannwhitneyu(after, before, method="asymptotic", use_continuity=False, alternative="greater")
    assert scipy.stats.norm.sf(found) == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-12)


def test_the_spread_of_normal_values_is_their_standard_deviation_whatever_a_fifth_of_them_are():
    source = random.Random(1)
    values = [source.gauss(5, 2) for _ in range(4000)]
    assert spread(values) == pytest.approx(2, rel=0.06)
    assert spread([*values[:3200], *[1e9] * 400, *[-1e9] * 400]) < 3.5


@pytest.mark.parametrize(("r", "least", "most"), [(0.0, 1.0, 1.15), (0.5, 2.2, 3.6), (0.99, 15, 19.01)])
def test_dependence_inflates_the_variance_of_a_mean(r, least, most):
    source = random.Random(2)
    values = [0.0]
    for _ in range(1500):
        values.append(r * values[-1] + source.gauss(0, 1))
    assert least <= inflation(values, ()) <= most


def test_steps_between_the_cuts_are_no_dependence():
    source = random.Random(3)
    values = [(10 if i >= 100 else 0) + source.gauss(0, 1) for i in range(200)]
    assert inflation(values, [100]) < 1.3 < inflation(values, ())


def test_a_block_beyond_everything_surprises_by_its_length_and_its_distance():
    level = [10.0 + 0.1 * (i % 5) for i in range(49)]
    assert surprise(level, [10.41, 10.41], 1.0, reach=1.0) == pytest.approx(2 * math.log(50), rel=0.1)
    assert surprise(level, [10.41] * 3, 1.0, reach=1.0) == pytest.approx(3 * math.log(50), rel=0.1)
    assert surprise(level, [14.0, 14.0], 1.0, reach=1.0) > 2 * math.log(50) + 6
    assert surprise(level, [14.0, 14.0], 2.0, reach=1.0) == pytest.approx(surprise(level, [14.0] * 2, 1.0, reach=1) / 2)


def test_where_the_level_stood_before_for_as_long_is_no_surprise():
    level = [10.0] * 20 + [12.0] * 3 + [10.0] * 20
    assert surprise(level, [12.1] * 3, 1.0, reach=1.5) == 0.0
    assert surprise(level, [13.1] * 3, 1.0, reach=1.5) > 9
