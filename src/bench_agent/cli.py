"""The command line: arguments in, exit code out. stdout is the result, stderr the talk.

Only the standard library is imported here: `--help` and `status` must cost next to nothing. What a command does is in
`commands/`, in the module of its name.
"""

import importlib
import signal
from collections.abc import Sequence
from typing import NoReturn

from bench_agent.commands.console import guarded, streams_for_any_text


def main(argv: Sequence[str]) -> int:
    """Run one command; its exit code. Prints errors, as JSON on stdout too when --json was given."""
    arguments = list(argv)
    as_json = "--json" in arguments
    # SIGTERM is how CI and Claude Code stop a command, SIGHUP how a terminal does, SIGQUIT is Ctrl-\\: clean up as Ctrl-C does.
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGQUIT, _interrupt)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # under nohup it is ignored, and stays so
        signal.signal(signal.SIGHUP, _interrupt)
    with streams_for_any_text(as_json=as_json):
        return guarded(lambda: _run(arguments), as_json=as_json)


def _run(arguments: list[str]) -> int:
    if arguments == ["check-answer", "--hook"]:
        # The client waits for it whenever an assistant ends: building the parser would be a fifth of its time.
        from bench_agent.commands.check_answer import as_hook

        return as_hook()
    if arguments == ["guard", "--hook"]:  # after every edit
        from bench_agent.commands.guard import as_hook as guard_hook

        return guard_hook()
    from bench_agent.commands.arguments import build_parser

    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.command_name is None:
        parser.print_help()
        return 0
    # A command's name is its module's name; the arguments allow no other. Only that one is imported.
    command = importlib.import_module(f"bench_agent.commands.{options.command_name.replace('-', '_')}")
    return int(command.main(options, arguments))


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
