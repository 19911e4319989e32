"""What a search is asked for, and what all its steps need."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from bench_agent.bisection.checkpoint import Checkpoint
from bench_agent.bisection.lineage import Line
from bench_agent.bisection.measurements import Measurements
from bench_agent.bisection.versions import Versions
from bench_agent.config import Config
from bench_agent.records import Say
from bench_agent.system.git import Repository

BUDGET_S = 300.0  # of `bisect` without --budget


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """What is asked for: the slowdown of `benchmark` between two versions. bad None: the working tree."""

    good: str
    bad: str | None
    benchmark: str  # node id
    budget_s: float = BUDGET_S
    hints: tuple[str, ...] = ()  # shas that did it to other benchmarks of the same range


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchContext:
    """One request with everything made ready for it."""

    config: Config
    repository: Repository
    request: SearchRequest
    line: Line
    versions: Versions
    checkpoint: Checkpoint
    save: Callable[[], None]  # write the checkpoint
    say: Say
    began: float  # time.monotonic()
    start_files: tuple[str, ...] = ()  # of the suite, as `Suite` has them

    @property
    def seconds(self) -> float:
        """Since the search began."""
        return time.monotonic() - self.began

    def measurements(self, line: Line) -> Measurements:
        """What is measured on a line, with the deadline of the request."""
        return Measurements(
            versions=self.versions,
            checkpoint=self.checkpoint,
            line=line,
            benchmark=self.request.benchmark,
            deadline=self.began + self.request.budget_s,
            say=self.say,
            save=self.save,
        )
