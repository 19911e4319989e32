"""A change of memory is told from exact figures, and only where the sessions of both versions lie apart."""

import random
from collections import Counter
from collections.abc import Callable

import pytest

from bench_agent.detect.memory import (
    LEFT_BYTES,
    grew_unseen,
    is_in_question,
    judge_memory,
    leaks,
)
from bench_agent.records import CallMemory

MB = 1_000_000


def held(*sizes: int, left: float = 0.0, resident: int | None = None, native: int = 0) -> tuple[CallMemory, ...]:
    return tuple(
        CallMemory(peak_bytes=size, left_bytes=left, resident_bytes=resident, native_bytes=native) for size in sizes
    )


def test_equal_figures_are_the_same_and_exact() -> None:
    change = judge_memory(held(5 * MB, 5 * MB), held(5 * MB, 5 * MB))
    assert (change.verdict, change.exact, change.regressed, change.leaks) == ("same", True, False, False)


def test_growth_beyond_the_limit_is_a_regression() -> None:
    change = judge_memory(held(10 * MB, 10 * MB), held(13 * MB, 13 * MB))
    assert (change.verdict, change.regressed, change.ratio) == ("more", True, pytest.approx(1.3))


def test_growth_below_the_limit_is_told_and_is_no_regression() -> None:
    change = judge_memory(held(10 * MB, 10 * MB), held(11 * MB, 11 * MB))
    assert (change.verdict, change.regressed) == ("more", False)


def test_growth_of_less_than_a_megabyte_is_no_regression_however_large_its_share() -> None:
    change = judge_memory(held(1_000, 1_000), held(900_000, 900_000))
    assert (change.verdict, change.regressed) == ("more", False)


@pytest.mark.parametrize("size", [(100_000, 100_900), (1_000, 4_000)])
def test_differences_below_one_percent_or_four_kilobytes_are_not_told(size: tuple[int, int]) -> None:
    assert judge_memory(held(size[0]), held(size[1])).verdict == "same"


def test_sessions_that_overlap_prove_nothing() -> None:
    change = judge_memory(held(10 * MB, 30 * MB), held(20 * MB, 40 * MB))
    assert (change.verdict, change.regressed) == ("undecided", False)


def test_a_gap_smaller_than_what_sessions_differ_by_among_themselves_proves_nothing() -> None:
    assert judge_memory(held(10 * MB, 14 * MB), held(15 * MB, 19 * MB)).verdict == "undecided"


def judged_at_random(draw: Callable[[], int]) -> str:
    """The verdict on one and the same code, with two sessions of each and as many more as it asks for."""

    def sessions(count: int) -> tuple[CallMemory, ...]:
        return tuple(CallMemory(peak_bytes=draw(), differs_bytes=abs(draw() - draw())) for _ in range(count))

    base, head = sessions(2), sessions(2)
    while judge_memory(base, head).unsettled:
        base, head = base + sessions(1), head + sessions(1)
    return judge_memory(base, head).verdict


@pytest.mark.parametrize("kind", ["even", "skewed", "few sizes"])
def test_sizes_drawn_at_random_are_told_in_one_of_a_hundred_at_most(kind: str) -> None:
    rng = random.Random(5)
    draw = {
        "even": lambda: rng.randrange(MB, 3 * MB),
        "skewed": lambda: int(MB * rng.lognormvariate(0, 1)),
        "few sizes": lambda: rng.choice((MB, 3 * MB)),
    }[kind]
    verdicts = Counter(judged_at_random(draw) for _ in range(2_000))
    assert verdicts["more"] + verdicts["less"] <= 20, verdicts
    assert verdicts["undecided"] > 20, verdicts


def test_five_sessions_that_differ_tell_what_two_cannot() -> None:
    base, head = (1.0, 1.4, 1.2, 1.1, 1.3), (2.0, 2.8, 2.4, 2.2, 2.6)
    sizes = [[round(size * 10 * MB) for size in side] for side in (base, head)]
    few = held(*sizes[0][:2]), held(*sizes[1][:2])
    change = judge_memory(*few)
    assert (change.verdict, change.regressed) == ("undecided", False)
    assert change.unsettled
    enough = held(*sizes[0]), held(*sizes[1])
    change = judge_memory(*enough)
    assert (change.verdict, change.regressed) == ("more", True)
    assert not change.unsettled
    assert judge_memory(enough[1], enough[0]).verdict == "less"


def test_sessions_that_agree_by_chance_prove_nothing_where_their_calls_did_not() -> None:
    base = (CallMemory(peak_bytes=MB, differs_bytes=2 * MB), CallMemory(peak_bytes=MB))
    assert judge_memory(base, held(3 * MB, 3 * MB)).verdict == "undecided"


