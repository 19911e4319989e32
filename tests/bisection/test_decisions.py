"""The logic of a search, without measuring: which places stand for which commits, where counts lead, what is proof."""

import math
import random

from bench_agent.bisection.decisions import (
    Span,
    counts_agree,
    group_before,
    is_taken_back,
    is_the_same_work,
    is_work_taken_back,
    is_worth_searching,
    largest_gap,
    later_places,
    mirrored,
    next_counts,
    prior_of_stops,
    steepest,
    step_between,
    stops,
    telling_functions,
)
from bench_agent.records import Reach


def reach(*, complete: bool = True, **lines: int) -> Reach:
    return Reach(functions=dict.fromkeys(lines, 1), lines=dict(lines), files=("a.py",), complete=complete)


def test_a_place_stands_for_the_skipped_ones_before_it() -> None:
    span, skipped = Span(low=0, high=6), frozenset({2, 3})
    assert stops(span, skipped) == [1, 4, 5, 6]
    assert group_before(4, span, skipped) == (1, [2, 3, 4])
    assert group_before(1, span, skipped) == (0, [1])
    prior = prior_of_stops([1.0] * 6, span, skipped)
    assert [round(p, 3) for p in prior] == [0.167, 0.5, 0.167, 0.167]


def search_by_counts(counts: list[float], skipped: frozenset[int] = frozenset()) -> tuple[int | None, int]:
    """(the commit found, places counted); counts[i] is the work at place i."""
    span, weights = Span(low=0, high=len(counts) - 1), [1.0] * (len(counts) - 1)
    known: dict[int, float | None] = {0: counts[0], span.high: counts[-1]}
    while (gap := largest_gap(known, span)) is not None:
        wanted = next_counts(gap, weights, skipped, 2)
        if not wanted:
            return gap.high, len(known)
        known.update({place: counts[place] for place in wanted})
    return None, len(known)


def test_counts_lead_to_the_commit_in_few_steps() -> None:
    counts = [1000.0] * 100 + [1100.0] * 157
    assert search_by_counts(counts)[0] == 100
    assert search_by_counts(counts)[1] <= 14


def test_small_changes_in_both_directions_do_not_lead_counts_astray() -> None:
    rng = random.Random(2)
    for _ in range(50):
        true = rng.randint(1, 256)
        counts = [1000.0 * rng.uniform(0.99, 1.01) * (1.2 if place >= true else 1.0) for place in range(257)]
        assert search_by_counts(counts)[0] == true


def test_a_place_that_cannot_be_counted_is_gone_around() -> None:
    skipped = frozenset(range(4, 9))
    assert search_by_counts([100.0] * 10 + [150.0] * 7, skipped)[0] == 10
    # Among the skipped ones: the first measurable place after them.
    assert search_by_counts([100.0] * 6 + [150.0] * 11, skipped)[0] == 9


def test_without_growth_there_is_no_gap() -> None:
    assert largest_gap({0: 10.0, 4: 10.0}, Span(low=0, high=4)) is None
    assert largest_gap({0: 10.0, 4: 9.0}, Span(low=0, high=4)) is None
    assert largest_gap({0: 10.0, 4: None}, Span(low=0, high=4)) is None


def test_counts_tell_only_when_the_work_grew_enough_for_the_slowdown() -> None:
    assert telling_functions(reach(f=100), reach(f=130), 0.2) == {"f"}
    assert telling_functions(reach(f=1000), reach(f=1005), 0.2) is None  # a guard
    assert telling_functions(reach(f=100), reach(f=104), 1.0) is None  # far too little for a slowdown of 2.7x
    assert telling_functions(reach(f=100), reach(f=130, complete=False), 0.2) is None
    assert telling_functions(None, reach(f=130), 0.2) is None


def test_what_shrank_does_not_hide_what_grew_and_a_new_name_is_not_growth() -> None:
    assert telling_functions(reach(f=100, g=200), reach(f=200, g=100), 0.2) == {"f"}
    assert telling_functions(reach(f=100, old=200), reach(f=100, new=200), 0.2) is None


