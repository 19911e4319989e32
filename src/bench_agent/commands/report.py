"""The command `report`: the newest report again, as text, JSON, Markdown or a page."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

from bench_agent.commands.options import Options, read_config
from bench_agent.commands.output import check_outputs, screen_of, write_file
from bench_agent.commands.typed import as_typed, this_name
from bench_agent.config import Config
from bench_agent.history import load
from bench_agent.history.store import Store
from bench_agent.records import Run
from bench_agent.results.report import MAX_CHARS, Report
from bench_agent.results.report_json import SMALLEST_LIMIT, to_json
from bench_agent.system.seal import read_sealed


def main(options: Options, _: list[str]) -> int:
    check_outputs(options)
    config = read_config(options)
    store = Store(config.state_dir)
    runs = () if read_sealed(str(store.report)) else load.load_history(store).runs
    report = _report_of(config, runs) if runs else load.latest_report(config)
    print_report(report, options, verbose=options.verbose)
    return 0


def _report_of(config: Config, runs: Sequence[Run]) -> Report:
    """Of runs that came here by import: nothing was run yet that left a report."""
    from bench_agent.report.build import report_stored
    from bench_agent.system.git import open_repository

    return report_stored(config, runs, repository=open_repository(config.root))


def print_report(report: Report, options: Options, *, verbose: bool, told_below: bool = False) -> None:
    """The report as --markdown, --html and --json ask, else as text.

    told_below: an error that says why nothing was measured follows in the same place; the text leaves the reason to it.
    """
    if options.markdown:
        from bench_agent.render.markdown import render_markdown

        write_file(options.markdown, render_markdown(report))
    if options.html:
        from bench_agent.render.webpage import render_webpage

        write_file(options.html, render_webpage(report))
    if "-" in (options.markdown, options.html):
        return
    if options.answer:
        from bench_agent.answer.text import render_answer

        sys.stdout.write(_within(lambda limit: render_answer(report, limit=limit, diffs=True)))
    elif options.json:
        print(_within(lambda limit: to_json(report, limit=limit)))
    else:
        from bench_agent.render.layout import render_report

        if told_below and not report.benchmarks:
            report = replace(report, summary=replace(report.summary, headline="Nothing was measured"))
        sys.stdout.write(render_report(report, screen_of(sys.stdout), verbose=verbose))


def _within(write: Callable[[int], str]) -> str:
    """A text that is not longer than promised once its commands are as they must be typed here."""
    text = write(MAX_CHARS)
    longer = len(as_typed(text, this_name())) - len(text)
    return write(max(MAX_CHARS - longer, SMALLEST_LIMIT)) if longer else text
