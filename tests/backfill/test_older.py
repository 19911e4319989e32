"""Old commits at which the newest benchmark files can't be imported."""

from dataclasses import replace

from bench_agent.backfill.known import Known
from bench_agent.backfill.older import older_stretch
from bench_agent.records import Conditions, MeasuredPoint, MeasuringTask, TaskResult
from simulated_history import sha_of, stretch_of

A, B = "t.py::test_a", "u.py::test_b"
STRETCH = replace(stretch_of(100, (A, B), spread=10), conditions=Conditions(files_from=sha_of(100)))


def known(reasons: dict[tuple[int, str], str]) -> Known:
    found = Known()
    task = MeasuringTask(purpose="count", repository="", anchor=sha_of(100), commits=(), benchmarks=(A, B))
    points = tuple(MeasuredPoint(commit=sha_of(at), benchmark=b, reason=why) for (at, b), why in reasons.items())
    found.add(TaskResult(task=task, points=points))
    return found


def test_where_all_can_be_imported_there_is_no_other_stretch() -> None:
    assert older_stretch(STRETCH, known({})) is None
    assert older_stretch(STRETCH, known({(50, A): "t.py: ImportError"})) is None  # not at the start
    assert older_stretch(STRETCH, known({(0, A): "failed: assert 1 == 2"})) is None  # importing it would not help


def test_the_oldest_commits_are_measured_by_the_files_of_the_newest_of_them_and_against_it() -> None:
    reasons = {(at, A): "t.py: ImportError: no name" for at in (0, 10, 20, 30)}
    found = older_stretch(STRETCH, known(reasons))
    assert found is not None
    assert (found.anchor, found.line.last, found.benchmarks) == (sha_of(30), 30, (A,))
    assert found.conditions.files_from == sha_of(30)
    assert {0, 10, 20, 30} <= set(found.survey)
    assert max(found.survey) == 30


def test_what_cannot_be_had_anywhere_is_no_stretch() -> None:
    assert older_stretch(STRETCH, known({(at, A): "t.py: ImportError" for at in STRETCH.survey})) is None
