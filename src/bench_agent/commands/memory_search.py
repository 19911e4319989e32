"""`bisect --metric memory`: which benchmarks hold or leave more at the newer end, and the search for one of them."""

import os
import time
from collections.abc import Sequence

from bench_agent.bisection.memory import search_memory
from bench_agent.bisection.request import SearchRequest
from bench_agent.commands.searches import Asked
from bench_agent.compare.memory import compare_memory
from bench_agent.compare.memory_limits import limits_of
from bench_agent.compare.versions import WORKING_TREE, two_sides
from bench_agent.errors import MeasureError
from bench_agent.results.culprits import SearchedRange
from bench_agent.results.memory_search import MemorySearch

ENDS_SHARE = 0.2  # of the budget, for finding out which benchmarks hold more where none is named


class ByMemory:
    """Searched by the memory of one call; the largest growth first."""

    worse = "benchmarks"
    most = 5

    def got_worse(self, asked: Asked) -> list[str]:
        with two_sides(
            asked.config,
            asked.repository,
            base=asked.good,
            head=asked.bad,
            suite=asked.suite,
            ids=asked.ids,
            environment=os.environ,
            say=asked.progress.note,
        ) as sides:
            found = compare_memory(
                sides,
                asked.ids,
                limits=limits_of(asked.config, asked.suite.ids),
                budget_s=ENDS_SHARE * asked.budget_s,
                environment=os.environ,
                say=asked.progress.note,
                deadline=time.monotonic() + ENDS_SHARE * asked.budget_s,
                lines=False,
            )
        for warning in found.warnings:
            asked.progress.note(warning)
        if not found.rows:
            raise MeasureError("no benchmark's memory could be told", hint="see the warnings above; name one benchmark")
        return [row.benchmark for row in found.rows if row.verdict == "more" or row.is_regression]

    def search(self, asked: Asked, request: SearchRequest, earlier: Sequence[MemorySearch]) -> MemorySearch:
        limits = limits_of(asked.config, asked.suite.ids)
        return search_memory(
            asked.config,
            asked.repository,
            request,
            suite=asked.suite,
            environment=os.environ,
            say=asked.progress.note,
            limit=limits.limits.get(request.benchmark, limits.limit),
            target_bytes=limits.targets.get(request.benchmark),
        )


def nothing_grew(good: str, bad: str | None) -> MemorySearch:
    """What is given out where no benchmark holds more."""
    return MemorySearch(
        benchmark="",
        good=good[:12],
        bad=bad[:12] if bad else WORKING_TREE,
        verdict="same",
        range=SearchedRange(commits=0),
    )
