"""The arguments of the commands that measure: run, compare, bisect, selftest."""

import argparse
from typing import TYPE_CHECKING

from bench_agent.commands.parser import BENCHMARK, add_answer, add_command, add_files, add_outputs

if TYPE_CHECKING:
    from bench_agent.commands.parser import Commands


def add_run(commands: "Commands") -> None:
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
    run.add_argument("--no-memory", action="store_true", help="do not trace the memory of one call of each benchmark")
    run.add_argument(
        "--profile",
        choices=("memory",),
        help="memory: trace one call of each benchmark whatever the suite's length, and show the lines that allocate most",
    )
    run.add_argument("--no-store", action="store_true", help="do not keep the results")
    run.add_argument("--commit", action="store_true", help="commit the file with the results to git")
    run.add_argument("--out", metavar="FILE", help="write the JSON to FILE too")
    add_answer(run)
    add_outputs(run)
    run.add_argument(
        "--fail-on",
        choices=("never", "regression", "target", "undecided", "any"),
        default="never",
        help="when to exit with 1. regression: a slowdown beyond the benchmark's limit was confirmed. target: a 95th percentile "
        "is above its target. undecided: one of these, or a benchmark is suspected, undecided or was not measured. any: "
        "everything but a run that was compared and passed. Default: never",
    )


def add_compare(commands: "Commands") -> None:
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
    compare.add_argument(
        "--all",
        action="store_true",
        dest="measure_all",
        help="also measure what nothing that differs can reach",
    )
    _add_budget(compare, "the setting `budget_s`, or 60")
    _add_measuring_command(compare)
    compare.add_argument(
        "--fail-on",
        choices=("never", "regression", "undecided", "any"),
        default="never",
        help="when to exit with 1. regression: a benchmark is slower by more than the setting `threshold`. undecided: that, or "
        "one is undecided or was not measured. any: either, or any slower one. Default: never",
    )
    add_files(compare)


def add_bisect(commands: "Commands") -> None:
    bisect = add_command(
        commands,
        "bisect",
        "find the commits that made a benchmark slower, and prove it by measuring each against its parent",
        "bench-agent bisect parse_deep --good v1.2           up to the working tree",
        "bench-agent bisect parse_deep --good v1.2 --bad v1.3 --budget 120",
        "bench-agent bisect --good HEAD~40 --json            all that got slower, worst first",
        "bench-agent bisect parse --good v1.2 --metric memory",
    )
    bisect.add_argument("benchmark", nargs="?", metavar="BENCHMARK", help=f"{BENCHMARK} (default: all)")
    bisect.add_argument("--good", required=True, metavar="REV", help="a git revision at which it was fast enough")
    bisect.add_argument("--bad", metavar="REV", help="a git revision at which it is slow (default: the working tree)")
    bisect.add_argument(
        "--metric",
        choices=("time", "memory"),
        default="time",
        help="what got worse. memory: what one call holds at its peak, or leaves behind. Default: time",
    )
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
    add_files(bisect)


def add_backfill(commands: "Commands") -> None:
    backfill = add_command(
        commands,
        "backfill",
        "find every lasting change of a range of commits: which commit made which benchmark slower or faster, and by how much; "
        "measures a few commits against the newest, looks closer where they differ, and proves each against its parent",
        "bench-agent backfill v1.0..main",
        "bench-agent backfill --tags 'v*' --budget 3600          how fast was each release",
        "bench-agent backfill --since 2y -k parse --resolution 5%",
        "bench-agent backfill HEAD~300 --markdown notes.md",
        "bench-agent backfill v1.0..main --metric memory          which commit made calls hold more or less, and which line",
        "bench-agent backfill v1.0..main --cluster tcp://scheduler:8786     on the workers of a Dask cluster",
    )
    backfill.add_argument(
        "range", nargs="?", metavar="RANGE", help="two git revisions, such as v1.0..main; one: from there to now"
    )
    backfill.add_argument(
        "--tags", metavar="GLOB", help="measure these tags in any case; without RANGE: from the first on"
    )
    backfill.add_argument("--since", metavar="TIME", help="without RANGE: commits since 2y, 6m, 90d or 2024-01-31")
    _add_keyword(backfill)
    backfill.add_argument(
        "--metric",
        choices=("time", "memory"),
        default="time",
        help="time, or memory: what one call of each benchmark holds and leaves behind, by exact figures; not on a cluster, and "
        "without --html",
    )
    backfill.add_argument(
        "--resolution", metavar="PERCENT", help="the smallest change to look for (default: 3%%; of memory 1%%)"
    )
    backfill.add_argument(
        "--own-benchmarks",
        action="store_true",
        help="each commit is measured by its own benchmark files (default: by those of the newest)",
    )
    backfill.add_argument("--python", metavar="PATH", help="the interpreter to measure with (default: the suite's)")
    backfill.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="measure on the workers of a Dask cluster: tcp://HOST:8786 is its scheduler, which gets the repository and runs its "
        "code; local:2 starts two workers on this machine, each with a core of its own",
    )
    _add_budget(backfill, "1800")
    _add_measuring_command(backfill)
    add_files(backfill)


