"""Each decision of a search, without measuring: is it real, which commit next, is it proved, does it last, what else, how it ended."""

import math

import pytest

from bench_agent.bisection.decisions import (
    ABREAST,
    MOST_SESSIONS,
    explains,
    has_lasted,
    is_measured_enough,
    is_side_clear,
    is_still_slow,
    is_worth_searching,
    judge_ending,
    judge_proof,
    judge_sides,
    may_search,
    next_timed,
    plain_rise,
    spans_around_passing,
)
from bench_agent.bisection.span import Span
from bench_agent.bisection.steps import Step, step_between
from bench_agent.records import Reach
from bench_agent.stats.noisy_search import locate
from bench_agent.suspects.same_code import MOVED, is_moved_code


def step(size: float, sessions: int = 8, *, noise: float = 0.001) -> Step:
    """A step of that size (log units), as so many sets of sessions with that much scatter show it."""
    values = [size + noise * (number % 5 - 2) for number in range(sessions)]
    return step_between(
        [0.0] * sessions, values, final=True, early=[{"before": 0.0, "after": value} for value in values]
    )


def reach(**lines: int) -> Reach:
    return Reach(functions=dict.fromkeys(lines, 1), lines=dict(lines), files=("a.py",), complete=True)


# --- is it real


def test_the_search_begins_when_the_ends_are_settled_or_look_slower() -> None:
    assert may_search("undecided", [0.05, 0.04, 0.06], is_hopeless=False)
    assert may_search("slower", [], is_hopeless=False)
    assert may_search("same", [], is_hopeless=False)
    assert may_search("undecided", [], is_hopeless=True)


@pytest.mark.parametrize("differences", [[], [0.05, 0.05], [0.05, -0.01, 0.05], [0.01, 0.01, 0.01]])
def test_few_mixed_or_small_differences_are_no_reason_to_begin(differences: list[float]) -> None:
    assert not may_search("undecided", differences, is_hopeless=False)


# --- which commit next


def test_the_commits_that_tell_most_are_timed_next_until_one_is_sure() -> None:
    even = locate([1 / 64] * 64, {64: [0.2] * 4}, size=0.2, scale=0.01)
    wanted = next_timed(even, 0.01)
    assert len(wanted) == ABREAST
    assert all(abs(at - number * 16) <= 2 for number, at in enumerate(wanted, start=1))  # quarters
    sure = locate([1 / 64] * 64, {20: [0.0] * 3, 21: [0.2] * 3, 64: [0.2] * 4}, size=0.2, scale=0.01)
    assert next_timed(sure, 0.01) == []


# --- is this one proved


def test_a_candidate_is_measured_until_it_is_decided_precise_and_its_sides_are_clear() -> None:
    known = {"is_hopeless": False, "sides_are_clear": True}
    assert not is_measured_enough("slower", None, 0.2, **known)
    assert not is_measured_enough("slower", step(0.2, 3), 0.2, **known)
    assert is_measured_enough("slower", step(0.2, 5), 0.2, **known)
    assert not is_measured_enough(
        "slower", step(0.2, 5, noise=0.03), 0.2, **known
    )  # five that scatter: its size is not known
    assert is_measured_enough("slower", step(0.2, 8), 0.2, **known)
    assert not is_measured_enough("slower", step(0.2, 8), 0.2, is_hopeless=False, sides_are_clear=False)
    assert not is_measured_enough("undecided", step(0.2, 8), 0.2, **known)  # the whole is not known to be slower
    assert is_measured_enough("undecided", step(0.2, 8), 0.2, is_hopeless=True, sides_are_clear=True)
    assert is_measured_enough("same", None, 0.2, **known)  # nobody is looked for
    undecided = step(0.03, MOST_SESSIONS, noise=0.2)
    assert is_measured_enough("slower", undecided, 0.2, is_hopeless=False, sides_are_clear=False)


def test_a_step_that_is_surely_too_small_for_its_part_is_refuted_though_not_shown_to_be_nothing() -> None:
    """Of a doubling, a candidate of at most 5 % is none; on a noisy machine to show that it is below 3 % takes very long."""
    small = step(0.0, 10, noise=0.02)
    assert not small.is_decided
    assert is_measured_enough("slower", small, 0.7, is_hopeless=False, sides_are_clear=False)
    assert judge_proof("slower", small, 0.7, "executed") == "refuted"
    assert judge_proof("slower", small, 0.2, "executed") == "open"
    assert not is_measured_enough("slower", step(0.0, 4), 0.7, is_hopeless=False, sides_are_clear=False)


