"""A move that all benchmarks made together: which of them are measured, and when that shows whose doing it is."""

import pytest

from bench_agent.detect.common_move import SAMPLE, judge_common, pick_sample, widest
from bench_agent.results.comparison import ComparedBenchmark


def row(id, verdict, ratio=1.0, interval=(0.99, 1.01)):
    return ComparedBenchmark(
        benchmark=id, base=1e-3, head=1e-3 * ratio, unit="s", clock="cpu", ratio=ratio, interval=interval,
        verdict=verdict, detectable=0.02, pairs=8, seconds_to_settle=None, p_slower=0.5, p_faster=0.5,
    )  # fmt: skip


def test_a_sample_is_spread_over_functions() -> None:
    ids = [f"a.py::test_{name}[{n}]" for name in "bcdefghijk" for n in range(10)]
    functions = [id.partition("[")[0] for id in pick_sample(ids)]
    assert len(functions) == len(set(functions)) == SAMPLE
    assert (functions[0], functions[-1]) == ("a.py::test_b", "a.py::test_k")


def test_of_one_functions_parameters_the_ends_and_the_middle_are_taken() -> None:
    assert pick_sample([f"a.py::test_b[{n}]" for n in range(60)], size=4) == (
        "a.py::test_b[0]",
        "a.py::test_b[59]",
        "a.py::test_b[30]",
        "a.py::test_b[15]",
    )


@pytest.mark.parametrize("count", range(8))
def test_a_small_suite_is_its_own_sample_whatever_the_order(count: int) -> None:
    ids = [f"a.py::test_{n}" for n in range(count)]
    assert sorted(pick_sample(ids[::-1])) == sorted(pick_sample(ids))
    assert len(set(pick_sample(ids))) == min(count, SAMPLE)


IDS = ("a", "b", "c")
MOVES = dict.fromkeys((*IDS, "d"), 1.54)
SAME = {id: row(id, "same") for id in IDS}


@pytest.mark.parametrize(
    ("rows", "more_work", "verdict"),
    [
        (SAME, False, "machine"),
        (SAME, True, "unknown"),  # counts show more work: no machine does that
        ({}, False, "unknown"),
        ({"a": SAME["a"], "b": SAME["b"]}, False, "unknown"),  # one of the sample could not be measured
        ({**SAME, "c": row("c", "slower", 1.5, (1.4, 1.6))}, False, "code"),
        ({**SAME, "c": row("c", "slower", 1.03, (1.01, 1.05))}, False, "machine"),  # slower, but that is not the move
        ({**SAME, "c": row("c", "undecided", 1.05, (0.9, 1.2))}, False, "machine"),  # surely below half of the move
        ({**SAME, "c": row("c", "undecided", 1.2, (0.9, 1.6))}, False, "unknown"),
        ({**SAME, "c": row("c", "undecided", 1.2, None)}, False, "unknown"),
        ({"c": row("c", "slower", 1.5, (1.4, 1.6))}, True, "code"),
    ],
)
def test_whose_doing_a_common_move_is(rows: dict[str, ComparedBenchmark], more_work: bool, verdict: str) -> None:
    assert judge_common(MOVES, IDS, rows, more_work=more_work) == verdict


def test_nothing_sampled_tells_nothing() -> None:
    assert judge_common({}, (), SAME) == "unknown"
    assert widest((), SAME) is None


def test_the_evidence_is_the_interval_that_holds_all() -> None:
    rows = {
        "a": row("a", "same", interval=(0.98, 1.0)),
        "b": row("b", "same", interval=(1.0, 1.02)),
        "c": row("c", "same"),
    }
    assert widest(IDS, rows) == (0.98, 1.02)
