"""How long a version of the range may take to start, and a call of its benchmark, before it counts as hanging. Pure.

Reasoned, not fitted: old versions are slower to start and to run than the ends of the range, but seldom ten times; a wrong
guess costs that version, not the answer. All figures are seconds.
"""

from dataclasses import dataclass

START_FACTOR, START_LEAST_S = 10.0, 20.0  # a start: ten times what the ends of the range took
CALL_FACTOR, CALL_LEAST_S = 20.0, 10.0  # a call of the benchmark: twenty times theirs
FIRST_START_S, FIRST_CALL_S = 300.0, 120.0  # before the ends were measured
FIRST_PART = 4  # a first call may take a quarter of the time that is left
NEAR_END = 3.0  # times what it took before: that is waited for however little time is left, else all would seem to hang
COUNTED_FACTOR = 5.0  # a call may take five times what counting both ends took, starts included


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasted:
    """What starting and calling took so far, at most; None: not known yet."""

    start_s: float | None = None
    call_s: float | None = None
    counted_s: float | None = None  # starting and counting both ends of the range


def start_timeout_s(lasted: Lasted, left_s: float) -> float:
    """How long a session may take to start. left_s: until the search's time is over."""
    wanted = FIRST_START_S if lasted.start_s is None else max(START_FACTOR * lasted.start_s, START_LEAST_S)
    return min(wanted, max(left_s, NEAR_END * (lasted.start_s or 0.0), START_LEAST_S))


def call_timeout_s(lasted: Lasted, left_s: float) -> float:
    """How long one call of the benchmark may take. left_s: until the search's time is over."""
    if lasted.call_s is not None:
        wanted = CALL_FACTOR * lasted.call_s
    elif lasted.counted_s is not None:
        wanted = min(COUNTED_FACTOR * lasted.counted_s, FIRST_CALL_S)
    else:
        wanted = min(left_s / FIRST_PART, FIRST_CALL_S)
    least = max(NEAR_END * (lasted.call_s or 0.0), lasted.counted_s or 0.0, CALL_LEAST_S)
    return max(min(wanted, left_s), least)
