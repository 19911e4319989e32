"""The command `init`: makes a project ready, after showing what it would write and asking."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench_agent.commands.options import Options, read_config
from bench_agent.commands.output import is_terminal, screen_of
from bench_agent.commands.typed import this_name
from bench_agent.errors import GitError
from bench_agent.text.clean import clean_text

if TYPE_CHECKING:
    from bench_agent.scaffold.slash_command import Plan, Runner
    from bench_agent.system.git import Repository


def main(options: Options, _: list[str]) -> int:
    from bench_agent.render.terminal import Page
    from bench_agent.results import plain
    from bench_agent.scaffold import preview, slash_command
    from bench_agent.scaffold.plan import Wanted, plan_project
    from bench_agent.scaffold.survey import survey
    from bench_agent.system.git import open_repository

    config = read_config(options)
    found = survey(config, runner=options.runner or _runner(config.root))
    wanted = Wanted(
        command=not options.no_command, makefile=options.makefile, workflow=options.workflow, gitlab=options.gitlab
    )
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
        print(plain.to_json(preview.as_document(found, plan, written=bool(written))))
    else:
        page = Page(screen_of(sys.stdout))
        for text in (*_closing(options, plan), *plan.notes):
            page.say(text)
        sys.stdout.write("\n" + page.text())
    return int(options.check and bool(waiting))


def _runner(root: Path) -> "Runner":
    """How the project calls the program; as this call does where nothing else says it."""
    from bench_agent.scaffold.slash_command import CALLS, detect_runner

    found = detect_runner(root)
    return "module" if found == "path" and this_name() == CALLS["module"] else found


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
