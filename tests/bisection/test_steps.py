"""The change between two versions that ran beside each other: its size, what is sure of it, whether it lasts."""

import random

from bench_agent.bisection.span import Span
from bench_agent.bisection.steps import (
    is_taken_back,
    is_work_taken_back,
    later_positions,
    seems_to_last,
    steepest,
    step_between,
)


def test_work_is_taken_back_where_most_of_what_was_added_is_gone() -> None:
    assert is_work_taken_back(1000.0, 2000.0, 1000.0)
    assert is_work_taken_back(1000.0, 2000.0, 1200.0)
    assert not is_work_taken_back(1000.0, 2000.0, 1700.0)
    assert not is_work_taken_back(1000.0, 2000.0, 2500.0)


def test_a_size_is_known_within_a_part_of_itself() -> None:
    sessions = [0.2, 0.21, 0.19, 0.2, 0.2]
    early = step_between([0.0] * 5, sessions, early=[{"before": 0.0, "after": value} for value in sessions])
    assert early.is_slower
    assert early.is_known_within(0.25)
    assert not early.is_known_within(0.05)
    assert not step_between([0.0] * 5, sessions).is_known_within(0.1)  # five sessions bound less otherwise
    assert not step_between([0.0] * 3, sessions[:3]).is_known_within(10.0)  # three bound nothing


def test_of_several_rises_the_steepest_stretch_is_searched_by_itself() -> None:
    # A creep of 0.12 in many commits, then 0.08 within four: no single position explains all levels.
    levels = {67: 0.067, 68: 0.061, 72: 0.070, 116: 0.090, 131: 0.104, 139: 0.123, 144: 0.198, 156: 0.227, 168: 0.218}
    span = Span(low=0, high=168)
    assert steepest(levels, span) == Span(low=139, high=144)
    assert steepest({168: 0.2}, span) is None
    assert steepest({3: -0.1, 168: -0.2}, span) is None


def test_a_step_is_the_paired_difference_of_what_ran_in_the_same_sessions() -> None:
    rng = random.Random(1)
    drift = [rng.gauss(0, 0.2) for _ in range(8)]  # of the base, in both
    before = [d + rng.gauss(0, 0.005) for d in drift]
    after = [d + 0.1 + rng.gauss(0, 0.005) for d in drift]
    step = step_between(before, after)
    assert step.is_slower
    assert step.is_decided
    assert 0.08 < step.size < 0.12
    assert step_between(after, before).is_faster
    same = step_between(before, before)
    assert not same.is_slower
    assert same.is_decided
    assert not step_between(before[:3], after[:3]).is_decided  # too few sessions for any claim


def test_whether_a_change_lasted_is_looked_for_soon_after_it_and_half_way() -> None:
    span = Span(low=0, high=40)
    assert later_positions(10, span, frozenset()) == [11, 13, 25]
    assert later_positions(10, span, frozenset({11, 12})) == [13, 15, 26]
    assert later_positions(38, span, frozenset()) == [39]
    assert later_positions(40, span, frozenset()) == []
    assert later_positions(10, span, frozenset(), {12, 20, 39}) == [12, 20], "near by, what is known already will do"
    assert later_positions(10, span, frozenset(), {15, 17, 39}) == [11, 15, 25]


def test_that_a_step_lasts_is_told_by_sets_without_it_and_never_that_it_was_taken_back() -> None:
    step = step_between([0.0] * 8, [0.1 + 0.001 * i for i in range(8)])
    assert seems_to_last(step, [0.01])
    assert seems_to_last(step, [-0.02, 0.03, -0.2])
    assert not seems_to_last(step, [-0.1])
    assert not seems_to_last(step, [])


def test_a_step_is_taken_back_only_where_several_sessions_say_so() -> None:
    step = step_between([0.0] * 8, [0.1 + 0.001 * i for i in range(8)])
    assert is_taken_back(step, [0.01]) is False  # one session is enough to see that it lasts
    assert is_taken_back(step, [-0.1]) is None
    assert is_taken_back(step, [-0.1, -0.11, -0.09]) is True
    assert is_taken_back(step, [-0.05, -0.05, -0.05]) is False  # half of it is still there
    assert is_taken_back(step, []) is None
