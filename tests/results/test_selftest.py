"""Sums over trials: what counts as found, as a false alarm, and what is not known."""

import json

import pytest

from bench_agent.results.selftest import SELFTEST_SCHEMA, SelfTest, Trial, sum_up, to_json


def trial(planted: float, verdict: str, *, ratio: float = 1.0, seconds: float = 2.0, detectable: float | None = 0.02):
    return Trial(
        benchmark="b", planted=planted, verdict=verdict, ratio=ratio, detectable=detectable, pairs=9, seconds=seconds
    )  # type: ignore[arg-type]


TRIALS = [
    trial(0.0, "same"), trial(0.0, "slower"), trial(0.0, "undecided"), trial(0.0, "faster"),
    trial(0.05, "slower", ratio=1.055, seconds=3.0), trial(0.05, "undecided", ratio=1.03, seconds=9.0),
    trial(0.20, "slower", ratio=1.21, seconds=1.0), trial(0.20, "same", ratio=9.0, detectable=None),
]  # fmt: skip


def test_only_unchanged_code_can_be_a_false_alarm_and_only_slower_is_found() -> None:
    found = sum_up("b", TRIALS, time_s=1e-3)
    unchanged = found.unchanged
    assert (unchanged.tried, unchanged.slower, unchanged.faster, unchanged.same, unchanged.undecided) == (
        4,
        1,
        1,
        1,
        1,
    )
    assert [(p.planted, p.found, p.tried, p.seconds) for p in found.planted] == [
        (0.02, 0, 0, None), (0.05, 1, 2, 3.0), (0.10, 0, 0, None), (0.20, 1, 2, 1.0),
    ]  # fmt: skip


def test_the_error_is_of_estimates_that_rest_on_pairs_enough() -> None:
    assert sum_up("b", TRIALS, time_s=None).error == pytest.approx(0.005)  # of +0.5, -2 and +1 points


def test_the_json_names_its_schema_first_and_holds_plain_values() -> None:
    result = SelfTest(
        benchmarks=(sum_up("b", TRIALS, time_s=1e-3),), whole=None, comparisons=2, seconds=60.0, budget_s=60.0,
        python="python", cpu="X", cores=2, load=1.0, left_out={"c": "too slow"},
    )  # fmt: skip
    document = json.loads(to_json(result))
    assert next(iter(document.items())) == ("schema", SELFTEST_SCHEMA)
    assert document["benchmarks"][0]["unchanged"]["tried"] == 4
