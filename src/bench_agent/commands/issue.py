"""The command `issue`: the text of an issue for a slowdown, created with the GitHub CLI on request."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from bench_agent.commands.options import Options, read_config
from bench_agent.commands.output import say
from bench_agent.errors import UsageError
from bench_agent.history import load
from bench_agent.text.clean import clean_text


def main(options: Options, _: list[str]) -> int:
    report = load.latest_report(read_config(options))
    finding = next((f for f in report.regressions if options.benchmark in (f.benchmark, f.id)), None)
    if finding is None or finding.issue is None:
        known = ", ".join(f.benchmark for f in report.regressions) or "none"
        raise UsageError(
            f"the newest report has no slowdown of `{clean_text(options.benchmark)}`", hint=f"slowdowns in it: {known}"
        )
    issue = finding.issue
    if options.create:
        return _create_issue(options, issue.title, issue.body, issue.labels)
    document = {"title": issue.title, "labels": list(issue.labels), "body": issue.body}
    say(options, document, f"Title: {issue.title}\nLabels: {', '.join(issue.labels)}\n\n{issue.body}")
    return 0


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
