"""The command `compare`: two versions measured in turns."""

import os
import re
import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bench_agent.commands.console import INTERRUPTED
from bench_agent.commands.options import Options, budget_of, read_config, require_repository
from bench_agent.commands.output import check_outputs, give_out, is_terminal, screen_of
from bench_agent.errors import UsageError
from bench_agent.measure.collect import look_at_suite
from bench_agent.text.clean import clean_text

if TYPE_CHECKING:
    from bench_agent.compare.named_versions import ChosenVersions
    from bench_agent.config import Config
    from bench_agent.render.change import ComparisonForms
    from bench_agent.results.comparison import Comparison
    from bench_agent.system.git import Repository


def main(options: Options, arguments: list[str]) -> int:
    """Measure both versions and print the comparison; 3 when no benchmark could be measured, 1 for what --fail-on names.

    130 where Ctrl-C came when all was timed and only memory was left: what is known is printed all the same.
    """
    from bench_agent.compare.named_versions import choose_versions
    from bench_agent.results import comparison

    config = read_config(options)
    _check_compare(options)
    repository = require_repository(config, "compare")
    versions = choose_versions(repository, options.base, options.head) if options.base is not None else None
    result = _measure(options, config, repository, versions)
    give_out(_forms(result, versions, config, arguments), options)
    if result.interrupted:
        return INTERRUPTED
    if not result.benchmarks and not result.untouched and not any(m.reason == "held" for m in result.uncompared):
        return 3
    return int(comparison.is_found(result, options.fail_on, threshold=config.threshold))


def _check_compare(options: Options) -> None:
    """What can be known to be wrong before minutes of measuring. Raises UsageError."""
    check_outputs(options)
    if (options.base is None) == (not options.packages):
        raise UsageError(
            "compare takes a revision, or packages --with which to compare", hint="such as: bench-agent compare main"
        )
    if options.packages and "CLAUDECODE" in os.environ:
        # A skill lets `bench-agent compare` run unasked: it must not be a way to install whatever somebody names.
        raise UsageError("--with is not taken from Claude Code", hint="call it in a terminal")
    for package in options.packages or ():
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*(\[[\w,.-]+\])?\s*([=<>!~]=?=?\s*[\w.*+!,<>=~ -]+)?", package):
            raise UsageError(f"--with takes a package and its version, not `{clean_text(package)}`", hint="'pkg==1.2'")


def _measure(
    options: Options, config: "Config", repository: "Repository", versions: "ChosenVersions | None"
) -> "Comparison":
    from bench_agent.compare import packages, revisions
    from bench_agent.compare.gone import with_gone
    from bench_agent.compare.memory_limits import limits_of
    from bench_agent.render.progress import Progress

    budget_s = budget_of(options, config.budget_s or revisions.BUDGET_S)
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
        if versions is None:
            return packages.compare_packages(config, repository, packages=options.packages, **asked)
        result = revisions.compare_revisions(
            config,
            repository,
            base=versions.base,
            head=versions.head,
            measure_all=options.measure_all,
            memory_limits=limits_of(config, suite.ids),
            **asked,
        )
        result = with_gone(
            result, repository, config, suite, base=versions.base, head=versions.head, keyword=options.keyword
        )
        return replace(result, warnings=(*versions.warnings(), *result.warnings))


def _forms(
    result: "Comparison", versions: "ChosenVersions | None", config: "Config", arguments: list[str]
) -> "ComparisonForms":
    from bench_agent.compare.versions import WORKING_TREE
    from bench_agent.render.change import ComparisonForms
    from bench_agent.report.change import compose_change
    from bench_agent.report.courses import courses_beside
    from bench_agent.text.benchmark_names import name_benchmarks

    compared = [row.benchmark for row in result.benchmarks]
    ids = [*compared, *(missed.benchmark for missed in result.uncompared), *result.untouched]
    names = name_benchmarks(ids, config.names)
    command = shlex.join(["bench-agent", *arguments])
    change = compose_change(
        result,
        base=versions.base if versions else result.base,
        head=(versions.head or WORKING_TREE) if versions else result.head,
        base_kind=versions.kind if versions else "named",
        base_name=versions.name if versions else None,
        base_moved=versions.moved if versions and versions.kind == "fork_point" else 0,
        names=names,
        limits={},
        default_limit=config.threshold,
        commands={"repeat": command},
    )
    return ComparisonForms(
        comparison=result,
        change=change,
        names=names,
        command=command,
        courses=lambda: courses_beside(config, [row.id for row in change.benchmarks]),
    )
