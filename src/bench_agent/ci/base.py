"""The version a job compares with: what the event names, as this clone has it; or why it has not.

Takes a `Job` and a repository; returns versions. Nothing is fetched: a clone without the base is an error that names the line.
"""

from bench_agent.ci.job import Job
from bench_agent.compare.named_versions import ChosenVersions, choose_versions
from bench_agent.errors import MeasureError
from bench_agent.system.git import Repository
from bench_agent.text.clean import clean_text

_LINES = {
    "github": "add to actions/checkout:\n    with:\n      fetch-depth: 0",
    "gitlab": 'add to the job:\n    variables:\n      GIT_DEPTH: "0"',
    "none": "git fetch --unshallow",
}


def find_versions(job: Job, repository: Repository, *, base: str | None = None) -> ChosenVersions:
    """What the job compares HEAD with. base: what somebody named instead.

    A pull request: the commit that its merge is made into, or where the branch left the target. A push: what the branch was
    before. Else, and outside of a job: where HEAD left its upstream branch, or the commit before. Raises MeasureError where
    this clone lacks it, UsageError for a `base` that names nothing.
    """
    head = repository.resolve("HEAD")
    if head is None:
        raise MeasureError("the repository has no commits yet")
    if base is not None:
        return choose_versions(repository, base, "HEAD")
    found = {"pull_request": _of_pull_request, "push": _of_push, "other": _of_branch}[job.event](job, repository, head)
    if found is None:
        raise _missing(job, repository)
    return found


def _of_pull_request(job: Job, repository: Repository, head: str) -> ChosenVersions | None:
    """GitHub checks out the merge with the target branch: then what differs from its first parent is the pull request."""
    second = repository.resolve("HEAD^2")
    first = repository.resolve("HEAD^1")
    if first and second and second == job.head_sha:
        return ChosenVersions(base=first, head=head, kind="merge_parent", name=job.base_branch)
    branch = f"origin/{job.base_branch}" if job.base_branch else None
    for name in (job.base_sha, branch):
        tip = repository.resolve(name) if name else None
        fork = repository.merge_base(tip, head) if tip else None
        if (
            tip and fork and fork == first and second
        ):  # the merge of another state of the branch than the event tells of
            return ChosenVersions(base=fork, head=head, kind="merge_parent", name=job.base_branch)
        if tip and fork:
            moved = int(repository.git("rev-list", "--count", f"{fork}..{tip}", "--").strip() or 0)
            return ChosenVersions(base=fork, head=head, kind="fork_point", name=job.base_branch, moved=moved)
    return None


def _of_push(job: Job, repository: Repository, head: str) -> ChosenVersions | None:
    """What was there before; where that is gone (a new branch, a forced push), the commit before."""
    before = repository.resolve(job.before_sha) if job.before_sha else None
    if before and before != head and repository.merge_base(before, head):
        return ChosenVersions(base=before, head=head, kind="push")
    return _commit_before(repository, head)


def _of_branch(job: Job, repository: Repository, head: str) -> ChosenVersions | None:
    upstream = "@{upstream}" if repository.resolve("@{upstream}") else repository.default_branch()
    fork = repository.merge_base(upstream, head) if upstream else None
    if upstream is None or fork is None or (fork == head and job.service != "none"):
        return _commit_before(repository, head)
    name = repository.git("rev-parse", "--abbrev-ref", upstream).strip() or upstream
    moved = int(repository.git("rev-list", "--count", f"{fork}..{upstream}", "--").strip() or 0)
    return ChosenVersions(base=fork, head=head, kind="fork_point", name=name, moved=moved)


def _commit_before(repository: Repository, head: str) -> ChosenVersions | None:
    parent = repository.resolve(f"{head}~1")
    return ChosenVersions(base=parent, head=head, kind="commit") if parent else None


def _missing(job: Job, repository: Repository) -> MeasureError:
    if repository.is_shallow():
        named = f" ({clean_text(job.base_branch)})" if job.base_branch else ""
        return MeasureError(
            f"this clone is shallow and does not hold the commit to compare with{named}", hint=_LINES[job.service]
        )
    if job.event != "pull_request":
        return MeasureError("there is no commit before this one to compare with", hint="name the base: --base REV")
    return MeasureError("this clone does not hold the commit to compare with", hint="fetch it, or name it: --base REV")
