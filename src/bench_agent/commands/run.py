"""What each command that measures or shows does: settings, one call below, one rendering.

`cli` has parsed the arguments and handles errors.

Each takes the parsed options and the raw arguments, prints its result on stdout, and returns the exit code.
"""

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bench_agent.commands import background
from bench_agent.commands.console import COULD_NOT, INTERRUPTED, OUR_BUG, guarded, print_error
from bench_agent.commands.options import Options, check_command, is_terminal, read_config, screen_of, write_file
from bench_agent.config import Config
from bench_agent.errors import UsageError
from bench_agent.history import load
from bench_agent.history.store import Store
from bench_agent.project import STATE_DIR, find_root
from bench_agent.records import Run
from bench_agent.results.report import Report, RunInfo, Summary
from bench_agent.results.report_json import to_json
from bench_agent.text.clean import clean_text

# --- run, wait, report


def _run(options: Options, arguments: list[str]) -> int:
    _check_run(options)
    run_id = os.environ.get(background.WORKER)
    if run_id is not None:
        return _run_as_worker(options, run_id)
    if background.should_detach(os.environ):
        store = Store(read_config(options).state_dir)
        run_id = background.start_worker(store, arguments, os.environ)
        return _follow(store, run_id, as_json=options.json)
    return _run_here(options, None)


def _check_run(options: Options) -> None:
    """What can be known to be wrong before minutes of measuring. Raises UsageError."""
    if options.timeout is not None and not 0 < options.timeout < 1e9:
        raise UsageError("--timeout must be above 0", hint="seconds, such as --timeout 600")
    if options.budget is not None and not 0 < options.budget < 1e9:
        raise UsageError("--budget must be above 0", hint="seconds, such as --budget 60; --no-confirm spends none")
    check_command(options)
    _check_outputs(options, options.out)


def _check_outputs(options: Options, *more: str | None) -> None:
    """Where --markdown, --html and the like want to write."""
    names = [name for name in (options.markdown, options.html, *more) if name is not None]
    if names.count("-") + options.json > 1:
        raise UsageError(
            "only one result can go to stdout", hint="give --markdown or --html a file, or leave out --json"
        )
    for name in names:
        if "CLAUDECODE" in os.environ and STATE_DIR not in Path(name).resolve().parts:
            # Nor a way to write over a file of the project.
            raise UsageError(f"{clean_text(name)} is not written for Claude Code", hint=f"name a file in {STATE_DIR}/")
        if name != "-" and (not Path(name).parent.is_dir() or Path(name).is_dir()):
            reason = "is a folder" if Path(name).is_dir() else f"there is no folder {clean_text(Path(name).parent)}"
            raise UsageError(f"cannot write {clean_text(name)}: {reason}", hint="name a file in an existing folder")


def _run_as_worker(options: Options, run_id: str) -> int:
    """The whole `run` of a worker that `background.start_worker` started; leaves its exit code for whoever follows."""
    code = OUR_BUG
    try:
        code = guarded(lambda: _run_here(options, run_id), as_json=options.json)
    finally:
        background.finish_worker(Store(Path(find_root(str(Path.cwd()))) / STATE_DIR), run_id, code)
    return code


def _run_here(options: Options, run_id: str | None) -> int:
    from bench_agent import pipeline
    from bench_agent.render.progress import Progress

    config = read_config(options)
    asked = pipeline.RunOptions(
        quick=options.quick,
        keyword=options.keyword,
        timeout_s=options.timeout or pipeline.TIMEOUT_S,
        store=not options.no_store,
        commit=options.commit,
        confirm=not options.no_confirm,
        blame=not options.no_blame,
        budget_s=options.budget,
    )
    with Progress(sys.stderr, live=is_terminal(sys.stderr), screen=screen_of(sys.stderr)) as progress:
        outcome = pipeline.run_benchmarks(config, asked, run_id=run_id, environment=os.environ, progress=progress)
    report = outcome.report
    _print_report(report, options, verbose=options.verbose)
    if options.out:
        write_file(options.out, to_json(report) + "\n")
    problem = report.error or outcome.unkept
    if problem:
        print_error(problem.kind, problem.message, problem.hint, as_json=False)
    if outcome.interrupted:
        return INTERRUPTED
    if problem:
        return UsageError.exit_code if problem.kind == UsageError.kind else COULD_NOT
    return int(_found(report, options.fail_on))


