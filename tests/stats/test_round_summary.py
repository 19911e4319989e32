import math

import numpy
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bench_agent.stats.round_summary import EDGE_ROUNDS, QUANTILES, nearest_rank, summarise_rounds

times = st.lists(st.floats(min_value=1e-9, max_value=1e4), min_size=1, max_size=150)


@given(times)
def test_location_and_spread_are_numpys(rounds):
    found = summarise_rounds(rounds)
    assert found.mean == pytest.approx(numpy.mean(rounds))
    assert found.stddev == pytest.approx(numpy.std(rounds, ddof=1) if len(rounds) > 1 else 0.0, rel=1e-6, abs=1e-12)
    quartiles = numpy.quantile(rounds, [0.25, 0.5, 0.75])
    assert [found.q1, found.median, found.q3] == pytest.approx(list(quartiles))


@given(times)
def test_percentiles_are_the_smallest_rounds_that_enough_rounds_do_not_exceed(rounds):
    found = summarise_rounds(rounds)
    for value, percent in ((found.p95, 95), (found.p99, 99)):
        enough = [x for x in rounds if 100 * sum(y <= x for y in rounds) >= percent * len(rounds)]
        assert value == min(enough)


@pytest.mark.parametrize(
    ("rounds", "p95", "p99"),
    [(1, 1, 1), (19, 19, 19), (20, 19, 20), (21, 20, 21), (99, 95, 99), (100, 95, 99), (200, 190, 198)],
)
def test_nearest_rank_counted_by_hand(rounds, p95, p99):
    ordered = list(range(1, rounds + 1))
    assert (nearest_rank(ordered, 0.95), nearest_rank(ordered, 0.99)) == (p95, p99)


def test_every_rank_of_twentieths_is_exact():
    for n in range(20, 4001, 20):
        assert nearest_rank(range(1, n + 1), 0.95) == n * 19 // 20


@given(times, st.randoms())
def test_the_order_of_the_rounds_changes_nothing_but_the_edges(rounds, random):
    shuffled = random.sample(rounds, len(rounds))
    one, other = summarise_rounds(rounds), summarise_rounds(shuffled)
    for name in ("rounds", "mean", "median", "min", "max", "q1", "q3", "p95", "p99", "quantiles"):
        assert getattr(one, name) == getattr(other, name)
    assert one.stddev == pytest.approx(other.stddev)


@given(times, st.floats(min_value=1e-3, max_value=1e3))
def test_another_unit_scales_everything(rounds, factor):
    one, scaled = summarise_rounds(rounds), summarise_rounds([x * factor for x in rounds])
    assume(one.min > 1e-200)
    for name in ("mean", "median", "min", "max", "q1", "q3", "p95", "p99", "quantiles", "first", "last"):
        expected = getattr(one, name)
        expected = tuple(x * factor for x in expected) if isinstance(expected, tuple) else expected * factor
        assert getattr(scaled, name) == pytest.approx(expected, rel=1e-9)
    assert scaled.stddev == pytest.approx(one.stddev * factor, rel=1e-5, abs=1e-9 * one.max * factor)


@given(times)
def test_what_is_kept_is_bounded_and_among_the_rounds(rounds):
    found = summarise_rounds(rounds)
    assert len(found.quantiles) == min(len(rounds), QUANTILES)
    assert list(found.quantiles) == sorted(found.quantiles)
    assert (found.quantiles[0], found.quantiles[-1]) == (min(rounds), max(rounds))
    assert set(found.quantiles) <= set(rounds)
    assert list(found.first) == rounds[:EDGE_ROUNDS]
    assert list(found.last) == rounds[-EDGE_ROUNDS:]


def test_few_rounds_are_kept_whole():
    assert summarise_rounds([3.0, 1.0, 2.0]).quantiles == (1.0, 2.0, 3.0)


def test_equal_rounds_have_no_spread():
    found = summarise_rounds([0.1] * 1000)
    assert found.stddev == pytest.approx(0, abs=1e-15)
    assert found.min == found.median == found.p99 == found.max == 0.1
    assert math.isclose(found.mean, 0.1)


def test_one_round_is_all_there_is_to_say():
    found = summarise_rounds([0.5])
    assert (found.median, found.p95, found.stddev, found.quantiles) == (0.5, 0.5, 0.0, (0.5,))


def test_no_rounds_are_an_error():
    with pytest.raises(ValueError, match="no rounds"):
        summarise_rounds([])
