"""`bisect --metric memory`: which benchmarks, which range; one search each, the largest growth first."""

import os
import time
from collections.abc import Sequence

from bench_agent.bisection.memory import search_memory
from bench_agent.bisection.request import SearchRequest
from bench_agent.bisection.search import LEAST_S
from bench_agent.compare.memory import MemoryLimits, compare_memory
from bench_agent.compare.memory_limits import limits_of
from bench_agent.compare.versions import WORKING_TREE, two_sides
from bench_agent.config import Config
from bench_agent.errors import MeasureError
from bench_agent.pipeline.context import Progress
from bench_agent.records import Suite
from bench_agent.results.culprits import SearchedRange
from bench_agent.results.memory_search import MemorySearch
from bench_agent.system.git import Repository
from bench_agent.text.clean import clean_text

ENDS_SHARE = 0.2  # of the budget, for finding out which benchmarks hold more where none is named
MOST = 5  # searches


def search_all(
    config: Config,
    repository: Repository,
    good: str,
    bad: str | None,
    suite: Suite,
    ids: Sequence[str],
    budget_s: float,
    progress: Progress,
) -> list[MemorySearch]:
    """One search a benchmark: the one there is, else those that hold or leave more at the newer end, while the budget lasts."""
    began = time.monotonic()
    limits = limits_of(config, suite.ids)
    if len(ids) > 1:
        ids = _grown(config, repository, good, bad, suite, ids, ENDS_SHARE * budget_s, limits, progress)
    searches: list[MemorySearch] = []
    for number, benchmark in enumerate(ids[:MOST]):
        left = budget_s - (time.monotonic() - began)
        if number and left < LEAST_S:
            progress.note(f"no time left for {len(ids) - number} more benchmarks (--budget)")
            break
        request = SearchRequest(good=good, bad=bad, benchmark=benchmark, budget_s=max(left, LEAST_S))
        try:
            found = search_memory(
                config,
                repository,
                request,
                suite=suite,
                environment=os.environ,
                say=progress.note,
                limit=limits.limits.get(benchmark, limits.limit),
                target_bytes=limits.targets.get(benchmark),
            )
        except MeasureError as error:
            if number == len(ids[:MOST]) - 1 and not searches:
                raise
            progress.note(f"skipped: {clean_text(error.message, limit=300)}")
            continue
        searches.append(found)
        if searches[-1].interrupted:
            break
    return searches


def _grown(
    config: Config,
    repository: Repository,
    good: str,
    bad: str | None,
    suite: Suite,
    ids: Sequence[str],
    budget_s: float,
    limits: MemoryLimits,
    progress: Progress,
) -> list[str]:
    with two_sides(
        config, repository, base=good, head=bad, suite=suite, ids=ids, environment=os.environ, say=progress.note
    ) as sides:
        found = compare_memory(
            sides, ids, limits=limits, budget_s=budget_s, environment=os.environ, say=progress.note, lines=False
        )
    for warning in found.warnings:
        progress.note(warning)
    if not found.rows:
        raise MeasureError("no benchmark's memory could be told", hint="see the warnings above; name one benchmark")
    return [row.benchmark for row in found.rows if row.verdict == "more" or row.is_regression]


def nothing_grew(good: str, bad: str | None) -> MemorySearch:
    """What is given out where no benchmark holds more."""
    return MemorySearch(
        benchmark="",
        good=good[:12],
        bad=bad[:12] if bad else WORKING_TREE,
        verdict="same",
        range=SearchedRange(commits=0),
    )