def add_ci(commands: "Commands") -> None:
    ci = add_command(
        commands,
        "ci",
        "all that a job of a pull request needs: measure what the change can reach, against what it is merged into, and write "
        "the summary, annotations, outputs and a page; before a push it does the same against the upstream branch",
        "bench-agent ci --comment --fail-on regression   in a job of GitHub Actions or GitLab CI",
        "bench-agent ci                                  before a push",
        "bench-agent ci --post change.json               in a second workflow, for pull requests of forks",
    )
    ci.add_argument("--base", metavar="REV", help="compare with this git revision (default: what the event says)")
    _add_keyword(ci)
    _add_budget(ci, "the setting `budget_s`, or 40")
    _add_measuring_command(ci)
    ci.add_argument(
        "--fail-on",
        choices=("never", "regression", "undecided", "any"),
        default="never",
        help="when to exit with 1. regression: a benchmark is slower beyond its limit, and the change does not accept it. "
        "undecided: that, or one is undecided or was not measured. any: everything but a change that was compared and passed. "
        "Default: never",
    )
    ci.add_argument(
        "--comment", action="store_true", help="write the comment of the pull request, or the one that is there anew"
    )
    ci.add_argument(
        "--explain",
        action="store_true",
        help="with a model's words in the comment, where ANTHROPIC_API_KEY is set and there is something to tell; checked "
        "against what was measured, else left out; never fails the job",
    )
    ci.add_argument("--model", metavar="NAME", help="with --explain: the model to ask (default: the setting `model`)")
    ci.add_argument("--quiet", action="store_true", help="with --comment: create none where there is nothing new")
    ci.add_argument(
        "--comment-key",
        metavar="TEXT",
        help="with --comment: tells the comments of several suites of one repository apart",
    )
    ci.add_argument(
        "--post", metavar="FILE", help="measure nothing; comment with the change.json that the job of a fork left"
    )
    add_files(ci)


def add_verify(commands: "Commands") -> None:
    verify = add_command(
        commands,
        "verify",
        "after a fix: tell whether a slowdown is gone, how much of it is left, and what else the working tree made slower or "
        "faster; measures where it was fast, where it was slow, and the working tree, in turns",
        "bench-agent verify                        all that the newest report tells slower",
        "bench-agent verify parse_deep",
        "bench-agent verify parse_deep --good v1.2 --slow main --json",
        "bench-agent verify parse_deep --good v1.2 --metric memory",
    )
    verify.add_argument("benchmark", nargs="?", metavar="BENCHMARK", help=f"{BENCHMARK} (default: all told slower)")
    verify.add_argument(
        "--good", metavar="REV", help="a git revision at which it was fast (default: of the newest report)"
    )
    verify.add_argument(
        "--slow", metavar="REV", help="a git revision at which it is slow (default: of the newest report)"
    )
    verify.add_argument(
        "--metric",
        choices=("time", "memory"),
        help="with --good: what got worse (default: time). memory: what one call holds at its peak, or leaves behind. "
        "Without --good: only that of the newest report (default: both)",
    )
    _add_budget(verify, "60 for the slowdown; the other benchmarks get what some 15 s in all leave")
    _add_measuring_command(verify)
    verify.add_argument(
        "--fail-on",
        choices=("never", "any"),
        default="never",
        help="when to exit with 1. any: a slowdown is not gone, or something else got slower. Default: never",
    )


def add_fix(commands: "Commands") -> None:
    fix = add_command(
        commands,
        "fix",
        "let a model propose a patch for a proved slowdown, and show it only with its proof: the project's tests pass, the results "
        "are the same, and measured in turns it gives back the share that is asked for; the working tree is not touched",
        "bench-agent fix                           the worst that has a proved culprit",
        "bench-agent fix parse_deep --dry-run      what would be sent, the tools and the highest price",
        "bench-agent fix parse_deep --share 0.8 --out parse.patch",
    )
    fix.add_argument("benchmark", nargs="?", metavar="BENCHMARK", help=f"{BENCHMARK} (default: the worst)")
    fix.add_argument(
        "--share",
        type=float,
        default=0.5,
        metavar="SHARE",
        help="of the slowdown that a patch must give back (default: 0.5, half)",
    )
    fix.add_argument(
        "--attempts", type=int, choices=range(1, 11), default=3, metavar="N", help="patches tried (default: 3)"
    )
    fix.add_argument("--model", metavar="NAME", help="the model to ask (default: the setting `model`)")
    fix.add_argument(
        "--dry-run", action="store_true", help="show the prompt, the tools and the highest price; call nothing"
    )
    fix.add_argument(
        "--out", metavar="FILE", help="write the patch to FILE (`-`: to stdout; default: .benchmark/fixes/)"
    )
    _add_budget(fix, "300")
    _add_measuring_command(fix)


def add_selftest(commands: "Commands") -> None:
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


def _add_keyword(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-k", dest="keyword", metavar="EXPR", help="only benchmarks that match EXPR, as with pytest -k")


def _add_measuring_command(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--command", metavar="CMD", help="the command that runs the benchmarks (default: `make benchmark`)"
    )


def _add_budget(parser: argparse.ArgumentParser, default: str) -> None:
    parser.add_argument("--budget", type=float, metavar="SECONDS", help=f"time to measure at most (default: {default})")
