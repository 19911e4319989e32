"""The parser of all commands, in the order of the help. Each command's own arguments are in the modules beside."""

import argparse

from bench_agent import __version__
from bench_agent.commands.measuring_arguments import (
    add_backfill,
    add_bisect,
    add_ci,
    add_compare,
    add_fix,
    add_run,
    add_selftest,
    add_verify,
)
from bench_agent.commands.parser import HelpFormatter, Parser
from bench_agent.commands.project_arguments import add_doctor, add_guard, add_init
from bench_agent.commands.stored_arguments import (
    add_baseline,
    add_check_answer,
    add_detect,
    add_explain,
    add_history,
    add_issue,
    add_report,
    add_site,
    add_status,
    add_trend,
    add_wait,
)

_EPILOG = """\
examples:
  bench-agent run                    run the benchmarks, compare, explain
  bench-agent run --quick            only the benchmarks of the critical path
  bench-agent trend agent_response   its last runs as a chart
  bench-agent run --json --fail-on regression   for CI

exit codes:
  0  the command ran (regressions included, unless --fail-on names them)
  1  what --fail-on names was found
  2  wrong usage or configuration
  3  nothing could be measured
  4  an error in bench-agent itself
  130  interrupted"""
_COMMANDS = (
    add_run,
    add_status,
    add_wait,
    add_compare,
    add_bisect,
    add_backfill,
    add_verify,
    add_fix,
    add_ci,
    add_trend,
    add_site,
    add_detect,
    add_report,
    add_explain,
    add_check_answer,
    add_baseline,
    add_history,
    add_issue,
    add_selftest,
    add_init,
    add_doctor,
    add_guard,
)


def build_parser() -> argparse.ArgumentParser:
    """Every command and option, with help and examples, in the order of the help."""
    parser = Parser(
        prog="bench-agent",
        description="Tells you that your code got slower: by how much, how sure, and which commit did it.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"bench-agent {__version__}")
    commands = parser.add_subparsers(dest="command_name", metavar="COMMAND", parser_class=Parser)
    for add in _COMMANDS:
        add(commands)
    return parser
