"""The command `trend`: how benchmarks developed over the stored runs."""

import sys
from collections.abc import Sequence
from dataclasses import replace

from bench_agent.commands.options import Options, read_config
from bench_agent.commands.output import check_outputs, screen_of, write_file
from bench_agent.config import Config
from bench_agent.errors import UsageError
from bench_agent.history.levels import recall_levels
from bench_agent.history.store import Store
from bench_agent.render.terminal import Screen
from bench_agent.report.courses import recall_courses
from bench_agent.results.backfill import Backfill
from bench_agent.results.courses import Courses
from bench_agent.text.benchmark_names import name_benchmarks


def main(options: Options, _: list[str]) -> int:
    if options.last is not None and options.last < 1:
        raise UsageError("--last must be at least 1", hint="such as --last 30")
    check_outputs(options)
    config = read_config(options)
    levels = recall_levels(Store(config.state_dir))
    try:
        courses = recall_courses(config, options.benchmark, last=options.last)
    except UsageError:
        if levels is None or options.json or options.html:
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
    return 0


def _write_levels(config: Config, found: Backfill | None, wanted: Sequence[str], screen: Screen) -> None:
    """How fast older commits were, by the newest `backfill`: ratios to one commit, beside the runs and not among them."""
    from bench_agent.render.backfill import chart_lines

    if found is None:
        return
    names = name_benchmarks(found.benchmarks, config.names)
    some = [id for id in found.benchmarks if not wanted or any(word in id or word in names[id] for word in wanted)]
    lines = chart_lines(replace(found, benchmarks=tuple(some)), names, ascii_only=not screen.box)
    if lines:
        sys.stdout.write("\n" + "\n".join(["By bench-agent backfill, not from runs:", *lines]) + "\n")
