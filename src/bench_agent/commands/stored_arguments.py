"""The arguments of the commands about runs that are stored or under way, `status` to `issue`."""

from typing import TYPE_CHECKING

from bench_agent.commands.parser import BENCHMARK, Parser, add_answer, add_command, add_outputs

if TYPE_CHECKING:
    from bench_agent.commands.parser import Commands


def add_status(commands: "Commands") -> None:
    add_command(
        commands,
        "status",
        "show the result of the newest run, and runs that are under way; instant",
        "bench-agent status --json",
    )


def add_wait(commands: "Commands") -> None:
    wait = add_command(
        commands,
        "wait",
        "wait for a run that went on in the background, and show its result",
        "bench-agent wait",
        "bench-agent wait 20261123_140112 --json",
    )
    wait.add_argument("run_id", nargs="?", metavar="RUN_ID", help="as `run` printed it (default: the newest run)")


def add_trend(commands: "Commands") -> None:
    trend = add_command(
        commands,
        "trend",
        "show the stored runs of each benchmark as a chart, with lasting changes of its level",
        "bench-agent trend",
        "bench-agent trend parse --last 30",
        "bench-agent trend --html trends.html     all runs, to zoom and to point at",
    )
    trend.add_argument("benchmark", nargs="*", metavar="BENCHMARK", help=f"{BENCHMARK} (default: all)")
    trend.add_argument(
        "--last", type=int, metavar="N", help="only the last N runs (default: all; a trend of the last 10 or 20)"
    )
    trend.add_argument("--html", metavar="FILE", help="write a page with charts of all runs to FILE (`-`: to stdout)")


def add_site(commands: "Commands") -> None:
    site = add_command(
        commands,
        "site",
        "write pages of all stored runs into a folder: an index, a page and a CSV for each benchmark, an Atom feed of changes",
        "bench-agent site .benchmark/site",
        "bench-agent site public      a new folder, or one that it wrote",
    )
    site.add_argument(
        "folder", metavar="DIR", help="the folder; refused where it holds files that are not of a site of ours"
    )


def add_detect(commands: "Commands") -> None:
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


def add_report(commands: "Commands") -> None:
    report = add_command(
        commands,
        "report",
        "show the newest report again",
        "bench-agent report",
        "bench-agent report --markdown summary.md",
    )
    add_answer(report)
    report.add_argument("--badge", metavar="FILE", help="write the badge for shields.io (an endpoint's JSON) to FILE")
    add_outputs(report)


def add_explain(commands: "Commands") -> None:
    explain = add_command(
        commands,
        "explain",
        "explain the newest report in prose: a model writes the words, every figure, commit and name is put in from the report "
        "and checked; needs ANTHROPIC_API_KEY",
        "bench-agent explain --dry-run     what would be sent, and its price",
        "bench-agent explain",
        "bench-agent explain --model claude-haiku-5-5 --out explanation.md",
    )
    explain.add_argument(
        "--model", metavar="NAME", help="the model (default: the setting `model`, or claude-sonnet-5-5)"
    )
    explain.add_argument(
        "--dry-run", action="store_true", help="print what would be sent and about what it costs; sends nothing"
    )
    explain.add_argument("--out", metavar="FILE", help="write the text to FILE instead")


def add_check_answer(commands: "Commands") -> None:
    check = add_command(
        commands,
        "check-answer",
        "hold a text about the newest run against its findings: figures, commits, names and verdicts that they don't support",
        "bench-agent check-answer summary.md",
        "pbpaste | bench-agent check-answer -     exit with 1 when something is not in the findings",
    )
    check.add_argument("file", nargs="?", default="-", metavar="FILE", help="the text (default: stdin)")
    check.add_argument(
        "--hook",
        action="store_true",
        help="take the JSON of Claude Code's Stop hook from stdin; after another command than /benchmark do nothing",
    )


def add_baseline(commands: "Commands") -> None:
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
        help="p95_ms=50 (the target for the 95th percentile), max_regression=0.2 (the limit: 20 percent), "
        "peak_mb=180 (the most memory that one call may hold), max_memory_regression=0.2",
    )


def add_history(commands: "Commands") -> None:
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
        "github-action-benchmark (data.js, or the list of a custom tool), asv, bencher (Bencher Metric Format), pyperf, hyperfine, "
        "google-benchmark, go (the text of go test -bench); packed by gzip or not",
    )
    imported.add_argument("files", nargs="*", metavar="FILE", help="files with results")
    imported.add_argument("--format", metavar="FORMAT", help="their format (default: told by each file's content)")
    imported.add_argument("--commit", metavar="REV", help="the git revision they measured, for files that don't say")
    imported.add_argument(
        "--from-git", action="store_true", help="import the results that `run --commit` committed, on any branch"
    )


def add_issue(commands: "Commands") -> None:
    issue = add_command(
        commands,
        "issue",
        "print an issue about a slowdown of the newest run, or create it",
        "bench-agent issue agent_response",
        "bench-agent issue agent_response --create",
    )
    issue.add_argument("benchmark", metavar="BENCHMARK", help=BENCHMARK)
    issue.add_argument("--create", action="store_true", help="create the issue with the GitHub CLI, `gh`")
