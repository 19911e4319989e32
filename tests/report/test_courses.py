"""Courses of stored benchmarks: every run with its spread and commit, pruned ones too; accepted levels; none without history."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import histories
from bench_agent.config import Config, load_config
from bench_agent.history.series import prune_history
from bench_agent.report.courses import courses_beside, recall_courses
from repositories import opened, project

__all__ = ["project"]


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def kept(root: Path, runs: int = 12, benchmarks: int = 3) -> Config:
    """A project whose newest stored run is on the repository's HEAD; the other commits are not there."""
    made = histories.make_runs(runs, benchmarks)
    sha = git(root, "rev-parse", "HEAD")
    histories.keep(root, [*made[:-1], replace(made[-1], head=replace(made[-1].head, sha=sha))])
    return load_config(root, environment={})


def test_every_run_has_its_spread_and_the_newest_its_rounds(project: Path) -> None:
    found = recall_courses(kept(project))
    assert len(found.runs) == 12
    for course in found.courses:
        assert course.runs == tuple(range(12))
        values = zip(course.low_s, course.trend.values, course.high_s, strict=True)
        assert all(low < value < high for low, value, high in values if low is not None and high is not None)
        assert None not in course.low_s
        assert len(course.quantiles_s) == 17
        assert len(course.memory_bytes) == 12
        assert None not in course.memory_bytes


def test_commits_have_their_subjects_where_git_knows_them(project: Path) -> None:
    root = project
    git(root, "remote", "add", "origin", "https://user:secret@example.org/team/shop.git")
    subject = git(root, "log", "-1", "--format=%s")
    found = recall_courses(kept(root))
    assert [run.subject for run in found.runs] == [""] * 11 + [subject]
    assert found.commit_url == "https://example.org/team/shop/commit/"


def test_runs_whose_files_were_pruned_are_drawn_too(project: Path) -> None:
    config = kept(project)
    before = recall_courses(config)
    prune_history(histories.Store(config.state_dir), 4)
    after = recall_courses(config)
    assert len(after.runs) == 12
    for old, new in zip(before.courses, after.courses, strict=True):
        assert new.trend.values == old.trend.values
        assert (new.low_s, new.high_s) == (old.low_s, old.high_s)
        assert new.memory_bytes == old.memory_bytes


def test_only_the_last_runs_where_that_is_asked(project: Path) -> None:
    config = kept(project)
    found = recall_courses(config, last=5)
    assert len(found.runs) == 5
    assert {len(course.trend.values) for course in found.courses} == {5}


def test_a_benchmark_that_is_gone_is_there_on_request(project: Path) -> None:
    root = project
    runs = histories.make_runs(6, 3)
    histories.keep(root, [*runs[:-1], replace(runs[-1], samples=runs[-1].samples[:2])])
    config = load_config(root, environment={})
    assert len(recall_courses(config).courses) == 2
    found = recall_courses(config, gone=True)
    assert [course.is_current for course in found.courses] == [True, True, False]
    assert found.courses[2].runs == (0, 1, 2, 3, 4)


def test_an_accepted_level_begins_at_its_day(project: Path) -> None:
    root = project
    level = {"median_ms": 1.5, "commit": "1a2b3c4d", "date": "2026-11-02", "because": "encrypts answers"}
    (root / "levels.json").write_text(json.dumps({"work_0": {"accepted": level}}))
    (root / "pyproject.toml").write_text('[tool.bench-agent]\nbaseline = "levels.json"\n')
    histories.keep(root, histories.make_runs(24, 2))
    first, other = recall_courses(load_config(root, environment={})).courses
    assert first.accepted is not None
    assert (first.accepted.value_s, first.accepted.because) == (1.5e-3, "encrypts answers")
    assert first.accepted.since == 12, "the runs begin at noon of the day before, an hour apart"
    assert other.accepted is None


def test_beside_a_result_stand_only_its_benchmarks_and_nothing_is_an_error(project: Path) -> None:
    root = project
    assert courses_beside(load_config(root, environment={}), ["a"]).courses == ()
    config = kept(root)
    wanted = recall_courses(config).courses[1].trend.id
    assert [course.trend.id for course in courses_beside(config, [wanted, "another"]).courses] == [wanted]


def test_subjects_are_of_commits_alone_and_of_none_that_is_no_sha(project: Path) -> None:
    repository = opened(project)
    sha = repository.git("rev-parse", "HEAD").strip()
    tree = repository.git("rev-parse", "HEAD^{tree}").strip()
    subjects = repository.subjects([sha, tree, "0" * 40, "HEAD", "--all", ""])
    assert subjects == {sha: repository.git("log", "-1", "--format=%s").strip()}


def test_what_is_read_from_the_series_makes_the_same_courses(project: Path) -> None:
    """The first look reads every file, later ones the lines of the series: pages must not change by that."""
    histories.keep(project, histories.make_runs(60, 1))
    config = load_config(project, environment={})
    first = recall_courses(config)
    assert recall_courses(config) == first
    assert None not in first.courses[0].memory_bytes
    assert len(first.courses[0].memory_bytes) == 60


def test_memory_of_one_call_stands_before_that_of_the_process_where_it_was_traced(project: Path) -> None:
    made = histories.make_runs(4, 1)
    traced = [
        replace(run, samples=tuple(replace(s, call_peak_bytes=1_000 + i) for s in run.samples)) if i else run
        for i, run in enumerate(made)
    ]
    histories.keep(project, traced)
    (course,) = recall_courses(load_config(project, environment={})).courses
    assert course.is_of_call
    assert course.memory_bytes == (None, 1_001, 1_002, 1_003)
