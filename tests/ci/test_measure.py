"""What a search says of a slowdown that was measured already."""

from dataclasses import replace

import pytest

import changes
from bench_agent.ci.measure import as_measured
from bench_agent.results.comparison import ComparedBenchmark
from bench_agent.results.culprits import SearchVerdict

ROW = ComparedBenchmark(
    benchmark="t.py::test_search", base=1.0, head=1.5, unit="s", clock="cpu", ratio=1.5, interval=(1.4, 1.6), verdict="slower",
    detectable=0.03, pairs=8, seconds_to_settle=None, p_slower=0.001, p_faster=1.0,
)  # fmt: skip


def test_a_search_that_could_not_tell_yet_does_not_take_back_what_was_measured() -> None:
    short = replace(changes.slower().searches[0], verdict="undecided", culprits=(), ratio=1.2, interval=None)
    told = as_measured(short, ROW)
    assert (told.verdict, told.ratio, told.interval, told.out_of_time, told.culprits) == (
        "slower",
        1.5,
        (1.4, 1.6),
        True,
        (),
    )


@pytest.mark.parametrize("verdict", ["slower", "faster", "same"])
def test_a_search_that_could_tell_stays_as_it_is(verdict: SearchVerdict) -> None:
    search = replace(changes.slower().searches[0], verdict=verdict)
    assert as_measured(search, ROW) == search
