"""Changes of level: those in common are told at one place, and git says what their commits touch."""

from pathlib import Path

import pytest

from bench_agent.report.levels import explain_levels, join_levels
from bench_agent.results.trends import LevelChange, Trend
from planted import git
from repositories import opened, project

__all__ = ["project"]

ORDER = [f"r{n}" for n in range(20)]


def moved(name, run, ratio=1.5, **known):
    change = LevelChange(run=f"r{run}", sha=f"{run:012x}", ratio=ratio, before=1.0, after=ratio, runs=5, **known)
    return Trend(benchmark=name, id=name, metric="median", direction="stable", changes=(change,))


def places(trends):
    return [(change.run, change.benchmarks) for trend in trends for change in trend.changes]


def test_a_step_that_many_take_is_at_one_place_for_all():
    trends = [moved("a", 10), moved("b", 10), moved("c", 11), moved("d", 9), moved("e", 16)]
    assert places(join_levels(trends, ORDER)) == [("r10", 4)] * 4 + [("r16", 1)]


def test_two_that_move_near_each_other_stay_where_they_are():
    assert places(join_levels([moved("a", 10), moved("b", 11)], ORDER)) == [("r10", 1), ("r11", 1)]
    assert places(join_levels([moved("a", 10), moved("b", 10)], ORDER)) == [("r10", 2), ("r10", 2)]


def test_what_gets_faster_is_no_company_for_what_gets_slower():
    trends = [moved("a", 10), moved("b", 10), moved("c", 10, 0.5), moved("d", 10, 0.6), moved("e", 10)]
    assert places(join_levels(trends, ORDER)) == [("r10", 3)] * 2 + [("r10", 2)] * 2 + [("r10", 3)]


def test_without_changes_nothing_happens():
    trends = (Trend(benchmark="x", id="x", metric="median", direction="unknown"),)
    assert join_levels(trends, []) == trends
    assert explain_levels(trends, None) == trends


def commit(folder: Path, path: str, subject: str) -> str:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(subject)
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", subject)
    return git(folder, "rev-parse", "HEAD").strip()


def change_between(project: Path, old: str, new: str) -> LevelChange:
    change = LevelChange(run="r1", sha=new[:12], ratio=1.5, before=1, after=1.5, runs=5, previous_sha=old[:12])
    trend = Trend(benchmark="x", id="x", metric="median", direction="stable", changes=(change,))
    (found,) = explain_levels([trend], opened(project))
    return found.changes[0]


def test_a_commit_that_touches_documentation_is_no_cause(project: Path) -> None:
    old = git(project, "rev-parse", "HEAD").strip()
    new = commit(project, "docs/a.md", "docs: say more")
    found = change_between(project, old, new)
    assert (found.subject, found.commits, found.touches_code) == ("docs: say more", 1, False)


@pytest.mark.parametrize("path", ["code.py", "tests/benchmark/test_x.py", "data/table.json", "requirements.txt"])
def test_a_commit_whose_files_a_benchmark_may_use_can_be_a_cause(project: Path, path: str) -> None:
    old = git(project, "rev-parse", "HEAD").strip()
    commit(project, path, "change it")
    new = commit(project, "README.md", "docs: say so")
    found = change_between(project, old, new)
    assert (found.subject, found.commits, found.touches_code) == ("docs: say so", 2, True)


def test_of_a_commit_that_git_does_not_know_nothing_is_said(project: Path) -> None:
    new = git(project, "rev-parse", "HEAD").strip()
    assert change_between(project, "f" * 40, "e" * 40).subject is None
    found = change_between(project, "f" * 40, new)
    assert (found.subject, found.commits, found.touches_code) == ("Commit 2", None, None)
