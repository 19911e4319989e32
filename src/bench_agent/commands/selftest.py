"""The command `selftest`: what measuring in turns can tell on this machine."""

import os
import sys

from bench_agent.commands.console import COULD_NOT, INTERRUPTED
from bench_agent.commands.options import Options, budget_of, read_config, require_repository
from bench_agent.commands.output import is_terminal, screen_of
from bench_agent.measure.collect import look_at_suite


def main(options: Options, _: list[str]) -> int:
    from bench_agent.compare import selftest
    from bench_agent.render.progress import Progress
    from bench_agent.render.selftest import render_selftest
    from bench_agent.results import selftest as trials
    from bench_agent.text.benchmark_names import name_benchmarks

    config = read_config(options)
    budget_s = budget_of(options, selftest.BUDGET_S)
    repository = require_repository(config, "selftest")
    screen = screen_of(sys.stderr)
    with Progress(sys.stderr, live=is_terminal(sys.stderr), screen=screen, doing="planting and measuring") as progress:
        progress.expect(budget_s)
        suite = look_at_suite(config, keyword=options.keyword, environment=os.environ)
        result = selftest.run_selftest(
            config, repository, suite=suite, budget_s=budget_s, environment=os.environ, say=progress.note
        )
    if options.json:
        print(trials.to_json(result))
    else:
        names = name_benchmarks([*(t.benchmark for t in result.benchmarks), *result.left_out], config.names)
        sys.stdout.write(render_selftest(result, names, screen_of(sys.stdout)))
    return INTERRUPTED if result.interrupted else 0 if result.benchmarks else COULD_NOT
