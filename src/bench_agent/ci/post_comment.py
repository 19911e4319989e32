"""One comment a pull request, found again by a hidden mark, and written anew each time; GitHub's and GitLab's.

Takes an API, where, and a body; posts. A comment is ours when its first line is the mark and the writer is the one who writes
now: what others write can't be taken for it, and is not touched.
"""

import hashlib
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bench_agent.ci.api import Api, ApiError, open_api
from bench_agent.ci.job import Job, positive
from bench_agent.errors import UsageError

ACTIONS_BOT = "github-actions[bot]"
MAX_BODY = 65_536  # GitHub's limit
Posted = Literal["created", "updated", "unchanged", "left out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The comments of one pull or merge request, in one service's words."""

    api: Api
    list_path: str
    item_path: str  # without the comment's number
    update: Literal["PATCH", "PUT"]
    author: Literal["user", "author"]
    login: Literal["login", "username"]
    me: str


def mark_of(key: str = "") -> str:
    """The first line of our comment. key: tells the comments of several suites of one repository apart."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:12] if key else "default"
    return f"<!-- bench-agent comment {digest} -->"


def post_comment(job: Job, body: str, *, mark: str, quiet: bool = False, number: int | None = None) -> Posted:
    """Create or update the comment. quiet: none is created where there is nothing new; one that is there is updated.

    body: Markdown that begins with the mark. Raises UsageError where the job names no pull request, ApiError.
    """
    assert body.startswith(mark)
    assert len(body.encode()) <= MAX_BODY
    thread = open_thread(job, number or job.number)
    return write_to(thread, body, mark=mark, quiet=quiet)


def open_thread(job: Job, number: int | None) -> Thread:
    """The comments of that pull request of the job's repository. Raises UsageError, ApiError."""
    if job.service == "none":
        raise UsageError(
            "--comment works in a job of GitHub Actions or GitLab CI", hint="--markdown FILE writes the same"
        )
    if number is None or not job.repository or not job.api_url:
        raise UsageError("this job is of no pull request: there is nowhere to comment", hint="leave out --comment")
    if not job.token:
        name = "GITHUB_TOKEN" if job.service == "github" else "BENCH_AGENT_GITLAB_TOKEN"
        raise UsageError(f"--comment needs a token in {name}", hint="see docs/ci.md")
    if job.service == "github":
        return _github(job.api_url, job.repository, number, job.token)
    return _gitlab(job.api_url, job.repository, number, job.token)


def github_api(job: Job) -> Api:
    """The API with the job's token. Raises UsageError without one."""
    if not job.token or not job.api_url:
        raise UsageError("no token: GITHUB_TOKEN is not set", hint="env: GITHUB_TOKEN: ${{ github.token }}")
    headers = {
        "Authorization": f"Bearer {job.token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    return open_api(job.api_url, headers)


def _github(url: str, repository: str, number: int, token: str) -> Thread:
    api = github_api(Job(service="github", api_url=url, token=token))
    place = f"/repos/{urllib.parse.quote(repository)}/issues"
    return Thread(
        api=api,
        list_path=f"{place}/{number}/comments",
        item_path=f"{place}/comments",
        update="PATCH",
        author="user",
        login="login",
        me=_who(api, "login") or ACTIONS_BOT,
    )


def _gitlab(url: str, project: str, number: int, token: str) -> Thread:
    api = open_api(url, {"PRIVATE-TOKEN": token})
    place = f"/projects/{urllib.parse.quote(project, safe='')}/merge_requests/{number}/notes"
    me = _who(api, "username")
    if me is None:
        raise ApiError("GET /user: GitLab does not say whose the token is", hint="give it the scope `api`")
    return Thread(api=api, list_path=place, item_path=place, update="PUT", author="author", login="username", me=me)


def _who(api: Api, key: str) -> str | None:
    """Whose the token is. A job's own token may not ask, and is refused."""
    try:
        found = api.request("GET", "/user")
    except ApiError:
        return None
    name = found.get(key) if isinstance(found, dict) else None
    return name if isinstance(name, str) else None


def write_to(thread: Thread, body: str, *, mark: str, quiet: bool) -> Posted:
    """Update our comment there, or create it. Where there are several of ours, the first is the one."""
    ours = next((comment for comment in thread.api.pages(thread.list_path) if _is_ours(comment, thread, mark)), None)
    if ours is None:
        if quiet:
            return "left out"
        thread.api.request("POST", thread.list_path, {"body": body})
        return "created"
    if str(ours["body"]).replace("\r\n", "\n").strip() == body.strip():
        return "unchanged"
    thread.api.request(thread.update, f"{thread.item_path}/{ours['id']}", {"body": body})
    return "updated"


def _is_ours(comment: Any, thread: Thread, mark: str) -> bool:
    if not isinstance(comment, Mapping) or positive(comment.get("id")) is None:
        return False
    writer = comment.get(thread.author)
    login = writer.get(thread.login) if isinstance(writer, Mapping) else None
    lines = str(comment.get("body") or "").splitlines()
    return login == thread.me and bool(lines) and lines[0].strip() == mark
