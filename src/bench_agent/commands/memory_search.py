"""`bisect --metric memory`: which benchmarks hold or leave more at the newer end, and the search for one of them."""

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from bench_agent.bisection.memory import search_memory
from bench_agent.bisection.request import SearchRequest
from bench_agent.commands.searches import Asked
from bench_agent.compare.memory import MemoryResult, compare_memory
from bench_agent.compare.memory_limits import limits_of
from bench_agent.compare.memory_sessions import NOT_REACHED
from bench_agent.compare.versions import WORKING_TREE, two_sides
from bench_agent.errors import MeasureError
from bench_agent.results.culprits import SearchedRange
from bench_agent.results.memory import MemoryRow
from bench_agent.results.memory_search import MemorySearch
from bench_agent.text.clean import clean_text

ENDS_SHARE = 0.2  # of the budget, for finding out which benchmarks hold more where none is named


class ByMemory:
    """Searched by the memory of one call; the largest growth first."""

    worse = "benchmarks"
    most = 5

    def __init__(self) -> None:
        self._open: list[MemorySearch] = []  # what tracing the ends did not settle, and what holds more; largest first

    def left(self, searches: Sequence[MemorySearch]) -> list[MemorySearch]:
        """Of what tracing the ends did not clear, all that was not searched, without culprits; why, in its warnings."""
        known = {search.benchmark for search in searches}
        return [search for search in self._open if search.benchmark not in known]

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
        self._open = _open_after(asked, found)
        if not found.rows:
            raise MeasureError("no benchmark's memory could be told", hint="see the warnings above; name one benchmark")
        return [row.benchmark for row in found.rows if _is_worse(row)]

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


def _is_worse(row: MemoryRow) -> bool:
    return row.verdict == "more" or row.is_regression


def _open_after(asked: Asked, found: MemoryResult) -> list[MemorySearch]:
    """What tracing the ends leaves to be known, as searches that have not begun."""
    unsearched = partial(replace, nothing_grew(asked.good, asked.bad))
    rows = [
        unsearched(
            benchmark=row.benchmark,
            verdict="more" if _is_worse(row) else "undecided",
            regressed=row.is_regression,
            metric="left" if row.leaks and row.verdict != "more" else "peak",
            base_bytes=row.base_left_bytes if row.leaks and row.verdict != "more" else row.base_bytes,
            head_bytes=row.head_left_bytes if row.leaks and row.verdict != "more" else row.head_bytes,
            base_left_bytes=row.base_left_bytes,
            head_left_bytes=row.head_left_bytes,
            out_of_time=_is_worse(row) or row.lacks_time,
        )
        for row in found.rows
        if _is_worse(row) or row.verdict == "undecided"
    ]
    return rows + [
        unsearched(
            benchmark=id, verdict="undecided", out_of_time=why == NOT_REACHED, warnings=(clean_text(why, limit=160),)
        )
        for id, why in found.left_out.items()
    ]


def nothing_grew(good: str, bad: str | None) -> MemorySearch:
    """What is given out where no benchmark holds more."""
    return MemorySearch(
        benchmark="",
        good=good[:12],
        bad=bad[:12] if bad else WORKING_TREE,
        verdict="same",
        range=SearchedRange(commits=0),
    )
