"""Whether a run speaks against deploying: never "safe" while something is open."""

from typing import get_args

import pytest

from bench_agent.report.deploy_or_hold import decide_go
from bench_agent.results.report import Status, Summary

WELL = {"headline": "12 benchmarks measured", "benchmarks": 12, "passing": 12, "compared": 12}


def summary(**counts: int) -> Summary:
    return Summary(**{**WELL, **counts})  # type: ignore[arg-type]


def test_all_compared_and_nothing_open_is_safe() -> None:
    assert decide_go("passing", summary(), quick=False).verdict == "safe"


@pytest.mark.parametrize("bad", [{"failed": 1}, {"regressed": 2, "slower": 2}, {"over_target": 1}])
def test_what_failed_or_broke_its_limit_holds(bad: dict[str, int]) -> None:
    go = decide_go("regressed", summary(undecided=1, **bad), quick=False)
    assert go.verdict == "hold"
    assert str(next(iter(bad.values()))) in go.reason


@pytest.mark.parametrize("open_", ["unmeasured", "suspected", "undecided", "vanished"])
def test_what_is_open_is_never_safe(open_: str) -> None:
    for status in get_args(Status):
        assert decide_go(status, summary(**{open_: 1}), quick=False).verdict == "cant_tell"


def test_where_nothing_was_compared_nothing_can_be_told() -> None:
    go = decide_go("not_compared", summary(compared=0, passing=0, new=12), quick=False)
    assert (go.verdict, go.reason) == ("cant_tell", "12 benchmarks measured")


def test_what_is_safe_says_what_it_leaves_out() -> None:
    go = decide_go("passing", summary(slower=1, environment=2, new=3), quick=True)
    assert go.verdict == "safe"
    for text in ("1 slowdown within the limit", "2 slower by the environment", "3 new", "only part of the suite"):
        assert text in go.reason
