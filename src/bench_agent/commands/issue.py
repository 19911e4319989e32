"""The command `issue`: the text of an issue for a slowdown or for more memory, created with the GitHub CLI on request."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from bench_agent.commands.options import Options, read_config
from bench_agent.commands.output import say
from bench_agent.config import Config
from bench_agent.errors import UsageError
from bench_agent.history import load
from bench_agent.history.baseline import accepted_memory, load_targets, target_of
from bench_agent.history.lookup import find_benchmark
from bench_agent.history.store import Store
from bench_agent.render.trends import trend_verdict
from bench_agent.report.courses import recall_trends
from bench_agent.report.gate_history import run_gate
from bench_agent.report.memory_issue import issue_of_both, issue_of_memory, issue_of_memory_trend
from bench_agent.report.stored_issue import issue_of_trend
from bench_agent.results.report import Issue
from bench_agent.text.clean import clean_id, clean_text


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
    slower = next((f for f in report.regressions if wanted in (f.benchmark, f.id)), None)
    names = {row.id: row.benchmark for row in report.benchmarks}
    grown = [row for row in report.memory if row.is_regression and wanted in (row.benchmark, names.get(row.benchmark))]
    name = slower.benchmark if slower else names.get(grown[0].benchmark, grown[0].benchmark) if grown else ""
    return issue_of_both(slower.issue if slower else None, issue_of_memory(grown[0], name) if grown else None, name)


def _of_history(config: Config, wanted: str) -> Issue:
    """The issue of what stored runs show. Raises UsageError where they show nothing to report, and says what they show."""
    measured = find_benchmark(config, wanted)
    id = measured.sample.id
    trend = next(t for t in recall_trends(config, (id,)) if t.id == clean_id(id))
    target = target_of(load_targets(config), measured)
    own = target.max_memory_regression if target else None
    limit = config.max_memory_regression if own is None else own
    memory_issue = issue_of_memory_trend(trend, limit, accepted_memory(target))
    issue = issue_of_both(issue_of_trend(trend), memory_issue, trend.benchmark)
    if issue is None:
        memory = "" if trend.memory is None else ", nor holding or leaking more memory"
        gate = run_gate(config, threshold=config.threshold, consecutive=config.consecutive)
        if any(found.benchmark == trend.benchmark for found in gate.flagged):
            raise UsageError(
                f"`{trend.benchmark}` is only suspected, by the rule of `detect` over its last runs; "
                f"{trend_verdict(trend)}{memory}",
                hint="an issue needs more: measure it in turns, bench-agent run",
            )
        raise UsageError(
            f"nothing stored shows `{trend.benchmark}` slower: {trend_verdict(trend)}{memory}",
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