def test_a_side_is_clear_when_it_holds_a_change_or_none_that_matters() -> None:
    assert not is_side_clear(None, 0.2, None, None)
    assert is_side_clear(step(0.1), 0.2, None, None)
    assert is_side_clear(step(0.0), 0.2, None, None)
    assert not is_side_clear(step(0.025, 8, noise=0.02), 0.2, None, None)
    assert is_side_clear(step(0.005, 5, noise=0.01), 0.2, None, None)  # four hundredths are two standard errors away
    assert not is_side_clear(step(0.005, 4, noise=0.02), 0.2, None, None)  # too few to tell
    looks = step(0.005, 5, noise=0.01)
    assert not is_side_clear(looks, 0.2, reach(f=10), reach(f=11))  # it executes something else: that is made sure
    assert is_side_clear(step(0.0, 3), 0.2, reach(f=10), reach(f=10))  # the same work: three will do
    assert not is_side_clear(step(0.0, 2), 0.2, reach(f=10), reach(f=10))
    more = step(0.08, 4, noise=0.05)
    assert not is_side_clear(more, 0.2, reach(f=10), reach(f=10))  # a built-in that does more, perhaps


def test_where_all_sessions_would_not_make_a_side_sure_no_more_are_taken() -> None:
    hopeless, hopeful = step(0.02, 10, noise=0.1), step(0.012, 10, noise=0.02)
    assert is_side_clear(hopeless, 0.2, None, None)
    assert not is_side_clear(hopeful, 0.2, None, None)
    assert not is_side_clear(step(0.02, 7, noise=0.1), 0.2, None, None)  # too few to know how noisy it is
    assert not is_side_clear(step(0.08, 10, noise=0.1), 0.2, None, None)  # there seems to be something


def test_a_commit_is_proved_by_being_surely_slower_than_its_parent_by_enough() -> None:
    assert judge_proof("slower", step(0.2), 0.25, "executed") == "proved"
    assert judge_proof("slower", step(0.0), 0.25, "executed") == "refuted"
    assert judge_proof("slower", step(-0.2), 0.25, "executed") == "refuted"
    assert judge_proof("slower", step(0.015), 0.25, "executed") == "refuted"  # a small part of the whole
    assert judge_proof("slower", step(0.2, 3), 0.25, "executed") == "open"
    assert judge_proof("slower", None, 0.25, "executed") == "open"
    assert judge_proof("undecided", step(0.2), 0.25, "executed") == "open"


def test_a_commit_that_changes_nothing_that_is_executed_is_not_proved_by_moved_memory() -> None:
    small = step(MOVED / 2)
    assert judge_proof("slower", small, MOVED / 2, "executed") == "proved"
    assert judge_proof("slower", small, MOVED / 2, "unused") == "moved"
    assert judge_proof("slower", small, MOVED / 2, "uncounted") == "moved"
    assert judge_proof("slower", step(2 * MOVED), 2 * MOVED, "uncounted") == "proved"  # import or set-up did it
    assert judge_proof("slower", step(0.5), 0.5, "same") == "moved"  # comments alone do nothing
    assert not is_moved_code("executed", 0.001)


# --- does it last


def test_work_that_is_still_done_later_has_lasted() -> None:
    assert has_lasted(1000.0, 2000.0, [2000.0, 1900.0])
    assert not has_lasted(1000.0, 2000.0, [2000.0, 1000.0])
    assert not has_lasted(1000.0, 2000.0, [None])
    assert not has_lasted(None, 2000.0, [2000.0])


def test_a_version_that_lost_most_of_a_large_step_may_still_be_slow() -> None:
    assert is_still_slow(step(3.0), [-2.0, -2.0], 1.0)
    assert not is_still_slow(step(1.0), [-1.0, -1.0], 1.0)
    assert not is_still_slow(step(1.0), [], 1.0)


