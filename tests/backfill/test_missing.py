"""Commits, and benchmarks of some commits, that can't be measured."""

import math
from dataclasses import replace

import pytest

from bench_agent.backfill.known import Known
from bench_agent.backfill.missing import skipped_of, unexplained_of, unmeasured_of
from bench_agent.backfill.next_tasks import plan
from bench_agent.backfill.stretch import Wish
from bench_agent.records import MeasuredPoint, MeasuringTask, Reach, TaskResult
from simulated_history import SimulatedExecutor, sha_of, stretch_of

A, B = "t.py::test_a", "t.py::test_b"
STRETCH = stretch_of(30, (A, B), spread=3)
RUNS = Reach(functions={"m.py::f": 1}, lines={"m.py::f": 1}, files=("m.py",), complete=True)


def known(reasons: dict[tuple[int, str], str]) -> Known:
    """Counted at 0, 10, 20 and 30, but for these."""
    found = Known()
    task = MeasuringTask(purpose="count", repository="", anchor=sha_of(30), commits=(), benchmarks=(A, B), counts=True)
    points = [
        MeasuredPoint(
            commit=sha_of(at), benchmark=b, reason=reasons.get((at, b)), reach=None if (at, b) in reasons else RUNS
        )
        for at in (30, 20, 10, 0)
        for b in (A, B)
    ]
    found.add(TaskResult(task=task, points=tuple(points)))
    return found


def test_a_commit_without_any_benchmark_is_skipped_with_its_reason() -> None:
    nothing = known({(0, A): "ImportError", (0, B): "ImportError", (10, A): "TypeError"})
    assert [(each.sha, each.reason) for each in skipped_of([STRETCH], nothing)] == [(sha_of(0), "ImportError")]


def test_a_benchmark_that_fails_where_others_run_is_told_with_its_commits_a_row_a_reason() -> None:
    some = known({(0, A): "TypeError", (10, A): "TypeError", (20, A): "KeyError", (20, B): "KeyError", (10, B): "x"})
    rows = [(each.benchmark, each.commits, each.reason) for each in unmeasured_of([STRETCH], some)]
    assert rows == [(A, (sha_of(0),), "TypeError")]
    split = unmeasured_of([replace(STRETCH, benchmarks=(A,)), replace(STRETCH, benchmarks=(B,))], some)
    assert [each.benchmark for each in split] == [A]
    assert unmeasured_of([STRETCH], known({(0, A): "a", (10, A): "a", (20, A): "b"})) == tuple(
        replace(split[0], commits=shas, reason=why)
        for shas, why in (((sha_of(0), sha_of(10)), "a"), ((sha_of(20),), "b"))
    )
    assert unmeasured_of([STRETCH], known({})) == ()


def test_what_a_named_commit_leaves_of_a_change_is_told_when_the_time_ends_before_it_is_searched() -> None:
    stretch, known, wish = stretch_of(100, (A,), spread=10), Known(), Wish()
    executor = SimulatedExecutor(steps={A: {43: 0.5, 47: -0.3}}, counted=frozenset({A}), noise=0.002)
    found = plan(stretch, known, wish)
    while not found.proved:
        assert not [each for each in unexplained_of([stretch], {0: found}, known, wish) if each.rest]
        known.add_all(executor.measure(found.tasks))
        found = plan(stretch, known, wish)
    [one] = found.proved
    left = -0.3 if one.position == 43 else 0.5
    [rest] = unexplained_of([stretch], {0: found}, known, wish)
    assert (rest.after, rest.until, rest.reason, rest.rest) == (sha_of(40), sha_of(50), "no_time", True)
    assert math.log(rest.ratio) == pytest.approx(left, abs=0.02)
    while found.tasks:
        known.add_all(executor.measure(found.tasks))
        found = plan(stretch, known, wish)
    assert [proof.position for proof in found.proved] == [43, 47]
    assert unexplained_of([stretch], {0: found}, known, wish) == ()
