"""What all attempts of one `fix` share, and how one of them ends."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench_agent.config import Config
from bench_agent.fix.material import Case
from bench_agent.records import Say, Suite
from bench_agent.results.fix import AttemptOutcome
from bench_agent.system.git import Repository

CHECK_S = 120.0  # for one run of the tests
MEASURE_S = 60.0  # for measuring in turns, at most
OTHERS_S = 30.0  # for the other benchmarks, at most
MAX_MUTANTS = 6  # functions whose work is left out to see whether a test notices; more than a patch of a person changes
MAX_LOST = 12  # things that a patch leaves out of which each must be noticed; with more it is refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What all attempts share."""

    case: Case
    config: Config
    repository: Repository
    suite: Suite
    names: Mapping[str, str]  # benchmark id -> what people call it
    asked_share: float
    deadline: float  # of time.monotonic(), for everything
    environment: Mapping[str, str]
    say: Say

    def left_s(self, most_s: float) -> float:
        return min(most_s, self.deadline - time.monotonic())

    def require(self, outcome: AttemptOutcome, faults: Sequence[str]) -> None:
        """Go on, or end the attempt with these faults. Raises FailedError, also where time is up."""
        if faults:
            raise FailedError(outcome, faults)
        if time.monotonic() > self.deadline:
            raise FailedError("not_measured", ["the time ended before it was proved (--budget)"])


class FailedError(Exception):
    """A patch that is not shown, and why."""

    def __init__(self, outcome: AttemptOutcome, reasons: Sequence[str]) -> None:
        super().__init__(outcome)
        self.outcome, self.reasons = outcome, tuple(reasons)
