import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_agent.detect.seed_rule import seed_rule

LEVEL = [3.2] * 5
WORSENING = [3.5, 3.8, 4.2]  # the document's alert: "Run -3: 3.5s (+9%)", "Run -2: 3.8s (+19%)", "Run -1: 4.2s (+31%)"


def test_the_documents_own_example_is_flagged():
    found = seed_rule(LEVEL + WORSENING)
    assert found.flagged
    assert found.worsening == 3  # "Degrading for last 3 consecutive runs"


def test_the_documents_31_percent_is_against_the_level_before_the_trend_not_the_rules_mean():
    """Its alert says "Baseline: 3.2s, Current: 4.2s, +31%", and each run's change against 3.2. By its algorithm the mean
    of the last 5 runs is 3.38, for two of them are worse already, and the deviation 24 %."""
    assert [round(value / 3.2 - 1, 2) for value in WORSENING] == [0.09, 0.19, 0.31]
    found = seed_rule(LEVEL + WORSENING)
    assert found.mean == pytest.approx((3.2 * 3 + 3.5 + 3.8) / 5)
    assert found.deviation == pytest.approx(4.2 / 3.38 - 1)
    assert round(found.deviation, 2) == 0.24


def test_the_mean_is_of_the_runs_before_the_newest():
    """With the newest among the five the document's own example would not be flagged: 4.2 is 17 % over their mean."""
    assert 4.2 / ((3.2 * 2 + sum(WORSENING)) / 5) - 1 < 0.20
    assert seed_rule(LEVEL + WORSENING).flagged


def test_the_example_with_a_single_run_at_the_level_is_exactly_at_the_threshold_and_passes():
    found = seed_rule([3.2, *WORSENING])
    assert found.deviation == pytest.approx(0.2)
    assert not found.flagged


def test_both_conditions_are_needed():
    assert not seed_rule([*LEVEL, 3.5, 3.4, 5.0]).flagged  # far over, but not worse three times in a row
    assert not seed_rule([*LEVEL, 3.3, 3.4, 3.5]).flagged  # worse three times, but by little


def test_a_clean_step_is_missed():
    assert not any(seed_rule(LEVEL + [6.4] * n).flagged for n in range(1, 6))


def test_equal_runs_are_not_worsening():
    assert seed_rule([1.0, 1.5, 1.5, 2.5]).worsening == 1


@pytest.mark.parametrize(("threshold", "newest"), [(0.1, 1.1), (0.2, 1.2), (0.05, 1.05), (0.4, 1.4)])
def test_exactly_the_threshold_is_not_more_than_it(threshold, newest):
    assert not seed_rule([1.0, newest], threshold=threshold, consecutive=1).flagged
    assert seed_rule([1.0, newest + 1e-6], threshold=threshold, consecutive=1).flagged


def test_the_settings_are_respected():
    values = [1.0, 1.0, 1.0, 1.05, 1.1, 1.15]
    assert not seed_rule(values).flagged
    assert seed_rule(values, threshold=0.1).flagged
    assert not seed_rule(values, threshold=0.1, consecutive=4).flagged
    assert seed_rule([9.0, *values], window=5, threshold=0.1).mean == pytest.approx(1.03)
    assert seed_rule(values, window=2).mean == pytest.approx(1.075)


def test_of_throughput_less_is_worse():
    values = [100.0] * 5 + [90.0, 80.0, 70.0]
    assert seed_rule(values, better="higher").flagged
    assert not seed_rule(values).flagged
    assert not seed_rule([100.0] * 5 + [110.0, 120.0, 140.0], better="higher").flagged


@pytest.mark.parametrize("values", [[], [1.0], [0.0, 1.0], [math.nan, 1.0], [math.inf, 1.0], [-1.0, 1.0]])
def test_without_two_runs_there_is_nothing_to_say(values):
    found = seed_rule(values)
    assert (found.flagged, found.mean, found.deviation, found.worsening) == (False, None, None, 0)


def test_what_is_no_time_is_no_run():
    assert seed_rule([*LEVEL, math.nan, 3.5, 0.0, 3.8, math.inf, 4.2]) == seed_rule(LEVEL + WORSENING)


series = st.lists(st.floats(min_value=1e-3, max_value=1e3), min_size=2, max_size=30)


@given(series, st.sampled_from([2.0**k for k in range(-12, 13)]))
def test_another_unit_changes_no_verdict(values, factor):
    one, other = seed_rule(values), seed_rule([value * factor for value in values])
    assert (one.flagged, one.worsening) == (other.flagged, other.worsening)
    assert one.deviation == pytest.approx(other.deviation, abs=1e-9)


@given(series, st.lists(st.floats(min_value=1e-3, max_value=1e3), max_size=10))
def test_what_lies_before_the_window_changes_nothing_but_the_count_of_worsening_runs(values, older):
    recent = values[-6:]
    if len(recent) == 6:
        assert seed_rule(older + recent).flagged == seed_rule(recent).flagged
        assert seed_rule(older + recent).deviation == seed_rule(recent).deviation
