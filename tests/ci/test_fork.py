"""What a fork's job left is data: read strictly, written by our renderer, posted where the service says, and nothing is run."""

import json
from pathlib import Path
from typing import Any

import pytest

import changes
from bench_agent.ci.fork import ForeignResultError, read_change
from bench_agent.errors import UsageError
from bench_agent.results.change import as_dict, to_json
from loopback_github import TOKEN, Hub, loopback_github
from projects import Done, Project

HEAD = "c" * 40
RUN = {"head_sha": HEAD, "head_branch": "feature", "head_repository": {"owner": {"login": "mallory"}}}
PULL = {"label": "mallory:feature", "number": 7, "head": {"sha": HEAD}}


def post(folder: Path, hub: Hub, event: Any, name: str = "change.json") -> Done:
    (folder / "event.json").write_text(json.dumps(event))
    variables = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "workflow_run",
        "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_API_URL": hub.url,
        "GITHUB_TOKEN": TOKEN,
    }
    return Project(root=folder).run("ci", "--post", name, **variables)


def test_it_is_posted_to_the_pull_request_of_the_measured_commit_without_a_checkout(tmp_path: Path) -> None:
    (tmp_path / "change.json").write_text(to_json(changes.hostile()))
    with loopback_github() as hub:
        hub.pulls = [{**PULL, "number": 3, "head": {"sha": "d" * 40}}, PULL]
        done = post(tmp_path, hub, {"workflow_run": RUN})
        assert (done.code, done.err.strip()) == (0, "comment created"), done.text
        (comment,) = hub.comments
    assert "@\u200bteam" in comment["body"] or "@team" not in comment["body"].replace("`", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["change.json", "event.json"]


def test_markdown_of_the_fork_is_not_posted_only_its_figures(tmp_path: Path) -> None:
    document = {**as_dict(changes.slower()), "body": "@all see https://evil.example", "markdown": "x"}
    (tmp_path / "change.json").write_text(json.dumps(document))
    with loopback_github() as hub:
        hub.pulls = [PULL]
        post(tmp_path, hub, {"workflow_run": RUN})
        assert "evil" not in hub.comments[0]["body"]


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"schema": "bench-agent/change/1"}', "[" * 100_000])
def test_anything_else_is_refused_and_not_posted(tmp_path: Path, text: str) -> None:
    (tmp_path / "change.json").write_text(text)
    with pytest.raises(ForeignResultError):
        read_change(tmp_path / "change.json")


def test_a_link_out_of_the_artifact_or_a_device_is_no_result(tmp_path: Path) -> None:
    (tmp_path / "change.json").symlink_to("/dev/zero")
    with pytest.raises(ForeignResultError):
        read_change(tmp_path / "change.json")
    with pytest.raises(UsageError, match="no file"):
        read_change(tmp_path / "none.json")


@pytest.mark.parametrize("event", [{}, {"workflow_run": []}, {"workflow_run": {**RUN, "head_repository": None}}])
def test_without_the_second_workflows_event_nothing_is_posted(tmp_path: Path, event: Any) -> None:
    (tmp_path / "change.json").write_text(to_json(changes.slower()))
    with loopback_github() as hub:
        hub.pulls = [PULL]
        assert post(tmp_path, hub, event).code == 2
        assert hub.comments == []


def test_a_pull_request_that_has_moved_on_gets_no_old_result(tmp_path: Path) -> None:
    (tmp_path / "change.json").write_text(to_json(changes.slower()))
    with loopback_github() as hub:
        hub.pulls = [{**PULL, "head": {"sha": "d" * 40}}]
        done = post(tmp_path, hub, {"workflow_run": RUN})
        assert (done.code, hub.comments) == (3, [])
    assert "no open pull request" in done.err
