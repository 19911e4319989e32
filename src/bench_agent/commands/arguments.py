"""The arguments of every command, one function each, with the help people read."""

import argparse
from typing import TYPE_CHECKING

from bench_agent import __version__
from bench_agent.commands.parser import HelpFormatter, Parser, add_command

if TYPE_CHECKING:
    from bench_agent.commands.parser import Commands

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
_BENCHMARK = "a benchmark's name, its id, or a part of one"


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
    _add_run(commands)
    _add_status(commands)
    _add_wait(commands)
    _add_compare(commands)
    _add_bisect(commands)
    _add_trend(commands)
    _add_detect(commands)
    _add_report(commands)
    _add_baseline(commands)
    _add_history(commands)
    _add_issue(commands)
    _add_selftest(commands)
    _add_init(commands)
    _add_doctor(commands)
    return parser


# --- measuring


def _add_run(commands: "Commands") -> None:
    run = add_command(
        commands,
        "run",
        "run the benchmarks, compare them with the stored runs, explain what changed",
        "bench-agent run",
        "bench-agent run --quick --json",
        "bench-agent run -k 'parse and not slow' --timeout 600",
        "bench-agent run --command 'pytest benchmarks' --fail-on any",
    )
    run.add_argument(
        "--quick",
        action="store_true",
        help="run only the benchmarks that the setting `quick` selects; where it selects none, those that fit 30 seconds",
    )
    _add_keyword(run)
    _add_measuring_command(run)
    run.add_argument("--timeout", type=float, metavar="SECONDS", help="stop the suite after this time (default: 1800)")
    run.add_argument(
        "--budget",
        type=float,
        metavar="SECONDS",
        help="time for measuring slower benchmarks again and for finding the commit (default: 60; with --quick 15)",
    )
    run.add_argument("--no-confirm", action="store_true", help="do not measure again what looks slower")
    run.add_argument("--no-blame", action="store_true", help="do not look for the commit behind a slowdown")
    run.add_argument("--no-store", action="store_true", help="do not keep the results")
    run.add_argument("--commit", action="store_true", help="commit the file with the results to git")
    run.add_argument("--out", metavar="FILE", help="write the JSON to FILE too")
    _add_outputs(run)
    run.add_argument(
        "--fail-on",
        choices=("never", "regression", "target", "undecided", "any"),
        default="never",
        help="when to exit with 1. regression: a slowdown beyond the benchmark's limit was confirmed. target: a 95th percentile "
        "is above its target. undecided: one of these, or a benchmark is suspected, undecided or was not measured. any: "
        "everything but a run that was compared and passed. Default: never",
    )


def _add_compare(commands: "Commands") -> None:
    compare = add_command(
        commands,
        "compare",
        "measure two versions alternately, and tell which benchmarks differ, by how much and how sure that is",
        "bench-agent compare main                 the working tree against main",
        "bench-agent compare main...              what this branch did since it left main",
        "bench-agent compare v1.2 v1.3 -k parse   two revisions, some benchmarks",
        "bench-agent compare HEAD~5 --budget 120 --json",
        "bench-agent compare --with 'requests==2.31'   did the upgrade cost us anything?",
    )
    compare.add_argument(
        "base",
        nargs="?",
        metavar="BASE",
        help="the git revision to compare with; `main...`: since this branch left main",
    )
    compare.add_argument("head", nargs="?", metavar="HEAD", help="the other git revision (default: the working tree)")
    compare.add_argument(
        "--with",
        dest="packages",
        action="append",
        metavar="PKG==VERSION",
        help="instead of BASE: the working tree with this package, installed into an environment of its own",
    )
    _add_keyword(compare)
    _add_budget(compare, "the setting `budget_s`, or 60")
    _add_measuring_command(compare)
    compare.add_argument(
        "--fail-on",
        choices=("never", "regression", "undecided", "any"),
        default="never",
        help="when to exit with 1. regression: a benchmark is slower by more than the setting `threshold`. undecided: that, or "
        "one is undecided or was not measured. any: either, or any slower one. Default: never",
    )
    _add_files(compare)