def _found(report: Report, fail_on: str) -> bool:
    """Whether the report holds what --fail-on names."""
    confirmed = any(f.confirmed and f.severity != "low" for f in report.regressions)
    over_target = report.summary.over_target > 0
    match fail_on:
        case "regression":
            return confirmed
        case "target":
            return over_target
        case "any":
            return bool(confirmed or report.regressions or over_target or report.summary.failed)
        case _:
            return False


def _follow(store: Store, run_id: str, *, as_json: bool) -> int:
    limit_s = background.wait_limit_s(os.environ)
    ended = background.follow(
        store, run_id, limit_s=limit_s, on_talk=lambda line: print(line, file=sys.stderr, flush=True)
    )
    if ended is not None:
        sys.stdout.write(ended.stdout)
        return ended.exit_code
    state = background.describe_running(store, run_id)
    answer = {
        "run_id": run_id,
        "done": state.done if state else 0,
        "of": state.of if state else None,
        "current": state.current if state else None,
        "estimate_s": state.estimate_s if state else None,
        "next_command": f"bench-agent wait {run_id}" + (" --json" if as_json else ""),
    }
    headline = f"still running: {answer['done']} of {answer['of'] or '?'} benchmarks done"
    if as_json:
        command = state.command if state else ""
        info = RunInfo(run_id=run_id, started_at="", seconds=0.0, command=command, quick=False)
        running = Report(status="running", run=info, summary=Summary(headline=headline))
        print(json.dumps({**json.loads(to_json(running)), **answer}))
    else:
        print(f"{headline}; go on with: {answer['next_command']}")
    return 0


def _wait(options: Options, _: list[str]) -> int:
    store = Store(read_config(options).state_dir)
    return _follow(store, options.run_id or background.newest_waitable(store), as_json=options.json)


def _report(options: Options, _: list[str]) -> int:
    _check_outputs(options)
    config = read_config(options)
    store = Store(config.state_dir)
    runs = () if store.report.exists() else load.load_history(store).runs
    report = _report_of(config, runs) if runs else load.latest_report(config)
    _print_report(report, options, verbose=options.verbose)
    return 0


def _report_of(config: Config, runs: Sequence[Run]) -> Report:
    """Of runs that came here by import: nothing was run yet that left a report."""
    from bench_agent.report.build import report_stored
    from bench_agent.system.git import open_repository

    return report_stored(config, runs, repository=open_repository(config.root))


def _print_report(report: Report, options: Options, *, verbose: bool) -> None:
    if options.markdown:
        from bench_agent.render.markdown import render_markdown

        write_file(options.markdown, render_markdown(report))
    if options.html:
        from bench_agent.render.webpage import render_webpage

        write_file(options.html, render_webpage(report))
    if "-" in (options.markdown, options.html):
        return
    if options.json:
        print(to_json(report))
    else:
        from bench_agent.render.layout import render_report

        sys.stdout.write(render_report(report, screen_of(sys.stdout), verbose=verbose))


