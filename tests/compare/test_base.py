"""What a first run is compared with, in real repositories: the branch's base, the commit before, or why nothing."""

from pathlib import Path

import pytest

from bench_agent.compare.base import Base, natural_base
from bench_agent.system.git import open_repository
from projects import Project


@pytest.fixture
def upstream(tmp_path: Path) -> Project:
    """main with two commits, and a branch with two more."""
    project = Project(root=tmp_path / "upstream")
    project.write("a.py", "1\n")
    project.commit("one")
    project.write("a.py", "2\n")
    project.commit("two")
    project.git("checkout", "-qb", "feature")
    for text in ("3\n", "4\n"):
        project.write("a.py", text)
        project.commit(text.strip())
    return project


def clone(upstream: Project, branch: str, *options: str) -> Project:
    upstream.git("checkout", "-q", "main")  # what the clone takes for the default branch
    target = upstream.root.parent / "clone"
    upstream.git("clone", "-q", "--branch", branch, *options, f"file://{upstream.root}", str(target))
    return Project(root=target)


def base_of(project: Project, *, dirty: bool = False) -> Base:
    repository = open_repository(project.root)
    assert repository is not None
    return natural_base(repository, project.git("rev-parse", "HEAD"), dirty=dirty)


def test_a_branch_is_compared_with_where_it_began(upstream: Project) -> None:
    assert base_of(upstream) == Base(sha=upstream.git("rev-parse", "main"))


def test_the_default_branch_is_compared_with_the_commit_before_and_with_itself_for_uncommitted_changes(
    upstream: Project,
) -> None:
    upstream.git("checkout", "-q", "main")
    assert base_of(upstream) == Base(sha=upstream.git("rev-parse", "main~1"))
    assert base_of(upstream, dirty=True) == Base(sha=upstream.git("rev-parse", "main"))


def test_the_only_commit_has_nothing_before_it(tmp_path: Path) -> None:
    project = Project(root=tmp_path)
    project.write("a.py", "1\n")
    project.commit()
    assert base_of(project) == Base(problem="this is the repository's only commit")


@pytest.mark.parametrize("branch", ["main", "feature"])
def test_a_clone_of_one_commit_says_that_it_is_shallow_and_what_to_do(upstream: Project, branch: str) -> None:
    base = base_of(clone(upstream, branch, "--depth", "1"))
    assert base.sha is None
    assert base.problem is not None
    assert base.problem.startswith("this clone is shallow and has no commit to compare with")
    assert "git fetch --unshallow" in base.problem
    assert "only commit" not in base.problem


def test_a_shallow_clone_without_the_branchs_beginning_says_what_it_was_compared_with(upstream: Project) -> None:
    cloned = clone(upstream, "feature", "--depth", "2")
    base = base_of(cloned)
    assert base.sha == cloned.git("rev-parse", "HEAD~1")
    assert base.problem is not None
    assert base.problem.startswith(
        "where the branch began is not in this shallow clone: only the last commit was compared"
    )


def test_a_shallow_clone_that_has_all_it_needs_is_as_any(upstream: Project) -> None:
    upstream.git("checkout", "-q", "main")
    upstream.write("a.py", "5\n")
    upstream.commit("three")
    cloned = clone(upstream, "main", "--depth", "2")
    assert cloned.git("rev-parse", "--is-shallow-repository") == "true"
    assert base_of(cloned) == Base(sha=cloned.git("rev-parse", "HEAD~1"))