def _add_bisect(commands: "Commands") -> None:
    bisect = add_command(
        commands,
        "bisect",
        "find the commits that made a benchmark slower, and prove it by measuring each against its parent",
        "bench-agent bisect parse_deep --good v1.2           up to the working tree",
        "bench-agent bisect parse_deep --good v1.2 --bad v1.3 --budget 120",
        "bench-agent bisect --good HEAD~40 --json            all that got slower, worst first",
    )
    bisect.add_argument("benchmark", nargs="?", metavar="BENCHMARK", help=f"{_BENCHMARK} (default: all)")
    bisect.add_argument("--good", required=True, metavar="REV", help="a git revision at which it was fast enough")
    bisect.add_argument("--bad", metavar="REV", help="a git revision at which it is slow (default: the working tree)")
    _add_keyword(bisect)
    _add_budget(bisect, "300")
    _add_measuring_command(bisect)
    bisect.add_argument(
        "--fail-on",
        choices=("never", "regression", "undecided", "any"),
        default="never",
        help="when to exit with 1. regression: a benchmark got slower by more than the setting `threshold`. undecided: that, or "
        "it can't be told, or the time ended first. any: either, or any slower one. Default: never",
    )
    _add_files(bisect)


def _add_selftest(commands: "Commands") -> None:
    selftest = add_command(
        commands,
        "selftest",
        "measure how well slowdowns of these benchmarks can be told on this machine: how often unchanged code is called slower, "
        "and how soon 2, 5, 10 and 20 % of extra work are found; keeps nothing",
        "bench-agent selftest",
        "bench-agent selftest -k 'parse or render' --budget 300 --json",
    )
    _add_keyword(selftest)
    _add_budget(selftest, "120")
    _add_measuring_command(selftest)


# --- what is going on, what is stored


def _add_status(commands: "Commands") -> None:
    add_command(
        commands,
        "status",
        "show the result of the newest run, and runs that are under way; instant",
        "bench-agent status --json",
    )


def _add_wait(commands: "Commands") -> None:
    wait = add_command(
        commands,
        "wait",
        "wait for a run that went on in the background, and show its result",
        "bench-agent wait",
        "bench-agent wait 20261123_140112 --json",
    )
    wait.add_argument("run_id", nargs="?", metavar="RUN_ID", help="as `run` printed it (default: the newest run)")


def _add_trend(commands: "Commands") -> None:
    trend = add_command(
        commands,
        "trend",
        "show the stored runs of each benchmark as a chart, with lasting changes of its level",
        "bench-agent trend",
        "bench-agent trend parse --last 30",
    )
    trend.add_argument("benchmark", nargs="*", metavar="BENCHMARK", help=f"{_BENCHMARK} (default: all)")
    trend.add_argument(
        "--last", type=int, metavar="N", help="only the last N runs (default: all; a trend of the last 10 or 20)"
    )


def _add_detect(commands: "Commands") -> None:
    detect = add_command(
        commands,
        "detect",
        "check the newest stored run without measuring: exit with 1 when a benchmark is slower than the mean of its last runs by "
        "more than the threshold, and got slower in several runs in a row",
        "bench-agent detect --threshold 20 --consecutive 3",
    )
    detect.add_argument(
        "--threshold",
        type=float,
        metavar="PERCENT",
        help="default: the setting `threshold`, which is 0.20 for 20 percent",
    )
    detect.add_argument(
        "--consecutive", type=int, metavar="N", help="runs in a row (default: the setting `consecutive`, 3)"
    )


def _add_report(commands: "Commands") -> None:
    report = add_command(
        commands,
        "report",
        "show the newest report again",
        "bench-agent report",
        "bench-agent report --markdown summary.md",
    )
    _add_outputs(report)


def _add_baseline(commands: "Commands") -> None:
    baseline = add_command(
        commands,
        "baseline",
        "show or change the targets, limits and accepted levels of benchmarks",
        "bench-agent baseline show",
        "bench-agent baseline accept agent_response --because 'encrypts answers now'",
        "bench-agent baseline set authorization p95_ms=50 max_regression=0.2",
    )
    actions = baseline.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=Parser)
    add_command(actions, "show", "print the targets, limits and accepted levels")
    accept = add_command(
        actions, "accept", "accept the newest measured level of benchmarks: compare with it from now on"
    )
    accept.add_argument("benchmark", nargs="+", metavar="BENCHMARK", help="a benchmark's name")
    accept.add_argument("--because", required=True, metavar="TEXT", help="the reason, for whoever reviews the file")
    change = add_command(actions, "set", "set a target or a limit")
    change.add_argument("benchmark", metavar="BENCHMARK", help="a benchmark's name, or a group's")
    change.add_argument(
        "values",
        nargs="+",
        metavar="KEY=VALUE",
        help="p95_ms=50 (the target for the 95th percentile), max_regression=0.2 (the limit: 20 percent)",
    )


