"""The command `report`: the newest report again, as text, JSON, Markdown or a page."""

import sys
from collections.abc import Callable, Sequence

from bench_agent.commands.options import Options, read_config
from bench_agent.commands.output import check_outputs, give_out, write_file, write_files
from bench_agent.commands.typed import as_typed, this_name
from bench_agent.config import Config
from bench_agent.history import load
from bench_agent.history.store import Store
from bench_agent.records import Run
from bench_agent.render.report_forms import ReportForms
from bench_agent.results.report import MAX_CHARS, Report
from bench_agent.results.report_json import SMALLEST_LIMIT
from bench_agent.system.seal import read_sealed


def main(options: Options, _: list[str]) -> int:
    check_outputs(options)
    config = read_config(options)
    store = Store(config.state_dir)
    runs = () if read_sealed(str(store.report)) else load.load_history(store).judging
    report = _report_of(config, runs) if runs else load.latest_report(config)
    print_report(config, report, options, verbose=options.verbose)
    if options.badge:
        from bench_agent.render.badge import render_badge

        write_file(options.badge, render_badge(report))
    return 0


def _report_of(config: Config, runs: Sequence[Run]) -> Report:
    """Of runs that came here by import: nothing was run yet that left a report."""
    from bench_agent.report.build import report_stored
    from bench_agent.system.git import open_repository

    return report_stored(config, runs, repository=open_repository(config.root))


def print_report(config: Config, report: Report, options: Options, *, verbose: bool, told_below: bool = False) -> None:
    """The report as --markdown, --html and --json ask, else as text.

    told_below: an error that says why nothing was measured follows in the same place; the text leaves the reason to it.
    """
    from bench_agent.report.courses import courses_beside

    forms = ReportForms(
        report=report,
        verbose=verbose,
        told_below=told_below,
        fit=_within,
        courses=lambda: courses_beside(config, [row.id for row in report.benchmarks]),
    )
    if not options.answer:
        give_out(forms, options)
    elif write_files(forms, options):
        from bench_agent.answer.text import render_answer

        sys.stdout.write(_within(lambda limit: render_answer(report, limit=limit, diffs=True)))


def _within(write: Callable[[int], str]) -> str:
    """A text that is not longer than promised once its commands are as they must be typed here."""
    text = write(MAX_CHARS)
    longer = len(as_typed(text, this_name())) - len(text)
    return write(max(MAX_CHARS - longer, SMALLEST_LIMIT)) if longer else text
