"""The packaged CI files and what becomes of them in other projects."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench_agent.scaffold.place import install_place
from bench_agent.scaffold.slash_command import Runner, text_digest
from bench_agent.scaffold.workflow import (
    GITHUB_FILES,
    GITLAB_FILES,
    SHIPPED_WORKFLOWS,
    WORKFLOW_FILE,
    CiFile,
    ci_text,
    is_shipped,
    packaged_text,
    place_in,
)

ROOT = Path(__file__).parents[2]
FILES = (*GITHUB_FILES, *GITLAB_FILES)
(WEEKLY,) = [file for file in GITHUB_FILES if file.path == WORKFLOW_FILE]
PLACE = "git+https://example.org/o/bench-agent@abc"
RUNNERS: tuple[Runner, ...] = ("path", "uv")


def steps_of(text: str) -> list[dict[str, Any]]:
    return [step for job in yaml.safe_load(text).get("jobs", {}).values() for step in job["steps"]]


def test_the_packaged_workflow_is_the_repositorys_own() -> None:
    assert packaged_text().encode() == (ROOT / ".github/workflows/benchmark.yaml").read_bytes()


@pytest.mark.parametrize("runner", RUNNERS)
def test_in_another_project_only_installation_and_the_gates_name_differ(runner: Runner) -> None:
    text = ci_text(WEEKLY, runner, PLACE)
    ours = steps_of(packaged_text())
    theirs = {step.get("name", step.get("uses")): step for step in steps_of(text)}
    changed = [
        step.get("name", step.get("uses")) for step in ours if theirs[step.get("name", step.get("uses"))] != step
    ]
    assert [re.sub("@.*", "", name) for name in changed] == ["actions/setup-python", "Install", "Detect regressions"]
    assert "bench-agent detect" in theirs["Detect regressions"]["run"]
    assert "make setup" not in text


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path.name)
@pytest.mark.parametrize("runner", RUNNERS)
def test_nothing_is_installed_by_a_name_of_ours_from_a_package_index(file: CiFile, runner: Runner) -> None:
    """Nobody owns the name there: whoever takes it would run code in the job."""
    text = ci_text(file, runner, PLACE)
    assert not re.search(r"\b(install|add|uvx|pipx run) (-\S+ )*[\"']?bench[-_]agent\b", text)
    assert not re.search(r"@[A-Z_]+@", text)
    assert PLACE in text
    assert "${BENCH_AGENT:?" in ci_text(file, runner, None)  # until it is filled in, the job fails and says so


@pytest.mark.parametrize("file", GITHUB_FILES, ids=lambda file: file.path.name)
def test_every_action_is_pinned_to_a_commit_and_rights_are_least(file: CiFile) -> None:
    text = ci_text(file, "path", PLACE)
    used = re.findall(r"uses: (\S+)(.*)", text)
    assert used
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", action) and "# v" in note for action, note in used)
    document = yaml.safe_load(text)
    assert document["permissions"] in ({}, {"contents": "read"})
    for step in steps_of(text):
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_the_job_that_may_write_checks_nothing_out_and_runs_nothing_of_the_pull_request() -> None:
    comment = next(file for file in GITHUB_FILES if file.path.name == "performance-comment.yaml")
    document = yaml.safe_load(ci_text(comment, "uv", PLACE))
    (job,) = document["jobs"].values()
    assert job["permissions"] == {"actions": "read", "contents": "read", "pull-requests": "write"}
    assert not [step for step in job["steps"] if "checkout" in step.get("uses", "")]
    assert "${{" not in "".join(step.get("run", "") for step in job["steps"])
    measuring = yaml.safe_load(packaged_text("performance.yaml").replace("@INSTALL@", "true"))
    assert document[True]["workflow_run"]["workflows"] == [
        measuring["name"]
    ]  # YAML 1.1 reads the key `on` as a boolean
    assert set(measuring["permissions"].values()) == {"read"}
    assert list(measuring[True]) == ["pull_request"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path.name)
@pytest.mark.parametrize("runner", RUNNERS)
def test_the_current_texts_are_known_as_shipped_whatever_place_is_filled_in(file: CiFile, runner: Runner) -> None:
    text = ci_text(file, runner, None)
    assert text_digest(text) in SHIPPED_WORKFLOWS, f'a new text: add "{text_digest(text)}" to SHIPPED_WORKFLOWS'
    assert is_shipped(ci_text(file, runner, PLACE))
    assert not is_shipped(text + "# mine\n")


def test_the_repositorys_own_workflow_is_known_as_shipped() -> None:
    assert text_digest(packaged_text()) in SHIPPED_WORKFLOWS


def test_a_place_that_was_filled_in_is_found_again() -> None:
    assert place_in(ci_text(WEEKLY, "path", PLACE)) == PLACE
    assert place_in(ci_text(WEEKLY, "path", None)) is None


@pytest.mark.parametrize(
    ("found", "place"),
    [
        (
            {"url": "https://h.example/o/b.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "git+https://h.example/o/b.git@abc",
        ),
        ({"url": "file:///home/me/b", "dir_info": {"editable": True}}, None),
        ({"url": "ssh://git@h.example/b.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}, None),
        ({"url": "https://user:secret@h.example/b", "vcs_info": {"vcs": "git", "commit_id": "abc"}}, None),
        ({"url": 'https://h.example/"$(id)', "vcs_info": {"vcs": "git", "commit_id": "abc"}}, None),
        (None, None),
    ],
)
def test_the_place_is_where_it_was_installed_from_if_a_job_can_reach_that(found: Any, place: str | None) -> None:
    assert install_place(lambda: json.dumps(found)) == place
