import math
from collections import Counter

import pytest

from bench_agent.formats.foreign_values import (
    NotResultsError,
    reading_of,
    sample_of_figure,
    sample_of_rounds,
    seconds_of,
    utc_of_ms,
    utc_of_text,
)
from bench_agent.records import Run


@pytest.mark.parametrize(
    ("value", "unit", "seconds"),
    [
        (1.5, "s", 1.5),
        (1.5, "Seconds", 1.5),
        (2, "ms", 2e-3),
        (3, "µs", 3e-6),
        (3, "usec", 3e-6),
        (97.3, "ns/op", 97.3e-9),
        (97.3, "ns/iter", 97.3e-9),
        (448, "ns/op\t     448 B/op\t       2 allocs/op", 448e-9),
        (0, "ms", 0.0),
        (4, "iter/sec", 0.25),
        (200, "ops/ms", 5e-6),
        (125, "MB/s", 8e-3),
        (50, "requests per second", 0.02),
        (1000, "Hz", 1e-3),
    ],
)
def test_times_and_rates_are_seconds(value, unit, seconds):
    assert seconds_of(value, unit) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (1024, "B/op"),
        (50, "Percent"),
        (3, "MB"),
        (3, ""),
        (3, "words"),
        (0, "iter/sec"),
        (-1, "ms"),
        (math.nan, "ms"),
        (math.inf, "s"),
        ("5", "ms"),
        (None, "ms"),
        (True, "ms"),
        (1e-320, "iter/sec"),
    ],
)
def test_what_is_no_time_is_none(value, unit):
    assert seconds_of(value, unit) is None


@pytest.mark.parametrize(
    ("unit", "bigger_is_better", "seconds"),
    [("ms", False, 5e-3), ("ms", True, None), ("req/s", True, 0.2), ("req/s", False, None), ("points", True, None)],
)
def test_a_direction_that_contradicts_the_unit_is_no_time(unit, bigger_is_better, seconds):
    assert seconds_of(5, unit, bigger_is_better=bigger_is_better) == seconds


def test_a_figure_has_no_distribution():
    sample = sample_of_figure(
        "x", 0.25, figure="mean", rounds=145, known={"stddev": 0.01, "max": None, "min": math.nan}
    )
    assert (sample.rounds, sample.figure, sample.median_s, sample.ops) == (145, "mean", 0.25, 4.0)
    assert (sample.stddev_s, sample.min_s, sample.max_s) == (0.01, 0.25, 0.25)
    assert not sample.supports_p95
    assert not sample.tails_known


@pytest.mark.parametrize("rounds", [[], [1.0, math.nan], [1.0, -1.0], [1.0, None], ["1"]])
def test_rounds_that_are_no_times_give_no_sample(rounds):
    assert sample_of_rounds("x", rounds) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-26T11:00:26+02:00", "2026-11-26T09:00:26Z"),
        ("2026-11-26 11:00:26.701176", "2026-11-26T11:00:26Z"),
        ("2024-01-22T13:33:41Z", "2024-01-22T13:33:41Z"),
        ("yesterday", ""),
        (None, ""),
        (7, ""),
        ("0001-01-01T00:00:00+14:00", ""),
    ],
)
def test_dates_become_utc(text, expected):
    assert utc_of_text(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1705898705284, "2024-01-22T04:45:05Z"), (None, ""), ("x", ""), (1e300, ""), (math.nan, "")],
)
def test_milliseconds_become_utc(value, expected):
    assert utc_of_ms(value) == expected


def test_runs_come_oldest_first_and_without_times_it_is_refused_in_words():
    sample = sample_of_figure("x", 1.0, figure="time")
    late, early = (Run(run_id="", started_at=at, samples=(sample,)) for at in ("2026-02", "2026-01"))
    empty = Run(run_id="", started_at="2026-03")
    assert reading_of([late, empty, early], Counter()).runs == (early, late)
    with pytest.raises(
        NotResultsError, match=r"no usable time in it; 3 values that are no times left out \(2 x MB, 1 x no unit\)"
    ):
        reading_of([empty], Counter({"MB": 2, "": 1}))
