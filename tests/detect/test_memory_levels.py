"""Levels of memory over runs: told where the figures agree, and nothing of what allocates at random."""

import random

from bench_agent.detect.memory_levels import find_levels, leaking_since

MB = 1_000_000


def sizes(*held: float) -> list[float] | None:
    levels = find_levels(held)
    return None if levels is None else [level.bytes for level in levels]


def test_runs_that_hold_the_same_are_one_level() -> None:
    assert sizes(5 * MB, 5 * MB, 5 * MB + 400) == [5 * MB]
    assert sizes(5 * MB) == [5 * MB]
    assert sizes() == []


def test_a_growth_that_stays_is_a_new_level_with_its_first_run() -> None:
    levels = find_levels([2 * MB, 2 * MB, 5 * MB, 5 * MB])
    assert levels is not None
    assert [(level.first, level.last, level.runs) for level in levels] == [(0, 1, 2), (2, 3, 2)]


def test_the_newest_run_alone_is_a_level_of_its_own() -> None:
    assert sizes(2 * MB, 2 * MB, 5 * MB) == [2 * MB, 5 * MB]


def test_one_run_between_equal_ones_is_no_level() -> None:
    levels = find_levels([2 * MB, 2 * MB, 9 * MB, 2 * MB, 2 * MB])
    assert levels is not None
    assert [(level.first, level.last, level.bytes) for level in levels] == [(0, 4, 2 * MB)]


def test_small_differences_are_no_level() -> None:
    assert sizes(1_000, 1_000, 4_000, 4_000) == [2_500]
    assert sizes(10 * MB, 10 * MB, 10.05 * MB, 10.05 * MB) == [10.025 * MB]


def test_nothing_is_told_of_what_allocates_at_random() -> None:
    told = 0
    for seed in range(200):
        rng = random.Random(seed)
        levels = find_levels([rng.uniform(MB, 3 * MB) for _ in range(30)])
        told += levels is not None
    assert told == 0


def test_a_leak_is_known_from_the_first_run_of_the_newest_that_leave_something() -> None:
    assert leaking_since([0, 900, 0, 900, 900], least=256) == 3
    assert leaking_since([900, 0], least=256) is None
    assert leaking_since([900, 900], least=256) == 0
    assert leaking_since([], least=256) is None