def test_counts_agree_with_the_clock_where_they_grew_shrank_or_stayed_with_it() -> None:
    less, more = reach(parse=1000, other=100), reach(parse=1200, other=100)
    assert counts_agree(less, more, 0.18)
    assert counts_agree(more, less, -0.18)
    assert counts_agree(less, less, 0.005)
    assert not counts_agree(less, less, 0.18)  # slower without more work: the clock alone says so
    assert not counts_agree(less, more, -0.18)
    assert not counts_agree(less, more, 0.0)
    assert not counts_agree(less, reach(parse=1010, other=100), 0.18)  # a guard more explains no fifth
    assert not counts_agree(less, reach(complete=False, parse=1200), 0.18)
    assert not counts_agree(None, more, 0.18)


def test_work_is_the_same_only_where_every_function_does_as_much() -> None:
    assert is_the_same_work(reach(parse=10, other=5), reach(parse=10, other=5))
    assert not is_the_same_work(reach(parse=10, other=5), reach(parse=5, other=10))
    assert not is_the_same_work(reach(parse=10), reach(parse=10, other=5))
    assert is_the_same_work(reach(parse=10), reach(parse=10, other=5), frozenset({"parse"}))
    assert not is_the_same_work(reach(parse=10), None)
    assert not is_the_same_work(reach(parse=10), reach(complete=False, parse=10))


def test_work_is_taken_back_where_most_of_what_was_added_is_gone() -> None:
    assert is_work_taken_back(1000.0, 2000.0, 1000.0)
    assert is_work_taken_back(1000.0, 2000.0, 1200.0)
    assert not is_work_taken_back(1000.0, 2000.0, 1700.0)
    assert not is_work_taken_back(1000.0, 2000.0, 2500.0)


def test_a_fall_turned_over_is_the_largest_rise() -> None:
    counts = {0: 1800.0, 3: 1750.0, 4: 1400.0, 6: None, 9: 1390.0}
    gap = largest_gap(mirrored(counts), Span(low=0, high=9))
    assert gap is not None
    assert (gap.low, gap.high) == (3, 4)
    assert math.isclose(gap.growth, math.log(1750 / 1400), rel_tol=0.01)
    assert largest_gap(counts, Span(low=0, high=9)) is None


def test_a_size_is_known_within_a_part_of_itself() -> None:
    sessions = [0.2, 0.21, 0.19, 0.2, 0.2]
    early = step_between([0.0] * 5, sessions, early=True)
    assert early.is_slower
    assert early.is_known_within(0.25)
    assert not early.is_known_within(0.05)
    assert not step_between([0.0] * 5, sessions).is_known_within(10.0)  # five sessions bound nothing otherwise


def test_of_several_rises_the_steepest_stretch_is_searched_by_itself() -> None:
    # A creep of 0.12 in many commits, then 0.08 within four: no single place explains all levels.
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
    assert not step_between(before[:5], after[:5]).is_decided  # too few sessions for any claim


def test_what_is_left_beside_a_culprit_is_searched_when_it_is_sure_and_large_enough() -> None:
    small = step_between([0.0] * 8, [0.02 + 0.0001 * n for n in range(8)])
    assert small.is_slower
    assert is_worth_searching(small, 0.1)
    assert not is_worth_searching(small, 0.5)


def test_whether_a_change_lasted_is_looked_for_soon_after_it_and_half_way() -> None:
    span = Span(low=0, high=40)
    assert later_places(10, span, frozenset()) == [11, 13, 25]
    assert later_places(10, span, frozenset({11, 12})) == [13, 15, 26]
    assert later_places(38, span, frozenset()) == [39]
    assert later_places(40, span, frozenset()) == []


def test_a_step_is_taken_back_only_where_several_sessions_say_so() -> None:
    step = step_between([0.0] * 8, [0.1 + 0.001 * i for i in range(8)])
    assert is_taken_back(step, [0.01]) is False  # one session is enough to see that it lasts
    assert is_taken_back(step, [-0.1]) is None
    assert is_taken_back(step, [-0.1, -0.11, -0.09]) is True
    assert is_taken_back(step, [-0.05, -0.05, -0.05]) is False  # half of it is still there
    assert is_taken_back(step, []) is None