def test_calls_that_differ_by_next_to_nothing_leave_two_sessions_their_proof() -> None:
    base = (CallMemory(peak_bytes=22_411, differs_bytes=8), CallMemory(peak_bytes=22_403, differs_bytes=8))
    assert judge_memory(base, held(17 * MB, 17 * MB)).regressed


def test_what_overlaps_is_not_settled_by_more_sessions_and_not_called_the_same() -> None:
    change = judge_memory(held(MB, 3 * MB), held(1_100_000, 2_900_000))
    assert (change.verdict, change.unsettled) == ("undecided", False)


def test_the_same_is_blurred_where_the_sessions_overlap_and_their_medians_differ() -> None:
    change = judge_memory(held(MB, 1_800_000), held(1_500_000, 1_900_000))
    assert (change.verdict, change.is_blurred) == ("same", True)
    assert not judge_memory(held(MB, MB), held(MB, MB)).is_blurred


def test_a_little_noise_leaves_two_sessions_their_proof() -> None:
    assert judge_memory(held(10 * MB, 10 * MB + 3_000), held(13 * MB, 13 * MB + 9_000)).verdict == "more"


def test_a_target_is_not_missed_by_two_sessions_that_differ() -> None:
    change = judge_memory(held(2 * MB, 3 * MB), held(2 * MB, 3 * MB), target_bytes=1.9 * MB)
    assert (change.regressed, change.unsettled) == (False, True)
    sizes = [2 * MB + number * 100_000 for number in range(5)]
    assert judge_memory(held(*sizes), held(*sizes), target_bytes=1.9 * MB).regressed


def test_less_memory_is_told_too() -> None:
    change = judge_memory(held(10 * MB, 10 * MB), held(2 * MB, 2 * MB))
    assert (change.verdict, change.regressed) == ("less", False)


def test_a_target_takes_the_place_of_the_limit() -> None:
    grown = held(10 * MB, 10 * MB), held(20 * MB, 20 * MB)
    assert not judge_memory(*grown, target_bytes=25 * MB).regressed
    assert judge_memory(*grown, target_bytes=15 * MB).regressed


def test_what_an_extension_holds_counts() -> None:
    assert judge_memory(held(500, 500), held(500, 500, native=8 * MB)).regressed


def test_a_leak_is_a_finding_of_its_own_whatever_its_size() -> None:
    change = judge_memory(held(MB, MB), held(MB, MB, left=2_000.0))
    assert (change.verdict, change.regressed, change.leaks) == ("same", False, True)


def test_a_leak_that_was_there_before_is_not_the_changes_doing() -> None:
    assert not judge_memory(held(MB, left=2_000.0), held(MB, left=2_100.0)).leaks


def test_a_leak_must_show_in_every_session() -> None:
    head = (*held(MB, left=2_000.0), *held(MB))
    assert not leaks(head)
    assert not judge_memory(held(MB, MB), head).leaks


def test_what_an_interpreter_leaves_behind_itself_is_no_leak() -> None:
    assert not leaks(held(MB, left=LEFT_BYTES - 1))
    assert not leaks(())


def test_a_call_that_holds_nothing_has_no_ratio() -> None:
    assert judge_memory(held(0), held(0)).ratio is None


def test_only_what_would_be_told_is_traced_again() -> None:
    same = held(MB, MB), held(MB, MB)
    assert not is_in_question(*same, judge_memory(*same))
    more = held(MB, MB), held(3 * MB, 3 * MB)
    assert is_in_question(*more, judge_memory(*more))


def test_growth_of_the_process_that_no_allocation_explains_is_a_suspicion() -> None:
    assert grew_unseen(held(1_000, resident=4_096), held(1_000, resident=8 * MB)) > 7 * MB
    assert grew_unseen(held(1_000, resident=4_096), held(8 * MB, resident=8 * MB)) == 0.0
    assert grew_unseen(held(1_000), held(1_000)) == 0.0


def test_growth_begins_at_what_was_accepted() -> None:
    grown = held(10 * MB, 10 * MB), held(20 * MB, 20 * MB)
    assert not judge_memory(*grown, accepted=CallMemory(peak_bytes=20 * MB)).regressed
    assert not judge_memory(*grown, accepted=CallMemory(peak_bytes=17 * MB)).regressed, "17.6 % more"
    assert judge_memory(*grown, accepted=CallMemory(peak_bytes=16 * MB)).regressed
    assert judge_memory(*grown, accepted=CallMemory(peak_bytes=5 * MB)).regressed, "it never makes the limit stricter"


def test_an_accepted_leak_is_told_again_only_when_it_doubles() -> None:
    accepted = CallMemory(peak_bytes=MB, left_bytes=900.0)
    assert not judge_memory(held(MB, MB), held(MB, MB, left=900.0), accepted=accepted).leaks
    assert judge_memory(held(MB, MB), held(MB, MB, left=1_800.0), accepted=accepted).leaks
