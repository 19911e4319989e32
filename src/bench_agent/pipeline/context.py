"""What one `run` was asked for and what its steps share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bench_agent.compare.revisions import BUDGET_S, QUICK_BUDGET_S
from bench_agent.config import Config
from bench_agent.history.load import Questions, StoredRuns
from bench_agent.history.store import Store
from bench_agent.records import Head, Run
from bench_agent.system.git import Repository

TIMEOUT_S = 1800.0  # of the suite, without --timeout


class Progress(Protocol):
    """Told what happens while a suite runs; the renderer's, or none."""

    def expect(self, seconds: float) -> None: ...
    def total(self, count: int) -> None: ...
    def started(self, benchmark: str) -> None: ...
    def measured(self, benchmark: str, seconds: float | None) -> None: ...
    def note(self, text: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What one `run` was asked for, beyond the settings."""

    quick: bool = False
    keyword: str | None = None
    timeout_s: float = TIMEOUT_S
    store: bool = True
    commit: bool = False
    confirm: bool = True
    blame: bool = True
    memory: bool = True  # trace one call of each benchmark, where the suite is long enough
    profile: str | None = None  # "memory": with the lines that allocate, whatever the suite's length
    budget_s: float | None = None  # for measuring again; None: the setting, or the defaults of `compare/revisions`


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What the steps of one run share. began: of the call, on the monotonic clock. others: runs under way when it began."""

    store: Store
    run_id: str
    command: str
    config: Config
    options: RunOptions
    environment: Mapping[str, str]
    progress: Progress
    repository: Repository | None
    head: Head
    stored: StoredRuns
    questions: Questions
    memory_open: Mapping[str, str]
    started: datetime
    began: float
    others: int

    @property
    def budget_s(self) -> float:
        """Seconds for measuring again, and for the search for the commits that follows."""
        options, config = self.options, self.config
        return options.budget_s or (QUICK_BUDGET_S if options.quick else config.budget_s or BUDGET_S)

    @property
    def select(self) -> str | None:
        return self.options.keyword or (self.config.quick if self.options.quick else None)

    @property
    def kind(self) -> Literal["full", "quick"] | None:
        """What was asked for, as far as its duration tells what the next one takes."""
        if self.options.quick:
            return None if self.options.keyword else "quick"
        return "full" if self.select is None else None

    def is_alike(self, run: Run) -> bool:
        """Whether a stored run was asked for the same benchmarks by the same command."""
        return run.quick == self.options.quick and run.selected == self.select and run.command == self.command
