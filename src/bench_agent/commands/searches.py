"""One search a benchmark, whatever `bisect` searches by: the one there is, else those that got worse, while the budget lasts.

Takes the range and a Metric, which says what got worse and searches for it. Returns what the searches found, in their order.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bench_agent.bisection.request import SearchRequest
from bench_agent.bisection.search import LEAST_S
from bench_agent.config import Config
from bench_agent.errors import MeasureError
from bench_agent.pipeline.context import Progress
from bench_agent.records import Suite
from bench_agent.system.git import Repository
from bench_agent.text.clean import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The range, and the benchmarks that are meant."""

    config: Config
    repository: Repository
    good: str
    bad: str | None  # None: the working tree
    suite: Suite
    ids: Sequence[str]
    budget_s: float
    progress: Progress


class Found(Protocol):
    """What a search found."""

    @property
    def interrupted(self) -> bool: ...


F = TypeVar("F", bound=Found)


class Metric(Protocol[F]):
    """Time or memory."""

    @property
    def worse(self) -> str:
        """What benchmarks are called that got worse by it."""

    @property
    def most(self) -> int | None:
        """Searches, at most."""

    def got_worse(self, asked: Asked) -> list[str]:
        """The benchmarks whose newer end is worse, worst first."""

    def search(self, asked: Asked, request: SearchRequest, earlier: Sequence[F]) -> F: ...


def search_all(asked: Asked, metric: Metric[F]) -> list[F]:
    """Raises MeasureError where none can be searched; of one of several that is told, and the others are searched."""
    began = time.monotonic()
    ids = metric.got_worse(asked) if len(asked.ids) > 1 else asked.ids
    searches: list[F] = []
    chosen = ids[: metric.most]
    for number, benchmark in enumerate(chosen):
        left_s = asked.budget_s - (time.monotonic() - began)
        if number and left_s < LEAST_S:
            asked.progress.note(f"no time left for {len(ids) - number} more {metric.worse} (--budget)")
            break
        request = SearchRequest(good=asked.good, bad=asked.bad, benchmark=benchmark, budget_s=max(left_s, LEAST_S))
        try:
            searches.append(metric.search(asked, request, searches))
        except MeasureError as error:
            if number == len(chosen) - 1 and not searches:
                raise
            asked.progress.note(f"skipped: {clean_text(error.message, limit=300)}")
            continue
        if searches[-1].interrupted:
            break
    return searches
