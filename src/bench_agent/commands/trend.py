"""The command `trend`: how benchmarks developed over the stored runs."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bench_agent.commands.options import Options, read_config
from bench_agent.commands.output import check_outputs, screen_of, write_file
from bench_agent.config import Config
from bench_agent.errors import UsageError
from bench_agent.history.levels import recall_levels, recall_memory
from bench_agent.history.store import Store
from bench_agent.render.terminal import Screen
from bench_agent.report.courses import recall_courses
from bench_agent.results.backfill import Backfill
from bench_agent.results.courses import Courses
from bench_agent.results.memory_history import MemoryHistory
from bench_agent.text.benchmark_names import name_benchmarks


def main(options: Options, _: list[str]) -> int:
    if options.last is not None and options.last < 1:
        raise UsageError("--last must be at least 1", hint="such as --last 30")
    check_outputs(options)
    config = read_config(options)
    store = Store(config.state_dir)
    levels, held = recall_levels(store), recall_memory(store)
    try:
        courses = recall_courses(config, options.benchmark, last=options.last)
    except UsageError:
        if (levels is None and held is None) or options.json or options.html:
            raise
        courses = Courses()  # no runs yet; what `backfill` measured is there
    trends = tuple(course.trend for course in courses.courses)
    if options.html:
        from bench_agent.render.webpage import render_trend_page

        write_file(options.html, render_trend_page(courses))
    if options.html == "-":
        return 0
    if options.json:
        from bench_agent.results.report_json import trends_json

        print(trends_json(trends))
    else:
        from bench_agent.render.layout import render_trends

        screen = screen_of(sys.stdout)
        sys.stdout.write(render_trends(trends, screen))
        _write_levels(config, levels, options.benchmark, screen)
        _write_memory(config, held, options.benchmark, screen)
    return 0


def _write_levels(config: Config, found: Backfill | None, wanted: Sequence[str], screen: Screen) -> None:
    """How fast older commits were, by the newest `backfill`: ratios to one commit, beside the runs and not among them."""
    from bench_agent.render.backfill import chart_lines

    if found is None:
        return
    names = name_benchmarks(found.benchmarks, config.names)
    found = replace(found, benchmarks=_chosen(names, wanted))
    lines = chart_lines(found, names, ascii_only=not screen.box)
    if lines:
        sys.stdout.write("\n" + "\n".join(["By bench-agent backfill, not from runs:", *lines]) + "\n")


def _write_memory(config: Config, found: MemoryHistory | None, wanted: Sequence[str], screen: Screen) -> None:
    """What calls held at older commits, by the newest `backfill --metric memory`."""
    from bench_agent.render.memory_history import change_sentences, chart_lines

    if found is None:
        return
    names = name_benchmarks(found.benchmarks, config.names)
    found = replace(found, benchmarks=_chosen(names, wanted))
    lines = chart_lines(found, names, ascii_only=not screen.box)
    if lines:
        told = ["By bench-agent backfill --metric memory, not from runs:", *lines, *change_sentences(found, names)]
        sys.stdout.write("\n" + "\n".join(told) + "\n")


def _chosen(names: Mapping[str, str], wanted: Sequence[str]) -> tuple[str, ...]:
    """The ids that are meant. names: of all, by id."""
    return tuple(id for id, name in names.items() if not wanted or any(word in id or word in name for word in wanted))
