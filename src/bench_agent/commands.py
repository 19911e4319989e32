"""What each command does: settings, one call below, one rendering. `cli` has parsed the arguments and handles errors.

Each takes the parsed options and the raw arguments, prints its result on stdout, and returns the exit code.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench_agent import background, recall, upkeep
from bench_agent.config import Config, load_config
from bench_agent.console import COULD_NOT, INTERRUPTED, OUR_BUG, guarded, print_error
from bench_agent.errors import StoreError, UsageError
from bench_agent.findings import Report, RunInfo, Summary
from bench_agent.findings_json import to_json
from bench_agent.history.store import Store, write_atomically
from bench_agent.project import STATE_DIR, find_root
from bench_agent.render.chart import fits_encoding
from bench_agent.render.terminal import Screen
from bench_agent.units import clean_text

Options = argparse.Namespace


def _config(options: Options) -> Config:
    flags = {"command": getattr(options, "command", None)}
    return load_config(Path(find_root(str(Path.cwd()))), environment=os.environ, flags=flags)


# --- run, wait, report


def _run(options: Options, arguments: list[str]) -> int:
    _check_run(options)
    run_id = os.environ.get(background.WORKER)
    if run_id is not None:
        return _run_as_worker(options, run_id)
    if background.should_detach(os.environ):
        store = Store(_config(options).state_dir)
        run_id = background.start_worker(store, arguments, os.environ)
        return _follow(store, run_id, as_json=options.json)
    return _run_here(options, None)


def _check_run(options: Options) -> None:
    """What can be known to be wrong before minutes of measuring. Raises UsageError."""
    if options.timeout is not None and not 0 < options.timeout < 1e9:
        raise UsageError("--timeout must be above 0", hint="seconds, such as --timeout 600")
    if options.budget is not None and not 0 < options.budget < 1e9:
        raise UsageError("--budget must be above 0", hint="seconds, such as --budget 60; --no-confirm spends none")
    if options.command is not None and not options.command.strip():
        raise UsageError("--command is empty", hint="such as --command 'pytest benchmarks'")
    if options.command and "CLAUDECODE" in os.environ:
        # The slash command lets `bench-agent run` run unasked: it must not be a way to run anything else.
        raise UsageError(
            "--command is not taken from Claude Code", hint="set `command` in [tool.bench-agent] of pyproject.toml"
        )
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

    config = _config(options)
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
    with Progress(sys.stderr, live=_is_terminal(sys.stderr), screen=_screen(sys.stderr)) as progress:
        outcome = pipeline.run_benchmarks(config, asked, run_id=run_id, environment=os.environ, progress=progress)
    report = outcome.report
    _print_report(report, options, verbose=options.verbose)
    if options.out:
        _write_file(options.out, to_json(report) + "\n")
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
    store = Store(_config(options).state_dir)
    return _follow(store, options.run_id or background.newest_waitable(store), as_json=options.json)


def _report(options: Options, _: list[str]) -> int:
    _check_outputs(options)
    _print_report(recall.latest_report(_config(options)), options, verbose=options.verbose)
    return 0


def _print_report(report: Report, options: Options, *, verbose: bool) -> None:
    if options.markdown:
        from bench_agent.render.markdown import render_markdown

        _write_file(options.markdown, render_markdown(report))
    if options.html:
        from bench_agent.render.webpage import render_webpage

        _write_file(options.html, render_webpage(report))
    if "-" in (options.markdown, options.html):
        return
    if options.json:
        print(to_json(report))
    else:
        from bench_agent.render.layout import render_report

        sys.stdout.write(render_report(report, _screen(sys.stdout), verbose=verbose))


def _compare(options: Options, _: list[str]) -> int:
    from bench_agent import comparison, remeasure
    from bench_agent.parse.names import name_benchmarks
    from bench_agent.render.comparison import render_comparison
    from bench_agent.render.progress import Progress
    from bench_agent.repo import open_repository

    config = _config(options)
    budget_s = options.budget or config.budget_s or remeasure.BUDGET_S
    if budget_s <= 0:
        raise UsageError("--budget must be above 0", hint="seconds, such as --budget 60")
    repository = open_repository(config.root)
    if repository is None:
        raise UsageError(
            "compare needs a git repository, and there is none here", hint="git init, and commit what to compare with"
        )
    base = remeasure.resolve(repository, options.base)
    head = remeasure.resolve(repository, options.head) if options.head else None
    with Progress(sys.stderr, live=_is_terminal(sys.stderr), screen=_screen(sys.stderr)) as progress:
        progress.expect(budget_s)
        suite = remeasure.look_at_suite(config, keyword=options.keyword, environment=os.environ)
        result = remeasure.compare_revisions(
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
        sys.stdout.write(render_comparison(result, names, _screen(sys.stdout)))
    return 0 if result.benchmarks else 3


# --- history, trends, the gate


def _trend(options: Options, _: list[str]) -> int:
    if options.last < 1:
        raise UsageError("--last must be at least 1")
    trends = recall.recall_trends(_config(options), options.benchmark, last=options.last)
    if options.json:
        from bench_agent.findings_json import trends_json

        print(trends_json(trends))
    else:
        from bench_agent.render.layout import render_trends

        sys.stdout.write(render_trends(trends, _screen(sys.stdout)))
    return 0


def _detect(options: Options, _: list[str]) -> int:
    config = _config(options)
    percent = config.threshold * 100 if options.threshold is None else options.threshold
    consecutive = config.consecutive if options.consecutive is None else options.consecutive
    if percent <= 0 or consecutive < 1:
        raise UsageError("--threshold must be above 0 and --consecutive at least 1")
    gate = recall.run_gate(config, threshold=percent / 100, consecutive=consecutive)
    if options.json:
        print(json.dumps(gate.as_dict()))
    else:
        print("\n".join(gate.in_words()))
    return int(bool(gate.flagged))


def _history(options: Options, _: list[str]) -> int:
    config = _config(options)
    store = Store(config.state_dir)
    if options.action == "prune":
        keep = config.keep if options.keep is None else options.keep
        if keep < 1:
            raise UsageError("--keep must be at least 1")
        removed = [path.name for path in store.prune(keep)]
        _say(options, {"removed": removed}, f"{len(removed)} runs removed, the newest {keep} are kept")
    elif options.action == "import":
        said = upkeep.import_results(config, options.files, from_git=options.from_git)
        _say(options, said.document, "\n".join(said.lines))
    else:
        said = upkeep.list_history(config)
        _say(options, said.document, "\n".join(said.lines))
    return 0


# --- baseline, issue, init


def _baseline(options: Options, _: list[str]) -> int:
    config = _config(options)
    path = config.root / config.baseline
    if options.action == "show":
        shown = upkeep.show_targets(config)
        _say(options, shown.document, "\n".join(shown.lines))
        return 0
    if options.action == "accept":
        new = upkeep.accept_levels(config, options.benchmark, because=options.because)
    else:
        new = upkeep.set_target(config, options.benchmark, _key_values(options.values))
    _write_file(str(path), new.text)
    words = [*new.changes, f"written to {config.baseline}: review and commit it"]
    _say(options, {"written": config.baseline, "changes": new.changes}, "\n".join(words))
    return 0


def _key_values(pairs: Sequence[str]) -> dict[str, float]:
    values = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if key not in ("p95_ms", "max_regression") or not equals:
            raise UsageError(f"`{clean_text(pair)}` is not a setting", hint="p95_ms=50 or max_regression=0.2")
        try:
            values[key] = float(text)
        except ValueError:
            raise UsageError(f"`{clean_text(pair)}`: `{clean_text(text)}` is not a number") from None
        if not 0 < values[key] < 1e12:
            raise UsageError(f"`{clean_text(pair)}` must be above 0")
    return values


def _issue(options: Options, _: list[str]) -> int:
    report = recall.latest_report(_config(options))
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
    _say(options, document, f"Title: {issue.title}\nLabels: {', '.join(issue.labels)}\n\n{issue.body}")
    return 0


def _create_issue(options: Options, title: str, body: str, labels: Sequence[str]) -> int:
    from bench_agent.proc import Running

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
    _say(options, {"created": said}, said)
    return 0


def _init(options: Options, _: list[str]) -> int:
    from bench_agent.claude import install

    project = Path(find_root(str(Path.cwd())))
    plan = install.plan_install(project, runner=options.runner or install.detect_runner(project))
    waiting = [file for file in plan.files if file.action != "unchanged"]
    if not options.check and not (options.json and not waiting):
        for file in plan.files:
            if not options.json:
                print(f"{file.action}: {file.path}")
    if not options.check:
        install.apply(plan, force=options.force)
    document = {"files": [{"path": str(f.path), "action": f.action} for f in plan.files], "notes": list(plan.notes)}
    if options.json:
        print(json.dumps(document))
    else:
        if options.check:
            print("\n".join(f"{file.path}: {file.action}" for file in plan.files))
        print("\n".join(plan.notes))
    return int(options.check and bool(waiting))


# --- output


def _screen(stream: Any) -> Screen:
    """What the stream is. NO_COLOR and a dumb terminal mean no colour; no tty means plain text."""
    tty = _is_terminal(stream)
    width = shutil.get_terminal_size((100, 24)).columns
    return Screen(
        width=max(width, 40),
        color=tty and not os.environ.get("NO_COLOR"),
        plain=not tty,
        box=fits_encoding(stream.encoding),
    )


def _is_terminal(stream: Any) -> bool:
    return bool(stream.isatty()) and os.environ.get("TERM") != "dumb" and "CLAUDECODE" not in os.environ


def _say(options: Options, document: Any, words: str) -> None:
    print(json.dumps(document) if options.json else words)


def _write_file(name: str, text: str) -> None:
    if name == "-":
        sys.stdout.write(text)
        return
    try:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(Path(name), text)
    except OSError as error:
        hint = "check the folder, its owner and the space left"
        raise StoreError(f"could not write {clean_text(name)}: {error.strerror}", hint=hint) from error


COMMANDS: dict[str, Callable[[Options, list[str]], int]] = {
    "run": _run,
    "wait": _wait,
    "report": _report,
    "compare": _compare,
    "trend": _trend,
    "detect": _detect,
    "history": _history,
    "baseline": _baseline,
    "issue": _issue,
    "init": _init,
}
