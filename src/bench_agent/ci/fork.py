"""A result that a fork's job left as an artifact, for the job that may comment: data, read strictly, and whose it is.

Takes a file and the event of the second workflow; returns a `Change` and the pull request's number. Nothing of the fork is run,
and nothing in the file says where to post: the number is what the service itself knows of the commit that was measured.
"""

import json
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench_agent.ci.comment import github_api
from bench_agent.ci.job import Job, event_of
from bench_agent.errors import BenchAgentError, UsageError
from bench_agent.results.change import Change, from_dict
from bench_agent.system.files import read_regular
from bench_agent.text.clean import clean_text

MAX_BYTES = 20_000_000


class ForeignResultError(BenchAgentError):
    """The file of another job is not what it should be."""

    kind = "artifact"
    exit_code = 3


def read_change(path: Path) -> Change:
    """The change in that file. Raises ForeignResultError for anything else, UsageError where there is no such file."""
    try:
        return from_dict(json.loads(read_regular(path, limit=MAX_BYTES)))
    except FileNotFoundError as error:
        raise UsageError(
            f"there is no file {clean_text(path)}", hint="did the measuring job keep its artifact?"
        ) from error
    except (OSError, ValueError, RecursionError, TypeError) as error:
        raise ForeignResultError(
            f"{clean_text(path)} is no result of `bench-agent ci`: {clean_text(error)}", hint="it is not posted"
        ) from error


def pull_request_of(job: Job, environment: Mapping[str, str], change: Change) -> int:
    """The open pull request whose head is the commit that the measuring workflow ran for. Raises UsageError, ApiError.

    A merge checkout measured another sha than the head's: what counts is the event's, which the fork can't write.
    """
    run = event_of(environment).get("workflow_run")
    run = run if isinstance(run, dict) else {}
    owner, branch, sha = _owner(run), run.get("head_branch"), run.get("head_sha")
    if not (owner and isinstance(branch, str) and isinstance(sha, str)) or job.repository is None:
        raise UsageError(
            "--post works in a workflow that is triggered by `workflow_run`", hint="init --workflow writes one"
        )
    head = urllib.parse.quote(f"{owner}:{branch}", safe="")
    path = f"/repos/{urllib.parse.quote(job.repository)}/pulls?state=open&head={head}"
    for pull in github_api(job).pages(path):
        if isinstance(pull, dict) and _sha(pull) == sha and isinstance(pull.get("number"), int):
            return int(pull["number"])
    raise ForeignResultError(
        f"no open pull request has the head {clean_text(sha)[:12]}", hint="it has moved on since, or is closed"
    )


def _owner(run: Mapping[str, Any]) -> str | None:
    repository = run.get("head_repository")
    owner = repository.get("owner") if isinstance(repository, dict) else None
    login = owner.get("login") if isinstance(owner, dict) else None
    return login if isinstance(login, str) else None


def _sha(pull: Mapping[str, Any]) -> object:
    head = pull.get("head")
    return head.get("sha") if isinstance(head, dict) else None
