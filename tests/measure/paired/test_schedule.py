import math

import pytest

from bench_agent.measure.paired.schedule import choose, cost_s, pairs_to_go, seconds_to_reach
from bench_agent.records import PairSample


def samples(*ratios: float, seconds: float = 0.1) -> list[PairSample]:
    return [
        PairSample(
            cpu_log_ratio=math.log(ratio), wall_log_ratio=None, base_s=0.001, head_s=0.001 * ratio, base_cpu_s=0.001,
            head_cpu_s=0.001 * ratio, cpu_use=1.0, rounds=20, iterations=1, seconds=seconds,
        )
        for ratio in ratios
    ]  # fmt: skip


def test_what_looks_worst_goes_first_and_what_looks_alike_last() -> None:
    known = {"same": samples(1.0), "worse": samples(1.5), "bad": samples(1.1), "odd": samples(1.015)}
    assert choose(["same", "new", "odd", "bad", "worse"], known, left_s=100, start_s=0.5) == [
        "worse", "bad", "new", "same", "odd",
    ]  # fmt: skip


def test_a_budget_too_short_for_all_decides_some_instead_of_none() -> None:
    known = {str(n): samples(1.0) for n in range(100)} | {"bad": samples(1.3)}
    chosen = choose(list(known), known, left_s=20, start_s=0.5)
    assert chosen[0] == "bad"
    assert 15 <= len(chosen) <= 30  # 16.5 s for measuring, 0.7 s for each
    assert seconds_to_reach(chosen, known, start_s=0.5) <= 20
    assert choose(list(known), known, left_s=0.1, start_s=0.05) == ["bad"]
    assert len(choose(list(known), known, left_s=0.1, start_s=0.5)) == 5  # no longer than starting the next
    assert choose([], known, left_s=10, start_s=0.5) == []


def test_large_changes_are_planned_for_with_few_pairs() -> None:
    assert pairs_to_go(samples(1.5, 1.52)) == 4
    assert pairs_to_go(samples(1.0, 1.01)) == 6
    assert pairs_to_go(samples(*[1.05] * 8)) == 3
    assert pairs_to_go(samples(*[1.02] * 30)) == 1


@pytest.mark.parametrize(("id", "expected"), [("slow", 2.0), ("never seen", 2.0), ("quick", 0.1)])
def test_the_cost_is_that_of_the_pairs_before(id: str, expected: float) -> None:
    known = {"slow": samples(1.0, 1.0, seconds=2.0), "quick": samples(1.0)}
    assert cost_s(id, known) == pytest.approx(expected)
    assert cost_s(id, {}) == 0.0


def test_where_nearly_all_can_be_decided_nothing_waits() -> None:
    """What a pair costs is known to a half only: five pairs more for one are not worth none for another."""
    known = {str(n): samples(1.05) for n in range(5)}
    needed = seconds_to_reach(list(known), known, start_s=0.2)
    assert len(choose(list(known), known, left_s=needed / 1.4, start_s=0.2)) == 5
    assert len(choose(list(known), known, left_s=needed / 3, start_s=0.2)) < 5
