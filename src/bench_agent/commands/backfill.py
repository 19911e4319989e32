"""The command `backfill`: every lasting change of a range of commits."""

import os
import shlex
import sys

from bench_agent.backfill.asked import BUDGET_S, RESOLUTION, Asked
from bench_agent.backfill.backfill import backfill
from bench_agent.backfill.memory import backfill_memory
from bench_agent.backfill.on_cluster import check_cluster, executor_for
from bench_agent.backfill.ranges import find_ends
from bench_agent.commands.console import INTERRUPTED
from bench_agent.commands.options import Options, budget_of, read_config, require_repository
from bench_agent.commands.output import check_outputs, give_out, is_terminal, screen_of
from bench_agent.config import Config
from bench_agent.detect.memory import TOLD_SHARE
from bench_agent.errors import UsageError
from bench_agent.measure.collect import look_at_suite
from bench_agent.results.memory_history import MemoryHistory
from bench_agent.text.benchmark_names import name_benchmarks
from bench_agent.text.clean import clean_text


def main(options: Options, arguments: list[str]) -> int:
    """Run the search; 130 when it was interrupted, 3 when nothing could be measured."""
    from bench_agent.render.backfill import BackfillForms
    from bench_agent.render.progress import Progress

    config = read_config(options)
    check_outputs(options)
    by_memory = options.metric == "memory"
    if by_memory:
        _check_memory(options)
    if options.python and "CLAUDECODE" in os.environ:
        raise UsageError("--python is not taken from Claude Code", hint="call it in a terminal")
    check_cluster(options.cluster, is_assistant="CLAUDECODE" in os.environ)
    budget_s = budget_of(options, BUDGET_S)
    resolution = resolution_of(options.resolution, default=TOLD_SHARE if by_memory else RESOLUTION)
    repository = require_repository(config, "backfill")
    ends = find_ends(repository, options.range, tags=options.tags, since=options.since)
    asked = Asked(
        first=ends.first,
        last=ends.last,
        budget_s=budget_s,
        resolution=resolution,
        tags=ends.tags,
        own_benchmarks=options.own_benchmarks,
        python=options.python or "",
    )
    screen = screen_of(sys.stderr)
    with Progress(sys.stderr, live=is_terminal(sys.stderr), screen=screen, doing="measuring history") as progress:
        progress.expect(budget_s)
        suite = look_at_suite(config, keyword=options.keyword, environment=os.environ)
        if by_memory:
            held = backfill_memory(config, repository, suite, asked, environment=os.environ, say=progress.note)
            return _give_memory(config, held, options, arguments)
        with executor_for(
            options.cluster, config, repository, suite, newest=ends.last, environment=os.environ, say=progress.note
        ) as executor:
            found = backfill(
                config, repository, suite, asked, environment=os.environ, say=progress.note, executor=executor
            )
    names = name_benchmarks(found.benchmarks, config.names)
    give_out(BackfillForms(found=found, names=names, command=shlex.join(["bench-agent", *arguments])), options)
    if found.interrupted:
        return INTERRUPTED
    return 0 if found.commits else 3


def _check_memory(options: Options) -> None:
    """Raises UsageError for what a search by memory does not have."""
    if options.html:
        raise UsageError("--html has no page of a search by memory", hint="--markdown and --out have it")
    if options.cluster:
        raise UsageError("memory is traced on this machine", hint="its figures are exact: leave out --cluster")


def _give_memory(config: Config, found: MemoryHistory, options: Options, arguments: list[str]) -> int:
    from bench_agent.render.memory_history import MemoryHistoryForms

    names = name_benchmarks(found.benchmarks, config.names)
    give_out(MemoryHistoryForms(found=found, names=names, command=shlex.join(["bench-agent", *arguments])), options)
    if found.interrupted:
        return INTERRUPTED
    return 0 if found.commits else 3


def resolution_of(given: str | None, *, default: float = RESOLUTION) -> float:
    """ "3%", "3" and "0.03" are three percent. Raises UsageError."""
    if given is None:
        return default
    text = given.strip().removesuffix("%").strip()
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    value = value / 100 if given.strip().endswith("%") or value >= 1 else value
    if not 0.005 <= value <= 1:
        raise UsageError(
            f"--resolution {clean_text(given, limit=40)} is no change that can be told", hint="from 0.5% to 100%"
        )
    return value
