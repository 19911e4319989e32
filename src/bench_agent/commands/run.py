"""The command `run`: measure the suite, compare it with what is stored, explain what changed; here or in a worker."""

import contextlib
import os
import sys
from pathlib import Path

from bench_agent.commands import background
from bench_agent.commands.console import COULD_NOT, INTERRUPTED, OUR_BUG, guarded, print_error
from bench_agent.commands.options import Options, above_zero, check_command, read_config
from bench_agent.commands.output import are_one, check_outputs, is_terminal, screen_of
from bench_agent.commands.report import print_report
from bench_agent.commands.wait import follow_run
from bench_agent.config import Config
from bench_agent.errors import UsageError
from bench_agent.history.store import Store, write_atomically
from bench_agent.project import STATE_DIR, find_root
from bench_agent.results.report import Report


def main(options: Options, arguments: list[str]) -> int:
    """Run it and print the report; the exit code is what --fail-on found, or why nothing was measured."""
    _check_run(options)
    run_id = os.environ.get(background.WORKER)
    if run_id is not None:
        return _run_as_worker(options, run_id)
    if background.should_detach(os.environ):
        store = Store(read_config(options).state_dir)
        run_id = background.start_worker(store, arguments, os.environ)
        return follow_run(store, run_id, as_json=options.json)
    return _run_here(options, None)


def _check_run(options: Options) -> None:
    """What can be known to be wrong before minutes of measuring. Raises UsageError."""
    if options.timeout is not None:
        above_zero("--timeout", options.timeout, hint="seconds, such as --timeout 600")
    if options.budget is not None:
        above_zero("--budget", options.budget, hint="seconds, such as --budget 60; --no-confirm spends none")
    check_command(options)
    if options.commit and "CLAUDECODE" in os.environ:
        # The slash command lets `bench-agent run` run unasked: it must not be a way to commit to the user's branch.
        raise UsageError("--commit is not taken from Claude Code", hint="run it yourself: bench-agent run --commit")
    check_outputs(options)


def _run_as_worker(options: Options, run_id: str) -> int:
    """The whole `run` of a worker that `background.start_worker` started; leaves its exit code for whoever follows."""
    code = OUR_BUG
    try:
        code = guarded(lambda: _run_here(options, run_id), as_json=options.json)
    finally:
        background.finish_worker(Store(Path(find_root(str(Path.cwd()))) / STATE_DIR), run_id, code)
    return code


def _run_here(options: Options, run_id: str | None) -> int:
    from bench_agent.explain.api_key import has_key
    from bench_agent.pipeline.context import TIMEOUT_S, RunOptions
    from bench_agent.pipeline.steps import run_benchmarks
    from bench_agent.render.progress import Progress
    from bench_agent.report.advice import with_fix_offered

    config = read_config(options)
    asked = RunOptions(
        quick=options.quick,
        keyword=options.keyword,
        timeout_s=options.timeout or TIMEOUT_S,
        store=not options.no_store,
        commit=options.commit,
        confirm=not options.no_confirm,
        blame=not options.no_blame,
        budget_s=options.budget,
        memory=not options.no_memory,
        profile=options.profile,
    )
    with Progress(sys.stderr, live=is_terminal(sys.stderr), screen=screen_of(sys.stderr)) as progress:
        outcome = run_benchmarks(config, asked, run_id=run_id, environment=os.environ, progress=progress)
    report = outcome.report
    if report.report_path is not None:
        _keep_for_people(config, report)
    if "CLAUDECODE" not in os.environ and has_key(os.environ):  # there the assistant edits, and `verify` judges
        report = with_fix_offered(report)
    told_below = report.error is not None and are_one(sys.stdout, sys.stderr)
    print_report(config, report, options, verbose=options.verbose, told_below=told_below)
    problem = report.error or outcome.unkept
    if problem:
        print_error(problem.kind, problem.message, problem.hint, as_json=False)
    if outcome.interrupted:
        return INTERRUPTED
    if problem:
        return UsageError.exit_code if problem.kind == UsageError.kind else COULD_NOT
    return int(_found(report, options.fail_on))


def _keep_for_people(config: Config, report: Report) -> None:
    """The whole report as text beside the machine's. What can't be written is said once, of the report itself."""
    from bench_agent.answer.text import ANSWER_FILE, render_answer

    with contextlib.suppress(OSError):
        write_atomically(config.state_dir / Path(ANSWER_FILE).name, render_answer(report, limit=None))


def _found(report: Report, fail_on: str) -> bool:
    """Whether the report holds what --fail-on names. Whoever lets an open question fail wants an answered one to fail too."""
    slower = any(f.confirmed and f.severity != "low" for f in report.regressions)
    regression = slower or any(row.is_regression for row in report.memory)
    over_target = report.summary.over_target > 0
    undecided = regression or over_target or report.status == "undecided" or _is_open(report)
    s = report.summary
    surroundings = any(row.mark == "environment" for row in report.benchmarks)  # slower, whoever's doing it is
    return {
        "regression": regression,
        "target": over_target,
        "undecided": undecided,
        "any": undecided
        or s.slower > 0
        or s.failed > 0
        or surroundings
        or report.status not in ("passing", "regressed"),
    }.get(fail_on, False)


def _is_open(report: Report) -> bool:
    return bool(report.summary.suspected or report.summary.undecided or report.summary.unmeasured)
