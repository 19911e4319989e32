"""A result that a fork's job left as an artifact, for the job that may comment: data, read strictly, and whose it is.

Takes a file and the event of the second workflow; returns a `Change` and the pull request. Nothing of the fork is run, and
nothing in the file says where to post: that is what the service itself knows of the commit that was measured.
"""

import json
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench_agent.ci.api import Api, ApiError
from bench_agent.ci.fork_result import check_change
from bench_agent.ci.job import Job, event_of, full_sha, object_in, positive
from bench_agent.ci.post_comment import github_api
from bench_agent.errors import BenchAgentError, UsageError
from bench_agent.results.change import Change, from_dict
from bench_agent.system.files import read_regular
from bench_agent.text.clean import clean_text

MAX_BYTES = 20_000_000


class ForeignResultError(BenchAgentError):
    """The file of another job is not what it should be."""

    kind = "artifact"
    exit_code = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """An open pull request, as the service lists it."""

    number: int
    base_branch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """The measuring workflow's run, as GitHub's event tells it; the fork can't write that."""

    owner: str
    repository: str  # owner/name of the head's
    branch: str
    sha: str
    numbers: frozenset[int]  # pull requests it was for; GitHub names none for a fork's


def read_change(path: Path) -> Change:
    """The change in that file. Raises ForeignResultError for anything else, UsageError where there is no such file."""
    try:
        return check_change(from_dict(json.loads(read_regular(path, limit=MAX_BYTES))))
    except FileNotFoundError as error:
        raise UsageError(
            f"there is no file {clean_text(path)}", hint="did the measuring job keep its artifact?"
        ) from error
    except (OSError, ValueError, RecursionError, TypeError, OverflowError) as error:
        raise ForeignResultError(
            f"{clean_text(path)} is no result of `bench-agent ci`: {clean_text(error)}", hint="it is not posted"
        ) from error


def pull_request_of(job: Job, environment: Mapping[str, str], change: Change) -> PullRequest:
    """The one open pull request whose head is the commit that the measuring workflow ran for, and that the change measured.

    Raises ForeignResultError where there is none, more than one, or the change is of another commit; UsageError, ApiError.
    """
    run = _run_of(event_of(environment))
    if run is None or job.repository is None:
        raise UsageError(
            "--post works in a workflow that is triggered by `workflow_run`", hint="init --workflow writes one"
        )
    api = github_api(job)
    _hold_head(api, job.repository, change, run)
    head = urllib.parse.quote(f"{run.owner}:{run.branch}", safe="")
    listed = api.pages(f"/repos/{job.repository}/pulls?state=open&head={head}")
    return _choose([pull for pull in listed if isinstance(pull, dict)], run, job.repository, change)


def _run_of(event: Mapping[str, Any]) -> _Run | None:
    run = object_in(event, "workflow_run")
    repository = object_in(run, "head_repository")
    owner, name = object_in(repository, "owner").get("login"), repository.get("full_name")
    branch, sha, pulls = run.get("head_branch"), full_sha(run.get("head_sha")), run.get("pull_requests")
    if not (isinstance(owner, str) and isinstance(name, str) and isinstance(branch, str) and sha):
        return None
    listed = pulls if isinstance(pulls, list) else []
    numbers = [positive(pull.get("number")) for pull in listed if isinstance(pull, dict)]
    return _Run(owner=owner, repository=name, branch=branch, sha=sha, numbers=frozenset(filter(None, numbers)))


def _hold_head(api: Api, repository: str, change: Change, run: _Run) -> None:
    """Refuse a change of another commit than the run's head, or than the merge GitHub made of it and the target branch."""
    merge = change.base_kind == "merge_parent"
    if change.head == run.sha and not merge:
        return
    if change.head != run.sha:
        parents = _parents(api, repository, change.head)
        if len(parents) == 2 and parents[1] == run.sha and (not merge or parents[0] == change.base):
            return
    raise ForeignResultError(
        f"the result is of {change.head[:12]}, and the workflow measured {run.sha[:12]}", hint="it is not posted"
    )


def _parents(api: Api, repository: str, sha: str) -> list[str | None]:
    """The parents of a commit, as the service has it; none where it does not know or show it."""
    try:
        commit = api.request("GET", f"/repos/{repository}/git/commits/{sha}")
    except ApiError as error:
        raise ForeignResultError(
            f"whether {sha[:12]} is a merge of the pull request GitHub does not say: {error.message}",
            hint="it is not posted; the job needs permissions: contents: read",
        ) from error
    parents = commit.get("parents") if isinstance(commit, dict) else None
    return [full_sha(p.get("sha")) for p in parents if isinstance(p, dict)] if isinstance(parents, list) else []


def _choose(pulls: list[dict[str, Any]], run: _Run, repository: str, change: Change) -> PullRequest:
    """The pull request of that run. Two of one branch differ by the branch they are to be merged into."""
    found = [pull for listed in pulls if (pull := _pull_of(listed, run, repository)) is not None]
    if run.numbers:
        found = [pull for pull in found if pull.number in run.numbers]
    if change.base_kind in ("fork_point", "merge_parent") and change.base_name is not None:
        found = [pull for pull in found if pull.base_branch == change.base_name]
    if len(found) == 1:
        return found[0]
    if not found:
        raise ForeignResultError(
            f"no open pull request has the head {run.sha[:12]} and the base that was measured",
            hint="it has moved on since, or is closed",
        )
    numbers = ", ".join(f"#{pull.number}" for pull in found[:5])
    raise ForeignResultError(
        f"{len(found)} open pull requests have the head {run.sha[:12]}: {numbers}",
        hint="which one is meant is not certain",
    )


def _pull_of(pull: Mapping[str, Any], run: _Run, repository: str) -> PullRequest | None:
    """The listed pull request, where it is of the run's branch, repository and commit, into a branch of ours."""
    head, base = object_in(pull, "head"), object_in(pull, "base")
    told = (head.get("sha"), head.get("ref"), object_in(head, "repo").get("full_name"))
    number, branch = positive(pull.get("number")), base.get("ref")
    if told != (run.sha, run.branch, run.repository) or object_in(base, "repo").get("full_name") != repository:
        return None
    return PullRequest(number=number, base_branch=branch) if number and isinstance(branch, str) else None
