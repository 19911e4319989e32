"""What a job is about, by the environment and the event of GitHub and GitLab."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench_agent.ci.job import Job, read_job
from bench_agent.errors import UsageError

A, B, C = "a" * 40, "b" * 40, "c" * 40
GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": "o/r",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_RUN_ID": "9",
}


def github(folder: Path, name: str, event: Any, **more: str) -> Job:
    (folder / "event.json").write_text(json.dumps(event))
    return read_job({**GITHUB, "GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(folder / "event.json"), **more})


def test_outside_of_a_job_there_is_no_service() -> None:
    assert read_job({}) == Job()


def test_a_pull_request_names_its_base_and_head(tmp_path: Path) -> None:
    event = {"pull_request": {"number": 7, "base": {"sha": A, "ref": "main"}, "head": {"sha": B}}}
    job = github(tmp_path, "pull_request", event, GITHUB_BASE_REF="main", GITHUB_TOKEN="t")
    assert (job.event, job.base_sha, job.base_branch, job.head_sha, job.number) == ("pull_request", A, "main", B, 7)
    assert (job.token, job.run_url) == ("t", "https://github.com/o/r/actions/runs/9")


def test_a_push_names_what_was_before_and_a_new_branch_nothing(tmp_path: Path) -> None:
    assert github(tmp_path, "push", {"before": A}).before_sha == A
    assert github(tmp_path, "push", {"before": "0" * 40}).before_sha is None


def test_a_merge_queue_names_its_base(tmp_path: Path) -> None:
    job = github(tmp_path, "merge_group", {"merge_group": {"base_sha": A, "base_ref": "refs/heads/main"}})
    assert (job.event, job.base_sha, job.base_branch) == ("pull_request", A, "main")


@pytest.mark.parametrize(
    "event",
    [[], "x", {"pull_request": []}, {"pull_request": {"number": "7; rm", "base": {"sha": "--upload-pack"}, "head": 3}}],
)
def test_an_event_of_another_shape_names_nothing(tmp_path: Path, event: Any) -> None:
    job = github(tmp_path, "pull_request", event)
    assert (job.base_sha, job.head_sha, job.number) == (None, None, None)


def test_an_event_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_job({**GITHUB, "GITHUB_EVENT_PATH": str(tmp_path / "none.json")})


def test_a_merge_request_names_its_diff_base() -> None:
    job = read_job({
        "GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": "12",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": A, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_PROJECT_ID": "3",
        "CI_API_V4_URL": "https://gitlab.com/api/v4", "CI_COMMIT_BEFORE_SHA": C,
    })  # fmt: skip
    assert (job.service, job.event, job.base_sha, job.number, job.before_sha) == ("gitlab", "pull_request", A, 12, None)


def test_a_forks_pipeline_on_gitlab_is_about_the_project_that_has_the_merge_request() -> None:
    variables = {
        "GITLAB_CI": "true", "CI_MERGE_REQUEST_IID": "7", "CI_PROJECT_ID": "99", "CI_MERGE_REQUEST_PROJECT_ID": "42",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "99",
    }  # fmt: skip
    job = read_job(variables)
    assert (job.repository, job.number, job.from_fork) == ("42", 7, True)
    assert not read_job({**variables, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "42"}).from_fork


def test_a_push_to_gitlab_names_what_was_before() -> None:
    job = read_job({"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BEFORE_SHA": C})
    assert (job.event, job.before_sha) == ("push", C)


def test_a_fork_is_told_by_the_repository_of_its_head(tmp_path: Path) -> None:
    for repository, fork in (("mallory/r", True), ("o/r", False)):
        event = {"pull_request": {"number": 7, "head": {"sha": B, "repo": {"full_name": repository}}}}
        assert github(tmp_path, "pull_request", event).from_fork is fork
    assert not github(tmp_path, "pull_request", {"pull_request": {"number": 7, "head": {"repo": None}}}).from_fork
    merge_request = {"GITLAB_CI": "true", "CI_MERGE_REQUEST_IID": "1", "CI_PROJECT_ID": "3"}
    assert read_job({**merge_request, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "4"}).from_fork
    assert not read_job(merge_request).from_fork


def test_a_token_has_no_white_space_around_it() -> None:
    for name in ("GITHUB_TOKEN", "GH_TOKEN"):
        assert read_job({**GITHUB, name: " t\r\n"}).token == "t"
    assert read_job({"GITLAB_CI": "true", "BENCH_AGENT_GITLAB_TOKEN": "t\n"}).token == "t"
    assert read_job({**GITHUB, "GITHUB_TOKEN": "\n", "GH_TOKEN": "t"}).token == "t"


@pytest.mark.parametrize("name", ["o", "o/r/x", "o/..", "../r", "o/r?x", "o/r\n", " o/r"])
def test_what_becomes_part_of_an_address_is_checked(name: str) -> None:
    with pytest.raises(UsageError, match="GITHUB_REPOSITORY"):
        read_job({**GITHUB, "GITHUB_REPOSITORY": name})
    with pytest.raises(UsageError, match="CI_PROJECT_ID"):
        read_job({"GITLAB_CI": "true", "CI_PROJECT_ID": name})


@pytest.mark.parametrize("name", ["o/r", "some_corp/r.py", "A-b/_r-1", "o/.github"])
def test_a_repository_has_an_owner_and_a_name(name: str) -> None:
    assert read_job({**GITHUB, "GITHUB_REPOSITORY": name}).repository == name
