"""The commands that look after things: stored runs, the baseline file, issues, the installation. None of them measures.

As in `commands`: each takes the parsed options and the raw arguments, prints its result, and returns the exit code.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench_agent.commands.options import Options, is_terminal, read_config, say, screen_of, write_file
from bench_agent.errors import GitError, UsageError
from bench_agent.history import importing, load, maintenance
from bench_agent.project import find_root
from bench_agent.text.clean import clean_text

if TYPE_CHECKING:
    from bench_agent.scaffold.slash_command import Plan
    from bench_agent.system.git import Repository


def _history(options: Options, _: list[str]) -> int:
    config = read_config(options)
    if options.action == "prune":
        said = maintenance.prune_history(config, keep=options.keep, imported=options.imported)
    elif options.action == "import":
        said = importing.import_results(
            config, options.files, from_git=options.from_git, format=options.format, commit=options.commit
        )
    else:
        said = maintenance.list_history(config)
    say(options, said.document, "\n".join(said.lines))
    return UsageError.exit_code if said.failed else 0


def _baseline(options: Options, _: list[str]) -> int:
    config = read_config(options)
    path = config.root / config.baseline
    if options.action == "show":
        shown = maintenance.show_targets(config)
        say(options, shown.document, "\n".join(shown.lines))
        return 0
    if options.action == "accept":
        new = maintenance.accept_levels(config, options.benchmark, because=options.because)
    else:
        new = maintenance.set_target(config, options.benchmark, _key_values(options.values))
    write_file(str(path), new.text)
    words = [*new.changes, f"written to {config.baseline}: review and commit it"]
    say(options, {"written": config.baseline, "changes": new.changes}, "\n".join(words))
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


def _init(options: Options, _: list[str]) -> int:
    from bench_agent.render.terminal import Page
    from bench_agent.scaffold import preview, slash_command
    from bench_agent.scaffold.plan import Wanted, plan_project
    from bench_agent.scaffold.survey import survey
    from bench_agent.system.git import open_repository

    config = read_config(options)
    found = survey(config, runner=options.runner or slash_command.detect_runner(config.root))
    wanted = Wanted(command=not options.no_command, makefile=options.makefile, workflow=options.workflow)
    plan = plan_project(config, found, _repository_or_none(config.root, open_repository), wanted)
    waiting = [file for file in plan.files if file.action != "unchanged"]
    wants = bool(waiting) and not (options.check or options.dry_run)
    if not options.json:
        _show_plan(preview.describe(found), preview.preview(plan), config.root)
        asks = wants and not options.yes and is_terminal(sys.stdin) and is_terminal(sys.stdout)
        if asks and not _agreed():
            print("nothing was written")
            return 0
    written = slash_command.apply(plan, force=options.force) if wants else ()
    if options.json:
        print(json.dumps(preview.as_document(found, plan, written=bool(written))))
    else:
        page = Page(screen_of(sys.stdout))
        for text in (*_closing(options, plan), *plan.notes):
            page.say(text)
        sys.stdout.write("\n" + page.text())
    return int(options.check and bool(waiting))


def _show_plan(facts: Sequence[tuple[str, str]], lines: Sequence[str], root: Path) -> None:
    from bench_agent.render.terminal import Page

    page = Page(screen_of(sys.stdout))
    page.say(f"found in {clean_text(root)}:")
    for label, text in facts:
        page.labelled(label, text, indent=2, column=9)
    page.gap()
    page.verbatim(lines)
    sys.stdout.write(page.text())


def _repository_or_none(root: Path, open_repository: Callable[[Path], "Repository | None"]) -> "Repository | None":
    """A repository that git refuses to read is no reason not to install a command."""
    try:
        return open_repository(root)
    except GitError:
        return None


def _agreed() -> bool:
    """The user's answer; no answer (end of input) is a no."""
    print("\nwrite this? [Y/n] ", end="", flush=True)
    answer = sys.stdin.readline()
    return bool(answer) and answer.strip().lower() in ("", "y", "yes")


def _closing(options: Options, plan: "Plan") -> list[str]:
    waiting = [file for file in plan.files if file.action != "unchanged"]
    if not waiting:
        return ["everything is in place; see: bench-agent doctor"]
    if options.check or options.dry_run:
        return [f"{len(waiting)} of {len(plan.files)} files to write: bench-agent init"]
    lines = [f"{file.action}: {file.path}" for file in waiting]
    return [*lines, "review and commit them; next: bench-agent doctor"]


def _doctor(options: Options, _: list[str]) -> int:
    from bench_agent.doctor.examine import examine
    from bench_agent.doctor.rules import diagnose
    from bench_agent.render.checkup import render_checkup
    from bench_agent.render.progress import telling
    from bench_agent.results.checkup import to_json

    with telling(sys.stderr, live=is_terminal(sys.stderr), screen=screen_of(sys.stderr)) as say_what:
        facts = examine(Path(find_root(str(Path.cwd()))), environment=os.environ, say=say_what)
    checkup = diagnose(facts)
    if options.json:
        print(to_json(checkup))
    else:
        sys.stdout.write(render_checkup(checkup, screen_of(sys.stdout)))
    return 0


COMMANDS: dict[str, Callable[[Options, list[str]], int]] = {
    "history": _history,
    "baseline": _baseline,
    "issue": _issue,
    "init": _init,
    "doctor": _doctor,
}
