"""The command `bisect`: which benchmarks, which range; one search each, worst first."""

import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from bench_agent.bisection.request import BUDGET_S, SearchRequest
from bench_agent.bisection.search import find_culprits, hints_of
from bench_agent.commands.console import INTERRUPTED
from bench_agent.commands.options import Options, budget_of, read_config, require_repository
from bench_agent.commands.output import check_outputs, give_out, is_terminal, screen_of
from bench_agent.commands.searches import Asked, search_all
from bench_agent.compare import revisions, versions
from bench_agent.compare.base import resolve
from bench_agent.config import Config
from bench_agent.errors import UsageError
from bench_agent.measure.collect import look_at_suite
from bench_agent.records import Suite
from bench_agent.results.change import Change
from bench_agent.results.culprits import Search, SearchedRange, is_found_in
from bench_agent.system.git import Repository
from bench_agent.text.benchmark_names import name_benchmarks
from bench_agent.text.clean import clean_text

COMPARE_SHARE = 0.4  # of the budget, for finding out which benchmarks got slower when none is named


def main(options: Options, arguments: list[str]) -> int:
    """Run the command; 130 when it was interrupted, with what is known on stdout all the same."""
    from bench_agent.render.change import SearchForms
    from bench_agent.render.progress import Progress as ProgressLine
    from bench_agent.report.courses import courses_beside

    config = read_config(options)
    check_outputs(options)
    budget_s = budget_of(options, BUDGET_S)
    repository = require_repository(config, "bisect")
    good = resolve(repository, options.good)
    bad = resolve(repository, options.bad) if options.bad else None
    screen = screen_of(sys.stderr)
    if options.metric == "memory" and options.html:
        raise UsageError("--html has no page of a search by memory", hint="--markdown and --out have it")
    with ProgressLine(sys.stderr, live=is_terminal(sys.stderr), screen=screen, doing="searching") as progress:
        progress.expect(budget_s)
        suite = look_at_suite(config, keyword=options.keyword, environment=os.environ)
        ids = choose(config, suite, options.benchmark)
        asked = Asked(
            config=config,
            repository=repository,
            good=good,
            bad=bad,
            suite=suite,
            ids=ids,
            budget_s=budget_s,
            progress=progress,
        )
        if options.metric == "memory":
            return _by_memory(options, asked)
        metric = ByTime()
        searches = search_all(asked, metric)
    left = metric.left(searches)
    forms = SearchForms(
        searches=searches,
        left=left,
        names=name_benchmarks(suite.ids, config.names),
        change=_as_change(config, [*searches, *left], ids, good, bad or _head_of_clean(repository)),
        nothing=_nothing(good, bad),
        benchmarks=len(ids),
        command=shlex.join(["bench-agent", *arguments]),
        courses=lambda: courses_beside(config, ids),
    )
    give_out(forms, options)
    if any(search.interrupted for search in searches):
        return INTERRUPTED
    return int(is_found_in([*searches, *left], options.fail_on, threshold=config.threshold))


def _by_memory(options: Options, asked: Asked) -> int:
    from bench_agent.commands.memory_search import ByMemory, nothing_grew
    from bench_agent.render.memory_search import MemorySearchForms
    from bench_agent.results import memory_search

    metric = ByMemory()
    found = search_all(asked, metric)
    left = metric.left(found)
    names = name_benchmarks(asked.ids, asked.config.names)
    nothing = nothing_grew(asked.good, asked.bad)
    give_out(
        MemorySearchForms(searches=found, left=left, nothing=nothing, names=names, benchmarks=len(asked.ids)), options
    )
    if any(search.interrupted for search in found):
        return INTERRUPTED
    return int(memory_search.is_found_in([*found, *left], options.fail_on))


def _nothing(good: str, bad: str | None) -> Search:
    bad_name = bad[:12] if bad else versions.WORKING_TREE
    return Search(benchmark="", good=good[:12], bad=bad_name, verdict="same", range=SearchedRange(commits=0))


def _head_of_clean(repository: Repository) -> str | None:
    """The commit that the working tree is as it is; None where something differs from it."""
    return None if repository.uncommitted() else repository.head().sha


def _as_change(config: Config, searches: Sequence[Search], ids: Sequence[str], good: str, bad: str | None) -> Change:
    from bench_agent.report.change import compose_from_searches

    return compose_from_searches(
        searches,
        base=good,
        head=bad or versions.WORKING_TREE,
        names=name_benchmarks(ids, config.names),
        default_limit=config.threshold,
    )


def choose(config: Config, suite: Suite, wanted: str | None) -> list[str]:
    """The ids that a name, an id or a part of one means; all when nothing was named. Raises UsageError."""
    if wanted is None:
        return list(suite.ids)
    names = name_benchmarks(suite.ids, config.names)
    exact = [id for id in suite.ids if wanted in (id, names[id], id.rsplit("::", 1)[-1])]
    found = exact or [id for id in suite.ids if wanted in id or wanted in names[id]]
    if not found:
        import difflib

        near = difflib.get_close_matches(wanted, [*names.values(), *suite.ids], n=1, cutoff=0.3)
        hint = f"did you mean `{clean_text(near[0])}`?" if near else "see: bench-agent run"
        raise UsageError(f"no benchmark is called `{clean_text(wanted)}`", hint=hint)
    return found


class ByTime:
    """Searched by how long the benchmark takes, or how much it executes; the slowest first."""

    worse = "slower benchmarks"
    most = None

    def __init__(self) -> None:
        self._open: list[Search] = []  # what comparing the ends did not settle, and what is slower; largest first

    def left(self, searches: Sequence[Search]) -> list[Search]:
        """Of what comparing the ends did not clear, all that was not searched, without culprits or suspects."""
        known = {search.benchmark for search in searches}
        return [search for search in self._open if search.benchmark not in known]

    def got_worse(self, asked: Asked) -> list[str]:
        compared = revisions.compare_revisions(
            asked.config,
            asked.repository,
            base=asked.good,
            head=asked.bad,
            suite=asked.suite,
            ids=asked.ids,
            budget_s=COMPARE_SHARE * asked.budget_s,
            environment=os.environ,
            say=asked.progress.note,
        )
        rows = sorted(compared.benchmarks, key=lambda row: -row.ratio)
        unsearched = partial(
            Search, good=compared.base, bad=compared.head, range=SearchedRange(commits=0), out_of_time=True
        )
        self._open = [
            unsearched(benchmark=row.benchmark, verdict=row.verdict, ratio=row.ratio, interval=row.interval)
            for row in rows
            if row.verdict in ("slower", "undecided")
        ]
        self._open += [
            unsearched(benchmark=one.benchmark, verdict="undecided")
            for one in compared.uncompared
            if one.reason == "not_reached"
        ]
        return [row.benchmark for row in rows if row.verdict == "slower"]

    def search(self, asked: Asked, request: SearchRequest, earlier: Sequence[Search]) -> Search:
        return find_culprits(
            asked.config,
            asked.repository,
            replace(request, hints=hints_of(earlier)),
            suite=asked.suite,
            environment=os.environ,
            say=asked.progress.note,
        )
