"""The command `trend`: how benchmarks developed over the stored runs."""

import sys

from bench_agent.commands.options import Options, read_config
from bench_agent.commands.output import check_outputs, screen_of, write_file
from bench_agent.errors import UsageError
from bench_agent.report.courses import recall_courses


def main(options: Options, _: list[str]) -> int:
    if options.last is not None and options.last < 1:
        raise UsageError("--last must be at least 1", hint="such as --last 30")
    check_outputs(options)
    courses = recall_courses(read_config(options), options.benchmark, last=options.last)
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

        sys.stdout.write(render_trends(trends, screen_of(sys.stdout)))
    return 0