def _compare(options: Options, _: list[str]) -> int:
    from bench_agent.compare import revisions
    from bench_agent.render.comparison import render_comparison
    from bench_agent.render.progress import Progress
    from bench_agent.results import comparison
    from bench_agent.system.git import open_repository
    from bench_agent.text.benchmark_names import name_benchmarks

    config = read_config(options)
    budget_s = options.budget or config.budget_s or revisions.BUDGET_S
    if budget_s <= 0:
        raise UsageError("--budget must be above 0", hint="seconds, such as --budget 60")
    repository = open_repository(config.root)
    if repository is None:
        raise UsageError(
            "compare needs a git repository, and there is none here", hint="git init, and commit what to compare with"
        )
    base = revisions.resolve(repository, options.base)
    head = revisions.resolve(repository, options.head) if options.head else None
    screen = screen_of(sys.stderr)
    with Progress(sys.stderr, live=is_terminal(sys.stderr), screen=screen, doing="measuring in turns") as progress:
        progress.expect(budget_s)
        suite = revisions.look_at_suite(config, keyword=options.keyword, environment=os.environ)
        result = revisions.compare_revisions(
            config,
            repository,
            base=base,
            head=head,
            suite=suite,
            ids=suite.ids,
            budget_s=budget_s,
            environment=os.environ,
            say=progress.note,
        )
    if options.json:
        print(comparison.to_json(result))
    else:
        names = name_benchmarks([row.benchmark for row in result.benchmarks], config.names)
        sys.stdout.write(render_comparison(result, names, screen_of(sys.stdout)))
    return 0 if result.benchmarks else 3


def _selftest(options: Options, _: list[str]) -> int:
    from bench_agent.compare import revisions, selftest
    from bench_agent.render.progress import Progress
    from bench_agent.render.selftest import render_selftest
    from bench_agent.results import selftest as trials
    from bench_agent.system.git import open_repository
    from bench_agent.text.benchmark_names import name_benchmarks

    config = read_config(options)
    budget_s = options.budget or selftest.BUDGET_S
    if not 0 < budget_s < 1e9:
        raise UsageError("--budget must be above 0", hint="seconds, such as --budget 300")
    repository = open_repository(config.root)
    if repository is None:
        raise UsageError("selftest needs a git repository, and there is none here", hint="git init, and commit")
    screen = screen_of(sys.stderr)
    with Progress(sys.stderr, live=is_terminal(sys.stderr), screen=screen, doing="planting and measuring") as progress:
        progress.expect(budget_s)
        suite = revisions.look_at_suite(config, keyword=options.keyword, environment=os.environ)
        result = selftest.run_selftest(
            config, repository, suite=suite, budget_s=budget_s, environment=os.environ, say=progress.note
        )
    if options.json:
        print(trials.to_json(result))
    else:
        names = name_benchmarks([*(t.benchmark for t in result.benchmarks), *result.left_out], config.names)
        sys.stdout.write(render_selftest(result, names, screen_of(sys.stdout)))
    return INTERRUPTED if result.interrupted else 0 if result.benchmarks else COULD_NOT


# --- history, trends, the gate


def _trend(options: Options, _: list[str]) -> int:
    if options.last < 1:
        raise UsageError("--last must be at least 1")
    trends = load.recall_trends(read_config(options), options.benchmark, last=options.last)
    if options.json:
        from bench_agent.results.report_json import trends_json

        print(trends_json(trends))
    else:
        from bench_agent.render.layout import render_trends

        sys.stdout.write(render_trends(trends, screen_of(sys.stdout)))
    return 0


def _detect(options: Options, _: list[str]) -> int:
    config = read_config(options)
    percent = config.threshold * 100 if options.threshold is None else options.threshold
    consecutive = config.consecutive if options.consecutive is None else options.consecutive
    if percent <= 0 or consecutive < 1:
        raise UsageError("--threshold must be above 0 and --consecutive at least 1")
    gate = load.run_gate(config, threshold=percent / 100, consecutive=consecutive)
    if options.json:
        print(json.dumps(gate.as_dict()))
    else:
        print("\n".join(gate.in_words()))
    return int(bool(gate.flagged))


COMMANDS: dict[str, Callable[[Options, list[str]], int]] = {
    "run": _run,
    "wait": _wait,
    "report": _report,
    "compare": _compare,
    "trend": _trend,
    "detect": _detect,
    "selftest": _selftest,
}
