"""The command `issue` on stored runs that no report tells of."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from histories import keep, make_run, make_sample
from projects import Project, make_project

FIELDS = ("median_s", "mean_s", "min_s", "max_s", "q1_s", "q3_s", "p95_s", "p99_s")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "project")


def stored(project: Project, *levels: float) -> None:
    samples = [
        replace(make_sample(0), **{name: level * (1 + n % 3 / 200) for name in FIELDS})  # type: ignore[arg-type]
        for n, level in enumerate(levels)
    ]
    keep(project.root, [make_run(n, [sample]) for n, sample in enumerate(samples)])


def test_a_step_in_stored_runs_makes_an_issue_that_says_it_was_not_measured_again(project: Project) -> None:
    stored(project, *[1e-3] * 20, *[1.6e-3] * 8)
    issue = project.run("issue", "work_0", "--json").json
    assert issue["title"].startswith("Suspected performance regression: work_0 median +")
    assert "level before 2026-11-02" in issue["body"]
    assert "not measured again" in issue["body"]


def test_a_slope_in_stored_runs_makes_one_too(project: Project) -> None:
    stored(project, *[1e-3 * 1.03**n for n in range(14)])
    assert "by the line through them" in project.run("issue", "work_0").out


def test_a_benchmark_that_is_not_slower_is_no_issue_and_it_says_what_the_runs_show(project: Project) -> None:
    stored(project, *[1e-3] * 20)
    said = project.run("issue", "work_0", "--json")
    assert said.code == 2
    assert json.loads(said.out)["error"]["message"].startswith("nothing stored shows `work_0` slower: STABLE (")


def test_a_name_that_nothing_has_is_answered_with_those_there_are(project: Project) -> None:
    stored(project, *[1e-3] * 3)
    error = project.run("issue", "nothing", "--json").json["error"]
    assert error["message"] == "no stored benchmark is called `nothing`"
    assert error["hint"] == "there are: work_0"


def test_a_benchmark_that_got_slower_and_holds_more_is_one_issue_of_both(project: Project) -> None:
    levels = [(1e-3, 2_000_000)] * 20 + [(1.6e-3, 5_000_000)] * 8
    samples = [
        replace(
            make_sample(0),
            call_peak_bytes=size,
            call_left_bytes=0.0,
            **{name: level * (1 + n % 3 / 200) for name in FIELDS},  # type: ignore[arg-type]
        )
        for n, (level, size) in enumerate(levels)
    ]
    keep(project.root, [make_run(n, [sample]) for n, sample in enumerate(samples)])
    issue = project.run("issue", "work_0", "--json").json
    assert issue["title"].startswith("Suspected performance regression: work_0 median +")
    assert issue["title"].endswith("; memory: +150 % (2 MB -> 5 MB)")
    assert "level before 2026-11-02" in issue["body"]
    assert "| One call holds | 5 MB |" in issue["body"]
    assert issue["labels"][-1] == "memory"


def test_more_memory_in_stored_runs_makes_an_issue_with_the_commits_it_lies_between(project: Project) -> None:
    samples = [
        replace(make_sample(0), call_peak_bytes=size, call_left_bytes=0.0) for size in [2_000_000] * 4 + [5_000_000]
    ]
    keep(project.root, [make_run(n, [sample]) for n, sample in enumerate(samples)])
    issue = project.run("issue", "work_0", "--json").json
    assert issue["title"] == "Suspected memory regression: work_0 +150 % (2 MB -> 5 MB)"
    assert f"bench-agent bisect work_0 --metric memory --good {f'{4:040x}'[:12]}" in issue["body"]
