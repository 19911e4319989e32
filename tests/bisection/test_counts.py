"""Where counts lead, and what they say of a step, without counting."""

import math
import random

from bench_agent.bisection.counts import (
    counts_agree,
    is_the_same_work,
    largest_gap,
    mirrored,
    next_counts,
    telling_functions,
)
from bench_agent.bisection.span import Span
from bench_agent.records import Reach


def reach(*, complete: bool = True, **lines: int) -> Reach:
    return Reach(functions=dict.fromkeys(lines, 1), lines=dict(lines), files=("a.py",), complete=complete)


def search_by_counts(counts: list[float], skipped: frozenset[int] = frozenset()) -> tuple[int | None, int]:
    """(the commit found, positions counted); counts[i] is the work at position i."""
    span, weights = Span(low=0, high=len(counts) - 1), [1.0] * (len(counts) - 1)
    known: dict[int, float | None] = {0: counts[0], span.high: counts[-1]}
    while (gap := largest_gap(known, span)) is not None:
        wanted = next_counts(gap, weights, skipped, 2)
        if not wanted:
            return gap.high, len(known)
        known.update({at: counts[at] for at in wanted})
    return None, len(known)


def test_counts_lead_to_the_commit_in_few_steps() -> None:
    counts = [1000.0] * 100 + [1100.0] * 157
    assert search_by_counts(counts)[0] == 100
    assert search_by_counts(counts)[1] <= 14


def test_small_changes_in_both_directions_do_not_lead_counts_astray() -> None:
    rng = random.Random(2)
    for _ in range(50):
        true = rng.randint(1, 256)
        counts = [1000.0 * rng.uniform(0.99, 1.01) * (1.2 if at >= true else 1.0) for at in range(257)]
        assert search_by_counts(counts)[0] == true


def test_a_position_that_cannot_be_counted_is_gone_around() -> None:
    skipped = frozenset(range(4, 9))
    assert search_by_counts([100.0] * 10 + [150.0] * 7, skipped)[0] == 10
    # Among the skipped ones: the first measurable position after them.
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


def test_a_fall_turned_over_is_the_largest_rise() -> None:
    counts = {0: 1800.0, 3: 1750.0, 4: 1400.0, 6: None, 9: 1390.0}
    gap = largest_gap(mirrored(counts), Span(low=0, high=9))
    assert gap is not None
    assert (gap.low, gap.high) == (3, 4)
    assert math.isclose(gap.growth, math.log(1750 / 1400), rel_tol=0.01)
    assert largest_gap(counts, Span(low=0, high=9)) is None
