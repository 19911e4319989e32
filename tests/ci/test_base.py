"""The version a job compares with, in real clones as the services make them: merge refs, shallow ones, forced pushes."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bench_agent.ci.base import find_versions
from bench_agent.ci.job import Job
from bench_agent.compare.named_versions import ChosenVersions
from bench_agent.errors import MeasureError
from bench_agent.system.git import open_repository
from projects import Project


@dataclass(frozen=True)
class Upstream:
    """main and a branch with two commits of its own, and the merge of both that GitHub makes; main has moved on since."""

    project: Project
    fork: str
    main: str
    branch: str
    merge: str


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    project = Project(root=tmp_path / "upstream")
    project.write("a.py", "1\n")
    project.commit("one")
    project.write("a.py", "2\n")
    fork = project.commit("two")
    project.git("checkout", "-qb", "feature")
    project.write("b.py", "1\n")
    project.commit("mine")
    project.write("b.py", "2\n")
    branch = project.commit("mine too")
    project.git("checkout", "-q", "main")
    project.write("c.py", "1\n")
    main = project.commit("theirs")
    project.git("checkout", "-q", "--detach")
    project.git("merge", "-q", "--no-ff", "-m", "Merge", "feature")
    merge = project.git("rev-parse", "HEAD")
    project.git("update-ref", "refs/pull/7/merge", "HEAD")
    project.git("checkout", "-q", "main")
    project.git("config", "uploadpack.allowAnySHA1InWant", "true")
    return Upstream(project=project, fork=fork, main=main, branch=branch, merge=merge)


def checkout(upstream: Upstream, what: str, depth: int = 0) -> Project:
    """As actions/checkout does it: an empty repository, one fetch, a detached HEAD."""
    target = Project(root=upstream.project.root.parent / "checkout")
    target.root.mkdir()
    target.git("init", "-q", "-b", "main")
    target.git("remote", "add", "origin", f"file://{upstream.project.root}")
    refs = (
        [f"+{what}:refs/remotes/pull/it"]
        if depth
        else ["+refs/heads/*:refs/remotes/origin/*", f"+{what}:refs/remotes/pull/it"]
    )
    target.git("fetch", "-q", *([f"--depth={depth}"] if depth else []), "origin", *refs)
    target.git("checkout", "-q", "--detach", "refs/remotes/pull/it")
    return target


def found(project: Project, job: Job, base: str | None = None) -> ChosenVersions:
    repository = open_repository(project.root)
    assert repository is not None
    return find_versions(job, repository, base=base)


def pull_request(upstream: Upstream) -> Job:
    return Job(
        service="github",
        event="pull_request",
        base_sha=upstream.fork,
        base_branch="main",
        head_sha=upstream.branch,
        number=7,
    )


def test_the_merge_of_another_state_of_the_branch_is_a_merge_too(upstream: Upstream) -> None:
    job = replace(pull_request(upstream), head_sha=upstream.fork, base_sha=None)  # pushed to since the event
    versions = found(checkout(upstream, upstream.merge), job)
    assert (versions.kind, versions.base, versions.head) == ("merge_parent", upstream.main, upstream.merge)


def test_a_merge_checkout_is_compared_with_what_it_is_merged_into(upstream: Upstream) -> None:
    """Not with the base of the event: main may have moved on since, and that would be blamed on the pull request."""
    versions = found(checkout(upstream, "refs/pull/7/merge"), pull_request(upstream))
    assert (versions.base, versions.head, versions.kind) == (upstream.main, upstream.merge, "merge_parent")


def test_a_merge_checkout_of_two_commits_deep_is_enough(upstream: Upstream) -> None:
    versions = found(checkout(upstream, "refs/pull/7/merge", depth=2), pull_request(upstream))
    assert (versions.base, versions.kind) == (upstream.main, "merge_parent")


def test_a_checkout_of_the_branch_is_compared_with_where_it_left_main(upstream: Upstream) -> None:
    job = Job(**{**_as_dict(pull_request(upstream)), "base_sha": upstream.main})
    versions = found(checkout(upstream, "refs/heads/feature"), job)
    assert (versions.base, versions.kind, versions.moved) == (upstream.fork, "fork_point", 1)


def _as_dict(job: Job) -> dict[str, object]:
    return {name: getattr(job, name) for name in ("service", "event", "base_branch", "head_sha", "number")}


@pytest.mark.parametrize(("service", "line"), [("github", "fetch-depth: 0"), ("gitlab", "GIT_DEPTH")])
@pytest.mark.parametrize("event", ["pull_request", "push", "other"])
def test_a_shallow_checkout_names_the_line_to_add_and_fetches_nothing(
    upstream: Upstream, service: str, line: str, event: str
) -> None:
    project = checkout(upstream, "refs/pull/7/merge", depth=1)
    job = Job(service=service, event=event, base_sha=upstream.main, base_branch="main", before_sha=upstream.main)  # type: ignore[arg-type]
    with pytest.raises(MeasureError, match="shallow") as caught:
        found(project, job)
    assert line in (caught.value.hint or "")
    assert caught.value.exit_code == 3
    assert project.git("rev-list", "--all", "--count") == "1"


def test_a_push_is_compared_with_what_was_before_and_a_forced_one_with_its_parent(upstream: Upstream) -> None:
    project = checkout(upstream, "refs/heads/feature")
    versions = found(project, Job(service="github", event="push", before_sha=upstream.fork))
    assert (versions.base, versions.kind) == (upstream.fork, "push")
    versions = found(project, Job(service="github", event="push", before_sha="d" * 40))
    assert (versions.base, versions.kind) == (project.git("rev-parse", "HEAD~1"), "commit")


def test_before_a_push_it_is_where_the_branch_left_its_upstream(upstream: Upstream, tmp_path: Path) -> None:
    clone = Project(root=tmp_path / "clone")
    upstream.project.git("clone", "-q", str(upstream.project.root), str(clone.root))
    assert found(clone, Job()).base == found(clone, Job()).head == upstream.main
    clone.write("d.py", "1\n")
    clone.commit("new")
    versions = found(clone, Job())
    assert (versions.base, versions.kind, versions.name) == (upstream.main, "fork_point", "origin/main")


def test_a_base_that_somebody_names_is_taken(upstream: Upstream) -> None:
    project = checkout(upstream, "refs/heads/feature")
    assert found(project, Job(), base="origin/main...").base == upstream.fork


def test_the_only_commit_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    project = Project(root=tmp_path)
    project.write("a.py", "")
    project.commit()
    with pytest.raises(MeasureError, match="no commit before"):
        found(project, Job(service="github", event="push"))
