"""The command `issue`: the text of an issue for a slowdown, created with the GitHub CLI on request."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from bench_agent.commands.options import Options, read_config
from bench_agent.commands.output import say
from bench_agent.config import Config
from bench_agent.errors import UsageError
from bench_agent.history import load
from bench_agent.history.lookup import find_benchmark
from bench_agent.history.store import Store
from bench_agent.render.trends import trend_verdict
from bench_agent.report.courses import recall_trends
from bench_agent.report.stored_issue import issue_of_trend
from bench_agent.results.report import Issue
from bench_agent.text.clean import clean_text


def main(options: Options, _: list[str]) -> int:
    config = read_config(options)
    issue = _of_report(config, options.benchmark) or _of_history(config, options.benchmark)
    if options.create:
        return _create_issue(options, issue.title, issue.body, issue.labels)
    document = {"title": issue.title, "labels": list(issue.labels), "body": issue.body}
    say(options, document, f"Title: {issue.title}\nLabels: {', '.join(issue.labels)}\n\n{issue.body}")
    return 0


def _of_report(config: Config, wanted: str) -> Issue | None:
    """The issue of the newest report, which may come from measuring in turns; None where it tells of no such slowdown."""
    if not Store(config.state_dir).report.exists():
        return None
    report = load.latest_report(config)
    return next((f.issue for f in report.regressions if wanted in (f.benchmark, f.id)), None)


def _of_history(config: Config, wanted: str) -> Issue:
    """The issue of what stored runs show. Raises UsageError where they show nothing to report, and says what they show."""
    id = find_benchmark(config, wanted).sample.id
    trend = next(t for t in recall_trends(config, (id,)) if t.id == clean_text(id))
    issue = issue_of_trend(trend)
    if issue is None:
        raise UsageError(
            f"nothing stored shows `{trend.benchmark}` slower: {trend_verdict(trend)}",
            hint="measure it against another revision: bench-agent compare REV",
        )
    return issue


def _create_issue(options: Options, title: str, body: str, labels: Sequence[str]) -> int:
    from bench_agent.system.process import Running

    if shutil.which("gh") is None:
        raise UsageError("the GitHub CLI (gh) is not installed", hint="leave out --create to print the issue instead")
    # No --label: gh refuses the whole issue when a label does not exist yet in the repository.
    command = ["gh", "issue", "create", "--title", title, "--body", f"{body}\n\nLabels: {', '.join(labels)}"]
    with Running(command, cwd=Path.cwd()) as running:
        code = running.wait(60)
    said = running.output().strip()
    if code != 0:
        raise UsageError(
            f"gh could not create the issue: {clean_text(said) or 'no answer in 60 s'}", hint="see: gh auth status"
        )
    say(options, {"created": said}, said)
    return 0