def test_after_a_step_that_was_taken_back_what_lasts_is_searched() -> None:
    span = Span(low=0, high=20)
    after = [Span(low=10, high=20)]
    assert spans_around_passing(span, 4, 10, None, 0.3, 0.3) == after
    assert spans_around_passing(span, 4, 10, step(0.1), 0.3, 0.3) == [Span(low=0, high=4), *after]
    assert spans_around_passing(span, 4, 10, step(0.3), 0.3, 0.3) == [Span(low=0, high=4)]  # explained before it
    assert spans_around_passing(span, 4, 20, None, 0.3, 0.3) == []


# --- search both sides


def test_what_is_left_beside_a_culprit_is_searched_when_it_is_sure_and_large_enough() -> None:
    small = step_between([0.0] * 8, [0.02 + 0.0001 * n for n in range(8)])
    assert small.is_slower
    assert is_worth_searching(small, 0.1)
    assert not is_worth_searching(small, 0.5)


def test_both_sides_of_a_culprit_are_searched_where_they_are_slower_and_told_where_faster() -> None:
    low, high = Span(low=0, high=4), Span(low=5, high=20)
    assert judge_sides([(low, step(0.1)), (high, step(0.0))], 0.3).waiting == (low,)
    sides = judge_sides([(low, step(0.0)), (high, step(-0.1))], 0.3)
    assert (sides.waiting, [span for span, _ in sides.faster]) == ((), [high])
    assert judge_sides([(Span(low=4, high=4), step(0.1)), (high, None)], 0.3).waiting == ()


def test_a_side_that_looks_changed_and_was_not_made_sure_is_not_silent() -> None:
    span = Span(low=0, high=4)
    open_ = step_between([0.2, -0.3, 0.3, 0.1, -0.2, 0.4], [0.0, -0.5, -0.2, 0.2, -0.6, 0.1])
    assert not open_.is_decided
    sides = judge_sides([(span, open_)], 0.3)
    assert (sides.waiting, sides.faster, [one for one, _ in sides.unsure]) == ((), (), [span])
    assert judge_sides([(span, step(0.0))], 0.3).unsure == ()


def test_steps_explain_a_change_when_they_make_up_most_of_it() -> None:
    assert explains([0.2, 0.1], 0.4)
    assert not explains([0.2], 0.4)
    assert not explains([], 0.4)


# --- how it ended


def ending(verdict: str = "slower", **how: object) -> str:
    known: dict[str, object] = {
        "proofs": 1,
        "undecided": 0,
        "unsearched": 0,
        "out_of_time": False,
        "interrupted": False,
    }
    return judge_ending(verdict, **{**known, **how})  # type: ignore[arg-type]


def test_a_search_is_settled_only_when_nothing_was_left() -> None:
    assert ending() == "settled"
    assert ending("same", proofs=0) == "settled"
    assert ending(undecided=1) == "unproved"
    assert ending(proofs=0) == "unproved"
    assert ending("undecided", proofs=0) == "unproved"


def test_a_search_that_ended_for_lack_of_time_is_no_result() -> None:
    assert ending(unsearched=1, out_of_time=True) == "no_time"
    assert ending(proofs=0, unsearched=1, out_of_time=True) == "no_time"
    assert ending("undecided", proofs=0, out_of_time=True) == "no_time"
    assert ending(unsearched=1, interrupted=True) == "interrupted"
    assert ending("same", proofs=0, out_of_time=True) == "settled"


def test_sizes_are_in_log_units() -> None:
    assert math.isclose(step(math.log(1.2)).ratio, 1.2, rel_tol=0.01)


def test_of_two_plain_rises_the_last_is_proved_instead_of_timing_more() -> None:
    two = locate([1 / 3] * 3, {1: [1.7], 2: [0.0], 3: [1.7]}, size=1.7, scale=0.02)
    assert two.surety < 0.99
    assert plain_rise({1: 1.7, 2: 0.0, 3: 1.7}, two, 0.02) == 3
    assert plain_rise({1: 1.7, 3: 1.7}, two, 0.02) is None, "what lies before the last was not timed"
    assert plain_rise({1: 1.7, 2: 0.0, 3: 1.7}, two, 0.8) is None, "one timing may be misread"
    assert plain_rise({1: 0.1, 2: 0.2, 3: 0.3}, two, 0.02) is None, "nothing rises plainly"
