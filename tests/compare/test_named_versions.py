"""What somebody's words for two versions mean, in real repositories; and whether the base has moved on."""

from pathlib import Path

import pytest

from bench_agent.compare.named_versions import ChosenVersions, choose_versions
from bench_agent.errors import UsageError
from bench_agent.system.git import Repository, open_repository
from projects import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """main with one commit, a branch with one of its own, and two more on main since."""
    project = Project(root=tmp_path / "project")
    for branch, text in (("main", "start"), ("feature", "mine"), ("main", "theirs"), ("main", "theirs too")):
        if text != "start":
            project.git("checkout", "-q", *(["-b"] if branch == "feature" else []), branch)
        project.write(f"{text}.py", "1\n")
        project.commit(text)
        if text == "start":
            project.git("tag", "start")
    project.git("checkout", "-q", "feature")
    return project


def opened(project: Project) -> Repository:
    repository = open_repository(project.root)
    assert repository is not None
    return repository


def test_three_dots_mean_since_the_fork_point_and_say_that_main_has_moved_on(project: Project) -> None:
    found = choose_versions(opened(project), "main...")
    start = project.git("rev-parse", "start")
    assert found == ChosenVersions(base=start, head=None, kind="fork_point", name="main", moved=2)
    assert found.warnings() == ("main has moved on by 2 commits since this branch left it: they are not compared",)
    both = choose_versions(opened(project), "main...feature")
    assert (both.base, both.head) == (start, project.git("rev-parse", "feature"))


def test_main_itself_is_compared_as_it_is_and_the_foreign_commits_are_told(project: Project) -> None:
    found = choose_versions(opened(project), "main")
    assert (found.base, found.kind, found.moved) == (project.git("rev-parse", "main"), "named", 2)
    assert "compare main..." in found.warnings()[0]
    assert choose_versions(opened(project), "start").warnings() == ()


def test_two_dots_are_two_versions(project: Project) -> None:
    found = choose_versions(opened(project), "start..main")
    assert (found.base, found.head) == (project.git("rev-parse", "start"), project.git("rev-parse", "main"))


@pytest.mark.parametrize(
    ("base", "head"), [("nowhere...", None), ("main...nowhere", None), ("main...feature", "main"), ("--all...", None)]
)
def test_what_names_nothing_or_too_much_is_an_error(project: Project, base: str, head: str | None) -> None:
    with pytest.raises(UsageError):
        choose_versions(opened(project), base, head)


def test_versions_without_common_history_are_an_error(project: Project) -> None:
    project.git("checkout", "-q", "--orphan", "other")
    project.commit("alone")
    with pytest.raises(UsageError, match="share no history"):
        choose_versions(opened(project), "main...")
