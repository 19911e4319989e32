import json
import math
import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench_agent.detect import change_points
from bench_agent.detect.change_points import FEWEST, find_change_points, may_have_shifted, new_change

NOISES = {
    "normal": lambda source: math.exp(source.gauss(0, 0.05)),
    "skewed": lambda source: 1 + source.expovariate(1 / 0.05),
    "now and then slow": lambda source: math.exp(source.gauss(0, 0.01)) * (1.4 if source.random() < 0.1 else 1),
    "a coarse clock": lambda source: round(4 * math.exp(source.gauss(0, 0.05))),
}


def series(noise, runs, seed, steps=()):
    source = random.Random(seed)
    return [NOISES[noise](source) * math.prod(f for at, f in steps if i >= at) for i in range(runs)]


def places(values, **given):
    return [change.index for change in find_change_points(values, **given)]


@pytest.mark.parametrize("noise", NOISES)
def test_noise_alone_has_no_changes(noise):
    """At most 1 in 1,000 runs; here 60 series of 100 runs."""
    assert sum(len(places(series(noise, 100, seed))) for seed in range(60)) <= 6


def test_the_same_code_on_a_machine_that_gets_busy_has_no_changes():
    """Medians and minima of 6 benchmarks over 144 runs, load 2 to 27; see tests/data/README.md."""
    lines = Path(__file__).with_name("unchanged_runs.jsonl").read_text("utf-8").splitlines()
    told = {
        entry["id"]: [c for c in find_change_points(entry["values"]) if c.worse] for entry in map(json.loads, lines)
    }
    assert len(told) == 12
    assert not any(told.values())


@pytest.mark.parametrize("noise", [n for n in NOISES if n != "a coarse clock"])
def test_a_step_is_found_where_it_is(noise):
    found = [find_change_points(series(noise, 80, seed, steps=[(50, 1.3)])) for seed in range(20)]
    near = [[c for c in changes if abs(c.index - 50) <= 2 and c.worse and 1.2 < c.ratio < 1.4] for changes in found]
    assert sum(len(changes) == 1 for changes in near) >= 18


def test_steps_up_and_down_have_levels_and_runs():
    up, down = find_change_points(series("normal", 120, 7, steps=[(40, 1.5), (80, 0.6)]))
    assert [(c.index, c.worse, c.runs) for c in (up, down)] == [(40, True, 40), (80, False, 40)]
    assert up.before == pytest.approx(1, rel=0.05)
    assert up.after == down.before == pytest.approx(1.5, rel=0.05)
    assert down.ratio == down.after / down.before


def test_a_spike_of_one_run_is_no_change_and_ruins_nothing():
    for at in range(5, 60):
        values = series("normal", 60, 8)
        values[at] *= 20
        assert places(values) == []


def test_two_runs_far_off_at_the_end_are_a_change_one_is_not():
    values = series("normal", 60, 10)
    assert places([*values, 2.0]) == []
    assert places([*values, 2.0, 2.1]) == [60]


@pytest.mark.parametrize(
    "values",
    [
        [],
        [1.0],
        [1, 2, 3],
        [0.0] * 50,
        [5.0] * 50,
        [math.nan] * 20,
        [math.inf, 1.0] * 10,
        [1e-300] * 10 + [1e300] * 10,
        [-1.0, 1.0] * 20,
        [1, 1, 1, 2, 1, 1, 1, 1],
    ],
)
def test_odd_input_has_no_changes_or_finite_ones(values):
    for change in find_change_points(values):
        assert values[change.index] == change.after == 1e300


def test_changes_from_zero_and_between_negatives_have_an_honest_ratio():
    (change,) = find_change_points([0.0] * 20 + [1.0] * 20)
    assert (change.index, change.ratio, change.worse) == (20, math.inf, True)
    (change,) = find_change_points(
        [-2.0 + 0.01 * (i % 3) for i in range(20)] + [-1.0 + 0.01 * (i % 3) for i in range(20)]
    )
    assert (change.index, change.worse) == (20, True)


def test_whole_nanoseconds_are_no_trouble():
    source = random.Random(4)
    values = [source.choice((41, 41, 41, 42)) for _ in range(50)] + [source.choice((50, 51, 51)) for _ in range(50)]
    assert places([v * 1e-9 for v in values]) == [50]


def test_values_that_are_no_runs_keep_their_index():
    values = series("normal", 60, 11, steps=[(30, 1.5)])
    values.insert(10, math.nan)
    assert places(values) == [31]


def test_throughput_is_worse_when_it_falls():
    values = [1 / v for v in series("normal", 60, 12, steps=[(30, 1.5)])]
    assert [c.worse for c in find_change_points(values, better="higher")] == [True]
    assert [c.worse for c in find_change_points(values)] == [False]


def test_ten_thousand_runs():
    values = series("normal", 10_000, 13, steps=[(3000, 1.2), (7000, 0.9)])
    assert [round(place, -1) for place in places(values)] == [3000, 7000]


SERIES = st.builds(
    lambda seed, at, factor: series("normal", 40, seed, steps=[(at, factor)]),
    st.integers(0, 10**6),
    st.integers(5, 35),
    st.sampled_from([1.0, 1.1, 1.3, 3.0]),
)


@settings(max_examples=40, deadline=None)
@given(SERIES, st.integers(-20, 20))
def test_the_unit_does_not_matter(values, exponent):
    assert places([v * 2.0**exponent for v in values]) == places(values)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(15, 45))
def test_backwards_it_is_the_same_change_the_other_way(seed, at):
    values = series("normal", 60, seed, steps=[(at, 1.6)])
    assert any(abs(place - at) <= 2 for place in places(values))
    assert any(abs(place - (60 - at)) <= 2 for place in places(values[::-1]))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=40))
def test_whatever_comes_the_places_ascend_and_lie_inside(values):
    found = places(values)
    assert all(0 < place < len(values) for place in found)
    assert all(a < b for a, b in pairwise(found))
    assert not found or sum(map(math.isfinite, values)) >= FEWEST


def test_the_cheap_look_at_ranks_is_what_its_formula_says():
    source = random.Random(3)
    seen = set()
    for _ in range(400):
        n = source.randrange(4, 60)
        runs = [source.gauss(0, 1) + (source.choice((0, 0, 1.5)) if i > 0.8 * n else 0) for i in range(n)]
        found = False
        for length in range(2, n - change_points.LEVEL_RUNS + 1):
            ranks = [sum(other < run for other in runs) for run in runs[-length:]]
            excess, apart = abs(sum(ranks) - length * (n - 1) / 2), length * (n - length) / 2
            far = excess**2 >= change_points.SCREEN**2 * apart * (n + 1) / 6
            found |= far or excess >= change_points.SCREEN_SHARE * apart
        assert may_have_shifted(runs) is found
        seen.add(found)
    assert seen == {True, False}


@pytest.mark.long
@pytest.mark.parametrize("factor", [1.2, 0.8])
def test_a_change_is_new_once(factor):
    for seed in range(4):
        values = series("normal", 90, seed, steps=[(45, factor)])
        told = [t for t in range(10, 91) if new_change(values[:t])]
        assert len(told) == 1
        assert 46 < told[0] <= 70
