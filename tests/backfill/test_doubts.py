"""A change that something unexplained may have taken back is not said to last."""

import pytest

from bench_agent.backfill.result import with_doubts
from bench_agent.render.range_words import lasts
from bench_agent.results.backfill import ChangedBenchmark, LastingChange, Unexplained

PLACES = {"a" * 40: 4, "b" * 40: 10, "c" * 40: 17}


@pytest.mark.parametrize(
    ("of", "ratio", "until", "doubted"),
    [
        ("t", 0.77, "c" * 40, True),
        ("t", 0.95, "c" * 40, False),  # most of it is still there
        ("t", 1.3, "c" * 40, False),
        ("other", 0.77, "c" * 40, False),
        ("t", 0.77, "a" * 40, False),  # before it
    ],
)
def test_what_may_have_been_taken_back_is_not_said_to_last(of: str, ratio: float, until: str, doubted: bool) -> None:
    changed = ChangedBenchmark(benchmark="t", ratio=1.3, interval=(1.25, 1.35), pairs=9)
    row = LastingChange(sha="d" * 40, subject="Slow", position=5, benchmarks=(changed,))
    gap = Unexplained(benchmark=of, after="b" * 40, until=until, ratio=ratio, reason="no_time")
    ((told,),) = (each.benchmarks for each in with_doubts([row], [gap], PLACES))
    assert told.perhaps_until == (until if doubted else None)
    assert lasts(told.taken_back_by, told.perhaps_until) == (f"perhaps until {until[:8]}" if doubted else "to the end")
