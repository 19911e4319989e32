"""The arguments of every command, with the help people read."""

import argparse
from typing import Any, NoReturn

from bench_agent import __version__

_EXIT_CODES = """exit codes:
  0  it ran (regressions included, unless --fail-on names them)
  1  what --fail-on names was found
  2  usage or configuration
  3  could not measure
  4  a bug of ours
  130  interrupted"""


class _Parser(argparse.ArgumentParser):
    """argparse with errors in our form, and with the nearest command where one was mistyped."""

    def error(self, message: str) -> NoReturn:
        import difflib

        from bench_agent.errors import UsageError

        hint = f"see: {self.prog} --help"
        subject, _, rest = message.partition(": invalid choice: ")
        if rest and subject.startswith("argument --"):
            message = f"{subject}: {rest.replace('(choose from', 'is none of').removesuffix(')')}"
        elif rest:
            typed = rest.partition("'")[2].rpartition("' (")[0]
            near = difflib.get_close_matches(typed, self._choices(), n=1, cutoff=0.5)
            hint = f"did you mean `{self.prog} {near[0]}`?" if near else hint
            message = f"there is no command `{self.prog.partition(' ')[2]} {typed}`".replace("` ", "`")
        elif message.startswith("unrecognized arguments: -"):
            typed = message.split()[2].partition("=")[0]
            near = difflib.get_close_matches(typed, self._options(), n=1, cutoff=0.6)
            hint = f"did you mean `{near[0]}`? {hint}" if near else hint
        raise UsageError(message, hint=hint)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse's, but a command complains itself of what it does not know: it knows its options, main does not."""
        known, extra = super().parse_known_args(args, namespace)
        if extra:
            self.error(f"unrecognized arguments: {' '.join(extra)}")
        return known, extra

    def _choices(self) -> list[str]:
        return [name for action in self._actions if isinstance(action.choices, dict) for name in action.choices]

    def _options(self) -> list[str]:
        return [name for action in self._actions for name in action.option_strings]


