"""The arguments of the commands about the project itself: init, doctor."""

from typing import TYPE_CHECKING

from bench_agent.commands.parser import BENCHMARK, add_command

if TYPE_CHECKING:
    from bench_agent.commands.parser import Commands


def add_guard(commands: "Commands") -> None:
    guard = add_command(
        commands,
        "guard",
        "warn the assistant after an edit that makes a benchmark's code do more: exact counts of one call, in seconds; off until "
        "it is switched on in a project, and quiet unless something grew",
        "bench-agent guard on               count all benchmarks as the code is now, and watch them",
        "bench-agent guard on parse_deep    only this one",
        "bench-agent guard off",
    )
    guard.add_argument(
        "action", nargs="?", choices=("on", "off"), metavar="on|off", help="(default: tell what is watched)"
    )
    guard.add_argument("benchmark", nargs="?", metavar="BENCHMARK", help=f"{BENCHMARK} (default: all)")
    guard.add_argument(
        "--hook",
        action="store_true",
        help="take the JSON of Claude Code's PostToolUse hook from stdin; always exit with 0",
    )


def add_init(commands: "Commands") -> None:
    init = add_command(
        commands,
        "init",
        "prepare this project: the /benchmark command for Claude Code, settings, .gitignore; on a terminal it shows the changes "
        "and asks first",
        "bench-agent init                        look, show, ask, write",
        "bench-agent init --dry-run              show what would be written",
        "bench-agent init --makefile --workflow  a `benchmark` target and CI workflows too",
        "bench-agent init --check                for CI: exit with 1 when something is missing or out of date",
    )
    init.add_argument("--makefile", action="store_true", help="add a `benchmark` target to the Makefile too")
    init.add_argument(
        "--workflow",
        action="store_true",
        help="write GitHub's workflows too: pull requests, their comment, weekly runs",
    )
    init.add_argument("--gitlab", action="store_true", help="write .gitlab/performance.yml too")
    init.add_argument(
        "--runner",
        choices=("path", "uv", "poetry", "venv", "module"),
        help="how Claude Code calls bench-agent: from PATH, with `uv run`, with `poetry run`, as .venv/bin/bench-agent, or as "
        "`python -m bench_agent` (default: what the project uses)",
    )
    init.add_argument(
        "--yes", action="store_true", help="do not ask; without a terminal, and with --json, it never asks and writes"
    )
    init.add_argument("--no-command", action="store_true", help="do not write the /benchmark command")
    init.add_argument("--force", action="store_true", help="replace files that init wrote and somebody changed since")
    init.add_argument("--dry-run", action="store_true", help="write nothing; show what would be written")
    init.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 when something is missing or out of date"
    )


def add_doctor(commands: "Commands") -> None:
    add_command(
        commands,
        "doctor",
        "check whether the suite can be measured, how precise the stored runs are, what disturbs timings here, and what to do "
        "about it; runs no benchmark and changes nothing",
        "bench-agent doctor",
        "bench-agent doctor --json",
    )
