"""Commits, and benchmarks of some commits, that can't be measured."""

from dataclasses import replace

from bench_agent.backfill.known import Known
from bench_agent.backfill.missing import skipped_of, unmeasured_of
from bench_agent.records import MeasuredPoint, MeasuringTask, Reach, TaskResult
from simulated_history import sha_of, stretch_of

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
