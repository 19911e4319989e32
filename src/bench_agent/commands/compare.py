"""The command `compare`: two versions measured in turns."""

import os
import re
import sys
from typing import Any

from bench_agent.commands.options import Options, budget_of, read_config, require_repository
from bench_agent.commands.output import is_terminal, screen_of
from bench_agent.compare.base import resolve
from bench_agent.errors import UsageError
from bench_agent.measure.collect import look_at_suite
from bench_agent.text.clean import clean_text


def main(options: Options, _: list[str]) -> int:
    """Measure both versions and print the comparison; 3 when no benchmark could be measured, 1 for what --fail-on names."""
    from bench_agent.compare import packages, revisions
    from bench_agent.render.comparison import render_comparison
    from bench_agent.render.progress import Progress
    from bench_agent.results import comparison
    from bench_agent.text.benchmark_names import name_benchmarks

    config = read_config(options)
    budget_s = budget_of(options, config.budget_s or revisions.BUDGET_S)
    repository = require_repository(config, "compare")
    if (options.base is None) == (not options.packages):
        raise UsageError(
            "compare takes a revision, or packages --with which to compare", hint="such as: bench-agent compare main"
        )
    for package in options.packages or ():
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*(\[[\w,.-]+\])?\s*([=<>!~]=?=?\s*[\w.*+!,<>=~ -]+)?", package):
            raise UsageError(f"--with takes a package and its version, not `{clean_text(package)}`", hint="'pkg==1.2'")
    base = resolve(repository, options.base) if options.base is not None else None
    head = resolve(repository, options.head) if options.head else None
    screen = screen_of(sys.stderr)
    with Progress(sys.stderr, live=is_terminal(sys.stderr), screen=screen, doing="measuring in turns") as progress:
        progress.expect(budget_s)
        suite = look_at_suite(config, keyword=options.keyword, environment=os.environ)
        asked: dict[str, Any] = {
            "suite": suite,
            "ids": suite.ids,
            "budget_s": budget_s,
            "environment": os.environ,
            "say": progress.note,
        }
        if base is None:
            result = packages.compare_packages(config, repository, packages=options.packages, **asked)
        else:
            result = revisions.compare_revisions(
                config, repository, base=base, head=head, measure_all=options.measure_all, **asked
            )
    if options.json:
        print(comparison.to_json(result))
    else:
        names = name_benchmarks([row.benchmark for row in result.benchmarks], config.names)
        sys.stdout.write(render_comparison(result, names, screen_of(sys.stdout)))
    if not result.benchmarks and not result.untouched:
        return 3
    return int(comparison.is_found(result, options.fail_on, threshold=config.threshold))
