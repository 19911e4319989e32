"""The command `compare`: two versions measured in turns."""

import os
import sys

from bench_agent.commands.options import Options, budget_of, read_config, require_repository
from bench_agent.commands.output import is_terminal, screen_of
from bench_agent.compare.base import resolve
from bench_agent.measure.collect import look_at_suite


def main(options: Options, _: list[str]) -> int:
    """Measure both versions and print the comparison; 3 when no benchmark could be measured, 1 for what --fail-on names."""
    from bench_agent.compare import revisions
    from bench_agent.render.comparison import render_comparison
    from bench_agent.render.progress import Progress
    from bench_agent.results import comparison
    from bench_agent.text.benchmark_names import name_benchmarks

    config = read_config(options)
    budget_s = budget_of(options, config.budget_s or revisions.BUDGET_S)
    repository = require_repository(config, "compare")
    base = resolve(repository, options.base)
    head = resolve(repository, options.head) if options.head else None
    screen = screen_of(sys.stderr)
    with Progress(sys.stderr, live=is_terminal(sys.stderr), screen=screen, doing="measuring in turns") as progress:
        progress.expect(budget_s)
        suite = look_at_suite(config, keyword=options.keyword, environment=os.environ)
        result = revisions.compare_revisions(
            config,
            repository,
            base=base,
            head=head,
            suite=suite,
            ids=suite.ids,
            budget_s=budget_s,
            environment=os.environ,
            say=progress.note,
        )
    if options.json:
        print(comparison.to_json(result))
    else:
        names = name_benchmarks([row.benchmark for row in result.benchmarks], config.names)
        sys.stdout.write(render_comparison(result, names, screen_of(sys.stdout)))
    if not result.benchmarks:
        return 3
    return int(comparison.is_found(result, options.fail_on, threshold=config.threshold))
