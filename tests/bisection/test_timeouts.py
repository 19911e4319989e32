"""A version that hangs is told from one that is slow."""

from bench_agent.bisection.timeouts import (
    CALL_LEAST_S,
    FIRST_CALL_S,
    FIRST_START_S,
    START_LEAST_S,
    Lasted,
    call_timeout_s,
    start_timeout_s,
)


def test_a_call_that_is_not_known_yet_is_not_given_most_of_the_time() -> None:
    assert call_timeout_s(Lasted(), 10_000.0) == FIRST_CALL_S
    assert call_timeout_s(Lasted(), 60.0) == 15.0
    assert call_timeout_s(Lasted(), 0.0) == CALL_LEAST_S


def test_once_the_ends_are_counted_a_hang_is_told_by_what_they_took() -> None:
    assert call_timeout_s(Lasted(counted_s=0.5), 300.0) == CALL_LEAST_S
    assert call_timeout_s(Lasted(counted_s=6.0), 300.0) == 30.0
    assert call_timeout_s(Lasted(counted_s=60.0), 300.0) == FIRST_CALL_S


def test_an_ordinary_call_is_not_taken_for_a_hang_because_time_is_short() -> None:
    assert call_timeout_s(Lasted(call_s=30.0), 0.0) == 90.0
    assert call_timeout_s(Lasted(call_s=30.0), 1000.0) == 600.0


def test_a_start_may_take_ten_times_that_of_the_ends() -> None:
    assert start_timeout_s(Lasted(), 10_000.0) == FIRST_START_S
    assert start_timeout_s(Lasted(start_s=0.5), 1000.0) == START_LEAST_S
    assert start_timeout_s(Lasted(start_s=5.0), 1000.0) == 50.0
    assert start_timeout_s(Lasted(start_s=30.0), 0.0) == 90.0