def _add_history(commands: "Commands") -> None:
    history = add_command(
        commands,
        "history",
        "list, import or remove stored runs",
        "bench-agent history list",
        "bench-agent history import .benchmarks/*/*.json",
        "bench-agent history import gh-pages/dev/bench/data.js",
        "go test -bench . -count 8 > now.txt; bench-agent history import now.txt --commit HEAD",
    )
    actions = history.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=Parser)
    add_command(actions, "list", "list the stored runs, and those committed to git")
    prune = add_command(actions, "prune", "remove all stored runs but the newest")
    prune.add_argument("--keep", type=int, metavar="N", help="how many to keep (default: the setting `keep`, 30)")
    prune.add_argument("--imported", action="store_true", help="remove imported runs too; they are kept otherwise")
    _add_import(actions)


def _add_import(actions: "Commands") -> None:
    imported = add_command(
        actions,
        "import",
        "add the results in files to the stored runs; a file that is imported twice counts once. Formats: pytest-benchmark, "
        "github-action-benchmark (data.js), asv, pyperf, hyperfine, google-benchmark, go (the text of go test -bench)",
    )
    imported.add_argument("files", nargs="*", metavar="FILE", help="files with results")
    imported.add_argument("--format", metavar="FORMAT", help="their format (default: told by each file's content)")
    imported.add_argument("--commit", metavar="REV", help="the git revision they measured, for files that don't say")
    imported.add_argument(
        "--from-git", action="store_true", help="import the results that `run --commit` committed, on any branch"
    )


def _add_issue(commands: "Commands") -> None:
    issue = add_command(
        commands,
        "issue",
        "print an issue about a slowdown of the newest run, or create it",
        "bench-agent issue agent_response",
        "bench-agent issue agent_response --create",
    )
    issue.add_argument("benchmark", metavar="BENCHMARK", help=_BENCHMARK)
    issue.add_argument("--create", action="store_true", help="create the issue with the GitHub CLI, `gh`")


# --- the project


def _add_init(commands: "Commands") -> None:
    init = add_command(
        commands,
        "init",
        "prepare this project: the /benchmark command for Claude Code, settings, .gitignore; on a terminal it shows the changes "
        "and asks first",
        "bench-agent init                        look, show, ask, write",
        "bench-agent init --dry-run              show what would be written",
        "bench-agent init --makefile --workflow  a `benchmark` target and the CI workflow too",
        "bench-agent init --check                for CI: exit with 1 when something is missing or out of date",
    )
    init.add_argument("--makefile", action="store_true", help="add a `benchmark` target to the Makefile too")
    init.add_argument("--workflow", action="store_true", help="write .github/workflows/benchmark.yaml too")
    init.add_argument(
        "--runner",
        choices=("path", "uv"),
        help="how Claude Code calls bench-agent: from PATH, or with `uv run` (default: uv where the project uses it)",
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


def _add_doctor(commands: "Commands") -> None:
    add_command(
        commands,
        "doctor",
        "check whether the suite can be measured, how precise the stored runs are, what disturbs timings here, and what to do "
        "about it; runs no benchmark and changes nothing",
        "bench-agent doctor",
        "bench-agent doctor --json",
    )


# --- options that several commands have


def _add_keyword(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-k", dest="keyword", metavar="EXPR", help="only benchmarks that match EXPR, as with pytest -k")


def _add_measuring_command(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--command", metavar="CMD", help="the command that runs the benchmarks (default: `make benchmark`)"
    )


def _add_budget(parser: argparse.ArgumentParser, default: str) -> None:
    parser.add_argument("--budget", type=float, metavar="SECONDS", help=f"time to measure at most (default: {default})")


def _add_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", metavar="FILE", help="write the JSON to FILE too")
    parser.add_argument(
        "--markdown", metavar="FILE", help="write a summary for a pull request to FILE (`-`: to stdout)"
    )
    parser.add_argument("--html", metavar="FILE", help="write a page with charts to FILE (`-`: to stdout)")


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--markdown", metavar="FILE", help="write a summary for a pull request to FILE (`-`: to stdout)"
    )
    parser.add_argument("--html", metavar="FILE", help="write a page with charts to FILE (`-`: to stdout)")
    parser.add_argument("--verbose", action="store_true", help="show charts, statistics and every figure")
