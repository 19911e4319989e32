"""The command `ci`: what a job of a pull request needs, in one call; outside of a job, the same before a push."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench_agent.commands.console import COULD_NOT
from bench_agent.commands.options import Options, budget_of, read_config, require_repository
from bench_agent.commands.output import check_outputs, give_out, is_terminal, say, screen_of
from bench_agent.errors import BenchAgentError, UsageError
from bench_agent.text.clean import clean_text

if TYPE_CHECKING:
    from bench_agent.ci.job import Job
    from bench_agent.ci.measure import Asked
    from bench_agent.compare.named_versions import ChosenVersions
    from bench_agent.config import Config
    from bench_agent.results.change import Change
    from bench_agent.system.git import Repository

COMMAND = "bench-agent ci"


def main(options: Options, _: list[str]) -> int:
    """Measure the change, leave its files, tell the service; 1 for what --fail-on names, 3 where nothing could be measured."""
    from bench_agent.ci.job import read_job

    check_outputs(options)
    job = read_job(os.environ)
    if options.post:
        return _post_file(options, job)
    from bench_agent.ci.base import find_versions
    from bench_agent.ci.post_comment import open_thread

    config = read_config(options)
    repository = require_repository(config, "ci")
    comments = options.comment and not _has_nowhere(job)
    if comments:
        open_thread(job, job.number)  # a missing token is better said before a minute of measuring
    versions = find_versions(job, repository, base=options.base)
    asked = _asked(options, config, job, repository, versions)
    if asked is None:
        from bench_agent.results.change import as_dict

        words = (
            f"nothing to measure: HEAD is the commit of {versions.name or versions.base[:8]}, and nothing is changed"
        )
        say(options, as_dict(_unchanged(versions, words)), words)
        return 0
    return _give_out(options, config, job, _measure(config, repository, asked), comments=comments)


def _has_nowhere(job: "Job") -> bool:
    """Whether --comment has nothing to do in this job, which is said: one workflow serves pushes and forks too."""
    if job.service == "none":
        return False  # somebody typed it: an error
    if job.number is None:
        print("no comment: this job is of no pull request", file=sys.stderr)
    elif job.from_fork and not job.token:
        other = "; performance-comment.yaml does (docs/ci.md)" if job.service == "github" else " (docs/ci.md)"
        print(f"no comment: a fork's job may not write one{other}", file=sys.stderr)
    return job.number is None or (job.from_fork and not job.token)


def _asked(
    options: Options, config: "Config", job: "Job", repository: "Repository", versions: "ChosenVersions"
) -> "Asked | None":
    """What to measure; None where HEAD is the base and the working tree is as committed.

    In a job the working tree is HEAD with what the job built in it. Elsewhere HEAD is what will be pushed, and the changes in
    the working tree are measured only where there is nothing else.
    """
    from bench_agent.ci import measure

    dirty = bool(repository.uncommitted())
    same = versions.base == versions.head
    if same and not dirty:
        return None
    head = versions.head if job.service == "none" and dirty and not same else None
    return measure.Asked(
        versions=versions,
        head=head,
        keyword=options.keyword,
        budget_s=budget_of(options, config.budget_s or measure.BUDGET_S),
        repeat=_repeat(job, versions),
    )


def _unchanged(versions: "ChosenVersions", words: str) -> "Change":
    """The result where nothing is changed, and so nothing is slower."""
    from bench_agent.results.change import Change

    return Change(
        status="passing",
        base=versions.base,
        head=versions.head or versions.base,
        base_kind=versions.kind,
        base_name=versions.name,
        base_moved=versions.moved,
        warnings=(words,),
    )


def _repeat(job: "Job", versions: "ChosenVersions") -> str:
    from bench_agent.ci.advice import repeat_commands

    merged = job.service == "github" and versions.kind == "merge_parent"
    return repeat_commands(versions.base, versions.head or "HEAD", merge_of=job.number if merged else None)


def _measure(config: "Config", repository: "Repository", asked: "Asked") -> "Change":
    from bench_agent.ci.measure import measure_change
    from bench_agent.explain.api_key import without_key
    from bench_agent.render.progress import Progress

    environment = without_key(os.environ)  # the change is code of somebody, and the key is nobody's but the job's
    screen = screen_of(sys.stderr)
    with Progress(sys.stderr, live=is_terminal(sys.stderr), screen=screen, doing="measuring the change") as progress:
        progress.expect(asked.budget_s)
        return measure_change(config, repository, asked, environment=environment, say=progress.note)


def _give_out(options: Options, config: "Config", job: "Job", change: "Change", *, comments: bool) -> int:
    """Files first: a service that refuses the comment costs none of the results."""
    from bench_agent.ci import outputs
    from bench_agent.history.store import Store
    from bench_agent.render import annotations
    from bench_agent.render.change import ChangeForms
    from bench_agent.report.courses import courses_beside
    from bench_agent.results.change import is_found_in, marks_of

    told = _explained(options, config, change) if options.explain else ""
    forms = ChangeForms(
        change=change,
        command=COMMAND,
        courses=lambda: courses_beside(config, [row.id for row in change.benchmarks]),
        told=told,
    )
    texts = {"comment.md": forms.markdown(), "change.json": forms.json() + "\n", "report.html": forms.html()}
    if job.service == "gitlab":
        texts["gl-code-quality-report.json"] = annotations.gitlab_code_quality(change)
        texts["metrics.txt"] = annotations.gitlab_metrics(change)
    folder = outputs.keep_files(Store(config.state_dir), texts)
    give_out(forms, options)
    if job.service == "github":
        sys.stderr.write(annotations.github_commands(change))
    outputs.write_summary(job, texts["comment.md"])
    counts = {"status": change.status, "regressions": str(len(marks_of(change, "regressed")))}
    outputs.write_outputs(job, {**counts, "report": str(folder.relative_to(config.root) / "report.html")})
    said = _comment(options, job, change, job.number, told=told) if comments else None
    found = is_found_in(change, options.fail_on)
    if change.status == "no_results" or (said is not None and not found and not job.from_fork):
        return COULD_NOT  # a fork's token may not comment: that is no failure of the change
    return int(found)


def _explained(options: Options, config: "Config", change: "Change") -> str:
    """What a model tells of the change, as a section of the comment; "" where there is nothing to tell or it gave nothing.

    Whatever goes wrong is said on stderr: the comment has all facts without it, and no job fails for it.
    """
    from bench_agent.explain.api_key import KEY, has_key
    from bench_agent.explain.explain import explain_change, footer
    from bench_agent.explain.prices import DEFAULT_MODEL
    from bench_agent.results.change import is_news

    if not any(map(is_news, change.benchmarks)):
        return ""
    if not has_key(os.environ):
        print(f"not explained: {KEY} is not set in this job", file=sys.stderr)
        return ""
    try:
        explained = explain_change(change, model=options.model or config.model or DEFAULT_MODEL)
    except BenchAgentError as error:
        print(f"not explained: {error.message}", file=sys.stderr)
        return ""
    if not explained.by_model:
        print(f"not explained: {explained.rejected[0]}", file=sys.stderr)
        return ""
    print(f"explained: {footer(explained)}", file=sys.stderr)
    writer = clean_text(explained.model)
    return f"{explained.text}\n\n_Words by {writer}; figures, names and commits are put in from what was measured._"


def _comment(
    options: Options, job: "Job", change: "Change", number: int | None, *, told: str = ""
) -> BenchAgentError | None:
    """Post it; an error is said, and does not hide what was measured."""
    from bench_agent.ci.post_comment import mark_of, post_comment
    from bench_agent.commands.console import print_error
    from bench_agent.render.pull_request_comment import render_change
    from bench_agent.results.change import is_news

    mark = mark_of(options.comment_key or "")
    body = render_change(change, hidden=mark, told=told)
    quiet = options.quiet and not any(map(is_news, change.benchmarks))
    try:
        done = post_comment(job, body, mark=mark, quiet=quiet, number=number)
    except BenchAgentError as error:
        print_error(error.kind, f"the comment was not posted: {error.message}", error.hint, as_json=False)
        return error
    print(f"comment {done}", file=sys.stderr)
    return None


def _post_file(options: Options, job: "Job") -> int:
    """The second of two workflows: a result that a fork's job left, read as data, written by our renderer, and posted."""
    if options.explain:
        print("not explained: what a fork's job left is shown as it is", file=sys.stderr)
    from bench_agent.ci.fork import pull_request_of, read_change
    from bench_agent.ci.fork_result import in_own_words

    if job.service != "github":
        raise UsageError("--post is for GitHub's workflow_run", hint="in a merge request's own job: --comment")
    change = read_change(Path(options.post))
    pull = pull_request_of(job, os.environ, change)
    told = in_own_words(change, number=pull.number, base_branch=pull.base_branch)
    return 0 if _comment(options, job, told, pull.number) is None else COULD_NOT
