"""Trends of stored runs: one commit is one point, a step names its commit, the newest verdict comes first."""

from dataclasses import replace

import pytest

from bench_agent.detect.series import collect_series, comparable
from bench_agent.records import Head, Measured, Target
from bench_agent.report.trends import agreeing, compose_trend
from bench_agent.results.trends import Trend
from histories import make_run, make_sample

FIELDS = ("mean_s", "median_s", "min_s", "max_s", "q1_s", "q3_s", "p95_s", "p99_s", "cpu_s")
RISING = [1.0, 1.1, 1.2, 1.3, 1.4, 1.5]


def measured(factors, heads=None):
    base = make_sample(0)
    runs = []
    for n, factor in enumerate(factors):
        sample = replace(base, **{name: getattr(base, name) * factor for name in FIELDS})
        run = make_run(n, [sample])
        runs.append(Measured(run=replace(run, head=heads[n]) if heads else run, sample=sample))
    return runs


def trend(factors, target=None, metric="median", heads=None, **asked):
    *before, now = measured(factors, heads)
    return compose_trend("x", collect_series(now, comparable(now, before), metric=metric), target, **asked)


@pytest.mark.parametrize(
    ("factors", "direction", "change"),
    [
        (RISING, "degrading", 0.5),
        (RISING[::-1], "improving", -0.5 / 1.5),
        ([1.0, 1.01, 1.0, 1.015, 1.0, 1.01, 1.0], "stable", None),
        ([1.0, 1.0, 9.0, 1.0, 1.0, 1.0, 1.0], "stable", None),
    ],
)
def test_a_trend_is_told_where_the_runs_show_one(factors, direction, change):
    found = trend(factors)
    assert (found.direction, found.change is None) == (direction, change is None)
    if change is not None:
        assert found.change == pytest.approx(change, abs=0.03)


def test_too_few_runs_make_no_trend_and_it_says_so():
    found = trend([1.0, 2.0])
    assert (found.direction, found.change, found.concern) == ("unknown", None, None)
    assert found.note == "2 comparable runs: a trend needs 6"
    assert trend([1.0] * 9, last=4).note == "a trend needs at least 6 runs: --last 10"


def test_all_runs_are_kept_for_the_chart_and_the_newest_tell_the_trend():
    found = trend([9.0] * 15 + [1.0, 1.01] * 10)
    assert (found.runs, found.direction, len(found.values), len(found.dates)) == (10, "stable", 35, 35)
    assert len(trend([1.0] * 35, last=12).values) == 12
    short = trend([1.0] * 35, compact=True)
    assert (len(short.values), len(short.shas), short.dates) == (10, 10, ())


def test_repeated_runs_of_one_commit_are_one_point():
    heads = [Head(sha="a" * 40)] * 12
    found = trend([1.0 + n / 20 for n in range(12)], heads=heads)
    assert (found.direction, found.note) == ("unknown", "12 comparable runs of 1 commit: a trend needs 6 commits")
    assert len(found.values) == 12


def test_runs_with_uncommitted_changes_are_points_of_their_own():
    heads = [Head(sha="a" * 40, dirty=("x.py",))] * 8
    assert trend([1.1**n for n in range(8)], heads=heads).direction == "degrading"


def test_a_step_names_the_commit_it_began_at_and_the_one_before():
    found = trend([1.0, 1.01, 0.99, 1.0] * 5 + [1.5, 1.51, 1.49, 1.5, 1.5, 1.51])
    assert (found.direction, found.shape, found.velocity_s) == ("degrading", "step", None)
    (change,) = found.changes
    assert (change.sha, change.previous_sha, change.runs) == (f"{21:040x}"[:12], f"{20:040x}"[:12], 6)
    assert found.concern is None
    assert found.change == pytest.approx(change.ratio - 1)


def test_a_slope_is_not_told_as_stairs():
    found = trend([1.03**n for n in range(20)])
    assert (found.direction, found.shape) == ("degrading", "slope")
    assert all(change.runs >= found.runs for change in found.changes)


def test_a_trend_towards_its_target_says_when_it_gets_there():
    target = Target(name="x", p95_s=make_sample(0).p95_s * 2.0)
    found = trend(RISING, target, metric="p95")
    assert found.concern == "reaches its target in about 5 runs"
    assert found.target_s == target.p95_s
    assert trend([1.6, 1.7, 1.8, 1.9, 2.0, 2.1], target, metric="p95").concern == "over its target"
    assert trend(RISING).concern == "getting slower"
    assert trend(RISING[::-1], target, metric="p95").concern is None


def called(direction):
    return Trend(benchmark="x", id="x", metric="median", direction=direction, shape="slope", change=0.3, velocity_s=0.1)


@pytest.mark.parametrize(
    ("direction", "measured", "slower", "faster", "said"),
    [
        ("improving", {"x": "slower"}, (), (), "measured in turns it is slower"),
        ("improving", {}, ("x",), (), "in this run it is slower"),
        ("degrading", {"x": "same"}, (), (), "measured in turns it is not slower"),
        ("degrading", {"x": "faster"}, (), (), "measured in turns it is not slower"),
        ("degrading", {}, (), ("x",), "in this run it is faster"),
    ],
)
def test_a_trend_does_not_contradict_the_newest_verdict(direction, measured, slower, faster, said):
    (found,) = agreeing([called(direction)], measured, slower=slower, faster=faster)
    assert (found.direction, found.shape, found.change, found.velocity_s) == ("unclear", None, None, None)
    assert found.note.startswith(said)


@pytest.mark.parametrize(
    ("direction", "measured", "slower"),
    [
        ("degrading", {"x": "slower"}, ("x",)),
        ("improving", {"x": "same"}, ()),
        ("degrading", {"x": "undecided"}, ()),
    ],
)
def test_a_trend_that_the_verdict_allows_stays(direction, measured, slower):
    trends = (called(direction),)
    assert agreeing(trends, measured, slower=slower) == trends