def build_parser() -> argparse.ArgumentParser:
    """Every command and option, with help and examples."""
    parser = _Parser(
        prog="bench-agent",
        description="Tells you that your code got slower: by how much, how sure, and which commit did it.",
        epilog="examples:\n"
        "  bench-agent run                    run the benchmarks, compare, explain\n"
        "  bench-agent run --quick            the critical path only\n"
        "  bench-agent trend agent_response   its last runs as a chart\n"
        "  bench-agent run --json --fail-on regression   for CI\n\n" + _EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"bench-agent {__version__}")
    commands = parser.add_subparsers(dest="command_name", metavar="COMMAND", parser_class=_Parser)

    def command(name: str, help: str, *examples: str) -> argparse.ArgumentParser:
        epilog = "examples:\n" + "\n".join(f"  {example}" for example in examples) if examples else None
        made = commands.add_parser(
            name,
            help=help,
            description=help,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,  # an option added later must not change what a script's --ti means
        )
        made.add_argument("--json", action="store_true", help="the result as JSON on stdout, errors too")
        return made

    run = command(
        "run",
        "run the benchmarks, compare them with what is stored, explain what changed",
        "bench-agent run",
        "bench-agent run --quick --json",
        "bench-agent run -k 'parse and not slow' --timeout 600",
        "bench-agent run --command 'pytest benchmarks' --fail-on any",
    )
    run.add_argument("--quick", action="store_true", help="only the critical path (setting `quick`), or what fits 30 s")
    run.add_argument("-k", dest="keyword", metavar="EXPR", help="only benchmarks that match, as pytest -k")
    run.add_argument("--command", metavar="CMD", help="run this instead of `make benchmark`")
    run.add_argument("--timeout", type=float, metavar="S", help="stop the suite after so many seconds (default 1800)")
    run.add_argument(
        "--budget", type=float, metavar="S", help="seconds for measuring again (default 60; with --quick 15)"
    )
    run.add_argument("--no-confirm", action="store_true", help="don't measure again what looks slower")
    run.add_argument("--no-blame", action="store_true", help="don't look for the commits behind a slowdown")
    run.add_argument("--no-store", action="store_true", help="don't keep the results")
    run.add_argument("--commit", action="store_true", help="commit the results file to git")
    run.add_argument("--out", metavar="FILE", help="write the JSON here too")
    _add_outputs(run)
    run.add_argument("--verbose", action="store_true", help="charts, statistics and every figure")
    run.add_argument(
        "--fail-on",
        choices=("never", "regression", "target", "undecided", "any"),
        default="never",
        help="exit 1 on: a confirmed regression; a broken target; either of these or an open question (suspected, "
        "undecided, not measured); anything but a run that was compared and passed",
    )

    command("status", "what is known and what is going on; instant", "bench-agent status --json")
    wait = command(
        "wait",
        "wait for a run that went on in the background",
        "bench-agent wait",
        "bench-agent wait 20261123_140112 --json",
    )
    wait.add_argument("run_id", nargs="?", metavar="RUN_ID")

    compare = command(
        "compare",
        "measure two revisions against each other, in turns, and say what is slower and how sure that is",
        "bench-agent compare main                 the working tree against main",
        "bench-agent compare v1.2 v1.3 -k parse   two revisions, some benchmarks",
        "bench-agent compare HEAD~5 --budget 120 --json",
    )
    compare.add_argument("base", metavar="BASE", help="a revision")
    compare.add_argument("head", nargs="?", metavar="HEAD", help="a revision; the working tree when left out")
    compare.add_argument("-k", dest="keyword", metavar="EXPR", help="only benchmarks that match, as pytest -k")
    compare.add_argument("--budget", type=float, metavar="S", help="seconds to spend (setting `budget_s`, 60)")
    compare.add_argument("--command", metavar="CMD", help="what runs the benchmarks, instead of `make benchmark`")

    bisect = command(
        "bisect",
        "find the commits that made a benchmark slower, and prove it by measuring each against its parent",
        "bench-agent bisect parse_deep --good v1.2           up to the working tree",
        "bench-agent bisect parse_deep --good v1.2 --bad v1.3 --budget 120",
        "bench-agent bisect --good HEAD~40 --json            whatever got slower, worst first",
    )
    bisect.add_argument("benchmark", nargs="?", metavar="BENCHMARK", help="a name, an id, or a part of one; else all")
    bisect.add_argument("--good", required=True, metavar="REV", help="a revision at which it was fast enough")
    bisect.add_argument("--bad", metavar="REV", help="one at which it is slow; the working tree when left out")
    bisect.add_argument("-k", dest="keyword", metavar="EXPR", help="only benchmarks that match, as pytest -k")
    bisect.add_argument("--budget", type=float, metavar="S", help="seconds to spend at most (default 300)")
    bisect.add_argument("--command", metavar="CMD", help="what runs the benchmarks, instead of `make benchmark`")

    trend = command(
        "trend",
        "the last runs of each benchmark, or of some, as charts",
        "bench-agent trend",
        "bench-agent trend parse --last 30",
    )
    trend.add_argument("benchmark", nargs="*", metavar="BENCHMARK", help="a name, an id, or a part of one")
    trend.add_argument("--last", type=int, default=10, metavar="N", help="how many runs (default 10)")

    detect = command(
        "detect",
        "the gate over stored history: exit 1 when a benchmark is worse than the mean of its last runs by more than the "
        "threshold and got worse several runs in a row; measures nothing",
        "bench-agent detect --threshold 20 --consecutive 3",
    )
    detect.add_argument("--threshold", type=float, metavar="PERCENT", help="default: the setting, 20")
    detect.add_argument("--consecutive", type=int, metavar="N", help="default: the setting, 3")

    report = command(
        "report", "the newest report again", "bench-agent report", "bench-agent report --markdown summary.md"
    )
    _add_outputs(report)
    report.add_argument("--verbose", action="store_true", help="charts, statistics and every figure")

    baseline = command(
        "baseline",
        "targets and accepted levels",
        "bench-agent baseline show",
        "bench-agent baseline accept agent_response --because 'encrypts answers now'",
        "bench-agent baseline set authorization p95_ms=50 max_regression=0.2",
    )
    actions = baseline.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=_Parser)
    show = actions.add_parser("show", help="print them")
    accept = actions.add_parser("accept", help="take the newest measured level of benchmarks as the new normal")
    accept.add_argument("benchmark", nargs="+", metavar="BENCHMARK")
    accept.add_argument("--because", required=True, metavar="TEXT", help="the reason, for whoever reviews the file")
    change = actions.add_parser("set", help="set a target or a limit")
    change.add_argument("benchmark", metavar="BENCHMARK", help="a benchmark's name, or a group's")
    change.add_argument("values", nargs="+", metavar="KEY=VALUE", help="p95_ms=50, max_regression=0.2")

    history = command(
        "history",
        "the stored runs",
        "bench-agent history list",
        "bench-agent history import .benchmarks/*/*.json",
        "bench-agent history import gh-pages/dev/bench/data.js",
        "go test -bench . -count 8 > now.txt; bench-agent history import now.txt --commit HEAD",
    )
    deeds = history.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=_Parser)
    listing = deeds.add_parser("list", help="stored runs, and those committed to git")
    prune = deeds.add_parser("prune", help="keep only the newest runs (setting `keep`, 30)")
    prune.add_argument("--keep", type=int, metavar="N")
    prune.add_argument("--imported", action="store_true", help="imported runs too, which are kept otherwise")
    bring = deeds.add_parser(
        "import",
        help="take results files into the history",
        description="Take results files into the history: pytest-benchmark, github-action-benchmark (data.js), asv, "
        "pyperf, hyperfine, google-benchmark, go (the text of go test -bench). Twice is once.",
    )
    bring.add_argument("files", nargs="*", metavar="FILE")
    bring.add_argument("--format", metavar="FORMAT", help="one of those; default: told by each file's content")
    bring.add_argument("--commit", metavar="REV", help="what was measured, for files that don't say")
    bring.add_argument("--from-git", action="store_true", help="those committed by `run --commit`, on any branch")
    for sub in (show, accept, change, listing, prune, bring):
        sub.add_argument("--json", action="store_true", help="the result as JSON on stdout, errors too")

    issue = command(
        "issue",
        "the issue text for a slowdown",
        "bench-agent issue agent_response",
        "bench-agent issue agent_response --create",
    )
    issue.add_argument("benchmark", metavar="BENCHMARK")
    issue.add_argument("--create", action="store_true", help="create it with the GitHub CLI")

    selftest = command(
        "selftest",
        "what measuring in turns can tell of these benchmarks on this machine: false alarms on unchanged code, and how "
        "soon real extra work of 2, 5, 10 and 20 %% is found; keeps nothing",
        "bench-agent selftest",
        "bench-agent selftest -k 'parse or render' --budget 300 --json",
    )
    selftest.add_argument("-k", dest="keyword", metavar="EXPR", help="only benchmarks that match, as pytest -k")
    selftest.add_argument("--budget", type=float, metavar="S", help="seconds to spend (default 120)")
    selftest.add_argument("--command", metavar="CMD", help="what runs the benchmarks, instead of `make benchmark`")

    init = command(
        "init",
        "make this project ready: the /benchmark command, settings, .gitignore; on a terminal it shows them and asks first",
        "bench-agent init                        look, show, ask, write",
        "bench-agent init --dry-run              show what would be written",
        "bench-agent init --makefile --workflow  a `benchmark` target and the CI workflow too",
        "bench-agent init --check                for CI: exit 1 when something is missing or out of date",
    )
    init.add_argument("--makefile", action="store_true", help="add a `benchmark` target to the Makefile too")
    init.add_argument("--workflow", action="store_true", help="write .github/workflows/benchmark.yaml too")
    init.add_argument(
        "--runner", choices=("path", "uv"), help="how Claude calls bench-agent; default: uv where the project uses it"
    )
    init.add_argument(
        "--yes", action="store_true", help="don't ask; without a terminal, or with --json, it never asks and writes"
    )
    init.add_argument("--no-command", action="store_true", help="leave the /benchmark command alone: you have your own")
    init.add_argument("--force", action="store_true", help="replace files of ours that were changed by hand")
    init.add_argument("--dry-run", action="store_true", help="write nothing")
    init.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when something is missing or out of date"
    )

    command(
        "doctor",
        "whether the suite can be measured, what stored runs can tell, what disturbs timings here, and what to do about each; "
        "collects the suite, runs and changes nothing",
        "bench-agent doctor",
        "bench-agent doctor --json",
    )
    return parser


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--markdown", metavar="FILE", help="write a summary for a pull request here (- for stdout)")
    parser.add_argument("--html", metavar="FILE", help="write a page with charts here")
