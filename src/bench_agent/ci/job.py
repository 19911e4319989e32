"""What a job is about, by its environment: the service, the event, the versions it names, where results go.

Takes environment variables and the event's file; returns a `Job`. Pure but for reading that file. Nothing is asked of git or
of the service here. Sources: docs.github.com, "Variables reference" and "Webhook events"; docs.gitlab.com, "Predefined
CI/CD variables".
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bench_agent.errors import UsageError

Service = Literal["github", "gitlab", "none"]
EventKind = Literal["pull_request", "push", "other"]
MAX_EVENT = 20_000_000  # bytes of the event's file; GitHub's own are at most 25 MB, most are 20 kB
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_REPOSITORY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*/(?!\.{1,2}$)[A-Za-z0-9_.-]+")  # it becomes a part of an address


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job. Shas are as the event names them; whether they are in this clone is not known yet."""

    service: Service = "none"
    event: EventKind = "other"
    base_sha: str | None = None  # the target branch's tip at the event, or the merge request's diff base
    base_branch: str | None = None  # without a remote's name
    head_sha: str | None = None  # of the pull request's branch; HEAD may be its merge with the target
    before_sha: str | None = None  # of a push: what the branch was before; None for a new branch
    repository: str | None = None  # GitHub: owner/name; GitLab: the project's number
    number: int | None = None  # of the pull or merge request
    from_fork: bool = False  # its job's token may only read
    api_url: str | None = None
    token: str | None = field(default=None, repr=False)
    summary_file: str | None = None
    output_file: str | None = None
    run_url: str | None = None


def read_job(environment: Mapping[str, str]) -> Job:
    """The job this process runs in; service "none" outside of one. Raises UsageError for an event that can't be read."""
    if environment.get("GITHUB_ACTIONS") == "true":
        return _github(environment)
    if environment.get("GITLAB_CI") == "true":
        return _gitlab(environment)
    return Job()


def _github(environment: Mapping[str, str]) -> Job:
    event = event_of(environment)
    name = environment.get("GITHUB_EVENT_NAME", "")
    pull = object_in(event, "pull_request")
    base, head = object_in(pull, "base"), object_in(pull, "head")
    group = object_in(event, "merge_group")
    kind: EventKind = "pull_request" if pull or group else "push" if name == "push" else "other"
    server, repository = environment.get("GITHUB_SERVER_URL", ""), _repository(environment)
    run = environment.get("GITHUB_RUN_ID", "")
    branch = environment.get("GITHUB_BASE_REF") or base.get("ref") or group.get("base_ref")
    return Job(
        service="github",
        event=kind,
        base_sha=full_sha(base.get("sha")) or full_sha(group.get("base_sha")),
        base_branch=str(branch).removeprefix("refs/heads/") if branch else None,
        head_sha=full_sha(head.get("sha")),
        before_sha=full_sha(event.get("before")) if name == "push" else None,
        repository=repository,
        number=positive(pull.get("number")),
        from_fork=object_in(head, "repo").get("full_name", repository) != repository,
        api_url=environment.get("GITHUB_API_URL") or "https://api.github.com",
        token=_secret(environment, "GITHUB_TOKEN") or _secret(environment, "GH_TOKEN"),
        summary_file=environment.get("GITHUB_STEP_SUMMARY"),
        output_file=environment.get("GITHUB_OUTPUT"),
        run_url=f"{server}/{repository}/actions/runs/{run}"
        if server.startswith("https://") and run.isdigit()
        else None,
    )


def _gitlab(environment: Mapping[str, str]) -> Job:
    number = environment.get("CI_MERGE_REQUEST_IID", "")
    merge_request = bool(number) or environment.get("CI_PIPELINE_SOURCE") == "merge_request_event"
    url = environment.get("CI_JOB_URL", "")
    # A fork's pipeline runs in the fork's project; the merge request, with its number, is in the one it is to be merged into.
    project = _project(environment, "CI_MERGE_REQUEST_PROJECT_ID") or _project(environment, "CI_PROJECT_ID")
    return Job(
        service="gitlab",
        event="pull_request"
        if merge_request
        else "push"
        if environment.get("CI_PIPELINE_SOURCE") == "push"
        else "other",
        base_sha=full_sha(environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA")),
        base_branch=environment.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
        head_sha=full_sha(environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA")),
        before_sha=None if merge_request else full_sha(environment.get("CI_COMMIT_BEFORE_SHA")),
        repository=project,
        number=int(number) if number.isdigit() else None,
        from_fork=environment.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", project) != project,
        api_url=environment.get("CI_API_V4_URL"),
        # The job's own token may not write notes: a project's token with the scope `api`, as a masked variable.
        token=_secret(environment, "BENCH_AGENT_GITLAB_TOKEN"),
        run_url=url if url.startswith("https://") else None,
    )


def _repository(environment: Mapping[str, str]) -> str | None:
    name = environment.get("GITHUB_REPOSITORY") or None
    if name is not None and _REPOSITORY.fullmatch(name) is None:
        raise UsageError("GITHUB_REPOSITORY is not an owner/name", hint="GitHub Actions sets it; leave it as it is")
    return name


def _project(environment: Mapping[str, str], name: str) -> str | None:
    number = environment.get(name) or None
    if number is not None and not (number.isascii() and number.isdigit()):
        raise UsageError(f"{name} is not a number", hint="GitLab CI sets it; leave it as it is")
    return number


def _secret(environment: Mapping[str, str], name: str) -> str | None:
    """The token in that variable, without the line break that a file or an `echo` leaves at its end."""
    return environment.get(name, "").strip() or None


def event_of(environment: Mapping[str, str]) -> Mapping[str, Any]:
    """The event that started the job, as GitHub wrote it; empty outside of GitHub Actions. Raises UsageError."""
    path = environment.get("GITHUB_EVENT_PATH")
    if not path:
        return {}
    try:
        with Path(path).open("rb") as file:
            event = json.loads(file.read(MAX_EVENT))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"the event file {path} cannot be read: {error}", hint="name the base: --base REV") from error
    return event if isinstance(event, dict) else {}


def object_in(parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object under that key; empty where there is none."""
    found = parent.get(key)
    return found if isinstance(found, dict) else {}


def full_sha(value: object) -> str | None:
    """A full sha; None for anything else, and for the zeros that stand for no commit."""
    return value if isinstance(value, str) and _SHA.fullmatch(value) and value.strip("0") else None


def positive(value: object) -> int | None:
    """A whole number above 0; None for anything else, True too."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
